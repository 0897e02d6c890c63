package apiv4

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/live"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

func (a *api) subscriptionRoutes() []route {
	s := subscriptions{a.live}
	return []route{
		{"GET", "/subscriptions/", "list_subscriptions", "A list of subscriptions in the cluster", s.list, nil},
		{"GET", "/nodes/:node/subscriptions/", "list_node_subscriptions", "A list of subscriptions on a node", s.list, nil},
		{"GET", "/subscriptions/:clientid", "lookup_client_subscriptions", "A list of subscriptions of a client", s.ofClient, nil},
		{"GET", "/nodes/:node/subscriptions/:clientid", "lookup_client_subscriptions_with_node", "A list of subscriptions of a client on the node", s.ofClient, nil},
		{"GET", "/routes/", "list_routes", "List routes", s.routes, nil},
		{"GET", "/routes/:topic", "lookup_routes", "Lookup routes to a topic", s.route, nil},
	}
}

// subscriptions serves what clients are subscribed to (api/v4.md §5).
type subscriptions struct {
	live *live.Broker
}

func showSubscriptions(list []live.Subscription) []object {
	data := make([]object, len(list))
	for i, s := range list {
		data[i] = object{"topic": s.Filter, "qos": s.QoS, "node": Node, "clientid": s.ClientID}
	}
	return data
}

func (s subscriptions) list(r request) reply {
	p, valid := r.pageOf(defaultLimit)
	if !valid {
		return crash()
	}
	wanted, filtered, bad := subscriptionFilter(r.query)
	if bad != "" {
		return reply{status: http.StatusBadRequest, text: bad}
	}
	all := slices.DeleteFunc(s.live.Subscriptions(), func(s live.Subscription) bool { return !wanted(s) })
	slices.SortFunc(all, func(x, y live.Subscription) int {
		return tables.CompareScattered(x.ClientID+"\x00"+x.Filter, y.ClientID+"\x00"+y.Filter)
	})
	count := len(all)
	if _, byTopic := r.query["topic"]; filtered && !byTopic { // only with a topic EMQX counts what it found
		count = -1
	}
	body := object{"meta": p.metaWithNext(count, len(all)), "data": showSubscriptions(cut(p, all)), "code": 0}
	return reply{status: http.StatusOK, body: body}
}

// subscriptionFilter gives the filter that a query asks for and whether it asks for any. bad is what EMQX answers to a
// value that it cannot read.
func subscriptionFilter(query map[string]string) (wanted func(live.Subscription) bool, filtered bool, bad string) {
	var matchers []func(live.Subscription) bool
	for name, value := range query {
		switch name {
		case "clientid":
			matchers = append(matchers, func(s live.Subscription) bool { return s.ClientID == value })
		case "topic":
			topic, err := url.PathUnescape(value) // a second time: emqx_mgmt_api_subscriptions.erl
			if err != nil {
				topic = value
			}
			matchers = append(matchers, func(s live.Subscription) bool { return s.Filter == topic })
		case "share":
			matchers = append(matchers, func(s live.Subscription) bool { return s.Group() == value })
		case "_match_topic": // a filter that the subscribed filter has to match, not a topic name
			matchers = append(matchers, func(s live.Subscription) bool { return tables.Covers(value, s.Topic()) })
		case "qos":
			qos, err := strconv.Atoi(value)
			if err != nil {
				return nil, true, fmt.Sprintf(`{bad_value_type,{<<"qos">>,integer,%s}}`, binary(value))
			}
			matchers = append(matchers, func(s live.Subscription) bool { return s.QoS == qos })
		}
	}
	return func(s live.Subscription) bool {
		for _, matches := range matchers {
			if !matches(s) {
				return false
			}
		}
		return true
	}, len(matchers) > 0, ""
}

func (s subscriptions) ofClient(r request) reply {
	list, _ := s.live.SubscriptionsOf(r.bindings["clientid"])
	return withData(showSubscriptions(list))
}

func (s subscriptions) topics() []string {
	topics := []string{}
	for _, subscription := range s.live.Subscriptions() {
		topics = append(topics, subscription.Topic())
	}
	slices.SortFunc(topics, tables.CompareScattered)
	return slices.Compact(topics)
}

func showRoutes(topics []string) []object {
	data := make([]object, len(topics))
	for i, topic := range topics {
		data[i] = object{"topic": topic, "node": Node}
	}
	return data
}

func (s subscriptions) routes(r request) reply {
	p, valid := r.pageOf(defaultLimit)
	if !valid {
		return crash()
	}
	all := s.topics()
	body := object{"meta": p.meta(len(all)), "data": showRoutes(cut(p, all)), "code": 0}
	return reply{status: http.StatusOK, body: body}
}

func (s subscriptions) route(r request) reply {
	return withData(showRoutes(slices.DeleteFunc(s.topics(), func(topic string) bool { return topic != r.bindings["topic"] })))
}
