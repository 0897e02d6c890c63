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
	add("publish", methods{post: a.publish})
	add("publish/bulk", methods{post: a.publishBulk})
	add("mqtt/retainer/message/*", methods{remove: a.deleteRetained})
	for path := range loginOnly {
		add(path, methods{get: nil, post: nil}) // no key gets that far
	}
	return append(routes, route{pattern: newPattern("status"), methods: methods{get: a.status}, open: true})
}

func (a *api) addAuthentication(add func(string, methods)) {
	add("authentication", methods{get: a.listAuthenticators, post: a.createAuthenticator})
	add("authentication/*", methods{get: a.getAuthenticator, put: a.updateAuthenticator, remove: a.deleteAuthenticator})
	add("authentication/*/users", methods{get: a.withUsers(a.listUsers), post: a.withUsers(a.createUser)})
	add("authentication/*/users/*", methods{
		get: a.withUsers(a.getUser), put: a.withUsers(a.updateUser), remove: a.withUsers(a.deleteUser),
	})
	add("authentication/*/import_users", methods{post: a.withUsers(a.importUsers)})
}

func (a *api) addAuthorization(add func(string, methods)) {
	const rules = "authorization/sources/built_in_database/rules"
	add("authorization/sources", methods{get: a.listSources, post: a.createSource})
	add("authorization/sources/*", methods{get: a.getSource, put: a.updateSource, remove: a.removeSource})
	add(rules, methods{remove: a.withSource(a.purgeRules)})
	add(rules+"/all", methods{
		get: a.withSource(a.getRulesForAll), post: a.withSource(a.setRulesForAll), remove: a.withSource(a.deleteRulesForAll),
	})
	for _, s := range []subjects{usernames, clientids} {
		add(rules+"/"+s.segment, methods{
			get:  a.withSource(func(r request) answer { return a.listRules(s, r) }),
			post: a.withSource(func(r request) answer { return a.createRules(s, r) }),
		})
		add(rules+"/"+s.segment+"/*", methods{
			get:    a.withSource(func(r request) answer { return a.getRules(s, r) }),
			put:    a.withSource(func(r request) answer { return a.putRules(s, r) }),
			remove: a.withSource(func(r request) answer { return a.deleteRules(s, r) }),
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
