package apiv5

import "net/http"

type methods map[string]endpoint

const (
	get    = http.MethodGet
	post   = http.MethodPost
	put    = http.MethodPut
	remove = http.MethodDelete
)

// allRoutes lists the paths under /api/v5. Of two that match the first holds.
func (a *api) allRoutes() []route {
	var routes []route
	add := func(path string, m methods) { routes = append(routes, route{pattern: newPattern(path), methods: m}) }
	a.addAuthentication(add)
	a.addAuthorization(add)
	a.addBanned(add)
	a.addClients(add)
	a.addMonitoring(add)
	if a.isEMQX6() {
		a.addNamespaces(add)
	}
	add("publish", methods{post: a.publish})
	add("publish/bulk", methods{post: a.publishBulk})
	add("mqtt/retainer/message/*", methods{remove: a.deleteRetained})
	for path := range loginOnly {
		add(path, methods{get: nil, post: nil}) // no key gets that far
	}
	return append(routes,
		route{pattern: newPattern("authentication/*/import_users"), methods: methods{post: a.importUsers}, files: true},
		route{pattern: newPattern("status"), methods: methods{get: a.status}, open: true})
}

func (a *api) addAuthentication(add func(string, methods)) {
	if a.isEMQX6() {
		add("authentication/settings", methods{get: a.getAuthenticationSettings, put: a.putAuthenticationSettings})
		add("authentication/node_cache/status", methods{get: nodeCacheStatus})
		add("authentication/node_cache/reset", methods{post: done})
	}
	add("authentication", methods{get: a.listAuthenticators, post: a.createAuthenticator})
	add("authentication/order", methods{put: a.orderAuthenticators})
	add("authentication/*/status", methods{get: a.authenticatorStatus})
	add("authentication/*/metrics/reset", methods{post: a.resetAuthenticatorMetrics})
	add("authentication/*", methods{get: a.getAuthenticator, put: a.updateAuthenticator, remove: a.deleteAuthenticator})
	add("authentication/*/users", methods{get: a.withUsers(a.listUsers), post: a.withUsers(a.createUser)})
	add("authentication/*/users/*", methods{
		get: a.withUsers(a.getUser), put: a.withUsers(a.updateUser), remove: a.withUsers(a.deleteUser),
	})
}

func (a *api) addAuthorization(add func(string, methods)) {
	const rules = "authorization/sources/built_in_database/rules"
	add("authorization/settings", methods{get: a.getSettings, put: a.putSettings})
	add("authorization/cache", methods{remove: a.clearAllDecisions})
	if a.isEMQX6() {
		add("authorization/node_cache", methods{get: a.getNodeCache, put: a.putNodeCache})
		add("authorization/node_cache/status", methods{get: nodeCacheStatus})
		add("authorization/node_cache/reset", methods{post: done})
		add("authorization/sources/*/metrics/reset", methods{post: a.onSource(a.resetSourceMetrics)})
	}
	add("authorization/sources", methods{get: a.listSources, post: a.createSource})
	add("authorization/sources/order", methods{put: a.orderSources})
	add("authorization/sources/*", methods{
		get: a.onSource(a.getSource), put: a.onSource(a.updateSource), remove: a.onSource(a.removeSource),
	})
	add("authorization/sources/*/status", methods{get: a.onSource(a.sourceStatus)})
	add(rules, methods{remove: a.withRules(a.purgeRules)})
	add(rules+"/all", methods{
		get: a.withRules(a.getRulesForAll), post: a.withRules(a.setRulesForAll), remove: a.withRules(a.deleteRulesForAll),
	})
	for _, s := range []subjects{usernames, clientids} {
		add(rules+"/"+s.segment, methods{
			get:  a.withRules(func(in scope, r request) answer { return a.listRules(s, in, r) }),
			post: a.withRules(func(in scope, r request) answer { return a.createRules(s, in, r) }),
		})
		add(rules+"/"+s.segment+"/*", methods{
			get:    a.withRules(func(in scope, r request) answer { return a.getRules(s, in, r) }),
			put:    a.withRules(func(in scope, r request) answer { return a.putRules(s, in, r) }),
			remove: a.withRules(func(in scope, r request) answer { return a.deleteRules(s, in, r) }),
		})
	}
}

func (a *api) addBanned(add func(string, methods)) {
	add("banned", methods{get: a.listBans, post: a.createBan, remove: a.clearBans})
	add("banned/*/*", methods{remove: a.deleteBan})
}

func (a *api) addClients(add func(string, methods)) {
	add("clients", methods{get: a.listClients})
	add("clients/kickout/bulk", methods{post: a.kickBulk})
	add("clients/*", methods{get: a.getClient, remove: a.kick})
	add("clients/*/authorization/cache", methods{get: a.getDecisions, remove: a.clearDecisions})
	add("clients/*/subscriptions", methods{get: a.subscriptionsOf})
	add("clients/*/subscribe", methods{post: a.subscribe})
	add("clients/*/subscribe/bulk", methods{post: a.subscribeBulk})
	add("clients/*/unsubscribe", methods{post: a.unsubscribe})
	add("clients/*/unsubscribe/bulk", methods{post: a.unsubscribeBulk})
	add("subscriptions", methods{get: a.listSubscriptions})
	add("topics", methods{get: a.listTopics})
}

func (a *api) addMonitoring(add func(string, methods)) {
	add("metrics", methods{get: a.metrics})
	add("stats", methods{get: a.stats})
	add("monitor_current", methods{get: a.monitorCurrent})
	add("monitor_current/nodes/*", methods{get: a.onNode(a.monitorCurrent)})
	add("nodes", methods{get: a.listNodes})
	add("nodes/*", methods{get: a.onNode(a.getNode)})
	add("nodes/*/metrics", methods{get: a.onNode(a.nodeMetrics)})
	add("nodes/*/stats", methods{get: a.onNode(a.nodeStats)})
}
