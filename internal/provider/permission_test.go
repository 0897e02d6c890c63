package provider

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/permission"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/apiv4"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/calls"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/mqtttest"
)

// The key that a test lets do no more than it must.
const (
	narrowID     = "narrow"
	narrowSecret = testAppSecret + "-narrow"
)

// deed is what somebody does with a resource, a data source, an action or a list
// resource, as far as it goes.
type deed func(s *protocolServer, api string) []*tfprotov6.Diagnostic

// untilError does one thing after another.
func untilError(steps ...func() []*tfprotov6.Diagnostic) []*tfprotov6.Diagnostic {
	for _, step := range steps {
		if diagnostics := step(); hasErrors(diagnostics) {
			return diagnostics
		}
	}
	return nil
}

// lifecycle creates an object, reads it, changes it, imports it and removes it; each of
// the objects given.
func lifecycle(typeName string, objects func(api string) []lifeOf) deed {
	return func(s *protocolServer, api string) []*tfprotov6.Diagnostic {
		for _, life := range objects(api) {
			if diagnostics := life.run(s, typeName); hasErrors(diagnostics) {
				return diagnostics
			}
		}
		return nil
	}
}

type lifeOf struct {
	id     string
	config values
	change values
}

func (l lifeOf) run(s *protocolServer, typeName string) []*tfprotov6.Diagnostic {
	var object remote
	return untilError(
		func() (d []*tfprotov6.Diagnostic) { object, d = s.apply(typeName, remote{}, l.config); return d },
		func() (d []*tfprotov6.Diagnostic) { object, d = s.read(typeName, object); return d },
		func() (d []*tfprotov6.Diagnostic) {
			object, d = s.apply(typeName, object, l.config.with(l.change))
			return d
		},
		func() (d []*tfprotov6.Diagnostic) { _, d = s.importBy(typeName, l.id, nil); return d },
		func() (d []*tfprotov6.Diagnostic) { _, d = s.applyPlanned(typeName, object, remote{}, nil); return d },
	)
}

func reading(dataSource string, configs ...values) deed {
	return func(s *protocolServer, _ string) []*tfprotov6.Diagnostic {
		for _, config := range configs {
			if _, diagnostics := s.readData(dataSource, config); hasErrors(diagnostics) {
				return diagnostics
			}
		}
		return nil
	}
}

func invoking(actionType string, configs ...values) deed {
	return func(s *protocolServer, _ string) []*tfprotov6.Diagnostic {
		for _, config := range configs {
			if got := s.invoke(actionType, config); hasErrors(got.diagnostics) {
				return got.diagnostics
			}
		}
		return nil
	}
}

func listing4(typeName string, configs ...values) deed {
	return func(s *protocolServer, _ string) []*tfprotov6.Diagnostic {
		for _, config := range configs {
			if _, diagnostics := s.list(typeName, listing{config: config, limit: 100}); hasErrors(diagnostics) {
				return diagnostics
			}
		}
		return nil
	}
}

// userKinds are the kinds of credentials that a deployment of an API has.
func userKinds(api string) []string {
	if api == "v4" {
		return []string{"username", "clientid"}
	}
	return []string{"username"}
}

var rulesOfOne = []any{configuredRule("allow", "all", "a"), configuredRule("deny", "all", "#")}

// deeds are done with every permission that the table names, and without each of them.
var deeds = map[string]deed{
	"resource emqx_auth_user": lifecycle(authUserType, func(api string) (lives []lifeOf) {
		for _, kind := range userKinds(api) {
			lives = append(lives, lifeOf{kind + "/x", values{kind: "x", "password": testPassword}, values{"password": testPassword + "-2"}})
		}
		return lives
	}),
	"resource emqx_auth_users": lifecycle(authUsersType, func(api string) (lives []lifeOf) {
		for _, kind := range userKinds(api) {
			few, many := values{"a": testPassword, "b": testPassword}, values{}
			for i := range 20 {
				many[fmt.Sprintf("u%02d", i)] = testPassword
			}
			lives = append(lives,
				lifeOf{kind + `/["a","b"]`, values{"kind": kind, "passwords": few}, values{"passwords": few.with(values{"a": testPassword + "-2"})}},
				lifeOf{kind + `/["u00","u01"]`, values{"kind": kind, "passwords": many}, values{"passwords": many.with(values{"u00": testPassword + "-2"})}})
		}
		return lives
	}),
	"resource emqx_acl_rule": lifecycle(aclRuleType, func(string) (lives []lifeOf) {
		for _, subject := range []string{"username", "clientid"} {
			lives = append(lives, lifeOf{subject + "/x/publish/a", values{subject: "x", "topic": "a", "action": "publish", "access": "allow"}, values{"access": "deny"}})
		}
		return append(lives, lifeOf{"all/publish/a", values{"all": true, "topic": "a", "action": "publish", "access": "allow"}, values{"access": "deny"}})
	}),
	"resource emqx_acl_ruleset": lifecycle(aclRulesetType, func(string) (lives []lifeOf) {
		for _, subject := range []string{"username", "clientid"} {
			lives = append(lives, lifeOf{subject + "/x", values{subject: "x", "rules": rulesOfOne}, values{"rules": rulesOfOne[1:]}})
		}
		return append(lives, lifeOf{"all", values{"all": true, "rules": rulesOfOne}, values{"rules": rulesOfOne[1:]}})
	}),
	"resource emqx_acl_rulesets": lifecycle(aclRulesetsType, func(string) (lives []lifeOf) {
		for _, kind := range []string{"username", "clientid"} {
			rulesets := values{"a": []any{"allow all a", "deny all #"}, "b": []any{"allow all b"}}
			lives = append(lives, lifeOf{kind + `/["a","b"]`, values{"kind": kind, "rulesets": rulesets}, values{"rulesets": rulesets.with(values{"a": []any{"deny all #"}})}})
		}
		return lives
	}),
	"resource emqx_blacklist_entry": lifecycle(blacklistEntryType, func(string) []lifeOf {
		return []lifeOf{{"clientid/x", values{"as": "clientid", "who": "x"}, values{"reason": "r"}}}
	}),
	"resource emqx_access_settings": lifecycle(accessSettingsType, func(string) []lifeOf {
		return []lifeOf{{"access_settings", values{"no_match": "deny"}, values{"no_match": "allow"}}}
	}),

	"data source emqx_acl_rules": reading("emqx_acl_rules", values{}, values{"username": "x"}, values{"clientid": "x"}, values{"all": true}),
	"data source emqx_auth_users": func(s *protocolServer, api string) []*tfprotov6.Diagnostic {
		for _, kind := range userKinds(api) {
			if _, diagnostics := s.readData("emqx_auth_users", values{"kind": kind}); hasErrors(diagnostics) {
				return diagnostics
			}
		}
		return nil
	},
	"data source emqx_blacklist":       reading("emqx_blacklist", values{}),
	"data source emqx_client":          reading("emqx_client", values{"clientid": "device-1"}),
	"data source emqx_metrics":         reading("emqx_metrics", values{}),
	"data source emqx_stats":           reading("emqx_stats", values{}),
	"data source emqx_nodes":           reading("emqx_nodes", values{}),
	"data source emqx_namespaces":      reading("emqx_namespaces", values{}),
	"data source emqx_access_settings": reading("emqx_access_settings", values{}),
	"data source emqx_clients":         onNodes("emqx_clients"),
	"data source emqx_subscriptions":   onNodes("emqx_subscriptions"),

	"action emqx_client_kick":     invoking("emqx_client_kick", values{"clientids": []any{"device-1"}}),
	"action emqx_acl_cache_clear": invoking("emqx_acl_cache_clear", values{}, values{"clientids": []any{"device-1"}}, values{"usernames": []any{"nobody"}}),
	"action emqx_message_publish": invoking("emqx_message_publish",
		values{"messages": []any{values{"topic": "a", "payload": "x"}}},
		values{"messages": []any{values{"topic": "a", "payload": "x"}, values{"topic": "b", "payload": "x"}}}),
	"action emqx_topic_subscribe":   invoking("emqx_topic_subscribe", values{"subscriptions": []any{values{"clientid": "device-1", "topic": "a"}}}),
	"action emqx_topic_unsubscribe": invoking("emqx_topic_unsubscribe", values{"subscriptions": []any{values{"clientid": "device-1", "topic": "a"}}}),

	"list resource emqx_auth_user": func(s *protocolServer, api string) []*tfprotov6.Diagnostic {
		for _, kind := range userKinds(api) {
			if diagnostics := listing4(authUserType, values{"kind": kind})(s, api); hasErrors(diagnostics) {
				return diagnostics
			}
		}
		return nil
	},
	"list resource emqx_acl_rule":        listing4(aclRuleType, values{}),
	"list resource emqx_acl_ruleset":     listing4(aclRulesetType, values{"kind": "username"}, values{"kind": "clientid"}, values{"kind": "all"}),
	"list resource emqx_blacklist_entry": listing4(blacklistEntryType, values{}),

	"resource emqx_namespace": lifecycle(namespaceType, func(string) []lifeOf {
		return []lifeOf{{"ns1", values{"name": "ns1"}, values{"max_sessions": 10}}}
	}),
}

// onNodes reads of the whole cluster and, on v4, of one node.
func onNodes(dataSource string) deed {
	return func(s *protocolServer, api string) []*tfprotov6.Diagnostic {
		configs := []values{{}}
		if api == "v4" {
			configs = append(configs, values{"node": apiv4.Node})
		}
		return reading(dataSource, configs...)(s, api)
	}
}

// TestPermissions proves the table of what a key needs: with exactly that everything
// goes, and without any one entry the error names the call, its permission and its scope.
func TestPermissions(t *testing.T) {
	t.Parallel()
	if missing := slices.DeleteFunc(permission.Names(), func(name string) bool { return deeds[name] != nil }); len(missing) > 0 {
		t.Errorf("nothing is done with %q", missing)
	}
	for name, do := range deeds {
		table, known := permission.Tables()[name]
		if !known {
			t.Errorf("the table has no %s", name)
		}
		for _, api := range []string{"v4", "v5"} {
			needs := table.In(api).All()
			if len(needs) == 0 {
				continue
			}
			t.Run(api+" "+name, func(t *testing.T) {
				t.Parallel()
				for _, refusal := range []int{http.StatusForbidden, http.StatusUnauthorized} {
					if diagnostics := doWith(t, api, do, needs, refusal); hasErrors(diagnostics) {
						t.Fatalf("with all of it, others HTTP %d: %s", refusal, describe(diagnostics))
					}
				}
				for i, taken := range needs {
					text := describe(doWith(t, api, do, slices.Delete(slices.Clone(needs), i, i+1), http.StatusForbidden))
					wanted := []string{taken.String()}
					if api == "v5" {
						wanted = append(wanted, "role "+taken.Role(), "scope "+taken.Scope())
					}
					for _, says := range wanted {
						if !strings.Contains(text, says) {
							t.Errorf("without %s: no %q in: %s", taken, says, text)
						}
					}
				}
			})
		}
	}
}

// doWith does something with a key that may make some calls only, and is refused others.
func doWith(t *testing.T, api string, do deed, allowed []permission.Call, refusal int) []*tfprotov6.Diagnostic {
	t.Helper()
	list := calls.List{} // not nil, which would be every call
	for _, call := range allowed {
		list = append(list, calls.Call{Method: call.Method, Path: call.Path})
	}
	b := startBroker(t, api, emqxsim.Options{Keys: []emqxsim.Key{{ID: narrowID, Secret: narrowSecret, Calls: list, Refusal: refusal}}})
	if _, code := mqtttest.Connect(t, b.MQTTAddr(), "device-1", "", ""); code != mqtttest.Success {
		t.Fatalf("the device was refused: %x", code)
	}
	s := serve(t, b.provider(), b.providerBlock().with(values{"app_id": narrowID, "app_secret": narrowSecret}))
	return do(s, api)
}

// A key that may only read serves a plan, data sources and the detection of drift. An
// apply with it says what is missing.
func TestViewerPlans(t *testing.T) {
	t.Parallel()
	for _, name := range slices.Sorted(maps.Keys(deeds)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := startBroker(t, "v5", emqxsim.Options{Keys: []emqxsim.Key{{ID: narrowID, Secret: narrowSecret, Role: "viewer"}}})
			s := serve(t, b.provider(), b.providerBlock().with(values{"app_id": narrowID, "app_secret": narrowSecret}))
			if _, code := mqtttest.Connect(t, b.MQTTAddr(), "device-1", "", ""); code != mqtttest.Success {
				t.Fatalf("the device was refused: %x", code)
			}
			diagnostics := deeds[name](s, "v5")
			writes := permission.Tables()[name].V5.Write
			if len(writes) == 0 {
				s.mustSucceed(diagnostics)
				return
			}
			text := describe(diagnostics)
			says := func(call permission.Call) bool {
				return strings.Contains(text, call.String()) && strings.Contains(text, "role "+call.Role())
			}
			if !slices.ContainsFunc(writes, says) {
				t.Errorf("the error does not say what is missing: %s", text)
			}
		})
	}
}
