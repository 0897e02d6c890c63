package apiv5

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// otpRelease is what EMQX says of its own runtime.
func (a *api) otpRelease() string {
	if a.isEMQX6() {
		return "27.3.4.1/15.2.7"
	}
	return "25.2.3/13.1.5"
}

// edition is what the release calls itself: from 5.9 on there is one edition.
func (a *api) edition() string {
	if a.isEMQX6() {
		return "Enterprise"
	}
	return "Opensource"
}

// metricNames are the counters of EMQX 5.8.9 and 6.2.2 (recordings of both, GET
// /metrics).
func (a *api) metricNames() []string {
	if a.isEMQX6() {
		return append(slices.Clone(commonMetrics), metricsOf6...)
	}
	return append(slices.Clone(commonMetrics), "packets.publish.dropped")
}

var metricsOf6 = strings.Fields(`
	actions.executed actions.messages client.post_authn delivery.dropped.filter messages.dropped.quota_exceeded
	messages.dropped.receive_maximum messages.retained packets.publish.quota_exceeded rules.matched
	session.disconnected`)

var commonMetrics = strings.Fields(`
	authentication.failure authentication.success authentication.success.anonymous
	authorization.allow authorization.cache_hit authorization.cache_miss authorization.deny
	authorization.matched.allow authorization.matched.deny authorization.nomatch authorization.superuser
	bytes.received bytes.sent
	client.auth.anonymous client.authenticate client.authorize client.connack client.connect client.connected
	client.disconnected client.subscribe client.unsubscribe
	delivery.dropped delivery.dropped.expired delivery.dropped.no_local delivery.dropped.qos0_msg
	delivery.dropped.queue_full delivery.dropped.too_large
	messages.acked messages.delayed messages.delivered messages.dropped messages.dropped.await_pubrel_timeout
	messages.dropped.no_subscribers messages.forward messages.persisted messages.publish
	messages.qos0.received messages.qos0.sent messages.qos1.received messages.qos1.sent messages.qos2.received
	messages.qos2.sent messages.received messages.sent messages.transformation_failed
	messages.transformation_succeeded messages.validation_failed messages.validation_succeeded
	overload_protection.delay.ok overload_protection.delay.timeout overload_protection.gc
	overload_protection.hibernation overload_protection.new_conn
	packets.auth.received packets.auth.sent packets.connack.auth_error packets.connack.error packets.connack.sent
	packets.connect.received packets.disconnect.received packets.disconnect.sent packets.pingreq.received
	packets.pingresp.sent packets.puback.inuse packets.puback.missed packets.puback.received packets.puback.sent
	packets.pubcomp.inuse packets.pubcomp.missed packets.pubcomp.received packets.pubcomp.sent
	packets.publish.auth_error packets.publish.error packets.publish.inuse
	packets.publish.received packets.publish.sent packets.pubrec.inuse packets.pubrec.missed
	packets.pubrec.received packets.pubrec.sent packets.pubrel.missed packets.pubrel.received packets.pubrel.sent
	packets.received packets.sent packets.suback.sent packets.subscribe.auth_error packets.subscribe.error
	packets.subscribe.received packets.unsuback.sent packets.unsubscribe.error packets.unsubscribe.received
	session.created session.discarded session.resumed session.takenover session.terminated`)

// countedAs are the counters that the MQTT side has under their name in 4.4.
var countedAs = map[string]string{
	"authentication.failure":           "client.auth.failure",
	"authentication.success":           "client.auth.success",
	"authentication.success.anonymous": "client.auth.success.anonymous",
	"client.auth.anonymous":            "client.auth.success.anonymous",
	"authorization.allow":              "client.acl.allow",
	"authorization.deny":               "client.acl.deny",
	"authorization.cache_hit":          "client.acl.cache_hit",
	"client.authorize":                 "client.check_acl",
	"session.takenover":                "session.takeovered",
	"client.post_authn":                "client.auth.success",
}

// statNames are the figures of EMQX 5.8.9 and 6.2.2, each with its highest
// value.
func (a *api) statNames() []string {
	names := strings.Fields(`
		channels cluster_sessions connections delayed live_connections retained sessions suboptions subscribers
		subscriptions subscriptions.shared topics`)
	if a.isEMQX6() {
		names = append(names, "routes")
	}
	return names
}

// metricFigures gives the node's counters; those of which nothing happens in
// this broker are 0.
func (a *api) metricFigures() map[string]any {
	counted := a.live.Metrics()
	shown := map[string]any{}
	for _, name := range a.metricNames() {
		source, renamed := countedAs[name]
		if !renamed {
			source = name
		}
		shown[name] = counted[source]
	}
	if a.isEMQX6() {
		shown["client.connack"] = 0 // it does not count any (recordings, GET /metrics)
	}
	return shown
}

// statFigures gives the node's figures and their highest values.
func (a *api) statFigures() map[string]any {
	counted := a.live.Stats()
	shown := map[string]any{}
	for _, name := range a.statNames() {
		source := name
		if name == "cluster_sessions" {
			source = "sessions"
		}
		shown[name+".count"], shown[name+".max"] = counted[source+".count"], counted[source+".max"]
	}
	return shown
}

func (a *api) metrics(r request) answer { return perNode(r, a.metricFigures()) }

func (a *api) stats(r request) answer { return perNode(r, a.statFigures()) }

func (a *api) nodeMetrics(request) answer { return ok(a.metricFigures()) }

func (a *api) nodeStats(request) answer { return ok(a.statFigures()) }

// perNode answers a list of nodes, or one object for the cluster.
func perNode(r request, figures map[string]any) answer {
	if aggregate, isGiven := last(r.query, "aggregate"); isGiven {
		wanted, violations := boolean("aggregate", aggregate)
		if violations != nil {
			return violated(violations)
		}
		if wanted == true {
			return ok(figures)
		}
	}
	withNode := maps.Clone(figures)
	withNode["node"] = Node
	return ok([]any{withNode})
}

// onNode serves a path that names a node.
func (a *api) onNode(serve endpoint) endpoint {
	return func(r request) answer {
		if r.bindings[0] != Node {
			return notFound("Node not found: " + r.bindings[0])
		}
		return serve(r)
	}
}

// node describes the broker; memory and load are those of nothing in particular.
func (a *api) node() map[string]any {
	counted := a.live.Stats()
	return map[string]any{
		"node": Node, "node_status": "running", "role": "core", "edition": a.edition(), "version": string(a.opts.Release),
		"uptime":      time.Since(a.started).Milliseconds(),
		"connections": counted["connections.count"], "live_connections": counted["live_connections.count"],
		"cluster_sessions": counted["sessions.count"],
		"load1":            0.5, "load5": 0.5, "load15": 0.5, "max_fds": 20000, "memory_total": "1.00G", "memory_used": "100.00M",
		"process_available": 262144, "process_used": 400, "otp_release": a.otpRelease(),
		"log_path": "log.file.enable is false, not logging to file.", "sys_path": "/usr/lib/erlang",
	}
}

func (a *api) listNodes(request) answer { return ok([]any{a.node()}) }

func (a *api) getNode(request) answer { return ok(a.node()) }

// monitorCurrent has no rates: they are over a time that no test waits for.
func (a *api) monitorCurrent(request) answer {
	counted := a.live.Stats()
	shown := map[string]any{
		"connections": counted["sessions.count"], "live_connections": counted["live_connections.count"],
		"subscriptions": counted["subscriptions.count"], "subscriptions_ram": counted["subscriptions.count"],
		"shared_subscriptions": counted["subscriptions.shared.count"], "topics": counted["topics.count"],
		"retained_msg_count": counted["retained.count"],
	}
	for name := range strings.FieldsSeq(`
		disconnected_durable_sessions dropped_msg_rate persisted_rate received_msg_rate sent_msg_rate
		subscriptions_durable transformation_failed_rate transformation_succeeded_rate validation_failed_rate
		validation_succeeded_rate`) {
		shown[name] = 0
	}
	if a.isEMQX6() {
		shown["actions_executed_rate"], shown["actions_messages_rate"], shown["rules_matched_rate"] = 0, 0, 0
		shown["license_quota"] = 10_000_000
	}
	return ok(shown)
}

// status is the one endpoint that asks for no credentials.
func (a *api) status(r request) answer {
	if format, _ := last(r.query, "format"); format == "json" {
		shown := map[string]string{"node_name": Node, "broker_status": "started", "app_status": "running"}
		if !a.isEMQX6() { // the version is told to nobody in later releases (api/v6.md §7)
			shown["rel_vsn"] = "v" + string(a.opts.Release)
		}
		return ok(shown)
	}
	return answer{status: 200, contentType: "text/plain", text: "Node " + Node + " is started\nemqx is running"}
}
