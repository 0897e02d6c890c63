package apiv4

import (
	"net/url"
	"strings"
)

// route is one entry of the API. Name, path and description are those that EMQX shows in the API's index.
type route struct {
	method, path, name, description string
	handle                          func(request) reply

	pattern []string // the segments of path, unless they are others
}

func (a *api) allRoutes() []route {
	var routes []route
	for _, group := range [][]route{
		a.ruleRoutes(), a.userRoutes(), a.banRoutes(), a.clientRoutes(), a.aclCacheRoutes(), a.subscriptionRoutes(), a.messageRoutes(),
		a.nodeRoutes(),
		{{"GET", "/", "", "", a.index, nil}},
	} {
		routes = append(routes, group...)
	}
	for i := range routes {
		if routes[i].pattern == nil {
			routes[i].pattern = segments(routes[i].path)
		}
	}
	return routes
}

// segments cuts a path at its slashes. Empty segments do not count (api/v4.md §1), and dots mean nothing.
func segments(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}

// route finds the route of a path. Fixed segments are compared as they were sent; of those that are bound the name of
// a node is too, the others are percent-decoded once.
func (a *api) route(method string, path []string) (route, map[string]string, bool) {
	for _, candidate := range a.routes {
		if candidate.method != method {
			continue
		}
		if bindings, ok := bind(candidate.pattern, path); ok {
			return candidate, bindings, true
		}
	}
	return route{}, nil, false
}

func bind(pattern, path []string) (map[string]string, bool) {
	if len(pattern) != len(path) {
		return nil, false
	}
	bindings := map[string]string{}
	for i, segment := range pattern {
		name, bound := strings.CutPrefix(segment, ":")
		switch {
		case !bound && segment != path[i], name == "node" && path[i] != Node:
			return nil, false
		case bound:
			value, err := url.PathUnescape(path[i])
			if err != nil {
				return nil, false
			}
			bindings[name] = value
		}
	}
	return bindings, true
}

// index lists the routes that this broker has; EMQX has more.
func (a *api) index(request) reply {
	list := []object{}
	for _, r := range a.routes {
		if r.name != "" {
			list = append(list, object{"method": r.method, "path": r.path, "name": r.name, "descr": r.description})
		}
	}
	return withData(list)
}
