package apiv5

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// The types of sources that this broker has.
const (
	sourceType     = "built_in_database"
	fileSourceType = "file"
)

// source is an authorization source: the built-in database, whose rules are in
// the tables, or a file, of which this broker knows what it comes to.
type source struct {
	Type     string
	Enable   bool
	MaxRules int    // of the built-in database
	Rules    string // of a file
	decides  tables.Source
}

func (s source) show() map[string]any {
	shown := map[string]any{"type": s.Type, "enable": s.Enable}
	if s.Type == fileSourceType {
		shown["rules"] = s.Rules
	} else {
		shown["max_rules"] = s.MaxRules
	}
	return shown
}

// stockSources have the limit of EMQX 5.8.9: 100 rules for a subject. 6.2.2
// was measured with the file source behind the built-in database; to clients
// on this machine its acl.conf allows everything (api/v6.md §8).
func (a *api) stockSources() []source {
	sources := []source{{Type: sourceType, Enable: true, MaxRules: 100, decides: tables.BuiltInRules}}
	if a.isEMQX6() {
		sources = append(sources, source{Type: fileSourceType, Enable: true, Rules: "{allow, all}.", decides: tables.AllowsAll})
	}
	return sources
}

var sourceSchemas = map[string]check{
	sourceType: structOf(
		field{name: "type", required: true, check: text},
		field{name: "enable", check: boolean, fallback: true},
		field{name: "max_rules", check: integer, fallback: int64(100)},
	),
	fileSourceType: structOf(
		field{name: "type", required: true, check: text},
		field{name: "enable", check: boolean, fallback: true},
		field{name: "rules", required: true, check: text},
	),
}

// configureSource reads a source from a body.
func configureSource(body any) (source, *answer) {
	refuse := func(refusal answer) (source, *answer) { return source{}, &refusal }
	given, _ := body.(map[string]any)
	kind, _ := given["type"].(string)
	schema, known := sourceSchemas[kind]
	if !known {
		_, violations := structOf(field{name: "type", required: true, check: oneOf(sourceType, fileSourceType)})("root", map[string]any{"type": given["type"]})
		return refuse(violated(violations))
	}
	checked, violations := schema("root", body)
	if violations != nil {
		return refuse(violated(violations))
	}
	settings := checked.(map[string]any)
	configured := source{Type: kind, Enable: settings["enable"].(bool)}
	if kind == sourceType {
		configured.MaxRules = int(settings["max_rules"].(int64))
		return configured, nil
	}
	configured.Rules = settings["rules"].(string)
	decides, understood := whatFileDecides(configured.Rules)
	if !understood {
		return refuse(badRequest("this broker understands the files {allow, all}. and {deny, all}. only"))
	}
	configured.decides = decides
	return configured, nil
}

// whatFileDecides reads a file of rules that has one term.
func whatFileDecides(rules string) (tables.Source, bool) {
	switch strings.Join(strings.Fields(rules), "") {
	case "{allow,all}.":
		return tables.AllowsAll, true
	case "{deny,all}.":
		return tables.DeniesAll, true
	default:
		return 0, false
	}
}

func noSource(kind string) answer { return notFound("Not found: " + kind) }

// setSources lets those that are enabled decide, in their order.
func (a *api) setSources(sources []source) {
	a.sources = sources
	var deciding []tables.Source
	for _, s := range sources {
		if s.Enable {
			deciding = append(deciding, s.decides)
		}
	}
	a.tables.SetSources(deciding...)
}

func (a *api) findSource(kind string) int {
	return slices.IndexFunc(a.sources, func(s source) bool { return s.Type == kind })
}

func (a *api) listSources(request) answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	shown := make([]map[string]any, len(a.sources))
	for i, s := range a.sources {
		shown[i] = s.show()
	}
	return ok(map[string]any{"sources": shown})
}

// createSource puts a new source first (api/v6.md §2).
func (a *api) createSource(r request) answer {
	configured, refusal := configureSource(r.body)
	if refusal != nil {
		return *refusal
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.findSource(configured.Type) >= 0 {
		return badRequest(fmt.Sprintf("{duplicated_authz_source_type,[%s]}", configured.Type))
	}
	a.setSources(append([]source{configured}, a.sources...))
	return empty(http.StatusNoContent)
}

// onSource serves a path that names a source, with the place of that source.
func (a *api) onSource(serve func(r request, place int) answer) endpoint {
	return func(r request) answer {
		a.mu.Lock()
		defer a.mu.Unlock()
		place := a.findSource(r.bindings[0])
		if place < 0 {
			return noSource(r.bindings[0])
		}
		return serve(r, place)
	}
}

func (a *api) getSource(_ request, place int) answer { return ok(a.sources[place].show()) }

// updateSource takes a whole source: what is left out goes to its default.
func (a *api) updateSource(r request, place int) answer {
	configured, refusal := configureSource(r.body)
	if refusal != nil {
		return *refusal
	}
	sources := slices.Clone(a.sources)
	sources[place] = configured
	a.setSources(sources)
	return empty(http.StatusNoContent)
}

// removeSource wipes the rules with the built-in database, those of all
// namespaces too, as EMQX does.
func (a *api) removeSource(r request, place int) answer {
	if r.bindings[0] == sourceType {
		a.tables.PurgeAllRules()
	}
	a.setSources(slices.Delete(slices.Clone(a.sources), place, place+1))
	return empty(http.StatusNoContent)
}

// orderSources takes all types, in the order wanted.
func (a *api) orderSources(r request) answer {
	checked, violations := listOf(structOf(field{name: "type", required: true, check: text}))("root", r.body)
	if violations != nil {
		return violated(violations)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	var ordered []source
	for _, element := range checked.([]any) {
		kind := element.(map[string]any)["type"].(string)
		place := a.findSource(kind)
		if place < 0 {
			return noSource(kind)
		}
		ordered = append(ordered, a.sources[place])
	}
	var left []string
	for _, s := range a.sources {
		if !slices.ContainsFunc(ordered, func(o source) bool { return o.Type == s.Type }) {
			left = append(left, s.Type)
		}
	}
	if left != nil {
		return badRequest("No positions are specified for authorization sources: " + strings.Join(left, ", "))
	}
	a.setSources(ordered)
	return empty(http.StatusNoContent)
}

// ruleSource is the source that has the rules of the tables.
func (a *api) ruleSource() (source, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	place := a.findSource(sourceType)
	if place < 0 {
		return source{}, false
	}
	return a.sources[place], true
}
