package provider

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// namespaced are the resources of what is in a namespace, each with a configuration, the
// id that it has in none and its identity.
var namespaced = map[string]struct {
	config   values
	id       string
	identity values
}{
	authUserType:    {values{"username": "u", "password": testPassword}, "username/u", values{"username": "u", "clientid": nil}},
	authUsersType:   {values{"passwords": values{"u": testPassword, "v": testPassword}}, "username", values{"kind": "username"}},
	aclRulesetType:  {values{"username": "u", "rules": []any{values{"topic": "t", "action": "publish", "access": "allow", "qos": []any{0, 1, 2}, "retain": "all"}}}, "username/u", values{"username": "u", "clientid": nil, "all": nil}},
	aclRulesetsType: {values{"rulesets": values{"u": []any{"allow publish t"}}}, "username", values{"kind": "username"}},
	aclRuleType: {values{"username": "u", "topic": "t", "action": "publish", "access": "allow"}, "username/u/publish/t", values{
		"username": "u", "clientid": nil, "all": nil, "topic": "t", "action": "publish", "clientid_re": nil, "username_re": nil, "ipaddr": nil, "zone": nil, "zone_re": nil, "listener": nil, "listener_re": nil,
	}},
}

// serveIn is the provider with a namespace for everything that names none.
func (b *testBroker) serveIn(t *testing.T, namespace string) *protocolServer {
	t.Helper()
	return serve(t, b.provider(), b.providerBlock().with(values{"namespace": namespace}))
}

// recordsIn counts the users and rules in a namespace, "" for none.
func (b *testBroker) recordsIn(namespace string) int {
	in := b.Tables().In(namespace)
	n := in.UserCount(tables.Username)
	for _, kind := range []tables.Kind{tables.Username, tables.ClientID, tables.All} {
		n += in.RowCount(kind)
	}
	return n
}

// What a resource makes is in the namespace that it names, or in the provider's, and
// nowhere else; ids and identities say so, and lead there.
func TestResourcesInANamespace(t *testing.T) {
	t.Parallel()
	const odd = "a b/c"
	for typeName, test := range namespaced {
		for place, config := range map[string]values{
			"argument": test.config.with(values{"namespace": odd}), "provider": test.config, "both": test.config.with(values{"namespace": odd}),
		} {
			t.Run(typeName+"/"+place, func(t *testing.T) {
				t.Parallel()
				b := startBroker(t, "v5", emqxsim.Options{})
				b.createNamespace(t, odd)
				s := b.serve(t)
				switch place {
				case "provider":
					s = b.serveIn(t, odd)
				case "both":
					b.createNamespace(t, "other")
					s = b.serveIn(t, "other")
				}
				made := s.mustApply(typeName, remote{}, config)
				id, identity := "ns/a%20b%2Fc/"+test.id, test.identity.with(values{"namespace": odd})
				if made.state["id"] != id || made.state["namespace"] != odd {
					t.Errorf("it is %v in %v, want %s", made.state["id"], made.state["namespace"], id)
				}
				if diff := cmp.Diff(identity, made.identity); diff != "" {
					t.Errorf("identity (-want +got):\n%s", diff)
				}
				inside, outside := b.recordsIn(odd), b.recordsIn("")+b.recordsIn("other")
				if inside == 0 || outside > 0 {
					t.Errorf("%d records are in the namespace, and %d elsewhere", inside, outside)
				}
				made = s.mustRead(typeName, made)
				s.mustPlanNothing(typeName, made, config)
				for by, given := range map[string]values{id: nil, "": identity} {
					imported, diagnostics := s.importBy(typeName, by, given)
					s.mustSucceed(diagnostics)
					if diff := cmp.Diff(identity, imported.identity); diff != "" || imported.state["id"] != id {
						t.Errorf("imported by %q it is %v (-want +got):\n%s", by, imported.state["id"], diff)
					}
				}
				s.mustApply(typeName, made, nil)
				if left := b.recordsIn(odd); left > 0 {
					t.Errorf("%d records are left", left)
				}
			})
		}
	}
}

// Another namespace, by argument or by the provider, is another object.
func TestNamespaceReplaces(t *testing.T) {
	t.Parallel()
	for typeName, test := range namespaced {
		t.Run(typeName, func(t *testing.T) {
			t.Parallel()
			b := startBroker(t, "v5", emqxsim.Options{})
			b.createNamespace(t, "a")
			b.createNamespace(t, "b")
			s := b.serveIn(t, "a")
			made := s.mustApply(typeName, remote{}, test.config)
			for name, planned := range map[string]func() (remote, bool, []*tfprotov6.Diagnostic){
				"argument": func() (remote, bool, []*tfprotov6.Diagnostic) {
					return s.plan(typeName, made, test.config.with(values{"namespace": "b"}))
				},
				"provider": func() (remote, bool, []*tfprotov6.Diagnostic) {
					return b.serveIn(t, "b").plan(typeName, made, test.config)
				},
				"none any more": func() (remote, bool, []*tfprotov6.Diagnostic) { return b.serve(t).plan(typeName, made, test.config) },
				"not known": func() (remote, bool, []*tfprotov6.Diagnostic) {
					return s.plan(typeName, made, test.config.with(values{"namespace": unknown{}}))
				},
			} {
				_, replaces, diagnostics := planned()
				s.mustSucceed(diagnostics)
				if !replaces {
					t.Errorf("%s: it is not replaced", name)
				}
			}
			s.mustPlanNothing(typeName, made, test.config.with(values{"namespace": "a"}))
		})
	}
}

// What was in a namespace is gone with it for a refresh, and a removal has nothing to do.
func TestNamespaceGone(t *testing.T) {
	t.Parallel()
	for typeName, test := range namespaced {
		t.Run(typeName, func(t *testing.T) {
			t.Parallel()
			b := startBroker(t, "v5", emqxsim.Options{})
			b.createNamespace(t, "a")
			s := b.serve(t)
			config := test.config.with(values{"namespace": "a"})
			made := s.mustApply(typeName, remote{}, config)
			b.Tables().DeleteNamespace("a")
			if after := b.serve(t).mustRead(typeName, made); after.state != nil {
				t.Errorf("it is still there: %v", after.state)
			}
			s = b.serve(t)
			_, diagnostics := s.apply(typeName, remote{}, config)
			s.mustFail(diagnostics, "namespace", "emqx_namespace")
			s.mustApply(typeName, made, nil)
		})
	}
}

// On a broker that has no namespaces nothing is written, least of all to the global users
// and rules.
func TestNamespaceNeedsABrokerThatHasThem(t *testing.T) {
	t.Parallel()
	for typeName, test := range namespaced {
		config := test.config.with(values{"namespace": "a"})
		for _, b := range []*testBroker{startBroker(t, "v4", emqxsim.Options{}), startBroker(t, "v5", emqxsim.Options{Offer: emqxsim.OfferEMQX5})} {
			s := b.serve(t)
			_, _, diagnostics := s.plan(typeName, remote{}, config)
			s.mustFail(diagnostics, "namespace", "EMQX 6.1")
			if writes := slices.DeleteFunc(b.Requests(), func(r emqxsim.Request) bool { return r.Method == http.MethodGet }); len(writes) > 0 {
				t.Errorf("%s: sent %v", typeName, writes)
			}
		}
	}
	b := startBroker(t, "v4", emqxsim.Options{})
	s := start(t, b.provider())
	s.mustFail(s.configure(b.providerBlock().with(values{"namespace": "a"})), "namespace", "EMQX 6.1")
}

func TestNoSuperusersInANamespace(t *testing.T) {
	t.Parallel()
	b := startBroker(t, "v5", emqxsim.Options{})
	b.createNamespace(t, "a")
	s := b.serveIn(t, "a")
	_, _, diagnostics := s.plan(authUserType, remote{}, values{"username": "u", "password": testPassword, "is_superuser": true})
	s.mustFail(diagnostics, "is_superuser", "No superusers in a namespace")
	_, _, diagnostics = s.plan(authUsersType, remote{}, values{"passwords": values{"u": testPassword}, "superusers": []any{"u"}})
	s.mustFail(diagnostics, "superusers", "No superusers in a namespace")
}

func TestNamespaceValidationOfWhatIsInOne(t *testing.T) {
	s := serveUnconnected(t)
	for typeName, test := range namespaced {
		for _, name := range []string{"", ".", "..", "a\x00"} {
			s.mustFail(s.validate(typeName, test.config.with(values{"namespace": name})), "namespace", "Invalid name")
		}
		s.mustSucceed(s.validate(typeName, test.config.with(values{"namespace": "global"}))) // EMQX 6.1 and 6.2 let one be made
	}
	for _, name := range []string{".", ".."} {
		t.Setenv("EMQX_NAMESPACE", name)
		b := startBroker(t, "v5", emqxsim.Options{})
		s := start(t, b.provider())
		s.mustFail(s.configure(b.providerBlock()), "namespace", "EMQX_NAMESPACE")
	}
}

// Data sources and lists look where they are told to, or where the provider does.
func TestReadingInANamespace(t *testing.T) {
	t.Parallel()
	b := startBroker(t, "v5", emqxsim.Options{})
	b.createNamespace(t, "a")
	for namespace, name := range map[string]string{"": "global", "a": "inside"} {
		in := b.Tables().In(namespace)
		if err := in.CreateUser(tables.Username, name, tables.NewPassword("p"), false); err != nil {
			t.Fatal(err)
		}
		in.AddRow(tables.Subject{Kind: tables.Username, Name: name}, "t", tables.Publish, tables.Allow)
	}
	for want, s := range map[string]*protocolServer{"global": b.serve(t), "inside": b.serveIn(t, "a")} {
		namespace := any(nil)
		if want == "inside" {
			namespace = "a"
		}
		users := s.mustReadData("emqx_auth_users", values{})
		if diff := cmp.Diff(values{want: false}, users["users"]); diff != "" || users["namespace"] != namespace {
			t.Errorf("users of %v (-want +got):\n%s", users["namespace"], diff)
		}
		rules := s.mustReadData("emqx_acl_rules", values{})
		if found := rules["rules"].([]any); len(found) != 1 || found[0].(values)["username"] != want || rules["namespace"] != namespace {
			t.Errorf("rules of %v: %v", rules["namespace"], found)
		}
	}
	s := b.serve(t)
	users := s.mustReadData("emqx_auth_users", values{"namespace": "a"})
	if diff := cmp.Diff([]string{"inside"}, slices.Collect(maps.Keys(users["users"].(values)))); diff != "" {
		t.Errorf("users (-want +got):\n%s", diff)
	}
	_, diagnostics := s.readData("emqx_auth_users", values{"namespace": "gone"})
	s.mustFail(diagnostics, "namespace", `"gone"`)
	_, diagnostics = s.readData("emqx_acl_rules", values{"namespace": "gone", "all": true})
	s.mustFail(diagnostics, "namespace", `"gone"`)

	for typeName, id := range map[string]string{authUserType: "username/inside", aclRuleType: "username/inside/publish/t", aclRulesetType: "username/inside"} {
		results, diagnostics := s.list(typeName, listing{config: values{"namespace": "a"}, withState: true})
		s.mustSucceed(diagnostics)
		if len(results) != 1 || results[0].identity["namespace"] != "a" || results[0].state["id"] != "ns/a/"+id || !strings.Contains(fmt.Sprint(results[0].state), "inside") {
			t.Errorf("%s lists %v", typeName, results)
		}
	}
}

// A change of a credential in a namespace is about the clients of that namespace, and not
// about those of its name elsewhere.
func TestConnectedClientsOfANamespace(t *testing.T) {
	t.Parallel()
	b := startBroker(t, "v5", emqxsim.Options{NamespaceFrom: "clientid"})
	b.createNamespace(t, "a")
	s := b.serve(t)
	for _, namespace := range []any{nil, "a"} {
		config := values{"username": "u", "password": testPassword, "connected_clients": "disconnect"}
		s.mustApply(authUserType, remote{}, config.with(values{"namespace": namespace}))
	}
	inside, outside := b.witness(t, "a-1", "u", testPassword), b.witness(t, "x", "u", testPassword)
	made, diagnostics := s.importBy(authUserType, "ns/a/username/u", nil)
	s.mustSucceed(diagnostics)
	made.state["connected_clients"] = "disconnect"
	s.mustApply(authUserType, made, nil)
	inside.AwaitEnd()
	outside.publishes("after the end of a credential in a namespace", true)
}

// What the guide says that a namespace changes, as clients see it.
func TestFallbackToTheGlobalUsersAndRules(t *testing.T) {
	t.Parallel()
	b := startBroker(t, "v5", emqxsim.Options{NamespaceFrom: "clientid", RefuseUnknown: true})
	b.createNamespace(t, "a")
	s := b.serve(t)
	for _, name := range []string{"u", "global"} {
		s.mustApply(authUserType, remote{}, values{"username": name, "password": testPassword})
	}
	s.mustApply(aclRulesetType, remote{}, values{"all": true, "rules": []any{
		values{"topic": "t", "action": "publish", "access": "allow"}, values{"topic": "#", "action": "all", "access": "deny"},
	}})
	b.witness(t, "a-1", "u", testPassword).publishes("by the global credential and rules", true)

	const own = testPassword + "-own"
	s.mustApply(authUserType, remote{}, values{"namespace": "a", "username": "u", "password": own})
	for name, password := range map[string]string{"u": testPassword, "global": testPassword} {
		if client, _ := b.connectMQTT(t, "a-1", name, password); client != nil {
			t.Errorf("%s gets in with the global password", name)
		}
	}
	b.witness(t, "x", "global", testPassword)
	client := b.witness(t, "a-1", "u", own)
	ruleset := s.mustApply(aclRulesetType, remote{}, values{"namespace": "a", "username": "somebody", "rules": []any{
		values{"topic": "#", "action": "all", "access": "deny"},
	}})
	client.publishes("with rules of the namespace for another", true)
	s.mustApply(aclRulesetType, ruleset, nil)
	s.mustApply(aclRulesetType, remote{}, values{"namespace": "a", "all": true, "connected_clients": "refresh", "rules": []any{
		values{"topic": "own", "action": "publish", "access": "allow"}, values{"topic": "#", "action": "all", "access": "deny"},
	}})
	client.publishes("with rules of the namespace for all", false)
	client.topic = "own"
	client.publishes("by the rules of the namespace", true)
}

// Fleets of 1,000 with the same names in two namespaces and in none, in one apply, cost
// what each costs by itself: the broker is asked once whether it knows namespaces, and
// before an import whether it has this one. Without a namespace nothing of it is asked.
func TestFleetsInNamespacesCostTheSame(t *testing.T) {
	t.Parallel()
	const count = 1000
	rulesets := values{}
	for i := range count {
		rulesets[device(i)] = []any{"allow publish t"}
	}
	for typeName, config := range map[string]values{authUsersType: {"passwords": devices(0, count)}, aclRulesetsType: {"rulesets": rulesets}} {
		t.Run(typeName, func(t *testing.T) {
			t.Parallel()
			cost := func(b *testBroker, namespaces ...any) (create, read int) {
				t.Helper()
				s := b.serve(t)
				b.ResetRequests()
				made := make([]remote, len(namespaces))
				var all sync.WaitGroup
				for i, namespace := range namespaces {
					all.Go(func() {
						var diagnostics []*tfprotov6.Diagnostic
						if made[i], diagnostics = s.apply(typeName, remote{}, config.with(values{"namespace": namespace})); hasErrors(diagnostics) {
							t.Error(describe(diagnostics))
						}
					})
				}
				all.Wait()
				create = len(b.Requests())
				s = b.serve(t)
				b.ResetRequests()
				for i, namespace := range namespaces {
					s.mustPlanNothing(typeName, s.mustRead(typeName, made[i]), config.with(values{"namespace": namespace}))
				}
				return create, len(b.Requests())
			}
			start := func() *testBroker {
				b := startBroker(t, "v5", emqxsim.Options{})
				b.createNamespace(t, "a")
				b.createNamespace(t, "b")
				return b
			}
			alone := start()
			plainCreate, plainRead := cost(alone, nil)
			if slices.ContainsFunc(alone.Requests(), func(r emqxsim.Request) bool { return strings.Contains(r.Query, "ns=") }) {
				t.Error("ns is sent though no namespace is wanted")
			}
			b := start()
			create, read := cost(b, nil, "a", "b")
			t.Logf("%d requests to create one fleet and %d to read it, %d and %d for three", plainCreate, plainRead, create, read)
			if most := 3*plainCreate + 3; create > most {
				t.Errorf("three fleets are created with %d requests, want %d at most", create, most)
			}
			if most := 3*plainRead + 1; read > most {
				t.Errorf("three fleets are read with %d requests, want %d at most", read, most)
			}
			for _, namespace := range []string{"", "a", "b"} {
				if got := b.recordsIn(namespace); got != count {
					t.Errorf("%q has %d records, want %d", namespace, got, count)
				}
			}
		})
	}
}
