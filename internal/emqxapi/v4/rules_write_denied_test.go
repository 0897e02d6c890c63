package v4_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/faults"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// What is denied before a change and after it is denied before each request and
// after the last, unless one delete takes both directions, whether the broker's clock ticks between the entries of an
// array or not.
func TestWriteRulesKeepsDenied(t *testing.T) {
	const pub, sub, all = emqxapi.ActionPublish, emqxapi.ActionSubscribe, emqxapi.ActionAll
	tests := map[string]struct {
		from, to []emqxapi.Rule
		requests int
	}{
		"the rule below says allow": {
			from:     []emqxapi.Rule{rule(deny, all, "t"), rule(deny, all, "#")},
			to:       []emqxapi.Rule{rule(deny, all, "t"), rule(allow, all, "#")},
			requests: 2,
		},
		"a rule comes in below an allow": {
			from:     []emqxapi.Rule{rule(deny, all, "t"), rule(allow, all, "+"), rule(deny, all, "#")},
			to:       []emqxapi.Rule{rule(deny, all, "t"), rule(allow, all, "+"), rule(deny, all, "$x"), rule(deny, all, "#")},
			requests: 3,
		},
		"everything goes but the last": {
			from:     []emqxapi.Rule{rule(deny, all, "t"), rule(allow, all, "+"), rule(deny, all, "#")},
			to:       []emqxapi.Rule{rule(deny, all, "#")},
			requests: 2,
		},
	}
	for name, test := range tests {
		for clockName, ticks := range map[string]bool{"one millisecond": false, "many": true} {
			t.Run(name+", "+clockName, func(t *testing.T) {
				clock := newStepping()
				b := startBroker(t, emqxsim.Options{Now: func() time.Time {
					if ticks {
						clock.step()
					}
					return clock.now()
				}})
				for i := range test.from {
					clock.step()
					write(t, b, device(1), test.from[len(test.from)-1-i:]...)
				}
				b.faults.Set(faults.Options{Chance: map[faults.Kind]float64{faults.ResetBefore: 1}, Only: func(r *http.Request) bool {
					clock.step()
					wantDenied(t, b, r.Method+" "+r.URL.Path)
					return false
				}})
				if result := write(t, b, device(1), test.to...); result.Err != nil {
					t.Fatal(result.Err)
				}
				if sent := b.sent(); len(sent) != test.requests {
					t.Errorf("%d requests, want %d: %v", len(sent), test.requests, sent)
				}
				wantRules(t, b, device(1), test.to)
				wantDenied(t, b, "the end")
			})
		}
	}
}

func wantDenied(t *testing.T, b broker, before string) {
	t.Helper()
	for _, action := range []tables.Action{tables.Publish, tables.Subscribe} {
		if b.Tables().Authorize(tables.Request{Username: device(1).Name, Action: action, Topic: "t"}) != tables.Denied {
			t.Errorf("before %s: to %s is not denied", before, action)
		}
	}
}

// What a delete takes away is put back even if the change is given up in between, and
// nothing else is left behind.
func TestWriteRulesPutsBackWhatItTookAway(t *testing.T) {
	from := []emqxapi.Rule{rule(deny, emqxapi.ActionSubscribe, "t"), rule(allow, emqxapi.ActionPublish, "t")}
	b := startBroker(t, emqxsim.Options{})
	if result := write(t, b, device(1), from...); result.Err != nil {
		t.Fatal(result.Err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	b.faults.Set(faults.Options{Chance: map[faults.Kind]float64{faults.ResetBefore: 1}, Only: func(r *http.Request) bool {
		if r.Method == http.MethodDelete {
			cancel()
		}
		return false
	}})
	b.WriteRules(ctx, []emqxapi.RuleChange{{Subject: device(1), From: from, To: from[:1]}})
	wantRules(t, b, device(1), from[:1])
}
