package apiv5_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/apiv5"
)

// userRules is a body for one username with one rule that has a condition.
func userRules(name, condition string) string {
	return fmt.Sprintf(`{"username":%q,"rules":[{"topic":"t","permission":"allow","action":"all",%s}]}`, name, condition)
}

func TestConditionsAreShownAsGiven(t *testing.T) {
	b := start(t, apiv5.Options{}, nil)
	const all = `"clientid_re":"^c","username_re":"^u","ipaddr":"10.0.0.5/8","zone":"z","zone_re":"^z","listener":"tcp:default","listener_re":"^tcp:"`
	b.must(t, "PUT", rules+"/users/u", userRules("u", all))
	if got := b.call(t, "GET", rules+"/users/u", "").Body; !strings.Contains(got, all) {
		t.Errorf("got %s\nwant %s", got, all)
	}
}

// TestConditionsThatAreNotStored: what is wrong with a condition is 500 and not 400, and the entries before it stay (api/v6.md §3).
func TestConditionsThatAreNotStored(t *testing.T) {
	b := start(t, apiv5.Options{}, nil)
	for condition, problem := range map[string]string{
		`"clientid_re":"(["`: `#{reason => invalid_clientid_re,value => <<\"([\">>}`,
		`"zone_re":""`:       `#{reason => invalid_zone_re,value => <<>>}`,
		`"zone":null`:        `#{reason => invalid_zone,value => null}`,
		`"listener":5`:       `#{reason => invalid_listener,value => 5}`,
	} {
		got := b.call(t, "POST", rules+"/users", "["+userRules("u", condition)+"]")
		if got.Status != 500 || !strings.Contains(got.Body, problem) || strings.Contains(got.Body, "authorization") {
			t.Errorf("%s: status %d: %s", condition, got.Status, got.Body)
		}
	}
	b.play(t, []exchange{
		{"GET", rules + "/users/u", "", 404, ""},
		{"POST", rules + "/users", "[" + userRules("u", `"ipaddr":["10.0.0.1"]`) + "]", 400, `\"expected\":\"binary()\"`},
		{"POST", rules + "/users", "[" + userRules("before", `"zone":"z"`) + "," + userRules("u", `"zone_re":"("`) + "," + userRules("after", `"zone":"z"`) + "]", 500, ""},
		{"GET", rules + "/users/before", "", 200, ""},
		{"GET", rules + "/users/u", "", 404, ""},
		{"GET", rules + "/users/after", "", 404, ""},
		{"PUT", rules + "/users/before", userRules("before", `"zone_re":"("`), 500, ""},
		{"GET", rules + "/users/before", "", 200, `"zone":"z"`},
		{"PUT", rules + "/users/before", userRules("before", `"ipaddr":"nope"`), 204, ""},
		{"GET", rules + "/users/before", "", 200, `"ipaddr":"nope"`},
	})
}

func TestConditionsOn5(t *testing.T) {
	b := start(t, apiv5.Options{Release: apiv5.EMQX58}, nil)
	b.play(t, []exchange{
		{"POST", rules + "/users", "[" + userRules("u", `"zone":"z"`) + "]", 400, "unknown_fields"},
		{"GET", rules + "/users/u", "", 404, ""},
	})
}
