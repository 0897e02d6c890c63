package provider

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/mqtttest"
)

// witness is a client that publishes to one topic, so that the broker remembers what
// it has decided about that.
type witness struct {
	*mqtttest.Client
	t     *testing.T
	topic string
}

func (b *testBroker) witness(t *testing.T, clientID, username, password string) witness {
	t.Helper()
	client, reason := b.connectMQTT(t, clientID, username, password)
	if client == nil {
		t.Fatalf("%s cannot connect: %#x", clientID, reason)
	}
	w := witness{client, t, "t"}
	w.publishes("before the change", true)
	return w
}

// publishes wants the client to be connected, and its message to be let through or refused.
func (w witness) publishes(when string, allowed bool) {
	w.t.Helper()
	reason := w.Publish(w.topic, "x")
	if refused := reason == mqtttest.NotAuthorized; refused == allowed {
		w.t.Errorf("%s: publishing is answered with %#x", when, reason)
	}
}

// denials are configurations that forbid the client c1 with the username u1 to publish
// to the topic t, and no other.
func denials() map[string]func(connected any) (typeName string, config values) {
	deny := []any{values{"topic": "t", "action": "publish", "access": "deny"}}
	of := func(typeName string, config values) func(any) (string, values) {
		return func(connected any) (string, values) {
			return typeName, config.with(values{"connected_clients": connected})
		}
	}
	return map[string]func(any) (string, values){
		"rule by username":     of(aclRuleType, values{"username": "u1", "topic": "t", "action": "publish", "access": "deny"}),
		"rule by clientid":     of(aclRuleType, values{"clientid": "c1", "topic": "t", "action": "publish", "access": "deny"}),
		"ruleset by username":  of(aclRulesetType, values{"username": "u1", "rules": deny}),
		"ruleset by clientid":  of(aclRulesetType, values{"clientid": "c1", "rules": deny}),
		"rulesets by username": of(aclRulesetsType, values{"rulesets": values{"u1": []any{"deny publish t"}, "nobody": []any{}}}),
		"rulesets by clientid": of(aclRulesetsType, values{"kind": "clientid", "rulesets": values{"c1": []any{"deny publish t"}}}),
	}
}

// A rule that comes or goes holds for a client that is connected at once with refresh,
// after it has connected again with disconnect, and not yet with leave. Nobody else
// notices.
func TestConnectedClientsOfRules(t *testing.T) {
	for name, denial := range denials() {
		for _, connected := range []any{nil, "leave", "refresh", "disconnect"} {
			t.Run(fmt.Sprintf("%s %v", name, connected), func(t *testing.T) {
				forEachAPI(t, func(t *testing.T, b *testBroker) {
					if b.cloud && b.api == "v4" && connected == "refresh" {
						t.Skip("EMQX Cloud documents no call for it on v4")
					}
					s := b.serve(t)
					device, other := b.witness(t, "c1", "u1", ""), b.witness(t, "c2", "u2", "")
					typeName, config := denial(connected)
					created := s.mustApply(typeName, remote{}, config)
					if created.state["connected_clients"] != connected {
						t.Errorf("the state has %v", created.state["connected_clients"])
					}
					switch connected {
					case "refresh":
						device.publishes("forbidden", false)
					case "disconnect":
						device.AwaitEnd()
						if device.Client, _ = b.connectMQTT(t, "c1", "u1", ""); device.Client == nil {
							t.Fatal("the client cannot connect again")
						}
						device.publishes("forbidden", false)
					default:
						device.publishes("forbidden", true)
					}
					other.publishes("after a change about another", true)

					refreshed := s.mustRead(typeName, created)
					s.mustApply(typeName, refreshed, nil) // the value in the state counts
					switch connected {
					case "refresh":
						device.publishes("allowed again", true)
					case "disconnect":
						device.AwaitEnd()
						b.witness(t, "c1", "u1", "")
					}
					other.publishes("after the end of rules of another", true)
				})
			})
		}
	}
}

// Rules for every client are refreshed for every client.
func TestConnectedClientsOfRulesForAll(t *testing.T) {
	forEachAPIWith(t, emqxsim.Options{}, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		deny := values{"topic": "t", "action": "publish", "access": "deny"}
		for typeName, config := range map[string]values{
			aclRuleType:    deny.with(values{"all": true}),
			aclRulesetType: {"all": true, "rules": []any{deny}},
		} {
			first, second := b.witness(t, "c1", "u1", ""), b.witness(t, "c2", "", "")
			created := s.mustApply(typeName, remote{}, config.with(values{"connected_clients": "refresh"}))
			first.publishes("forbidden", false)
			second.publishes("forbidden", false)
			s.mustApply(typeName, created, nil)
			first.publishes("allowed again", true)
			s.mustFail(s.validate(typeName, config.with(values{"connected_clients": "disconnect"})), "connected_clients", "every client")
		}
	})
}

// A change of rules is about the subjects whose rules it makes others, and not about
// those that only moved or are written differently.
func TestConnectedClientsOfSubjectsThatChange(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		rulesets := func(of1, of2 []any) values {
			return values{"connected_clients": "disconnect", "rulesets": values{"u1": of1, "u2": of2, "u3": []any{"allow publish t"}}}
		}
		same := []any{"allow publish t", "allow subscribe s"}
		created := s.mustApply(aclRulesetsType, remote{}, rulesets(same, same))
		changed, stays := b.witness(t, "c1", "u1", ""), b.witness(t, "c2", "u2", "")
		// Publish and subscribe are two lists: their order relative to each other means nothing.
		config := rulesets([]any{"deny publish x", "allow publish t"}, []any{"allow subscribe s", "allow publish t"})
		_, _, diagnostics := s.plan(aclRulesetsType, created, config)
		mustWarn(t, diagnostics, "will be disconnected", `the username "u1"`)
		s.mustApply(aclRulesetsType, created, config)
		changed.AwaitEnd()
		stays.publishes("after a change about another", true)
	})
}

// mustWarn wants a warning that says all of some texts.
func mustWarn(t *testing.T, diagnostics []*tfprotov6.Diagnostic, texts ...string) {
	t.Helper()
	for _, d := range diagnostics {
		whole := d.Summary + "\n" + d.Detail
		if d.Severity == tfprotov6.DiagnosticSeverityWarning && containsAll(whole, texts) {
			return
		}
	}
	t.Errorf("no warning that says %q, but: %s", texts, describe(diagnostics))
}

func containsAll(text string, parts []string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}

// credentials are configurations of the credential u1 (and in a fleet of u2, which stays) with a password.
func credentials() map[string]func(connected any, password string) values {
	return map[string]func(any, string) values{
		authUserType: func(connected any, password string) values {
			return values{"username": "u1", "password": password, "connected_clients": connected}
		},
		authUsersType: func(connected any, password string) values {
			return values{"passwords": values{"u1": password, "u2": testPassword}, "connected_clients": connected}
		},
	}
}

// A new password, and the end of a credential, ends the session of who is connected with
// it where disconnect says so, and not otherwise.
func TestConnectedClientsOfCredentials(t *testing.T) {
	const changed = "n3w-pa55-w0rd"
	for typeName, configOf := range credentials() {
		for _, connected := range []any{nil, "leave", "disconnect"} {
			t.Run(fmt.Sprintf("%s %v", typeName, connected), func(t *testing.T) {
				forEachAPIWith(t, emqxsim.Options{RefuseUnknown: true}, func(t *testing.T, b *testBroker) {
					s := b.serve(t)
					state := s.mustApply(typeName, remote{}, configOf(connected, testPassword))
					if typeName == authUserType {
						s.mustApply(authUserType, remote{}, values{"username": "u2", "password": testPassword})
					}
					device, other := b.witness(t, "c1", "u1", testPassword), b.witness(t, "c2", "u2", testPassword)
					ends := func(when string) {
						t.Helper()
						if connected != "disconnect" {
							device.publishes(when, true)
							return
						}
						device.AwaitEnd()
					}

					_, _, diagnostics := s.plan(typeName, state, configOf(connected, changed))
					if connected == "disconnect" {
						mustWarn(t, diagnostics, "will be disconnected", `the username "u1"`)
					}
					state = s.mustApply(typeName, state, configOf(connected, changed))
					ends("after another password")
					if b.canConnect(t, "c1", "u1", testPassword) {
						t.Error("the old password is good")
					}
					other.publishes("after another's password", true)

					device.Disconnect()
					device = b.witness(t, "c1", "u1", changed)
					if typeName == authUserType {
						s.mustApply(typeName, state, nil)
					} else {
						s.mustApply(typeName, state, values{"passwords": values{"u2": testPassword}, "connected_clients": connected})
					}
					ends("after its end")
					if b.canConnect(t, "c1", "u1", changed) {
						t.Error("the credential is good")
					}
					other.publishes("after another's end", true)
				})
			})
		}
	}
}

// A ban ends the sessions of those that it catches where disconnect says so, whatever
// it looks at.
func TestConnectedClientsOfBans(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		bans := map[string]string{"username": "u1", "peerhost": "127.0.0.1"}
		if b.api == "v5" {
			bans["username_re"], bans["clientid_re"], bans["peerhost_net"] = "^u1$", "c1", "127.0.0.0/31"
		}
		for as, who := range bans {
			other, _ := mqtttest.ConnectFrom(t, "127.0.0.2", b.MQTTAddr(), "d2", "u2", "")
			for _, connected := range []any{nil, "leave", "disconnect"} {
				device := b.witness(t, "c1", "u1", "")
				config := values{"as": as, "who": who, "connected_clients": connected}
				_, _, diagnostics := s.plan(blacklistEntryType, remote{}, config)
				ban := s.mustApply(blacklistEntryType, remote{}, config)
				if connected == "disconnect" {
					mustWarn(t, diagnostics, "will be disconnected", who)
					device.AwaitEnd()
				} else {
					device.publishes("banned by "+as, true)
					device.Disconnect()
				}
				if b.canConnect(t, "c1", "u1", "") {
					t.Errorf("%s %s lets the client in", as, who)
				}
				mustStay(t, other)
				s.mustApply(blacklistEntryType, ban, nil)
				mustStay(t, other)
			}
			other.Disconnect()
		}
	})
}

// takesBans is a deployment that takes every ban.
type takesBans struct{ emqxapi.Deployment }

func (takesBans) Supports(emqxapi.Feature) error               { return nil }
func (takesBans) CreateBan(context.Context, emqxapi.Ban) error { return nil }

// An expression that only the broker can read is no error: the ban is made, and who
// may still be connected is told.
func TestConnectedClientsOfABanThatCannotBeRead(t *testing.T) {
	t.Parallel()
	s := serveDeployment(t, &testClock{}, takesBans{})
	created, diagnostics := s.apply(blacklistEntryType, remote{}, values{"as": "clientid_re", "who": "c(?=1)", "connected_clients": "disconnect"})
	s.mustSucceed(diagnostics)
	mustWarn(t, diagnostics, "may still be connected", `"c(?=1)" means more than can be told outside of the broker`)
	if created.state == nil {
		t.Error("the ban is not in the state")
	}
}

// A client in a namespace goes by the users and rules of that.
func TestConnectedClientsOfNamespacesAreOthers(t *testing.T) {
	t.Parallel()
	b := startBroker(t, "v5", emqxsim.Options{NamespaceFrom: "clientid"})
	s := b.serve(t)
	inside, outside := b.witness(t, "ns1-c", "u1", ""), b.witness(t, "c1", "u1", "")
	s.mustApply(aclRuleType, remote{}, values{"username": "u1", "topic": "t", "action": "publish", "access": "deny", "connected_clients": "disconnect"})
	outside.AwaitEnd()
	inside.publishes("after a change outside of its namespace", true)
}
