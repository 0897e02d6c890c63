package apiv5

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/live"
)

func noClient() answer {
	return fail(http.StatusNotFound, "CLIENTID_NOT_FOUND", "Client ID not found")
}

// showMoment writes a time as client objects have it, in milliseconds.
func (a *api) showMoment(t time.Time) string {
	return t.In(a.opts.Zone).Format("2006-01-02T15:04:05.000-07:00")
}

// showClient has the fields of EMQX 5.8.9 and 6.2.2. What is of an Erlang
// process is 0: there is none.
func (a *api) showClient(c live.Client) map[string]any {
	const stockInflight = 32
	shown := map[string]any{
		"clientid": c.ClientID, "username": c.Username, "node": Node, "listener": c.Listener,
		"ip_address": c.IP, "port": c.Port, "mountpoint": nil, "is_bridge": false, "enable_authn": true,
		"proto_name": c.ProtoName, "proto_ver": c.ProtoVer, "keepalive": c.Keepalive,
		"clean_start": c.CleanStart, "expiry_interval": int(c.SessionExpiry.Seconds()),
		"is_persistent": c.SessionExpiry > 0, "is_expired": false, "durable": false,
		"connected": c.Connected, "connected_at": a.showMoment(c.ConnectedAt), "created_at": a.showMoment(c.CreatedAt),
		"subscriptions_cnt": c.Subscriptions, "subscriptions_max": "infinity",
		"inflight_cnt": c.Inflight, "inflight_max": stockInflight,
		"mqueue_len": c.QueueLen, "mqueue_max": 1000, "mqueue_dropped": c.QueueDropped,
		"awaiting_rel_cnt": 0, "awaiting_rel_max": 100,
		"auth_expire_at": nil, "peersni": nil, "client_attrs": map[string]any{},
		"heap_size": 0, "mailbox_len": 0, "reductions": 0,
		"recv_msg.dropped": 0, "recv_msg.dropped.await_pubrel_timeout": 0,
		"send_msg.dropped": c.QueueDropped, "send_msg.dropped.queue_full": c.QueueDropped,
		"send_msg.dropped.expired": 0, "send_msg.dropped.too_large": 0,
	}
	if a.isEMQX6() {
		shown["impl"] = "emqx_session_mem"
	}
	if c.Namespace != "" {
		shown["client_attrs"] = map[string]any{"tns": c.Namespace}
	}
	if c.MaxInflight > 0 {
		shown["inflight_max"] = min(c.MaxInflight, stockInflight)
	}
	if !c.Connected {
		shown["disconnected_at"] = a.showMoment(c.DisconnectedAt)
	}
	showTraffic(shown, "recv", c.Received)
	showTraffic(shown, "send", c.Sent)
	return shown
}

func showTraffic(shown map[string]any, direction string, t live.Traffic) {
	shown[direction+"_pkt"], shown[direction+"_cnt"] = t.Packets, t.Packets
	shown[direction+"_oct"] = t.Bytes
	shown[direction+"_msg"] = t.AllMessages()
	for level, name := range []string{".qos0", ".qos1", ".qos2"} {
		shown[direction+"_msg"+name] = t.Messages[level]
	}
}

func (a *api) listClients(r request) answer {
	page, violations := pagerOf(r.query, a.opts.MaxLimit)
	wanted, more := a.clientFilterOf(r.query)
	if violations = append(violations, more...); violations != nil {
		return violated(violations)
	}
	if refusal := wanted.refuse(); refusal != nil {
		return *refusal
	}
	clients := slices.DeleteFunc(a.live.Clients(), func(c live.Client) bool { return !wanted.matches(c) })
	slices.Reverse(clients) // descending by clientid (api/v5.md §1.5)
	return answerPage(page, clients, wanted.fuzzy, func(c live.Client) map[string]any {
		return wanted.project(a.showClient(c))
	})
}

func (a *api) getClient(r request) answer {
	c, exists := a.live.Client(r.bindings[0])
	if !exists {
		return noClient()
	}
	return ok(a.showClient(c))
}

func (a *api) kick(r request) answer {
	if !a.live.Kick(r.bindings[0]) {
		return noClient()
	}
	return empty(http.StatusNoContent)
}

// kickBulk answers 204 whether the clients were there or not.
func (a *api) kickBulk(r request) answer {
	checked, violations := listOf(text)("root", r.body)
	if violations != nil {
		return violated(violations)
	}
	for _, clientid := range checked.([]any) {
		a.live.Kick(clientid.(string))
	}
	return empty(http.StatusNoContent)
}

// unselectable are fields that are shown and cannot be asked for by name
// (api/v5.md §1.9).
var unselectable = []string{"is_persistent", "listener"}

// unknownField gives the first name in a list of fields that cannot be selected.
func unknownField(shown map[string]any, fields []string) (string, bool) {
	for _, name := range fields {
		if _, known := shown[name]; !known || slices.Contains(unselectable, name) {
			return name, true
		}
	}
	return "", false
}

// contains is a `like_` filter; EMQX's is a plain substring.
func contains(s *string, like string) bool { return s != nil && strings.Contains(*s, like) }
