package apiv5_test

import (
	"crypto/sha256"
	"fmt"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/apikey"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/apiv5"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// addUsers makes d00, d01 and so on.
func addUsers(t *testing.T, b broker, n int) {
	t.Helper()
	for i := range n {
		if err := b.tables.CreateUser(tables.Username, fmt.Sprintf("d%02d", i), tables.NewPassword("p"), i%2 == 0); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPages(t *testing.T) {
	b := start(t, apiv5.Options{}, nil)
	addUsers(t, b, 6)
	cases := map[string]struct {
		query   string
		ids     []any
		hasNext any
		count   any // nil when there is none
	}{
		"first":                   {"limit=4", []any{"d05", "d04", "d03", "d02"}, true, 6.0},
		"last":                    {"limit=4&page=2", []any{"d01", "d00"}, false, 6.0},
		"last, full: looks ahead": {"limit=2&page=3", []any{"d01", "d00"}, true, 6.0},
		"past the end":            {"limit=2&page=4", []any{}, false, 6.0},
		"of a repeated parameter": {"limit=1&limit=2&page=3", []any{"d01", "d00"}, true, 6.0},
		"superusers are counted":  {"is_superuser=true", []any{"d04", "d02", "d00"}, false, 3.0},
		"a fuzzy filter is not":   {"like_user_id=5", []any{"d05"}, false, nil},
		"unknown parameters":      {"user_id=d01&limit=1", []any{"d05"}, true, 6.0},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := b.list(t, users+"?"+c.query)
			if diff := cmp.Diff(c.ids, got.column("user_id")); diff != "" {
				t.Errorf("rows (-want +got)\n%s", diff)
			}
			if got.Meta["hasnext"] != c.hasNext || got.Meta["count"] != c.count {
				t.Errorf("meta %v, want hasnext %v and count %v", got.Meta, c.hasNext, c.count)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	for maxLimit, expected := range map[int]string{0: "1..10000", 1000: "1..1000"} {
		b := start(t, apiv5.Options{MaxLimit: maxLimit}, nil)
		allowed := 10_000
		if maxLimit > 0 {
			allowed = maxLimit
		}
		for _, path := range []string{users, rules + "/users", "/banned", "/clients", "/subscriptions"} {
			b.play(t, []exchange{
				{"GET", fmt.Sprintf("%s?limit=%d", path, allowed), "", 200, ""},
				{"GET", fmt.Sprintf("%s?limit=%d", path, allowed+1), "", 400, expected},
				{"GET", path + "?limit=0", "", 400, expected},
				{"GET", path + "?page=0", "", 400, `\"path\":\"page\"`},
				{"GET", path + "?page=x", "", 400, `\"path\":\"page\"`},
			})
		}
	}
}

func TestUsers(t *testing.T) {
	b := start(t, apiv5.Options{}, nil)
	b.play(t, []exchange{
		{"POST", users, `{"user_id":"d1","password":"p","is_superuser":"true"}`, 201, `"is_superuser":true`},
		{"POST", users, `{"user_id":"d1","password":"q"}`, 409, "ALREADY_EXISTS"},
		{"PUT", users + "/d1", `{"password":"q"}`, 200, `"is_superuser":true`},
		{"PUT", users + "/d1", `{"user_id":"d1","password":"q"}`, 400, `\"unknown\":\"user_id\"`},
		{"PUT", users + "/d1", `{"password":"q","is_superuser":false}`, 200, `"is_superuser":false`},
		{"POST", users, `{"user_id":"d2","password":"p","user_group":"g"}`, 400, "unknown_fields"},
		{"POST", users, `{"user_id":"a\u0000b","password":"p"}`, 400, `binary()`},
		{"GET", users + "?like_user_id=", "", 400, "User error: {exception"},
		{"GET", users + "?is_superuser=maybe", "", 400, "Unable to parse boolean value"},
	})
	if verdict, _ := b.tables.Authenticate("", "d1", "q"); verdict != tables.Accepted {
		t.Error("the new password is not accepted")
	}
}

// Whatever a name is, percent-encoded once it is addressed.
func TestNamesInPaths(t *testing.T) {
	b := start(t, apiv5.Options{}, nil)
	for _, id := range []string{"a/b", "a b", "a+b", "50%", "#", "ünï-✓", `back\slash`, "a%2Fb", "?q=1", `"`, "a\nb", "..."} {
		if err := b.tables.CreateUser(tables.Username, id, tables.NewPassword("p"), false); err != nil {
			t.Fatal(err)
		}
		b.must(t, "DELETE", users+"/"+url.PathEscape(id), "")
		if _, left := b.tables.User(tables.Username, id); left {
			t.Errorf("%q is still there", id)
		}
	}
}

func TestImport(t *testing.T) {
	const target = "/authentication/password_based:built_in_database/import_users"
	b := start(t, apiv5.Options{}, nil)
	addUsers(t, b, 1)
	hashed := fmt.Sprintf(`[{"user_id":"h1","password_hash":"%x","salt":"salt"}]`, sha256.Sum256([]byte("secretsalt")))
	b.play(t, []exchange{
		{"POST", target + "?type=plain", `[{"user_id":"d00","password":"new"},{"user_id":"d99","password":"p","is_superuser":true}]`, 200, `{"total":2,"success":1,"override":1,"skipped":0,"failed":0}`},
		{"POST", target + "?type=plain", `[{"user_id":"e1","password":"p"},{"user_id":"e2"}]`, 400, "plain_import_requires_password_field"},
		{"GET", users + "/e1", "", 404, "User not found"},
		{"POST", target + "?type=plain", `[]`, 400, "empty_users"},
		{"POST", target, `[{"user_id":"h1","password":"p"}]`, 400, "hash_import_requires"},
		{"POST", target, `{"user_id":"h1","password":"p"}`, 400, "function_clause"},
		{"POST", "/authentication/nope/import_users", `[]`, 404, "Authenticator 'nope' does not exist"},
		{"POST", target, `[{"user_id":"h1","password_hash":"no hash"}]`, 200, `"success":1`},
		{"POST", target, hashed, 200, `"override":1`},
		{"POST", target, hashed, 200, `"skipped":1`},
	})
	for name, password := range map[string]string{"d00": "new", "d99": "p", "h1": "secret"} {
		if verdict, _ := b.tables.Authenticate("", name, password); verdict != tables.Accepted {
			t.Errorf("the imported password of %s is not accepted", name)
		}
	}
}

func TestAuthenticatorsLife(t *testing.T) {
	const chain, one = "/authentication", "/authentication/password_based:built_in_database"
	b := start(t, apiv5.Options{}, nil)
	addUsers(t, b, 1)
	verdict := func(username, password string) tables.Verdict {
		v, _ := b.tables.Authenticate("c", username, password)
		return v
	}

	b.play(t, []exchange{{"PUT", one, `{"mechanism":"password_based","backend":"built_in_database","enable":false}`, 200, `"enable":false`}})
	if got := verdict("d00", "wrong"); got != tables.Accepted {
		t.Errorf("disabled: verdict %v, want everybody accepted", got)
	}
	b.play(t, []exchange{
		{"GET", users + "/d00", "", 200, "d00"},
		{"DELETE", one, "", 204, ""},
		{"DELETE", one, "", 404, "not found in the 'global' scope"},
		{"GET", one, "", 404, "does not exist"},
		{"POST", chain, `{"backend":"built_in_database"}`, 400, "missing_mechanism_field"},
		{"POST", chain, `{"mechanism":"password_based","backend":"built_in_database","user_id_type":"clientid"}`, 200, `"user_id_type":"clientid"`},
		{"POST", chain, `{"mechanism":"password_based","backend":"built_in_database"}`, 409, "ALREADY_EXISTS"},
		{"POST", users, `{"user_id":"c","password":"of the client"}`, 201, ""},
		{"GET", users, "", 200, `"count":1`},
	})
	if got := verdict("d00", "of the client"); got != tables.Accepted {
		t.Errorf("by clientid: verdict %v, want accepted", got)
	}
	if got := verdict("d00", "p"); got != tables.BadPassword {
		t.Errorf("with the password of the deleted user: verdict %v, want bad password", got)
	}
}

// 200,000 users are the fleet that the emulation is to carry.
func BenchmarkPageOf200000Users(b *testing.B) {
	rows := tables.New(nil)
	for i := range 200_000 {
		_ = rows.CreateUser(tables.Username, fmt.Sprintf("device-%06d", i), tables.NewPassword("p"), false)
	}
	api := apiv5.New(rows, nil, apiv5.Options{Keys: apikey.Keys{{ID: appID, Secret: appSecret}}})
	for page := 0; b.Loop(); page++ {
		serve(b, api, fmt.Sprintf("%s?limit=10000&page=%d", users, page%20+1))
	}
}
