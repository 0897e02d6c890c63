package apiv5_test

import (
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/apiv5"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

func TestSourcesLife(t *testing.T) {
	const one = "/authorization/sources/built_in_database"
	b := start(t, apiv5.Options{Release: apiv5.EMQX58}, nil)
	asked := tables.Request{ClientID: "c", Action: tables.Publish, Topic: "t"}
	expect := func(when string, want tables.Decision) {
		t.Helper()
		if got := b.tables.Authorize(asked); got != want {
			t.Errorf("%s: decision %v, want %v", when, got, want)
		}
	}
	deny := exchange{"POST", rules + "/all", `{"rules":[{"topic":"t","permission":"deny","action":"all"}]}`, 204, ""}

	b.play(t, []exchange{deny})
	expect("enabled", tables.Denied)
	b.play(t, []exchange{{"PUT", one, `{"type":"built_in_database","enable":false,"max_rules":1}`, 204, ""}})
	expect("disabled", tables.NoMatch)
	b.play(t, []exchange{
		{"GET", one, "", 200, `{"enable":false,"max_rules":1,"type":"built_in_database"}`},
		{"POST", rules + "/all", `{"rules":[{"topic":"t","permission":"deny","action":"all"},{"topic":"u","permission":"deny","action":"all"}]}`, 400, "maximum limit"},
		{"PUT", one, `{"type":"built_in_database"}`, 204, ""},
	})
	expect("enabled again", tables.Denied)
	b.play(t, []exchange{
		{"POST", "/authorization/sources", `{"type":"built_in_database"}`, 400, "duplicated"},
		{"DELETE", one, "", 204, ""},
		{"DELETE", one, "", 404, "Not found: built_in_database"},
		{"GET", "/authorization/sources", "", 200, `{"sources":[]}`},
		{"POST", "/authorization/sources", `{"type":"built_in_database"}`, 204, ""},
		{"GET", rules + "/all", "", 200, `{"rules":[]}`},
	})
	expect("removed and there again", tables.NoMatch)
}

// TestFileSource: the source behind the rules decides where they do not, and a new source comes first (api/v6.md §2).
func TestFileSource(t *testing.T) {
	const sources = "/authorization/sources"
	b := start(t, apiv5.Options{}, nil)
	expect := func(when string, want tables.Decision) {
		t.Helper()
		if got := b.tables.Authorize(tables.Request{ClientID: "c", Action: tables.Publish, Topic: "t"}); got != want {
			t.Errorf("%s: decision %v, want %v", when, got, want)
		}
	}
	expect("stock", tables.Allowed)
	b.play(t, []exchange{
		{"PUT", sources + "/file", `{"type":"file","rules":"{deny, all}."}`, 204, ""},
		{"POST", rules + "/all", `{"rules":[{"topic":"t","permission":"allow","action":"all"}]}`, 204, ""},
	})
	expect("the rules come first", tables.Allowed)
	b.play(t, []exchange{
		{"PUT", sources + "/order", `[{"type":"file"}]`, 400, "No positions are specified for authorization sources: built_in_database"},
		{"PUT", sources + "/order", `[{"type":"file"},{"type":"built_in_database"}]`, 204, ""},
	})
	expect("the file comes first", tables.Denied)
	b.play(t, []exchange{{"DELETE", sources + "/file", "", 204, ""}})
	expect("without the file", tables.Allowed)
	b.play(t, []exchange{
		{"POST", sources, `{"type":"file","rules":"{deny, all}."}`, 204, ""},
		{"GET", sources, "", 200, `{"sources":[{"enable":true,"rules":"{deny, all}.","type":"file"},{"enable":true,"max_rules":100,"type":"built_in_database"}]}`},
		{"POST", sources, `{"type":"file","rules":"{deny, all}."}`, 400, "{duplicated_authz_source_type,[file]}"},
		{"PUT", sources + "/file", `{"type":"file","rules":"{allow, {user, \"x\"}}."}`, 400, ""},
		{"PUT", sources + "/file", `{"type":"http"}`, 400, ""},
	})
	expect("a new source", tables.Denied)
}

func TestSourceStatus(t *testing.T) {
	b := start(t, apiv5.Options{}, nil)
	b.tables.SetRules(tables.Everybody, []tables.Rule{{Topic: "t", Permission: tables.Deny, Action: tables.Publish, QoS: []int{0}, Retain: tables.RetainAny}})
	for _, topic := range []string{"t", "u", "u"} {
		b.tables.Authorize(tables.Request{ClientID: "c", Action: tables.Publish, Topic: topic})
	}
	const one = "/authorization/sources/built_in_database"
	b.play(t, []exchange{
		{"GET", one + "/status", "", 200, `"metrics":{"allow":0,"deny":1,"ignore":0,"nomatch":2,"rate":0.0,"rate_last5m":0.0,"rate_max":0.0,"total":3}`},
		{"POST", one + "/metrics/reset", "", 204, ""},
		{"GET", one + "/status", "", 200, `"total":0`},
		{"GET", "/authorization/sources/http/status", "", 404, "Not found: http"},
	})
}
