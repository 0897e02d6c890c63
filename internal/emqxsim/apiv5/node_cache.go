package apiv5

import "net/http"

// nodeCache are the settings of a cache for external backends: this broker has
// none, so they decide nothing.
var nodeCache = knownOf(
	field{name: "enable", check: boolean, fallback: true},
	field{name: "cache_ttl", check: duration, fallback: "1m"},
	field{name: "max_count", check: integer, fallback: int64(1_000_000)},
	field{name: "max_memory", check: text, fallback: "100MB"},
)

func stockNodeCache() map[string]any {
	stock, _ := nodeCache("", map[string]any{})
	return stock.(map[string]any)
}

func (a *api) getNodeCache(request) answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	return ok(a.nodeCache)
}

func (a *api) putNodeCache(r request) answer {
	checked, violations := nodeCache("", r.body)
	if violations != nil {
		return violated(violations)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.nodeCache = checked.(map[string]any)
	return empty(http.StatusNoContent)
}

// nodeCacheStatus is that of a cache that holds nothing.
func nodeCacheStatus(request) answer {
	event := map[string]any{"value": 0, "rate": map[string]any{"max": noRate, "current": noRate, "last5m": noRate}}
	figures := map[string]any{"count": 0, "memory": 0, "inserts": event, "misses": event, "hits": event}
	return ok(map[string]any{"metrics": figures, "node_metrics": []any{map[string]any{"node": Node, "metrics": figures}}})
}

func done(request) answer { return empty(http.StatusNoContent) }

var authenticationSettings = knownOf(
	field{name: "node_cache", check: nodeCache, fallback: stockNodeCache()},
	field{name: "ignore_backend_failures", check: boolean, fallback: false},
)

func (a *api) getAuthenticationSettings(request) answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	return ok(a.authentication)
}

func (a *api) putAuthenticationSettings(r request) answer {
	checked, violations := authenticationSettings("", r.body)
	if violations != nil {
		return violated(violations)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.authentication = checked.(map[string]any)
	return empty(http.StatusNoContent)
}
