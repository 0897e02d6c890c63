// Package permission says what a key must be allowed to do: which calls each resource,
// data source, action and list resource makes, as EMQX Cloud's console lists them, and
// which role and scope of EMQX 5.10 and later allow them (api/v6.md §7).
package permission

import (
	"net/http"
	"slices"
	"strings"
)

// Call is one call of the API, e.g. PUT /auth_username/{username}. What stands in braces
// is any one segment.
type Call struct{ Method, Path string }

// String writes METHOD /path.
func (c Call) String() string { return c.Method + " " + c.Path }

// calls reads lines of METHOD /path.
func calls(lines ...string) []Call {
	list := make([]Call, len(lines))
	for i, line := range lines {
		list[i].Method, list[i].Path, _ = strings.Cut(line, " ")
	}
	return list
}

// scopes are those of the v5 API, by the first segment of a path.
var scopes = map[string]string{
	"authentication": "access_control", "authorization": "access_control",
	"clients": "connections", "subscriptions": "connections", "banned": "connections",
	"publish": "publish",
	"metrics": "monitoring", "stats": "monitoring",
	"nodes": "cluster_operations", "mt": "cluster_operations",
}

// Scope is the scope of EMQX 5.10 and later that the call is in.
func (c Call) Scope() string {
	first, _, _ := strings.Cut(strings.TrimPrefix(c.Path, "/"), "/")
	return scopes[first]
}

// Role is the least role of EMQX 5.7 and later that may make the call.
func (c Call) Role() string {
	switch {
	case c.Method == http.MethodGet:
		return "viewer"
	case c.Scope() == "publish":
		return "publisher"
	}
	return "administrator"
}

// Tables are all tables, by kind and name.
func Tables() map[string]Table { return tables }

// Serverless says whether EMQX Cloud documents the call for Serverless deployments, as
// far as it is in a table (api/cloud.md §2b).
func (c Call) Serverless() bool {
	other := strings.Contains(c.Path, "/banned") || strings.Contains(c.Path, "/authorization/") || strings.Contains(c.Path, "/kickout/")
	return c.Scope() == "publish" || c.Scope() == "connections" && !other
}

// Of finds the call that a request makes, by the segments of its path. One that is in no
// table is as it was sent.
func Of(api, method string, path []string) Call {
	for _, each := range Tables() {
		for _, call := range each.In(api).all() {
			if call.Method == method && call.matches(path) {
				return call
			}
		}
	}
	return Call{method, "/" + strings.Join(path, "/")}
}

func (c Call) matches(path []string) bool {
	return slices.EqualFunc(strings.Split(c.Path[1:], "/"), path, func(pattern, segment string) bool {
		return pattern == segment || strings.HasPrefix(pattern, "{")
	})
}
