package calls

import "testing"

// TestDocumented: as many calls as api/cloud.md counts.
func TestDocumented(t *testing.T) {
	for want, list := range map[int]List{57: Cloud4, 78: Cloud5, 11: Serverless5} {
		if len(list) != want {
			t.Errorf("%d calls, want %d", len(list), want)
		}
	}
}

func TestFind(t *testing.T) {
	for _, test := range []struct {
		list                List
		method, path, found string
	}{
		{Cloud5, "GET", "/clients", "GET /clients"},
		{Cloud5, "GET", "/clients/", "GET /clients"},
		{Cloud5, "GET", "/clients/a%2Fb", "GET /clients/{clientid}"},
		{Cloud5, "DELETE", "/banned/clientid/..", "DELETE /banned/{as}/{who}"},
		{Cloud5, "POST", "/clients/kickout/bulk", "POST /clients/kickout/bulk"},
		{
			Cloud5, "GET", "/authentication/password_based:built_in_database/users",
			"GET /authentication/password_based:built_in_database/users",
		},
		{
			Cloud5, "PUT", "/authentication/password_based%3Abuilt_in_database/users/u",
			"PUT /authentication/password_based:built_in_database/users/{user_id}",
		},
		{Cloud5, "GET", "/authentication/password_based:built_in_database", ""},
		{Cloud5, "GET", "/authentication/password_based:http/users", ""},
		{Cloud5, "GET", "/nodes", ""},
		{Cloud5, "PATCH", "/clients", ""},
		{Cloud5, "GET", "/clients/%zz", ""},
		{Cloud4, "GET", "/acl/$all", "GET /acl/$all"},
		{Cloud4, "DELETE", "/acl/all/$all/topic/a%2Fb", "DELETE /acl/all/$all/topic/{topic}"},
		{Cloud4, "GET", "/nodes", ""},
		{Serverless5, "GET", "/banned", ""},
		{List{}, "GET", "/clients", ""},
	} {
		call, found := test.list.Find(test.method, test.path)
		if found != (test.found != "") || found && call.String() != test.found {
			t.Errorf("%s %s: found %v, %q, want %q", test.method, test.path, found, call, test.found)
		}
	}
}

func TestMustParse(t *testing.T) {
	got := MustParse("GET /clients", "DELETE /banned/{as}/{who}")
	if want := (Call{"DELETE", "/banned/{as}/{who}"}); got[1] != want {
		t.Errorf("%v, want %v", got[1], want)
	}
	for _, line := range []string{"", "GET", "/clients", "get /clients", "GET clients"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q is taken for a call", line)
				}
			}()
			MustParse(line)
		}()
	}
}
