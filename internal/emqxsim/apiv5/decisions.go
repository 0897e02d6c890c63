package apiv5

import (
	"net/http"
	"slices"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/live"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// decision is what the broker has decided on publishing by a client, and keeps
// for a while (api/v6.md §4).
type decision struct {
	Access      access            `json:"access"`
	Topic       string            `json:"topic"`
	Result      tables.Permission `json:"result"`
	UpdatedTime int64             `json:"updated_time"` // Unix milliseconds
}

type access struct {
	ActionType tables.Action `json:"action_type"`
	QoS        int           `json:"qos"`
	Retain     bool          `json:"retain"`
}

func showDecision(d live.Decision) decision {
	result := tables.Deny
	if d.Allowed {
		result = tables.Allow
	}
	return decision{access{tables.Publish, d.QoS, d.Retain}, d.Topic, result, d.At.UnixMilli()}
}

func (a *api) getDecisions(r request) answer {
	kept, exists := a.live.Decisions(r.bindings[0])
	if !exists {
		return noClient()
	}
	slices.Reverse(kept)
	shown := make([]decision, len(kept))
	for i, d := range kept {
		shown[i] = showDecision(d)
	}
	return ok(shown)
}

func (a *api) clearDecisions(r request) answer {
	if !a.live.ClearDecisions(r.bindings[0]) {
		return noClient()
	}
	return empty(http.StatusNoContent)
}

func (a *api) clearAllDecisions(request) answer {
	a.live.ClearAllDecisions()
	return empty(http.StatusNoContent)
}
