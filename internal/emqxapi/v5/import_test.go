package v5_test

import (
	"crypto/sha256"
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
		case strings.HasSuffix(a.path, "/device-0000"):
			return reply{200, `{"user_id":"device-0000","is_superuser":false}`}
		case a.method == "GET" && strings.Contains(a.path, "/users/"):
			return reply{404, refusal("NOT_FOUND", "User not found")}
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

// Many passwords change with one import, of those that are there and no others.
func TestUpdateUsersByImport(t *testing.T) {
	b, ctx := startBroker(t, emqxsim.Options{}), t.Context()
	fleet := credentials(300)
	wantAllNil(t, b.CreateUsers(ctx, byName, fleet))
	b.Tables().DeleteUser(tables.Username, fleet[3].Name)
	for i := range fleet {
		fleet[i].Password += "-new"
	}
	b.sent()
	errs := b.UpdateUsers(ctx, byName, fleet)
	wantDiff(t, []string{"GET /authentication/password_based:built_in_database/users", importPath}, b.sent())
	for i, err := range errs {
		if i == 3 {
			if !errors.Is(err, emqxapi.ErrNotFound) || !strings.Contains(err.Error(), fleet[3].Name) {
				t.Errorf("a user that is gone: %v", err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if verdict, _ := b.Tables().Authenticate("c", fleet[7].Name, fleet[7].Password); verdict != tables.Accepted {
		t.Errorf("the new password: %v", verdict)
	}
	if _, there := b.Tables().User(tables.Username, fleet[3].Name); there {
		t.Error("a user that somebody removed is there again")
	}
}

// A few passwords change one by one, without a list.
func TestUpdateUsersOneByOne(t *testing.T) {
	b, ctx := startBroker(t, emqxsim.Options{}), t.Context()
	fleet := credentials(16)
	wantAllNil(t, b.CreateUsers(ctx, byName, fleet))
	b.sent()
	wantAllNil(t, b.UpdateUsers(ctx, byName, fleet))
	if sent := b.sent(); len(sent) != 16 || !strings.HasPrefix(sent[0], "PUT ") {
		t.Errorf("sent %q", sent)
	}
}

// What EMQX says of an import that was to change users, and what it means.
func TestUpdateUsersByImportThatIsAnsweredOddly(t *testing.T) {
	list := func(names []emqxapi.Credential) string {
		rows := make([]string, len(names))
		for i, credential := range names {
			rows[i] = fmt.Sprintf(`{"user_id":%q,"is_superuser":%t}`, credential.Name, credential.Superuser)
		}
		return fmt.Sprintf(`{"data":[%s],"meta":{"count":%d,"hasnext":false}}`, strings.Join(rows, ","), len(rows))
	}
	fleet := credentials(20)
	for name, test := range map[string]struct {
		answer reply
		after  []emqxapi.Credential // that the list has then
		failed int
		says   string
	}{
		"all of them":       {reply{200, `{"total":20,"success":0,"override":20,"skipped":0,"failed":0}`}, fleet, 0, ""},
		"nothing, as Cloud": {reply{204, ""}, fleet, 0, ""},
		"one was removed":   {reply{200, `{"total":20,"success":1,"override":19,"skipped":0,"failed":0}`}, fleet, 20, "1 of them were removed by somebody else"},
		"Cloud lost one":    {reply{204, ""}, fleet[1:], 1, fleet[0].Name},
		"an import refused": {reply{403, refusal("UNAUTHORIZED_ROLE", "no")}, fleet, 0, ""}, // then one by one
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			imported := false
			s := startStub(t, func(a ask) reply {
				switch {
				case strings.HasSuffix(a.path, "import_users"):
					imported = true
					return test.answer
				case a.method == "GET" && strings.HasSuffix(a.path, "/users") && imported:
					return reply{200, list(test.after)}
				case a.method == "GET" && strings.HasSuffix(a.path, "/users"):
					return reply{200, list(fleet)}
				case a.method == "PUT":
					return reply{200, `{"user_id":"x","is_superuser":false}`}
				}
				return always(200, "")(a)
			})
			failed, text := 0, ""
			for _, err := range s.UpdateUsers(t.Context(), byName, fleet) {
				if err != nil {
					failed++
					text = err.Error()
				}
			}
			if failed != test.failed || !strings.Contains(text, test.says) {
				t.Errorf("%d failed: %s", failed, text)
			}
		})
	}
}

// hashed are credentials with hashes as the authenticator makes them, of the passwords "pw".
func hashed(n int) []emqxapi.Credential {
	fleet := credentials(n)
	for i := range fleet {
		salt := fmt.Sprint("salt", i)
		fleet[i].Password, fleet[i].Salt = "", salt
		fleet[i].Hash = fmt.Sprintf("%x", sha256.Sum256([]byte("pw"+salt)))
	}
	return fleet
}

// Hashes travel in imports, also a few, both ways.
func TestHashedUsers(t *testing.T) {
	b, ctx := startBroker(t, emqxsim.Options{}), t.Context()
	fleet := hashed(3)
	wantAllNil(t, b.CreateUsers(ctx, byName, fleet))
	mayConnect := func(want tables.Verdict) {
		t.Helper()
		for _, credential := range fleet {
			if verdict, _ := b.Tables().Authenticate("c", credential.Name, "pw"); verdict != want {
				t.Errorf("%s: %v", credential.Name, verdict)
			}
		}
	}
	mayConnect(tables.Accepted)
	for _, err := range b.CreateUsers(ctx, byName, fleet) {
		if !errors.Is(err, emqxapi.ErrExists) {
			t.Errorf("created twice: %v", err)
		}
	}
	other := slices.Clone(fleet)
	for i := range other {
		other[i].Hash = strings.Repeat("0", 64)
	}
	wantAllNil(t, b.UpdateUsers(ctx, byName, other))
	mayConnect(tables.BadPassword)
	wantAllNil(t, b.UpdateUsers(ctx, byName, fleet))
	wantAllNil(t, b.UpdateUsers(ctx, byName, fleet)) // the same again is skipped
	mayConnect(tables.Accepted)
}

// Without an import there is no way for a hash: nothing is sent in its place.
func TestHashesWithoutAnImport(t *testing.T) {
	s := startStub(t, func(a ask) reply {
		switch {
		case a.method == "GET" && strings.HasSuffix(a.path, "/users"):
			return reply{200, `{"data":[],"meta":{"count":0}}`}
		case a.method == "POST":
			return reply{403, refusal("UNAUTHORIZED_ROLE", "no")}
		}
		return always(200, "")(a)
	})
	for _, err := range s.CreateUsers(t.Context(), byName, hashed(2)) {
		if err == nil || !strings.Contains(err.Error(), "no import") {
			t.Errorf("got %v", err)
		}
	}
	for _, a := range s.asks {
		if a.method != "GET" && !strings.HasSuffix(a.path, "import_users") {
			t.Errorf("sent %s %s", a.method, a.path)
		}
	}
}
