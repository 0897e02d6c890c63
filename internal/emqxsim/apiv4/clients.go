package apiv4

import (
	"fmt"
	"slices"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/live"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

func (a *api) clientRoutes() []route {
	c := clients{a.live}
	return []route{
		{"GET", "/clients/", "list_clients", "A list of clients on current node", c.list, nil},
		{"GET", "nodes/:node/clients/", "list_node_clients", "A list of clients on specified node", c.list, nil},
		{"GET", "/clients/:clientid", "lookup_client", "Lookup a client in the cluster", c.lookup, nil},
		{"GET", "nodes/:node/clients/:clientid", "lookup_node_client", "Lookup a client on the node", c.lookup, nil},
		{"GET", "/clients/username/:username", "lookup_client_via_username", "Lookup a client via username in the cluster", c.ofUsername, nil},
		{"GET", "/nodes/:node/clients/username/:username", "lookup_node_client_via_username", "Lookup a client via username on the node ", c.ofUsername, nil},
		{"DELETE", "/clients/:clientid", "kickout_client", "Kick out the client in the cluster", c.kick, nil},
	}
}

// clients serves the connected clients and the sessions that outlive a connection (api/v4.md §5).
type clients struct {
	live *live.Broker
}

// What EMQX's stock zone "external" sets for every client.
const (
	maxInflight    = 32
	maxAwaitingRel = 100
	maxQueue       = 1000
)

// localTime is how v4 writes times: in the broker's local time, without a zone.
func localTime(t time.Time) string { return t.Local().Format(time.DateTime) }

func showClient(c live.Client) object {
	o := object{
		"clientid": c.ClientID, "username": "undefined", "node": Node, "zone": "external", "mountpoint": "undefined",
		"ip_address": c.IP, "port": c.Port, "connected": c.Connected, "is_bridge": false,
		"proto_name": c.ProtoName, "proto_ver": c.ProtoVer, "keepalive": c.Keepalive, "clean_start": c.CleanStart,
		"connected_at": localTime(c.ConnectedAt), "created_at": localTime(c.CreatedAt),
		"expiry_interval":   int(c.SessionExpiry / time.Second),
		"subscriptions_cnt": c.Subscriptions, "max_subscriptions": 0, "awaiting_rel": 0, "max_awaiting_rel": maxAwaitingRel,
		"inflight": c.Inflight, "max_inflight": inflightWindow(c), "mailbox_len": 0,
		"mqueue_len": c.QueueLen, "mqueue_dropped": c.QueueDropped, "max_mqueue": maxQueue,
		"heap_size": 0, "reductions": 0, // of an Erlang process; there is none
	}
	if c.Username != nil {
		o["username"] = *c.Username
	}
	if !c.Connected {
		o["disconnected_at"] = localTime(c.DisconnectedAt)
	}
	showTraffic(o, "recv", c.Received)
	showTraffic(o, "send", c.Sent)
	for _, counter := range []string{"recv_msg.dropped", "send_msg.dropped.expired", "send_msg.dropped.too_large"} {
		o[counter] = 0
	}
	o["send_msg.dropped"], o["send_msg.dropped.queue_full"] = c.QueueDropped, c.QueueDropped
	return o
}

func showTraffic(o object, direction string, t live.Traffic) {
	o[direction+"_cnt"], o[direction+"_pkt"], o[direction+"_oct"] = t.Packets, t.Packets, t.Bytes
	o[direction+"_msg"] = t.AllMessages()
	for qos, n := range t.Messages {
		o[fmt.Sprintf("%s_msg.qos%d", direction, qos)] = n
	}
}

// inflightWindow is the receive maximum of an MQTT 5 client where that is less than the broker's own.
func inflightWindow(c live.Client) int {
	if c.MaxInflight > 0 {
		return min(c.MaxInflight, maxInflight)
	}
	return maxInflight
}

func showClients(list []live.Client) []object {
	data := make([]object, len(list))
	for i, c := range list {
		data[i] = showClient(c)
	}
	return data
}

func (s clients) list(r request) reply {
	p, valid := r.pageOf(defaultLimit)
	if !valid {
		return crash()
	}
	filters, bad := clientFilters.parse(r.query)
	if bad != nil {
		return failure(codeBadParameter, bad.Error())
	}
	all := s.live.Clients()
	count := len(all)
	if len(filters) > 0 {
		count = -1
		all = slices.DeleteFunc(all, func(c live.Client) bool { return !filters.match(c) })
	}
	slices.SortFunc(all, func(x, y live.Client) int { return tables.CompareScattered(x.ClientID, y.ClientID) })
	body := object{"meta": p.metaWithNext(count, len(all)), "data": showClients(cut(p, all)), "code": 0}
	return reply{status: 200, body: body}
}

// lookup gives a list of one client or of none.
func (s clients) lookup(r request) reply {
	found := []live.Client{}
	if c, ok := s.live.Client(r.bindings["clientid"]); ok {
		found = append(found, c)
	}
	return withData(showClients(found))
}

func (s clients) ofUsername(r request) reply {
	all := slices.DeleteFunc(s.live.Clients(), func(c live.Client) bool {
		return c.Username == nil || *c.Username != r.bindings["username"]
	})
	return withData(showClients(all))
}

// kick says nothing of whether there was such a client.
func (s clients) kick(r request) reply {
	s.live.Kick(r.bindings["clientid"])
	return ok()
}
