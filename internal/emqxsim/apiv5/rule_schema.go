package apiv5

import "github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"

// rule is a rule as the API shows it; all five fields are always there.
type rule struct {
	Action     tables.Action     `json:"action"`
	Permission tables.Permission `json:"permission"`
	QoS        []int             `json:"qos"`
	Retain     any               `json:"retain"` // true, false or "all"
	Topic      string            `json:"topic"`
}

func showRules(rules []tables.Rule) []rule {
	shown := make([]rule, len(rules))
	for i, r := range rules {
		shown[i] = rule{r.Action, r.Permission, append([]int{}, r.QoS...), showRetain(r.Retain), r.Topic}
	}
	return shown
}

func showRetain(r tables.Retain) any {
	switch r {
	case tables.RetainTrue:
		return true
	case tables.RetainFalse:
		return false
	default:
		return string(tables.RetainAny)
	}
}

// ruleSchema does not look into topics: EMQX takes any text (api/v5.md §1.7).
var ruleSchema = structOf(
	field{name: "topic", required: true, check: text},
	field{name: "permission", required: true, check: oneOf("allow", "deny")},
	field{name: "action", required: true, check: oneOf("publish", "subscribe", "all")},
	field{name: "qos", check: listOf(qos), fallback: []any{0, 1, 2}},
	field{name: "retain", check: retain, fallback: tables.RetainAny},
)

var rulesSchema = structOf(field{name: "rules", check: listOf(ruleSchema)})

func retain(path string, value any) (any, []violation) {
	switch value {
	case "all":
		return tables.RetainAny, nil
	case true, "true":
		return tables.RetainTrue, nil
	case false, "false":
		return tables.RetainFalse, nil
	default:
		return nil, []violation{noUnionMember(path, map[string]violation{
			"all":       violationAt(path, "Expected: all", value),
			"boolean()": violationAt(path, "Unable to parse boolean value", value),
		})}
	}
}

// noUnionMember complains about a value that is none of the alternatives.
func noUnionMember(path string, mismatches map[string]violation) violation {
	v := withoutValue(path, "matched_no_union_member")
	each := map[string]any{}
	for alternative, complaint := range mismatches {
		each[alternative] = map[string]any(complaint)
	}
	v["mismatches"] = each
	return v
}

// readRules takes checked rules to the tables' form. Retain says nothing of
// subscriptions and is dropped there.
func readRules(checked any) []tables.Rule {
	elements := checked.([]any)
	rules := make([]tables.Rule, len(elements))
	for i, element := range elements {
		given := element.(map[string]any)
		r := tables.Rule{
			Topic:      given["topic"].(string),
			Permission: tables.Permission(given["permission"].(string)),
			Action:     tables.Action(given["action"].(string)),
			Retain:     given["retain"].(tables.Retain),
		}
		for _, level := range given["qos"].([]any) {
			r.QoS = append(r.QoS, level.(int))
		}
		if r.Action == tables.Subscribe {
			r.Retain = tables.RetainAny
		}
		rules[i] = r
	}
	return rules
}
