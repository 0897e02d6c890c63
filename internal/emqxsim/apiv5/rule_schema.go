package apiv5

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// rule is a rule as the API shows it; the first five fields are always there.
type rule struct {
	Action     tables.Action     `json:"action"`
	Permission tables.Permission `json:"permission"`
	QoS        []int             `json:"qos"`
	Retain     any               `json:"retain"` // true, false or "all"
	Topic      string            `json:"topic"`

	ClientIDRe string `json:"clientid_re,omitempty"`
	UsernameRe string `json:"username_re,omitempty"`
	IPAddr     string `json:"ipaddr,omitempty"`
	Zone       string `json:"zone,omitempty"`
	ZoneRe     string `json:"zone_re,omitempty"`
	Listener   string `json:"listener,omitempty"`
	ListenerRe string `json:"listener_re,omitempty"`
}

func showRules(rules []tables.Rule) []rule {
	shown := make([]rule, len(rules))
	for i, r := range rules {
		given := r.Conditions.Given()
		shown[i] = rule{
			Action: r.Action, Permission: r.Permission, QoS: append([]int{}, r.QoS...), Retain: showRetain(r.Retain), Topic: r.Topic,
			ClientIDRe: given["clientid_re"], UsernameRe: given["username_re"], IPAddr: given["ipaddr"],
			Zone: given["zone"], ZoneRe: given["zone_re"], Listener: given["listener"], ListenerRe: given["listener_re"],
		}
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

// newRuleSchema checks a list of rules. It does not look into topics: EMQX takes any text (api/v5.md §1.7).
func newRuleSchema(conditions bool) check {
	fields := []field{
		{name: "topic", required: true, check: text},
		{name: "permission", required: true, check: oneOf("allow", "deny")},
		{name: "action", required: true, check: oneOf("publish", "subscribe", "all")},
		{name: "qos", check: listOf(qos), fallback: []any{0, 1, 2}},
		{name: "retain", check: retain, fallback: tables.RetainAny},
	}
	if conditions {
		for _, name := range tables.ConditionNames {
			fields = append(fields, field{name: name, check: condition, nullable: true})
		}
	}
	return listOf(structOf(fields...))
}

// condition lets pass what is no text: EMQX finds out only when it stores the rule (api/v6.md §3).
func condition(path string, value any) (any, []violation) {
	switch value.(type) {
	case nil, string, json.Number:
		return value, nil
	default:
		v := violationAt(path, "", value)
		v["reason"] = map[string]any{"expected": "binary()"}
		return nil, []violation{v}
	}
}

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

// readRules takes checked rules to the tables' form. A condition that EMQX cannot store crashes.
func readRules(checked any) ([]tables.Rule, *answer) {
	elements := checked.([]any)
	rules := make([]tables.Rule, len(elements))
	for i, element := range elements {
		given := element.(map[string]any)
		conditions, refusal := readConditions(given)
		if refusal != nil {
			return nil, refusal
		}
		rules[i] = readRule(given)
		rules[i].Conditions = conditions
	}
	return rules, nil
}

// readRule reads all but the conditions. Retain says nothing of subscriptions and is dropped there.
func readRule(given map[string]any) tables.Rule {
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
	return r
}

func readConditions(given map[string]any) (*tables.Conditions, *answer) {
	invalid := func(name, value string) *answer {
		refusal := internalError(fmt.Sprintf("#{reason => invalid_%s,value => %s}, [{emqx_authz_mnesia,normalize_rule,1,[]}]", name, value))
		return &refusal
	}
	texts := map[string]string{}
	for _, name := range tables.ConditionNames {
		switch value := given[name].(type) {
		case string:
			texts[name] = value
		case json.Number:
			return nil, invalid(name, value.String())
		case nil:
			if _, isNull := given[name]; isNull {
				return nil, invalid(name, "null")
			}
		}
	}
	conditions, err := tables.NewConditions(texts)
	var problem *tables.ConditionError
	switch {
	case errors.As(err, &problem) && texts[problem.Name] == "":
		return nil, invalid(problem.Name, "<<>>")
	case errors.As(err, &problem):
		return nil, invalid(problem.Name, fmt.Sprintf("<<%q>>", texts[problem.Name]))
	}
	return conditions, nil
}
