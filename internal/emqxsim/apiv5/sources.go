package apiv5

import "net/http"

const sourceType = "built_in_database"

// source is the authorization source of the built-in database as the API shows
// it. The rules are in the tables.
type source struct {
	Type     string `json:"type"`
	Enable   bool   `json:"enable"`
	MaxRules int    `json:"max_rules"`
}

// stockSource has the limit of EMQX 5.8.9: 100 rules for a subject.
func stockSource() *source { return &source{Type: sourceType, Enable: true, MaxRules: 100} }

var sourceSchema = structOf(
	field{name: "type", required: true, check: oneOf(sourceType)},
	field{name: "enable", check: boolean, fallback: true},
	field{name: "max_rules", check: integer, fallback: int64(100)},
)

func configureSource(body any) (*source, []violation) {
	checked, violations := sourceSchema("root", body)
	if violations != nil {
		return nil, violations
	}
	settings := checked.(map[string]any)
	return &source{
		Type:     sourceType,
		Enable:   settings["enable"].(bool),
		MaxRules: int(settings["max_rules"].(int64)),
	}, nil
}

func noSource(kind string) answer { return notFound("Not found: " + kind) }

func (a *api) listSources(request) answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	sources := []source{}
	if a.source != nil {
		sources = append(sources, *a.source)
	}
	return ok(map[string]any{"sources": sources})
}

func (a *api) createSource(r request) answer {
	configured, violations := configureSource(r.body)
	if violations != nil {
		return violated(violations)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.source != nil {
		return badRequest("duplicated_authz_source_type")
	}
	a.setSource(configured)
	return empty(http.StatusNoContent)
}

func (a *api) getSource(r request) answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.source == nil || r.bindings[0] != sourceType {
		return noSource(r.bindings[0])
	}
	return ok(*a.source)
}

func (a *api) updateSource(r request) answer {
	configured, violations := configureSource(r.body)
	if violations != nil {
		return violated(violations)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.source == nil || r.bindings[0] != sourceType {
		return noSource(r.bindings[0])
	}
	a.setSource(configured)
	return empty(http.StatusNoContent)
}

// removeSource wipes the rules, as EMQX does.
func (a *api) removeSource(r request) answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.source == nil || r.bindings[0] != sourceType {
		return noSource(r.bindings[0])
	}
	a.tables.PurgeRules()
	a.setSource(nil)
	return empty(http.StatusNoContent)
}

// setSource makes the rules hold only while there is a source and it is enabled.
func (a *api) setSource(configured *source) {
	a.source = configured
	a.tables.EnableAuthorization(configured != nil && configured.Enable)
}

// withSource serves a call to the rules, which works while the source is
// disabled too. Without a source it is 404 with the code of a missing rule
// (api/v5.md §1.7).
func (a *api) withSource(serve endpoint) endpoint {
	return func(r request) answer {
		if _, configured := a.currentSource(); !configured {
			return noSource(sourceType)
		}
		return serve(r)
	}
}

func (a *api) currentSource() (source, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.source == nil {
		return source{}, false
	}
	return *a.source, true
}
