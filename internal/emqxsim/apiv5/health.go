package apiv5

import (
	"encoding/json"
	"net/http"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// noRate is how EMQX shows a rate of nothing. Rates are over a time that no
// test waits for.
const noRate = json.Number("0.0")

func withRates(counted map[string]any) map[string]any {
	for _, name := range []string{"rate", "rate_max", "rate_last5m"} {
		counted[name] = noRate
	}
	return counted
}

// health is what an authenticator or a source tells of itself and its counters.
func health(counted map[string]any) answer {
	onNode := func(name string, value any) []any { return []any{map[string]any{"node": Node, name: value}} }
	return ok(map[string]any{
		"status": "connected", "node_status": onNode("status", "connected"),
		"metrics": counted, "node_metrics": onNode("metrics", counted),
		"resource_metrics": map[string]any{}, "node_resource_metrics": onNode("metrics", map[string]any{}),
		"node_error": []any{},
	})
}

func (a *api) authenticatorStatus(r request) answer {
	return a.onAuthenticator(r, func() answer {
		o := a.tables.Authentications()
		return health(withRates(map[string]any{"total": o.Total(), "success": o.Allow, "failed": o.Deny, "nomatch": o.NoMatch}))
	})
}

func (a *api) resetAuthenticatorMetrics(r request) answer {
	return a.onAuthenticator(r, func() answer {
		a.tables.ResetAuthentications()
		return empty(http.StatusNoContent)
	})
}

func (a *api) onAuthenticator(r request, serve func() answer) answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.authenticator == nil || r.bindings[0] != authenticatorID {
		return noSuchAuthenticator(r.bindings[0])
	}
	return serve()
}

// sourceStatus counts what the rules said. A file's decisions are not counted
// in this broker.
func (a *api) sourceStatus(r request, _ int) answer {
	var o tables.Outcomes
	if r.bindings[0] == sourceType {
		o = a.tables.Authorizations()
	}
	return health(withRates(map[string]any{
		"total": o.Total(), "allow": o.Allow, "deny": o.Deny, "nomatch": o.NoMatch, "ignore": o.Ignore,
	}))
}

func (a *api) resetSourceMetrics(r request, _ int) answer {
	if r.bindings[0] == sourceType {
		a.tables.ResetAuthorizations()
	}
	return empty(http.StatusNoContent)
}
