package v4_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/faults"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// oddNames are names that go wrong when they are escaped twice, or not at all.
var oddNames = []string{"a/b", "a b", "a+b", "50%", "a%2Fb", "#", "ünï-✓", "a?b=c&d", `a"b`, "a:b@c", "$all", "...", strings.Repeat("x", 300)}

// accepts says whether a client with a password would be let in.
func accepts(b broker, kind emqxapi.Kind, name, password string) bool {
	clientid, username := "", name
	if kind == emqxapi.KindClientID {
		clientid, username = name, ""
	}
	verdict, _ := b.Tables().Authenticate(clientid, username, password)
	return verdict == tables.Accepted
}

func TestUserLifecycle(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	for _, kind := range []emqxapi.Kind{emqxapi.KindUsername, emqxapi.KindClientID} {
		for _, name := range oddNames {
			t.Run(string(kind)+"/"+name, func(t *testing.T) {
				ctx := t.Context()
				if _, err := b.GetUser(ctx, kind, name); !errors.Is(err, emqxapi.ErrNotFound) {
					t.Fatalf("before: %v", err)
				}
				if err := b.UpdateUser(ctx, kind, emqxapi.Credential{Name: name, Password: "p"}); !errors.Is(err, emqxapi.ErrNotFound) {
					t.Errorf("update of none: %v", err)
				}
				noErrors(t, b.CreateUsers(ctx, kind, []emqxapi.Credential{{Name: name, Password: "p1"}}))
				if user, err := b.GetUser(ctx, kind, name); err != nil || user.Name != name {
					t.Errorf("after: %+v, %v", user, err)
				}
				wantErrors(t, b.CreateUsers(ctx, kind, []emqxapi.Credential{{Name: name, Password: "p2"}}), []error{emqxapi.ErrExists})
				if err := b.UpdateUser(ctx, kind, emqxapi.Credential{Name: name, Password: "p3"}); err != nil {
					t.Error(err)
				}
				if !accepts(b, kind, name, "p3") {
					t.Error("the new password is not accepted")
				}
				for range 2 { // gone already is no error
					if err := b.DeleteUser(ctx, kind, name); err != nil {
						t.Error(err)
					}
				}
				if _, err := b.GetUser(ctx, kind, name); !errors.Is(err, emqxapi.ErrNotFound) {
					t.Errorf("after the delete: %v", err)
				}
			})
		}
	}
}

func TestCreateUsersPartly(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	credentials := []emqxapi.Credential{
		{Name: "taken", Password: "p"},
	}
	noErrors(t, b.CreateUsers(t.Context(), emqxapi.KindUsername, credentials))
	b.ResetRequests()
	errs := b.CreateUsers(t.Context(), emqxapi.KindUsername, []emqxapi.Credential{
		{Name: "one", Password: "p"},
		{Name: "taken", Password: "other"},
		{Name: "no password"},
		{Name: "..", Password: "p"},
		{Name: "", Password: "p"},
		{Name: "one", Password: "again"},
		{Name: "not \xff text", Password: "p"},
		{Name: "super", Password: "p", Superuser: true},
		{Name: "two", Password: "p"},
	})
	if _, ok := errors.AsType[*emqxapi.UnsupportedError](errs[7]); !ok {
		t.Errorf("superuser: %v", errs[7])
	}
	for i, want := range []error{nil, emqxapi.ErrExists, nil, rest.ErrUnaddressable, rest.ErrUnaddressable, emqxapi.ErrExists} {
		if want != nil && !errors.Is(errs[i], want) {
			t.Errorf("entry %d: %v, want %v", i, errs[i], want)
		}
	}
	for i, failed := range []bool{false, true, true, true, true, true, true, true, false} {
		if failed != (errs[i] != nil) {
			t.Errorf("entry %d: %v", i, errs[i])
		}
	}
	// What is given twice is asked for again: what became of the first one decides.
	wantDiff(t, "requests", []string{"POST /auth_username", "POST /auth_username"}, b.sent())
	for _, name := range []string{"one", "two"} {
		if !accepts(b, emqxapi.KindUsername, name, "p") {
			t.Errorf("%q is not there", name)
		}
	}
	if !accepts(b, emqxapi.KindUsername, "taken", "p") {
		t.Error("the one that was there was overwritten")
	}
}

func credentials(n int) []emqxapi.Credential {
	list := make([]emqxapi.Credential, n)
	for i := range list {
		list[i] = emqxapi.Credential{Name: fmt.Sprintf("device-%05d", i), Password: "p"}
	}
	return list
}

func TestCreateAndListManyUsers(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	const n = 2500
	noErrors(t, b.CreateUsers(t.Context(), emqxapi.KindClientID, credentials(n)))
	if requests := len(b.sent()); requests != 3 {
		t.Errorf("%d requests for %d credentials, want 3", requests, n)
	}
	users := collect(t, b.ListUsers(t.Context(), emqxapi.KindClientID, ""))
	slices.SortFunc(users, func(x, y emqxapi.User) int { return strings.Compare(x.Name, y.Name) })
	if len(users) != n || users[0].Name != "device-00000" || users[n-1].Name != "device-02499" {
		t.Errorf("%d users, from %+v to %+v", len(users), users[0], users[len(users)-1])
	}
	if requests := len(b.sent()); requests != 1 {
		t.Errorf("%d requests for the list, want 1", requests)
	}
	like := collect(t, b.ListUsers(t.Context(), emqxapi.KindClientID, "-0249"))
	if len(like) != 10 {
		t.Errorf("%d users like -0249, want 10", len(like))
	}
	if other := collect(t, b.ListUsers(t.Context(), emqxapi.KindUsername, "")); len(other) != 0 {
		t.Errorf("%d users by username", len(other))
	}
}

// Whatever befalls the request, the credential is there once with its password. Where the
// broker had stored it before the answer was lost, nobody knows whose it is.
func TestCreateUsersLostAnswer(t *testing.T) {
	for kind, stored := range map[faults.Kind]bool{
		faults.ResetBefore: false, faults.HTMLPage: false, faults.InternalError: false,
		faults.ResetAfter: true, faults.BadGatewayAfter: true, faults.TruncatedJSON: true, faults.EmptyBody: true,
	} {
		for _, n := range []int{1, 3} {
			t.Run(fmt.Sprint(kind, n), func(t *testing.T) {
				t.Parallel()
				b := startBroker(t, emqxsim.Options{})
				b.spoil(http.MethodPost, kind)
				for _, err := range b.CreateUsers(t.Context(), emqxapi.KindUsername, credentials(n)) {
					if errors.Is(err, emqxapi.ErrOutcomeUnknown) != stored || err != nil && !stored {
						t.Error(err)
					}
				}
				for _, credential := range credentials(n) {
					if !accepts(b, emqxapi.KindUsername, credential.Name, credential.Password) {
						t.Errorf("%s is not let in", credential.Name)
					}
				}
			})
		}
	}
}

// A credential that is older than the request whose answer was lost was made by
// somebody else, and stays.
func TestCreateUsersLostAnswerOfAnOldOne(t *testing.T) {
	now := time.Now().Add(-time.Hour)
	b := startBroker(t, emqxsim.Options{Now: func() time.Time { return now }})
	noErrors(t, b.CreateUsers(t.Context(), emqxapi.KindUsername, []emqxapi.Credential{{Name: "device-00001", Password: "theirs"}}))
	now = time.Now()
	b.spoil(http.MethodPost, faults.ResetAfter)
	wantErrors(t, b.CreateUsers(t.Context(), emqxapi.KindUsername, credentials(3)), []error{emqxapi.ErrOutcomeUnknown, emqxapi.ErrExists, emqxapi.ErrOutcomeUnknown})
	if !accepts(b, emqxapi.KindUsername, "device-00001", "theirs") {
		t.Error("its password was overwritten")
	}
}

func TestUsersRefuseNames(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	ctx := t.Context()
	for _, name := range []string{"", ".", ".."} {
		_, getErr := b.GetUser(ctx, emqxapi.KindUsername, name)
		errs := []error{
			getErr, b.DeleteUser(ctx, emqxapi.KindUsername, name),
			b.UpdateUser(ctx, emqxapi.KindUsername, emqxapi.Credential{Name: name, Password: "p"}),
		}
		wantErrors(t, errs, []error{rest.ErrUnaddressable, rest.ErrUnaddressable, rest.ErrUnaddressable})
	}
	if _, err := b.GetUser(ctx, emqxapi.KindAll, "a"); err == nil {
		t.Error("a credential for all clients was asked for")
	}
	if requests := b.sent(); len(requests) != 0 {
		t.Errorf("sent %v", requests)
	}
}
