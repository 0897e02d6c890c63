package provider

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// deviceRules are the lines of devices from one number up to another.
func deviceRules(from, to int) values {
	rulesets := values{}
	for i := from; i < to; i++ {
		rulesets[device(i)] = []any{
			fmt.Sprintf("allow publish devices/%s/up", device(i)),
			fmt.Sprintf("allow subscribe devices/%s/down", device(i)),
			"deny all #",
		}
	}
	return rulesets
}

func username(name string) tables.Subject { return tables.Subject{Kind: tables.Username, Name: name} }

func TestACLRulesetsLife(t *testing.T) {
	const count = 1200
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		b.Tables().SetRules(username("somebody-else"), []tables.Rule{storedRule(tables.Allow, tables.Publish, "x")})
		s := b.serve(t)
		b.ResetRequests()
		config := values{"rulesets": deviceRules(0, count)}
		fleet := s.mustApply(aclRulesetsType, remote{}, config)
		if n := len(b.Requests()); n > 20 {
			t.Errorf("%d subjects cost %d requests", count, n)
		}
		topic := fmt.Sprintf("devices/%s/up", device(count-1))
		b.mustDecide(t, username(device(count-1)), []string{"allow " + topic, "deny #"}, []string{"allow " + strings.Replace(topic, "up", "down", 1), "deny #"})

		s = b.serve(t)
		b.ResetRequests()
		s.mustPlanNothing(aclRulesetsType, s.mustRead(aclRulesetsType, fleet), config)
		if n := len(b.Requests()); n > 4 {
			t.Errorf("a plan that changes nothing cost %d requests", n)
		}

		changed := deviceRules(2, count+3)
		changed[device(7)] = []any{"deny publish a", "allow all #"}
		b.ResetRequests()
		fleet = s.mustApply(aclRulesetsType, fleet, values{"rulesets": changed})
		if n := len(b.Requests()); n > 25 {
			t.Errorf("2 removed, 3 created and 1 changed cost %d requests", n)
		}
		b.mustDecide(t, username(device(7)), []string{"deny a", "allow #"}, []string{"allow #"})
		b.mustDecide(t, username(device(0)), nil, nil)
		s.mustPlanNothing(aclRulesetsType, s.mustRead(aclRulesetsType, fleet), values{"rulesets": changed})

		s.mustApply(aclRulesetsType, fleet, nil)
		b.mustDecide(t, username(device(7)), nil, nil)
		b.mustDecide(t, username("somebody-else"), []string{"allow x"}, nil)
	})
}

// Subjects that have rules are not overwritten. The message tells how to import
// them, and the next apply ends with what is wanted.
func TestACLRulesetsExist(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		b.Tables().SetRules(username(device(1)), []tables.Rule{storedRule(tables.Allow, tables.AnyAction, "#")})
		config := values{"rulesets": deviceRules(0, 3)}
		_, diagnostics := s.apply(aclRulesetsType, remote{}, config)
		id := fmt.Sprintf(`username/["%s"]`, device(1))
		s.mustFail(diagnostics, "", "terraform import emqx_acl_rulesets.NAME '"+id+"'")
		b.mustDecide(t, username(device(0)), nil, nil)
		b.mustDecide(t, username(device(1)), []string{"allow #"}, []string{"allow #"})

		imported, diagnostics := s.importBy(aclRulesetsType, id, nil)
		s.mustSucceed(diagnostics)
		if diff := cmp.Diff(values{device(1): []any{"allow all #"}}, imported.state["rulesets"]); diff != "" {
			t.Errorf("imported (-want +got):\n%s", diff)
		}
		fleet := s.mustApply(aclRulesetsType, imported, config)
		s.mustPlanNothing(aclRulesetsType, s.mustRead(aclRulesetsType, fleet), config)
		s.mustPlanNothing(aclRulesetsType, s.mustImport(aclRulesetsType, fleet), config)

		b.Tables().SetRules(username(device(3)), []tables.Rule{storedRule(tables.Allow, tables.AnyAction, "#")})
		_, diagnostics = s.apply(aclRulesetsType, fleet, values{"rulesets": deviceRules(0, 4)})
		s.mustFail(diagnostics, "", device(3))
		s.mustFail(diagnostics, "", "terraform state rm emqx_acl_rulesets.NAME") // import is for what is not in the state
	})
}

// Lines that mean the same are no difference, and a list without rules is one.
func TestACLRulesetsSpellings(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		written := values{"rulesets": values{"a": []any{"allow pub t", "allow sub t"}, "none": []any{}}}
		same := values{"rulesets": values{"a": []any{"allow all t"}, "none": []any{}}}
		fleet := s.mustApply(aclRulesetsType, remote{}, written)
		s.mustPlanNothing(aclRulesetsType, s.mustRead(aclRulesetsType, fleet), written)
		s.mustPlanNothing(aclRulesetsType, fleet, same)
	})
}

func TestACLRulesetsDrift(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		config := values{"rulesets": deviceRules(0, 12)}
		fleet := b.serve(t).mustApply(aclRulesetsType, remote{}, config)
		b.Tables().DeleteRules(username(device(3)))
		b.Tables().SetRules(username(device(4)), []tables.Rule{storedRule(tables.Allow, tables.AnyAction, "#")})
		s := b.serve(t)
		seen := s.mustRead(aclRulesetsType, fleet)
		want := deviceRules(0, 12)
		delete(want, device(3))
		want[device(4)] = []any{"allow all #"}
		if diff := cmp.Diff(want, seen.state["rulesets"]); diff != "" {
			t.Errorf("a refresh shows (-want +got):\n%s", diff)
		}
		fleet = s.mustApply(aclRulesetsType, seen, config)
		s.mustPlanNothing(aclRulesetsType, s.mustRead(aclRulesetsType, fleet), config)
		b.mustDecide(t, username(device(3)), []string{"allow devices/" + device(3) + "/up", "deny #"}, []string{"allow devices/" + device(3) + "/down", "deny #"})
	})
}

// A change that fails half way leaves in the state what the broker has, and names the rest.
func TestACLRulesetsHalfDone(t *testing.T) {
	t.Parallel()
	for _, api := range []string{"v4", "v5"} {
		b := startBroker(t, api, failing(http.MethodDelete, device(1)))
		s := b.serve(t)
		fleet := s.mustApply(aclRulesetsType, remote{}, values{"rulesets": deviceRules(0, 5)})
		after, diagnostics := s.apply(aclRulesetsType, fleet, values{"rulesets": deviceRules(3, 7)})
		s.mustFail(diagnostics, "", device(1))
		want := deviceRules(3, 7)
		want[device(1)] = deviceRules(1, 2)[device(1)]
		if diff := cmp.Diff(want, after.state["rulesets"]); diff != "" {
			t.Errorf("%s: the state (-want +got):\n%s", api, diff)
		}
	}
}

func TestACLRulesetsV5Only(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		config := values{"rulesets": values{"a": []any{"allow publish qos=0,1 retain=false t", "deny all #"}}}
		if b.api == "v4" {
			for _, line := range []string{"allow publish qos=0 t", "allow publish retain=true t"} {
				_, _, diagnostics := s.plan(aclRulesetsType, remote{}, values{"rulesets": values{"a": []any{line}}})
				s.mustFail(diagnostics, "rulesets", "v5")
			}
			many := values{}
			for i := range 100 {
				many[device(i)] = []any{"allow publish qos=0 t"}
			}
			_, _, diagnostics := s.plan(aclRulesetsType, remote{}, values{"rulesets": many})
			if n := len(diagnostics); n != maxNamed {
				t.Errorf("%d errors for a fleet in which every rule asks for too much", n)
			}
			return
		}
		fleet := s.mustApply(aclRulesetsType, remote{}, config)
		s.mustPlanNothing(aclRulesetsType, s.mustRead(aclRulesetsType, fleet), config)
	})
}

func TestACLRulesetsValidation(t *testing.T) {
	t.Parallel()
	s := serveUnconnected(t)
	tests := map[string]struct {
		rulesets any
		says     string
	}{
		"dots":      {values{"..": []any{}}, `".."`},
		"null":      {values{"a": nil}, "null"},
		"no rule":   {values{"a": []any{"permit all #"}}, "permit"},
		"no filter": {values{"a": []any{"allow all a/#/b"}}, "#"},
		"twice":     {values{"a": []any{"allow all t", "deny publish t"}}, "never reached"},
		"unknown":   {values{"a": []any{unknown{}}, "b": unknown{}}, ""},
		"exact":     {values{"a": []any{"allow all eq t/1"}}, ""},
		"empty":     {values{}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s.mustSay(s.validate(aclRulesetsType, values{"rulesets": test.rulesets}), "rulesets", test.says)
		})
	}
}

// An interruption ends everything at once, also the look at what an apply that was
// cut short has left.
func TestACLRulesetsInterrupted(t *testing.T) {
	t.Parallel()
	for _, api := range []string{"v4", "v5"} {
		t.Run(api, func(t *testing.T) {
			t.Parallel()
			held, release := make(chan struct{}, 1000), make(chan struct{})
			var armed atomic.Bool
			b := startBroker(t, api, emqxsim.Options{Middleware: func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Method != http.MethodGet && armed.CompareAndSwap(false, true) {
						held <- struct{}{}
					}
					if armed.Load() {
						select {
						case <-release:
						case <-r.Context().Done():
						}
						return
					}
					next.ServeHTTP(w, r)
				})
			}})
			s := serve(t, b.provider(), b.providerBlock().with(values{"request_timeout": "1h"}))
			go func() {
				<-held
				if _, err := s.server.StopProvider(context.Background(), &tfprotov6.StopProviderRequest{}); err != nil {
					t.Error(err)
				}
			}()
			ended := make(chan remote, 1)
			go func() {
				created, _ := s.apply(aclRulesetsType, remote{}, values{"rulesets": deviceRules(0, 3)})
				ended <- created
			}()
			select {
			case created := <-ended:
				if diff := cmp.Diff(deviceRules(0, 3), created.state["rulesets"]); diff != "" {
					t.Errorf("what may be on the broker is in the state (-want +got):\n%s", diff)
				}
			case <-time.After(20 * time.Second):
				t.Error("still waiting for the broker")
			}
			close(release)
		})
	}
}
