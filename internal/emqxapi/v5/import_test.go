package v5_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/faults"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

const importPath = "POST /authentication/password_based:built_in_database/import_users"

func TestImportUsers(t *testing.T) {
	b, ctx := startBroker(t, emqxsim.Options{}), t.Context()
	fleet := credentials(300)
	wantAllNil(t, b.ImportUsers(ctx, byName, fleet))
	wantDiff(t, []string{"GET /authentication/password_based:built_in_database", importPath}, b.sent())
	if n := len(collect(t, b.ListUsers(ctx, byName, ""))); n != len(fleet) {
		t.Errorf("%d users are there", n)
	}
	if verdict, superuser := b.Tables().Authenticate("c", fleet[7].Name, fleet[7].Password); verdict != tables.Accepted || !superuser {
		t.Errorf("%v, superuser %v", verdict, superuser)
	}
}

// Twelve thousand users do not fit into one import.
func TestImportUsersInBatches(t *testing.T) {
	var sizes []int
	s := startStub(t, func(a ask) reply {
		if !strings.HasSuffix(a.path, "import_users") {
			return always(200, "")(a)
		}
		var users []json.RawMessage
		_ = json.Unmarshal([]byte(a.body), &users)
		sizes = append(sizes, len(users))
		return reply{200, fmt.Sprintf(`{"total":%d,"success":%d,"override":0,"skipped":0,"failed":0}`, len(users), len(users))}
	})
	wantAllNil(t, s.ImportUsers(t.Context(), byName, credentials(12_000)))
	wantDiff(t, []int{10_000, 2_000}, sizes)
}

func TestImportTellsWhatItOverwrote(t *testing.T) {
	b, ctx := startBroker(t, emqxsim.Options{}), t.Context()
	fleet := credentials(20)
	wantAllNil(t, b.CreateUsers(ctx, byName, fleet[3:5]))
	for _, err := range b.ImportUsers(ctx, byName, fleet) {
		if err == nil || !strings.Contains(err.Error(), "2 of them came to be") {
			t.Fatalf("got %v", err)
		}
	}
}

// An import that is repeated looks like one that overwrites what somebody else has made
// meanwhile. So nobody knows, unless the first one was lost on the way there.
func TestALostAnswerToAnImport(t *testing.T) {
	for kind, stored := range map[faults.Kind]bool{
		faults.ResetAfter: true, faults.NumberAsString: true, faults.StallAfter: true, faults.InternalError: false, faults.ResetBefore: false,
	} {
		t.Run(string(kind), func(t *testing.T) {
			b, ctx := startBroker(t, emqxsim.Options{}), t.Context()
			b.faults.Set(faults.Options{Chance: map[faults.Kind]float64{kind: 1}, Limit: 1, StallFor: 1, Only: isPost})
			for _, err := range b.ImportUsers(ctx, byName, credentials(20)) {
				if errors.Is(err, emqxapi.ErrOutcomeUnknown) != stored || err != nil && !stored {
					t.Fatalf("got %v", err)
				}
			}
		})
	}
}

// A version without an import of JSON gets single creates, and is not asked twice.
func TestImportFallsBack(t *testing.T) {
	for name, refused := range map[string]reply{
		"no such path": {404, own404}, "no such method": {405, ""}, "files only": {415, refusal("UNSUPPORTED_MEDIA_TYPE", "form-data Required")},
	} {
		t.Run(name, func(t *testing.T) {
			imports := 0
			s := startStub(t, func(a ask) reply {
				if strings.HasSuffix(a.path, "import_users") {
					imports++
					return refused
				}
				return always(201, `{"user_id":"x","is_superuser":false}`)(a)
			})
			wantAllNil(t, s.ImportUsers(t.Context(), byName, credentials(3)))
			if imports != 1 || len(s.asks) != 1+1+3 {
				t.Errorf("%d imports of %d requests", imports, len(s.asks))
			}
		})
	}
}

// One user that EMQX does not take must not fail the others.
func TestOneBadUserOfAnImport(t *testing.T) {
	s := startStub(t, func(a ask) reply {
		switch {
		case strings.HasSuffix(a.path, "import_users"):
			return reply{400, refusal("BAD_REQUEST", `"plain_import_requires_password_field"`)}
		case strings.Contains(a.body, "device-0001"):
			return reply{400, refusal("BAD_REQUEST", "User error: invalid_user_id")}
		}
		return always(201, `{"user_id":"x","is_superuser":false}`)(a)
	})
	errs := s.ImportUsers(t.Context(), byName, credentials(3))
	if errs[0] != nil || errs[1] == nil || errs[2] != nil {
		t.Errorf("got %v", errs)
	}
}

func TestAnUnaddressableNameInAnImport(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	fleet := credentials(20)
	fleet[1].Name = ".."
	for i, err := range b.CreateUsers(t.Context(), byName, fleet) {
		if (err != nil) != (i == 1) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if sent := b.sent(); !slices.Contains(sent, importPath) {
		t.Errorf("sent %q", sent)
	}
}

// Looking and importing is one call, so that of two fleets that share names each gets its own,
// and nothing is overwritten.
func TestTwoFleetsThatShareNames(t *testing.T) {
	b, ctx := startBroker(t, emqxsim.Options{}), t.Context()
	fleet := credentials(60)
	wantAllNil(t, b.CreateUsers(ctx, byName, fleet[:32]))
	other := slices.Clone(fleet[27:])
	for i := range other {
		other[i].Password = "other"
	}
	for i, err := range b.CreateUsers(ctx, byName, other) {
		if errors.Is(err, emqxapi.ErrExists) != (i < 5) || err != nil && i >= 5 {
			t.Errorf("%s: %v", other[i].Name, err)
		}
	}
	if verdict, _ := b.Tables().Authenticate("c", fleet[30].Name, fleet[30].Password); verdict != tables.Accepted {
		t.Errorf("a name that both have: %v", verdict)
	}
}

func TestWhatAnImportLeavesOutIsCreated(t *testing.T) {
	s := startStub(t, func(a ask) reply {
		switch {
		case strings.HasSuffix(a.path, "import_users"):
			return reply{200, `{"total":3,"success":1,"override":0,"skipped":1,"failed":1}`}
		case a.method == "GET" && strings.HasSuffix(a.path, "/users"):
			return reply{200, `{"data":[{"user_id":"device-0000","is_superuser":false}],"meta":{"count":1}}`}
		case strings.Contains(a.body, "device-0002"):
			return reply{409, refusal("ALREADY_EXISTS", "User already exists")}
		}
		return always(201, `{"user_id":"x","is_superuser":false}`)(a)
	})
	errs := s.ImportUsers(t.Context(), byName, credentials(3))
	if errs[0] != nil || errs[1] != nil || !errors.Is(errs[2], emqxapi.ErrExists) {
		t.Errorf("got %v", errs)
	}
}
