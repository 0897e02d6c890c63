package permission

import (
	"maps"
	"slices"
	"strings"
)

// Table is what one resource, data source, action or list resource needs of a key.
type Table struct {
	V4, V5 Needs
}

// Needs are the calls of one API.
type Needs struct {
	Read  []Call // for a plan, too
	Write []Call // for an apply
	Helps []Call // are tried, and done without where they are refused
	// Connected are for connected_clients: a refusal is a warning.
	Connected []Call
}

// In gives the needs in one API.
func (t Table) In(api string) Needs {
	if api == "v4" {
		return t.V4
	}
	return t.V5
}

// All are the calls without which something fails.
func (n Needs) All() []Call { return slices.Concat(n.Read, n.Write) }

func (n Needs) all() []Call { return slices.Concat(n.Read, n.Write, n.Helps, n.Connected) }

const (
	users5  = "/authentication/password_based:built_in_database/users"
	import5 = "/authentication/password_based:built_in_database/import_users"
	type5   = "GET /authentication/password_based:built_in_database"
	rules5  = "/authorization/sources/built_in_database/rules"
)

// read4 and the like are the calls about credentials, rules and bans.
var (
	users4 = Needs{
		Read: calls("GET /auth_username/{username}", "GET /auth_clientid/{clientid}"),
		Write: calls("POST /auth_username", "PUT /auth_username/{username}", "DELETE /auth_username/{username}",
			"POST /auth_clientid", "PUT /auth_clientid/{clientid}", "DELETE /auth_clientid/{clientid}"),
		Helps: calls("GET /auth_username", "GET /auth_clientid"),
	}
	usersV5 = Needs{
		Read:  calls("GET " + users5 + "/{user_id}"),
		Write: calls("POST "+users5, "PUT "+users5+"/{user_id}", "DELETE "+users5+"/{user_id}"),
		Helps: calls("GET "+users5, type5),
	}
	rulesV4 = Needs{
		Read: calls("GET /acl/username/{username}", "GET /acl/clientid/{clientid}", "GET /acl/$all"),
		Write: calls("POST /acl", "DELETE /acl/username/{username}/topic/{topic}", "DELETE /acl/clientid/{clientid}/topic/{topic}",
			"DELETE /acl/$all/topic/{topic}"),
		Helps: calls("GET /acl/username", "GET /acl/clientid"),
	}
	rulesV5 = Needs{
		Read: calls("GET "+rules5+"/users/{username}", "GET "+rules5+"/clients/{clientid}", "GET "+rules5+"/all"),
		Write: calls("POST "+rules5+"/users", "PUT "+rules5+"/users/{username}", "DELETE "+rules5+"/users/{username}",
			"POST "+rules5+"/clients", "PUT "+rules5+"/clients/{clientid}", "DELETE "+rules5+"/clients/{clientid}",
			"POST "+rules5+"/all", "DELETE "+rules5+"/all"),
		Helps: calls("GET "+rules5+"/users", "GET "+rules5+"/clients", "GET /authorization/sources"),
	}
	bans = Needs{Read: calls("GET /banned"), Write: calls("POST /banned", "DELETE /banned/{as}/{who}")}
)

// ofNames leaves out what is about all clients.
func ofNames(n Needs) Needs {
	about := func(c Call) bool { return strings.Contains(c.Path, "$all") || strings.HasSuffix(c.Path, "/all") }
	return Needs{
		Read:  slices.DeleteFunc(slices.Clone(n.Read), about),
		Write: slices.DeleteFunc(slices.Clone(n.Write), about),
		Helps: n.Helps,
	}
}

// reads are needs of something that only reads.
func reads(lines ...string) Needs { return Needs{Read: calls(lines...)} }

// writes are needs of an action.
func writes(lines ...string) Needs { return Needs{Write: calls(lines...)} }

func (n Needs) helpedBy(lines ...string) Needs {
	n.Helps = append(slices.Clone(n.Helps), calls(lines...)...)
	return n
}

// onClients adds the calls that act on clients that are connected.
func (n Needs) onClients(lines ...string) Needs {
	n.Connected = calls(append([]string{"GET /clients"}, lines...)...)
	return n
}

func (n Needs) reading(lines ...string) Needs {
	n.Read = calls(lines...)
	return n
}

// What ends sessions, and what makes the broker forget what it decided for clients.
var (
	kick4    = []string{"DELETE /clients/{clientid}"}
	kick5    = []string{"POST /clients/kickout/bulk", "DELETE /clients/{clientid}"}
	refresh4 = append(slices.Clone(kick4), "DELETE /clients/{clientid}/acl_cache", "DELETE /acl-cache")
	refresh5 = append(slices.Clone(kick5), "DELETE /clients/{clientid}/authorization/cache", "DELETE /authorization/cache")
)

// tables are by kind and name: "resource emqx_auth_user".
var tables = map[string]Table{
	"resource emqx_auth_user":       {users4.onClients(kick4...), usersV5.onClients(kick5...)},
	"resource emqx_auth_users":      {users4.onClients(kick4...), usersV5.helpedBy("POST " + import5).onClients(kick5...)},
	"resource emqx_acl_rule":        {rulesV4.onClients(refresh4...), rulesV5.onClients(refresh5...)},
	"resource emqx_acl_ruleset":     {rulesV4.onClients(refresh4...), rulesV5.onClients(refresh5...)},
	"resource emqx_acl_rulesets":    {ofNames(rulesV4).onClients(refresh4[:2]...), ofNames(rulesV5).onClients(refresh5[:3]...)},
	"resource emqx_blacklist_entry": {bans.onClients(kick4...), bans.onClients(kick5...)},

	"data source emqx_auth_users": {reads("GET /auth_username", "GET /auth_clientid"), reads("GET " + users5).helpedBy(type5)},
	"data source emqx_acl_rules": {
		reads("GET /acl/username/{username}", "GET /acl/clientid/{clientid}", "GET /acl/username", "GET /acl/clientid", "GET /acl/$all"),
		reads("GET "+rules5+"/users/{username}", "GET "+rules5+"/clients/{clientid}",
			"GET "+rules5+"/users", "GET "+rules5+"/clients", "GET "+rules5+"/all"),
	},
	"data source emqx_blacklist":     {reads("GET /banned"), reads("GET /banned")},
	"data source emqx_client":        {reads("GET /clients/{clientid}").helpedBy("GET /brokers"), reads("GET /clients/{clientid}")},
	"data source emqx_clients":       {reads("GET /clients", "GET /nodes/{node}/clients").helpedBy("GET /brokers"), reads("GET /clients")},
	"data source emqx_subscriptions": {reads("GET /subscriptions", "GET /nodes/{node}/subscriptions"), reads("GET /subscriptions")},
	"data source emqx_metrics":       {reads("GET /metrics"), reads("GET /metrics")},
	"data source emqx_stats":         {reads("GET /stats"), reads("GET /stats")},
	"data source emqx_nodes":         {reads("GET /nodes"), reads("GET /nodes")},

	"action emqx_client_kick": {
		writes("DELETE /clients/{clientid}").reading("GET /clients"),
		writes("DELETE /clients/{clientid}").reading("GET /clients").helpedBy("POST /clients/kickout/bulk"),
	},
	"action emqx_acl_cache_clear": {
		writes("DELETE /clients/{clientid}/acl_cache", "DELETE /acl-cache").reading("GET /clients"),
		writes("DELETE /clients/{clientid}/authorization/cache", "DELETE /authorization/cache").reading("GET /clients"),
	},
	"action emqx_message_publish":   {writes("POST /mqtt/publish_batch"), writes("POST /publish", "POST /publish/bulk")},
	"action emqx_topic_subscribe":   {writes("POST /mqtt/subscribe_batch"), writes("POST /clients/{clientid}/subscribe/bulk")},
	"action emqx_topic_unsubscribe": {writes("POST /mqtt/unsubscribe_batch"), writes("POST /clients/{clientid}/unsubscribe/bulk")},

	"list resource emqx_auth_user": {reads("GET /auth_username", "GET /auth_clientid"), reads("GET " + users5).helpedBy(type5)},
	"list resource emqx_acl_rule": {
		reads("GET /acl/username", "GET /acl/clientid", "GET /acl/$all"),
		reads("GET "+rules5+"/users", "GET "+rules5+"/clients", "GET "+rules5+"/all"),
	},
	"list resource emqx_acl_ruleset": {
		reads("GET /acl/username", "GET /acl/clientid", "GET /acl/$all"),
		reads("GET "+rules5+"/users", "GET "+rules5+"/clients", "GET "+rules5+"/all"),
	},
	"list resource emqx_blacklist_entry": {reads("GET /banned"), reads("GET /banned")},

	"resource emqx_access_settings":    {V5: Needs{Read: calls("GET /authorization/settings"), Write: calls("PUT /authorization/settings")}},
	"data source emqx_access_settings": {V5: reads("GET /authorization/settings")},
	"resource emqx_namespace": {V5: Needs{
		Read:  calls("GET /mt/ns/{ns}/config", "GET "+users5, "GET "+rules5+"/users", "GET "+rules5+"/clients", "GET "+rules5+"/all"),
		Write: calls("POST /mt/ns/{ns}", "PUT /mt/ns/{ns}/config", "DELETE /mt/ns/{ns}"),
	}},
	"data source emqx_namespaces": {V5: reads("GET /mt/managed_ns_list")},
}

// Names are the kinds and names of all tables, sorted.
func Names() []string { return slices.Sorted(maps.Keys(tables)) }
