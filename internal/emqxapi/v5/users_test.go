package v5_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/faults"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

const byName = emqxapi.KindUsername

func credentials(n int) []emqxapi.Credential {
	all := make([]emqxapi.Credential, n)
	for i := range all {
		all[i] = emqxapi.Credential{Name: fmt.Sprintf("device-%04d", i), Password: fmt.Sprintf("password-%d", i), Superuser: i%2 == 1}
	}
	return all
}

func wantAllNil(t *testing.T, errs []error) {
	t.Helper()
	for i, err := range errs {
		if err != nil {
			t.Fatalf("entry %d: %v", i, err)
		}
	}
}

func TestUserFromCreateToDelete(t *testing.T) {
	for _, name := range []string{"alice", "a/b", "a b", "a+b", "50%", "%41", "#", "ünï-✓", "a?b=c&d", `a"b`, "a..b"} {
		t.Run(name, func(t *testing.T) {
			b, ctx := startBroker(t, emqxsim.Options{}), t.Context()
			wantAllNil(t, b.CreateUsers(ctx, byName, []emqxapi.Credential{{Name: name, Password: "p", Superuser: true}}))
			user, err := b.GetUser(ctx, byName, name)
			if err != nil {
				t.Fatal(err)
			}
			wantDiff(t, emqxapi.User{Name: name, Superuser: true}, user)
			if err := b.UpdateUser(ctx, byName, emqxapi.Credential{Name: name, Password: "q"}); err != nil {
				t.Fatal(err)
			}
			wantDiff(t, []emqxapi.User{{Name: name}}, collect(t, b.ListUsers(ctx, byName, "")))
			if verdict, _ := b.Tables().Authenticate("c", name, "q"); verdict != tables.Accepted {
				t.Errorf("the new password is %v", verdict)
			}
			if err := errors.Join(b.DeleteUser(ctx, byName, name), b.DeleteUser(ctx, byName, name)); err != nil {
				t.Fatal(err)
			}
			if _, err := b.GetUser(ctx, byName, name); !errors.Is(err, emqxapi.ErrNotFound) {
				t.Errorf("got %v", err)
			}
			if err := b.UpdateUser(ctx, byName, emqxapi.Credential{Name: name, Password: "r"}); !errors.Is(err, emqxapi.ErrNotFound) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestCreateUserThatExists(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	alice := []emqxapi.Credential{{Name: "alice", Password: "hers"}}
	wantAllNil(t, b.CreateUsers(t.Context(), byName, alice))
	alice[0].Password = "mine"
	if err := b.CreateUsers(t.Context(), byName, alice)[0]; !errors.Is(err, emqxapi.ErrExists) {
		t.Errorf("got %v", err)
	}
	if verdict, _ := b.Tables().Authenticate("c", "alice", "hers"); verdict != tables.Accepted {
		t.Errorf("her password is %v", verdict)
	}
}

// The kind is asked for once, however many ask at the same time, and not at all
// for users that are there.
func TestUserIDTypeIsAskedForOnce(t *testing.T) {
	b, ctx := startBroker(t, emqxsim.Options{}), t.Context()
	wantAllNil(t, b.CreateUsers(ctx, byName, credentials(5)))
	asked := func(lines []string) int {
		return len(slices.DeleteFunc(lines, func(line string) bool { return !strings.HasSuffix(line, "built_in_database") }))
	}
	if n := asked(b.sent()); n != 1 {
		t.Errorf("asked %d times for 5 creates", n)
	}
	b.dialect = newClient(t, b.V5(), appSecret)
	for _, credential := range credentials(5) {
		if _, err := b.GetUser(ctx, byName, credential.Name); err != nil {
			t.Fatal(err)
		}
	}
	if sent := b.sent(); len(sent) != 5 {
		t.Errorf("5 reads of users that are there cost %d requests", len(sent))
	}
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() { _, _ = b.GetUser(ctx, byName, "nobody") })
	}
	group.Wait()
	if n := asked(b.sent()); n != 1 {
		t.Errorf("asked %d times for 20 users that are not there", n)
	}
}

func TestWrongKindNamesTheSetting(t *testing.T) {
	for _, known := range []emqxapi.Kind{emqxapi.KindUsername, emqxapi.KindClientID} {
		other := map[emqxapi.Kind]emqxapi.Kind{
			emqxapi.KindUsername: emqxapi.KindClientID, emqxapi.KindClientID: emqxapi.KindUsername,
		}[known]
		b, ctx := startBroker(t, emqxsim.Options{UserIDType: string(known)}), t.Context()
		one := emqxapi.Credential{Name: "x", Password: "p"}
		_, readErr := b.GetUser(ctx, other, "x")
		for method, err := range map[string]error{
			"GetUser":     readErr,
			"ListUsers":   pageError(b.ListUsers(ctx, other, "")),
			"CreateUsers": b.CreateUsers(ctx, other, []emqxapi.Credential{one})[0],
			"ImportUsers": b.ImportUsers(ctx, other, []emqxapi.Credential{one})[0],
			"UpdateUser":  b.UpdateUser(ctx, other, one),
			"DeleteUser":  b.DeleteUser(ctx, other, "x"),
		} {
			if err == nil || !strings.Contains(err.Error(), "user_id_type") || errors.Is(err, emqxapi.ErrNotFound) {
				t.Errorf("%s of a %s user: %v", method, other, err)
			}
		}
		wantAllNil(t, b.CreateUsers(ctx, known, []emqxapi.Credential{one}))
	}
}

// A key that may not ask by which name the authenticator knows users manages them by
// username, and nobody asks again.
func TestUserIDTypeMayBeRefused(t *testing.T) {
	for name, refused := range map[string]reply{
		"401": {401, ""}, "403": {403, refusal("UNAUTHORIZED_ROLE", "no")}, "405": {405, ""},
		"404": {404, refusal("NOT_FOUND", "Not Found")}, "a gateway's 404": {404, "<html>gone</html>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startStub(t, func(a ask) reply {
				switch {
				case strings.HasSuffix(a.path, authenticatorID):
					return refused
				case a.method == "POST":
					return reply{201, `{"user_id":"u","is_superuser":false}`}
				}
				return reply{404, refusal("NOT_FOUND", "User not found")}
			})
			one := []emqxapi.Credential{{Name: "u", Password: "p"}}
			wantAllNil(t, s.CreateUsers(t.Context(), byName, one))
			if _, err := s.GetUser(t.Context(), byName, "u"); !errors.Is(err, emqxapi.ErrNotFound) {
				t.Errorf("reading: %v", err)
			}
			err := s.CreateUsers(t.Context(), emqxapi.KindClientID, one)[0]
			for _, says := range []string{`user_id_type = "clientid"`, "EMQX_USER_ID_TYPE", "GET /authentication/" + authenticatorID, "access_control"} {
				if err == nil || !strings.Contains(err.Error(), says) {
					t.Errorf("no %q in: %v", says, err)
				}
			}
			if n := s.asked(authenticatorID); n != 1 {
				t.Errorf("asked %d times", n)
			}
		})
	}
}

// What the provider's configuration says is not asked.
func TestUserIDTypeGiven(t *testing.T) {
	b, ctx := startBroker(t, emqxsim.Options{UserIDType: "clientid"}), t.Context()
	b.WithUserIDType(emqxapi.KindClientID)
	one := []emqxapi.Credential{{Name: "x", Password: "p"}}
	if err := b.CreateUsers(ctx, byName, one)[0]; err == nil || !strings.Contains(err.Error(), "argument user_id_type") {
		t.Errorf("the other kind: %v", err)
	}
	wantAllNil(t, b.CreateUsers(ctx, emqxapi.KindClientID, one))
	if sent := b.sent(); len(sent) != 1 {
		t.Errorf("sent %q", sent)
	}
}

func TestListUsersLike(t *testing.T) {
	b, ctx := startBroker(t, emqxsim.Options{}), t.Context()
	wantAllNil(t, b.CreateUsers(ctx, byName, []emqxapi.Credential{{Name: "alice", Password: "p"}, {Name: "bob", Password: "p"}}))
	wantDiff(t, []emqxapi.User{{Name: "alice"}}, collect(t, b.ListUsers(ctx, byName, "lic")))
}

// What other writers have stored is read as far as it makes sense.
func TestOddUsersInAList(t *testing.T) {
	s := startStub(t, always(200, `{"data":[{"user_id":"a","is_superuser":null},{"user_id":"b","is_superuser":"true"},`+
		`{"user_id":5,"is_superuser":true},{"user_id":"c"}],"meta":{"count":4,"hasnext":false,"limit":10000,"page":1}}`))
	want := []emqxapi.User{{Name: "a"}, {Name: "b", Superuser: true}, {Name: "c"}}
	wantDiff(t, want, collect(t, s.ListUsers(t.Context(), byName, "")))
}

// Before 5.5 a page has 1,000 rows at most.
func TestShorterPagesOfOldBrokers(t *testing.T) {
	s := startStub(t, func(a ask) reply {
		switch {
		case strings.Contains(a.query, "limit=10000"):
			return reply{400, refusal("BAD_REQUEST", `{"value":10000,"reason":{"expected":"1..1000"},"path":"limit","kind":"validation_error"}`)}
		case a.path == "/banned":
			return reply{200, `{"data":[],"meta":{"count":0}}`}
		}
		return always(200, `{"data":[{"user_id":"a","is_superuser":false}],"meta":{"count":1}}`)(a)
	})
	wantDiff(t, []emqxapi.User{{Name: "a"}}, collect(t, s.ListUsers(t.Context(), byName, "")))
	before := len(s.asks)
	collect(t, s.ListBans(t.Context()))
	if asked := len(s.asks) - before; asked != 1 {
		t.Errorf("the next list cost %d requests", asked)
	}
}

// Where the user was created before the answer was lost, a repeated create finds a user whose
// password nobody can read: whose it is, nobody knows.
func TestALostAnswerToACreate(t *testing.T) {
	for kind, stored := range map[faults.Kind]bool{
		faults.ResetAfter: true, faults.TruncatedJSON: true, faults.EmptyBody: true, faults.InternalError: false, faults.HTMLPage: false,
	} {
		t.Run(string(kind), func(t *testing.T) {
			b, ctx := startBroker(t, emqxsim.Options{}), t.Context()
			b.spoil("POST", kind)
			err := b.CreateUsers(ctx, byName, []emqxapi.Credential{{Name: "alice", Password: "p", Superuser: true}})[0]
			if errors.Is(err, emqxapi.ErrOutcomeUnknown) != stored || err != nil && !stored {
				t.Error(err)
			}
			if verdict, superuser := b.Tables().Authenticate("c", "alice", "p"); verdict != tables.Accepted || !superuser {
				t.Errorf("%v, superuser %v", verdict, superuser)
			}
		})
	}
}

// A name that somebody has had for long is neither adopted nor overwritten when all
// answers to its creation are lost.
func TestAllAnswersToACreateAreLost(t *testing.T) {
	b, ctx := startBroker(t, emqxsim.Options{}), t.Context()
	wantAllNil(t, b.CreateUsers(ctx, byName, []emqxapi.Credential{{Name: "old", Password: "theirs"}}))
	b.faults.Set(faults.Options{Chance: map[faults.Kind]float64{faults.ResetBefore: 1}, Only: isPost})
	if err := b.CreateUsers(ctx, byName, []emqxapi.Credential{{Name: "old", Password: "mine"}})[0]; !errors.Is(err, emqxapi.ErrOutcomeUnknown) {
		t.Errorf("got %v", err)
	}
	if verdict, _ := b.Tables().Authenticate("c", "old", "theirs"); verdict != tables.Accepted {
		t.Errorf("their password is %v", verdict)
	}
}

// When the answer was lost and what is there is not what was to be created, it is
// somebody else's.
func TestALostAnswerDoesNotTakeOverAnotherUser(t *testing.T) {
	b, ctx := startBroker(t, emqxsim.Options{}), t.Context()
	wantAllNil(t, b.CreateUsers(ctx, byName, []emqxapi.Credential{{Name: "root", Password: "theirs", Superuser: true}}))
	b.spoil("POST", faults.ResetBefore)
	err := b.CreateUsers(ctx, byName, []emqxapi.Credential{{Name: "root", Password: "mine"}})[0]
	if !errors.Is(err, emqxapi.ErrExists) || errors.Is(err, emqxapi.ErrOutcomeUnknown) {
		t.Errorf("got %v", err)
	}
	if verdict, _ := b.Tables().Authenticate("c", "root", "theirs"); verdict != tables.Accepted {
		t.Errorf("their password is %v", verdict)
	}
}

// The status alone says that a name is taken.
func TestAConflictWithoutABodyIsAConflict(t *testing.T) {
	b, ctx := startBroker(t, emqxsim.Options{}), t.Context()
	alice := []emqxapi.Credential{{Name: "alice", Password: "hers"}}
	wantAllNil(t, b.CreateUsers(ctx, byName, alice))
	for _, kind := range []faults.Kind{faults.EmptyBody, faults.TruncatedJSON, faults.NullData, faults.WrongContentType} {
		b.spoil("POST", kind)
		if err := b.CreateUsers(ctx, byName, alice)[0]; !errors.Is(err, emqxapi.ErrExists) {
			t.Errorf("%s: got %v", kind, err)
		}
	}
}

func TestACancelledContextIsOnWhatWasNotDone(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	wantAllNil(t, b.CreateUsers(t.Context(), byName, credentials(1)))
	b.sent()
	for _, err := range b.CreateUsers(cancelled(t), byName, credentials(40)) {
		if err == nil || !errors.Is(err, cancelled(t).Err()) {
			t.Fatalf("got %v", err)
		}
	}
	if sent := b.sent(); len(sent) != 0 {
		t.Errorf("sent %q", sent)
	}
}

// What could not be addressed again, or would be another object behind a proxy, and an empty
// password are refused before anything is sent.
func TestUsersThatAreRefused(t *testing.T) {
	b, ctx := startBroker(t, emqxsim.Options{}), t.Context()
	for _, credential := range []emqxapi.Credential{
		{Name: "a/../b", Password: "p"}, {Name: "a/.", Password: "p"}, {Name: strings.Repeat("ü", 1400), Password: "p"}, {Name: "no password"},
	} {
		_, readErr := b.GetUser(ctx, byName, credential.Name)
		if credential.Password == "" {
			readErr = errors.New("it can be read")
		}
		for what, err := range map[string]error{
			"create": b.CreateUsers(ctx, byName, []emqxapi.Credential{credential})[0], "change": b.UpdateUser(ctx, byName, credential), "read": readErr,
		} {
			if err == nil {
				t.Errorf("%s of %.20q", what, credential.Name)
			}
		}
	}
	for _, sent := range b.sent() {
		if !strings.HasPrefix(sent, "GET ") || strings.Contains(sent, "..") {
			t.Errorf("sent %s", sent)
		}
	}
}
