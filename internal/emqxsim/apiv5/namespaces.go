package apiv5

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/apikey"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// Namespaces (api/v6.md §5). A managed one was made here; any other is one that
// a client has named.

func (a *api) addNamespaces(add func(string, methods)) {
	add("mt/ns_list", methods{get: a.listNamespaces})
	add("mt/managed_ns_list", methods{get: a.listManagedNamespaces})
	add("mt/managed_ns_list_details", methods{get: a.listNamespaceDetails})
	add("mt/bulk_delete_ns", methods{remove: a.deleteNamespaces})
	add("mt/ns/*", methods{post: a.createNamespace, remove: a.deleteNamespace})
	add("mt/ns/*/config", methods{get: a.getNamespaceConfig, put: a.putNamespaceConfig})
	add("mt/ns/*/client_list", methods{get: a.listNamespaceClients})
	add("mt/ns/*/client_count", methods{get: a.countNamespaceClients})
	add("mt/ns/*/metrics", methods{get: a.namespaceMetrics})
}

// cursorPage gives a page of names in ascending order: those behind the one
// that the cursor names, without it.
func cursorPage(r request, cursor string, names []string) ([]string, []violation) {
	limit, violations := numberBetween(r.query, "limit", defaultLimit, 1, 0)
	if violations != nil {
		return nil, violations
	}
	from := 0
	if after, isGiven := last(r.query, cursor); isGiven {
		place, found := slices.BinarySearch(names, after)
		from = place
		if found {
			from++
		}
	}
	return append([]string{}, names[from:min(from+limit, len(names))]...), nil
}

func answerNames(r request, cursor string, names []string) answer {
	page, violations := cursorPage(r, cursor, names)
	if violations != nil {
		return violated(violations)
	}
	return ok(page)
}

func (a *api) managedNames() []string {
	var names []string
	for _, n := range a.tables.Namespaces() {
		names = append(names, n.Name)
	}
	return names
}

// listNamespaces gives the managed ones and those that a client was in.
func (a *api) listNamespaces(r request) answer {
	names := append(a.managedNames(), a.live.SeenNamespaces()...)
	slices.Sort(names)
	return answerNames(r, "last_ns", slices.Compact(names))
}

func (a *api) listManagedNamespaces(r request) answer {
	return answerNames(r, "last_ns", a.managedNames())
}

// namespaceDetails is a managed namespace with its configuration.
type namespaceDetails struct {
	Name      string         `json:"name"`
	CreatedAt int64          `json:"created_at"` // Unix seconds
	Config    map[string]any `json:"config"`
}

func (a *api) listNamespaceDetails(r request) answer {
	page, violations := cursorPage(r, "last_ns", a.managedNames())
	if violations != nil {
		return violated(violations)
	}
	details := make([]namespaceDetails, 0, len(page))
	for _, name := range page {
		if n, exists := a.tables.Namespace(name); exists {
			details = append(details, namespaceDetails{n.Name, n.CreatedAt, n.Config})
		}
	}
	return ok(details)
}

func (a *api) createNamespace(r request) answer {
	if err := a.tables.CreateNamespace(r.bindings[0]); err != nil {
		return badRequest("already_exists")
	}
	return empty(http.StatusNoContent)
}

// deleteNamespace answers 204 whether there was one or not. Its clients and
// keys go with it, its users and rules stay.
func (a *api) deleteNamespace(r request) answer {
	a.removeNamespace(r.bindings[0])
	return empty(http.StatusNoContent)
}

func (a *api) removeNamespace(name string) {
	a.tables.DeleteNamespace(name)
	a.mu.Lock()
	a.keys = slices.DeleteFunc(slices.Clone(a.keys), func(key apikey.Key) bool {
		of, _ := key.NamespaceAndRole()
		return of == name && of != ""
	})
	a.mu.Unlock()
	a.live.ForgetNamespace(name)
}

func (a *api) deleteNamespaces(r request) answer {
	checked, violations := structOf(field{name: "nss", required: true, check: listOf(text)})("root", r.body)
	if violations != nil {
		return violated(violations)
	}
	for _, name := range checked.(map[string]any)["nss"].([]any) {
		a.removeNamespace(name.(string))
	}
	return empty(http.StatusNoContent)
}

func (a *api) getNamespaceConfig(r request) answer {
	n, exists := a.tables.Namespace(r.bindings[0])
	if !exists {
		return notFound("Managed namespace not found")
	}
	return ok(n.Config)
}

var namespaceConfigSchema = structOf(
	field{name: "session", check: structOf(field{name: "max_sessions", check: maxSessions})},
	field{name: "limiter", check: structOf(
		field{name: "tenant", check: asGiven, fallback: "disabled"},
		field{name: "client", check: asGiven, fallback: "disabled"},
	), fallback: map[string]any{"tenant": "disabled", "client": "disabled"}},
)

func asGiven(_ string, value any) (any, []violation) { return value, nil }

func maxSessions(path string, value any) (any, []violation) {
	if value == "infinity" {
		return value, nil
	}
	return integer(path, value)
}

// putNamespaceConfig changes the groups that are given. Of limiters it keeps
// what they say; only the number of sessions decides in this broker.
func (a *api) putNamespaceConfig(r request) answer {
	n, exists := a.tables.Namespace(r.bindings[0])
	if !exists {
		return notFound("Managed namespace not found")
	}
	checked, violations := namespaceConfigSchema("root", r.body)
	if violations != nil {
		return violated(violations)
	}
	config := checked.(map[string]any)
	for group, before := range n.Config {
		if _, isGiven := r.body.(map[string]any)[group]; !isGiven {
			config[group] = before
		}
	}
	limit := int64(-1)
	if session, isGiven := config["session"].(map[string]any); isGiven {
		if n, isNumber := session["max_sessions"].(int64); isNumber {
			limit = n
		}
	}
	if err := a.tables.ConfigureNamespace(n.Name, config, limit); err != nil {
		return notFound("Managed namespace not found")
	}
	return ok(config)
}

// knownNamespace tells whether there is anything to say of the clients of a
// namespace.
func (a *api) knownNamespace(name string) bool {
	_, managed := a.tables.Namespace(name)
	return managed || slices.Contains(a.live.SeenNamespaces(), name)
}

func (a *api) listNamespaceClients(r request) answer {
	if !a.knownNamespace(r.bindings[0]) {
		return notFound("Namespace not found")
	}
	return answerNames(r, "last_clientid", a.live.ClientsIn(r.bindings[0]))
}

func (a *api) countNamespaceClients(r request) answer {
	if !a.knownNamespace(r.bindings[0]) {
		return notFound("Namespace not found")
	}
	return ok(map[string]any{"count": len(a.live.ClientsIn(r.bindings[0]))})
}

// namespaceMetrics tells what is in a namespace. What its clients sent and
// received is not counted apart in this broker.
func (a *api) namespaceMetrics(r request) answer {
	name := r.bindings[0]
	if _, exists := a.tables.Namespace(name); !exists {
		return notFound("Managed namespace not found")
	}
	in := a.tables.In(name)
	counted := map[string]json.Number{}
	for _, metric := range a.metricNames() {
		counted[metric] = "0"
	}
	return ok(map[string]any{
		"builtin_authn_record_count": in.UserCount(tables.Username) + in.UserCount(tables.ClientID),
		"builtin_authz_record_count": in.SubjectCount(tables.Username) + in.SubjectCount(tables.ClientID) + in.SubjectCount(tables.All),
		"session_count":              len(a.live.ClientsIn(name)),
		"messaging_stats":            counted,
	})
}
