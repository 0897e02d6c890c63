package apiv5_test

import (
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/apikey"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/apiv5"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/live"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/mqtttest"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

func TestNamespaceLists(t *testing.T) {
	b := start(t, apiv5.Options{}, nil)
	for _, name := range []string{"d", "b", "a%2Fc", "a"} {
		b.must(t, "POST", "/mt/ns/"+name, "")
	}
	b.play(t, []exchange{
		{"GET", "/mt/managed_ns_list", "", 200, `["a","a/c","b","d"]`},
		{"GET", "/mt/managed_ns_list?limit=2", "", 200, `["a","a/c"]`},
		{"GET", "/mt/managed_ns_list?limit=2&last_ns=a%2Fc", "", 200, `["b","d"]`},
		{"GET", "/mt/managed_ns_list?last_ns=c", "", 200, `["d"]`}, // the cursor need not be there any more
		{"GET", "/mt/managed_ns_list?last_ns=d", "", 200, `[]`},
		{"GET", "/mt/managed_ns_list?limit=0", "", 400, `\"path\":\"limit\"`},
		{"GET", "/mt/managed_ns_list_details?limit=1&last_ns=b", "", 200, `"name":"d"`},
		{"GET", "/mt/ns/a", "", 405, ""},
		{"DELETE", "/mt/ns/nobody", "", 204, ""},
		{"DELETE", "/mt/ns/a/config/..", "", 204, ""}, // climbs (api/v6.md §2)
		{"DELETE", "/mt/bulk_delete_ns", `{"nss":["a/c","nobody"]}`, 204, ""},
		{"GET", "/mt/managed_ns_list", "", 200, `["b","d"]`},
		{"POST", "/mt/ns/..", "", 404, "html"},
	})
}

func TestNamespaceConfig(t *testing.T) {
	b := start(t, apiv5.Options{}, nil)
	b.must(t, "POST", "/mt/ns/n", "")
	b.play(t, []exchange{
		{"PUT", "/mt/ns/n/config", `{"session":{"max_sessions":"infinity"}}`, 200, `{"limiter":{"client":"disabled","tenant":"disabled"},"session":{"max_sessions":"infinity"}}`},
		{"PUT", "/mt/ns/n/config", `{"limiter":{"tenant":"disabled"}}`, 200, `"session":{"max_sessions":"infinity"}`}, // what is not given stays
		{"PUT", "/mt/ns/n/config", `{"session":{"max_sessions":"many"}}`, 400, `\"path\":\"root.session.max_sessions\"`},
		{"PUT", "/mt/ns/n/config", `{"max_sessions":1}`, 400, "unknown_fields"},
		{"PUT", "/mt/ns/m/config", `{}`, 404, "Managed namespace not found"},
		{"DELETE", "/mt/ns/n", "", 204, ""},
		{"GET", "/mt/ns/n/config", "", 404, "Managed namespace not found"},
	})
}

// TestUsersOfNamespaces: the query says which, and none is the global one.
func TestUsersOfNamespaces(t *testing.T) {
	b := start(t, apiv5.Options{}, nil)
	b.must(t, "POST", "/mt/ns/n", "")
	const importUsers = "/authentication/password_based:built_in_database/import_users?type=plain"
	b.play(t, []exchange{
		{"POST", users + "?ns=n", `{"user_id":"u","password":"p"}`, 201, `"namespace":"n"`},
		{"POST", users, `{"user_id":"u","password":"p"}`, 201, `"namespace":null`},
		{"POST", users, `{"user_id":"v","password":"p","namespace":null}`, 400, "Managed namespace not found"},
		{"GET", users + "?ns=m&limit=1", "", 400, "Managed namespace not found"},
		{"PUT", users + "/u?ns=n", `{"password":"p","is_superuser":true}`, 400, "is_superuser cannot be true"},
		{"DELETE", users + "/u", `{"namespace":"n"}`, 204, ""},
		{"GET", users + "/u?ns=n", "", 404, "User not found"},
		{"GET", users + "/u", "", 200, "u"},
		{"POST", importUsers, `[{"user_id":"i","password":"p","namespace":"m","is_superuser":true}]`, 200, `"success":1`},
		{"GET", users + "/i?ns=m", "", 400, "Managed namespace not found"},
		{"DELETE", users + "/i?ns=m", "", 204, ""}, // what a namespace has left may be removed
		{"DELETE", users + "/i?ns=", "", 400, "Managed namespace not found"},
	})
}

// TestNamespacesOn5: ns is ignored, so that a client that believes in it writes to the global tables (api/v6.md §5).
func TestNamespacesOn5(t *testing.T) {
	b := start(t, apiv5.Options{Release: apiv5.EMQX58}, nil)
	b.play(t, []exchange{
		{"POST", users + "?ns=n", `{"user_id":"u","password":"p"}`, 201, `{"user_id":"u","is_superuser":false}`},
		{"GET", users + "/u", "", 200, "u"},
		{"POST", users, `{"user_id":"v","password":"p","namespace":"n"}`, 400, "unknown_fields"},
		{"PUT", rules + "/users/u?ns=n", `{"username":"u","rules":[]}`, 204, ""},
		{"GET", rules + "/users/u", "", 200, "u"},
		{"GET", "/mt/managed_ns_list", "", 404, "html"},
	})
}

// TestClimbingTakesEveryNamespace: the dots after users delete the authenticator with the users of all (api/v6.md §2).
func TestClimbingTakesEveryNamespace(t *testing.T) {
	b := start(t, apiv5.Options{}, nil)
	b.must(t, "POST", "/mt/ns/n", "")
	b.must(t, "POST", users+"?ns=n", `{"user_id":"u","password":"p"}`)
	b.must(t, "POST", rules+"/users?ns=n", `[{"username":"u","rules":[]}]`)
	b.must(t, "DELETE", users+"/%2E%2E?ns=n", "")
	b.must(t, "DELETE", "/authorization/sources/built_in_database", "")
	in := b.tables.In("n")
	if users, subjects := in.UserCount(tables.Username), in.SubjectCount(tables.Username); users != 0 || subjects != 0 {
		t.Errorf("%d users and %d subjects are left", users, subjects)
	}
}

// TestClientsOfNamespaces: whom a namespace lets in and what it lets them do, its quota, and what its end does to them.
func TestClientsOfNamespaces(t *testing.T) {
	key := apikey.Key{ID: "of-n", Secret: "s", Role: "ns:n::administrator"}
	b := startWith(t, apiv5.Options{Keys: apikey.Keys{key}}, live.Options{NamespaceFrom: tables.ClientID, RefuseUnknown: true}, nil)
	b.must(t, "POST", "/mt/ns/n", "")
	b.must(t, "POST", users, `{"user_id":"global","password":"p"}`)
	b.must(t, "DELETE", "/authorization/sources/file", "")
	b.must(t, "PUT", rules+"/users/global", `{"username":"global","rules":[{"topic":"#","permission":"allow","action":"all"}]}`)
	connect := func(clientid, username string, want byte) *mqtttest.Client {
		t.Helper()
		client, code := mqtttest.Connect(t, b.live.Addr(), clientid, username, "p")
		if code != want {
			t.Errorf("%s as %s: reason code %#x, want %#x", clientid, username, code, want)
		}
		return client
	}
	first := connect("n-1", "global", mqtttest.Success)
	b.must(t, "POST", rules+"/all?ns=n", `{"rules":[{"topic":"own","permission":"allow","action":"all"}]}`)
	if own, other := first.Publish("own", ""), first.Publish("other", ""); own != mqtttest.Success || other != mqtttest.NotAuthorized {
		t.Errorf("publishing with rules of its namespace: %#x and %#x", own, other)
	}
	b.must(t, "POST", users+"?ns=n", `{"user_id":"own","password":"p"}`)
	connect("n-2", "global", mqtttest.NotAuthorized)
	b.must(t, "PUT", "/mt/ns/n/config", `{"session":{"max_sessions":1}}`)
	const quotaExceeded = 0x97
	connect("n-2", "own", quotaExceeded)
	again := connect("n-1", "own", mqtttest.Success)
	b.play(t, []exchange{
		{"GET", "/clients/n-1", "", 200, `"client_attrs":{"tns":"n"}`},
		{"GET", "/mt/ns/n/client_list", "", 200, `["n-1"]`},
		{"GET", "/mt/ns/n/metrics", "", 200, `"builtin_authn_record_count":1,"builtin_authz_record_count":1`},
		{"DELETE", "/mt/ns/n", "", 204, ""},
		{"GET", "/mt/ns/n/client_count", "", 404, "Namespace not found"},
		{"GET", "/clients/n-1", "", 404, "CLIENTID_NOT_FOUND"},
	})
	again.AwaitEnd()
	connect("n-3", "own", mqtttest.Success) // its users are left
	b.play(t, []exchange{{"GET", "/mt/ns_list", "", 200, `["n"]`}})
	if status := b.as(t, key, "GET", users); status != 401 {
		t.Errorf("the key of the namespace that is gone: status %d", status)
	}
}

func TestKeysOfNamespaces(t *testing.T) {
	key := apikey.Key{ID: "of-n", Secret: "s", Role: "ns:n::administrator"}
	b := start(t, apiv5.Options{Keys: apikey.Keys{key}}, nil)
	b.must(t, "POST", "/mt/ns/n", "")
	b.must(t, "POST", "/mt/ns/m", "")
	b.must(t, "POST", users+"?ns=n", `{"user_id":"u","password":"p"}`)
	for target, want := range map[string]int{users + "/u": 200, users + "/u?ns=n": 200, users + "/u?ns=m": 403, rules + "/users?ns=m": 403} {
		if got := b.as(t, key, "GET", target); got != want {
			t.Errorf("GET %s with a key of n: status %d, want %d", target, got, want)
		}
	}
}
