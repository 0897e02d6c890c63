package apiv5

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

const rulesModule = "emqx_authz_api_mnesia"

// subjects is what differs between the rules for usernames and those for clientids.
type subjects struct {
	kind     tables.Kind
	segment  string // of the path, and the name of the handler
	field    string // of the JSON
	title    string // in messages
	notFound string
}

var (
	usernames = subjects{tables.Username, "users", "username", "User", "Username Not Found"}
	clientids = subjects{tables.ClientID, "clients", "clientid", "Client", "ClientID Not Found"}
)

// schema checks one subject with its rules.
func (s subjects) schema(rules check) check {
	return structOf(field{name: "rules", check: rules}, field{name: s.field, required: true, check: text})
}

func (s subjects) show(name string, rules []tables.Rule) map[string]any {
	return map[string]any{s.field: name, "rules": showRules(rules)}
}

func (a *api) listRules(s subjects, in scope, r request) answer {
	page, violations := pagerOf(r.query, a.opts.MaxLimit)
	if violations != nil {
		return violated(violations)
	}
	like, isFuzzy := last(r.query, "like_"+s.field)
	if isFuzzy && like == "" {
		return internalError("badarg, [{binary,match,[<<>>]}]")
	}
	rows, count := in.RulesPage(s.kind, like, page.first(), page.limit)
	described := page.describe(len(rows), count)
	if isFuzzy {
		described.Count = nil
	}
	return answerRows(described, rows, func(row tables.SubjectRules) map[string]any { return s.show(row.Name, row.Rules) })
}

// createRules takes an array. All of it is checked before anything is written,
// but check and write are not one step (api/v5.md §1.7).
func (a *api) createRules(s subjects, in scope, r request) answer {
	if _, isList := r.body.([]any); !isList {
		return r.crash(rulesModule, s.segment)
	}
	checked, violations := listOf(s.schema(a.rulesSchema))("root", r.body)
	if violations != nil {
		return violated(violations)
	}
	elements := checked.([]any)
	for _, element := range elements {
		if refusal := a.refuseNew(s, in, element.(map[string]any)); refusal != nil {
			return *refusal
		}
	}
	for _, element := range elements {
		given := element.(map[string]any)
		if given["rules"] == nil {
			return r.crash(rulesModule, s.segment)
		}
		rules, refusal := readRules(given["rules"])
		if refusal != nil {
			return *refusal
		}
		in.SetRules(tables.Subject{Kind: s.kind, Name: given[s.field].(string)}, rules)
	}
	return empty(http.StatusNoContent)
}

// refuseNew tells why a subject cannot be created.
func (a *api) refuseNew(s subjects, in scope, given map[string]any) *answer {
	name := given[s.field].(string)
	if _, exists := in.Rules(tables.Subject{Kind: s.kind, Name: name}); exists {
		refusal := alreadyExists(http.StatusConflict, fmt.Sprintf("%s '%s' already exist", s.title, name))
		return &refusal
	}
	if a.tooMany(given["rules"]) {
		refusal := badRequest(fmt.Sprintf("The rules length of %s '%s' exceeds the maximum limit.", s.title, name))
		return &refusal
	}
	return nil
}

func (a *api) tooMany(rules any) bool {
	list, _ := rules.([]any)
	configured, _ := a.ruleSource()
	return len(list) > configured.MaxRules
}

func (a *api) getRules(s subjects, in scope, r request) answer {
	name := r.bindings[0]
	rules, exists := in.Rules(tables.Subject{Kind: s.kind, Name: name})
	if !exists {
		return notFound("Not Found")
	}
	return ok(s.show(name, rules))
}

// putRules creates the subject when there is none. What does not fit the path
// crashes (api/v5.md §1.2).
func (a *api) putRules(s subjects, in scope, r request) answer {
	checked, violations := s.schema(a.rulesSchema)("root", r.body)
	if violations != nil {
		return violated(violations)
	}
	given := checked.(map[string]any)
	if given[s.field] != r.bindings[0] || given["rules"] == nil {
		return r.crash(rulesModule, strings.TrimSuffix(s.segment, "s"))
	}
	if a.tooMany(given["rules"]) {
		return badRequest("The rules length exceeds the maximum limit.")
	}
	rules, refusal := readRules(given["rules"])
	if refusal != nil {
		return *refusal
	}
	in.SetRules(tables.Subject{Kind: s.kind, Name: r.bindings[0]}, rules)
	return empty(http.StatusNoContent)
}

func (a *api) deleteRules(s subjects, in scope, r request) answer {
	if !in.DeleteRules(tables.Subject{Kind: s.kind, Name: r.bindings[0]}) {
		return notFound(s.notFound)
	}
	return empty(http.StatusNoContent)
}

func (a *api) getRulesForAll(in scope, _ request) answer {
	rules, _ := in.Rules(tables.Everybody)
	return ok(map[string]any{"rules": showRules(rules)})
}

// setRulesForAll replaces what was there, although it is a POST.
func (a *api) setRulesForAll(in scope, r request) answer {
	checked, violations := structOf(field{name: "rules", check: a.rulesSchema})("root", r.body)
	if violations != nil {
		return violated(violations)
	}
	given := checked.(map[string]any)["rules"]
	if given == nil {
		return r.crash(rulesModule, "all")
	}
	if a.tooMany(given) {
		return badRequest("The length of rules exceeds the maximum limit.")
	}
	rules, refusal := readRules(given)
	if refusal != nil {
		return *refusal
	}
	in.SetRules(tables.Everybody, rules)
	return empty(http.StatusNoContent)
}

// deleteRulesForAll answers 204 whether there were rules or not.
func (a *api) deleteRulesForAll(in scope, _ request) answer {
	in.SetRules(tables.Everybody, nil)
	return empty(http.StatusNoContent)
}

// purgeRules is refused while the source is enabled.
func (a *api) purgeRules(in scope, _ request) answer {
	if configured, _ := a.ruleSource(); configured.Enable {
		return badRequest("'built_in_database' type source must be disabled before purge.")
	}
	in.PurgeRules()
	return empty(http.StatusNoContent)
}
