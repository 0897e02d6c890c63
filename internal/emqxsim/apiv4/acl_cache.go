package apiv4

import (
	"slices"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/live"
)

func (a *api) aclCacheRoutes() []route {
	c := aclCache{a.live}
	return []route{
		{"DELETE", "/clients/:clientid/acl_cache", "clean_acl_cache", "Clear the ACL cache of a specified client in the cluster", c.clear, nil},
		{"GET", "/clients/:clientid/acl_cache", "list_acl_cache", "List the ACL cache of a specified client in the cluster", c.list, nil},
		{"DELETE", "/acl-cache", "clean_acl_cache_all", "Clean acl cache on all nodes", c.clearAll, nil},
		{"DELETE", "nodes/:node/acl-cache", "clean_acl_cache_node", "Clean acl cache on specific node", c.clearAll, nil},
	}
}

// aclCache serves what was decided for clients and still holds (api/v4.md §3, §5). A missing client is 112 here, unlike
// elsewhere (EMQX 4.4.19: emqx_mgmt_api_clients.erl, clean_acl_cache).
type aclCache struct {
	live *live.Broker
}

func (c aclCache) list(r request) reply {
	kept, exists := c.live.Decisions(r.bindings["clientid"])
	if !exists {
		return failure(codeNotOnline, "not_found")
	}
	slices.Reverse(kept)
	shown := make([]object, len(kept))
	for i, d := range kept {
		result := "deny"
		if d.Allowed {
			result = "allow"
		}
		shown[i] = object{"access": "publish", "topic": d.Topic, "result": result, "updated_time": d.At.UnixMilli()}
	}
	return withData(shown)
}

func (c aclCache) clear(r request) reply {
	if !c.live.ClearDecisions(r.bindings["clientid"]) {
		return failure(codeNotOnline, "not_found")
	}
	return ok()
}

func (c aclCache) clearAll(request) reply {
	c.live.ClearAllDecisions()
	return ok()
}
