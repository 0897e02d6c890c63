package apiv5

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	mqtt "github.com/mochi-mqtt/server/v2"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/live"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/mqtttopic"
)

// subscription is a subscription as the API shows it. Durable is only in lists.
type subscription struct {
	ClientID string `json:"clientid"`
	Topic    string `json:"topic"`
	QoS      int    `json:"qos"`
	NL       int    `json:"nl"`
	RAP      int    `json:"rap"`
	RH       int    `json:"rh"`
	Node     string `json:"node"`
	Durable  *bool  `json:"durable,omitempty"`
}

func showSubscription(s live.Subscription) subscription {
	return subscription{
		ClientID: s.ClientID, Topic: s.Filter, QoS: s.QoS, RH: s.RetainHandling, Node: Node,
		NL: bit(s.NoLocal), RAP: bit(s.RetainAsPublished),
	}
}

func showListed(s live.Subscription) subscription {
	shown := showSubscription(s)
	shown.Durable = new(bool)
	return shown
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (a *api) subscriptionsOf(r request) answer {
	found, exists := a.live.SubscriptionsOf(r.bindings[0])
	if !exists {
		return noClient()
	}
	shown := make([]subscription, len(found))
	for i, s := range found {
		shown[i] = showListed(s)
	}
	return ok(shown)
}

func (a *api) listSubscriptions(r request) answer {
	page, violations := pagerOf(r.query, a.opts.MaxLimit)
	level, byQoS := last(r.query, "qos")
	if _, found := qos("qos", level); byQoS && found != nil {
		violations = append(violations, found...)
	}
	if violations != nil {
		return violated(violations)
	}
	if node, isGiven := last(r.query, "node"); isGiven && node != Node {
		return nodeDown(node)
	}
	match, isFuzzy := last(r.query, "match_topic") // a filter that covers the subscribed one
	found := slices.DeleteFunc(a.live.Subscriptions(), func(s live.Subscription) bool {
		for name, value := range map[string]string{
			"clientid": s.ClientID, "topic": s.Filter, "qos": strconv.Itoa(s.QoS), "share_group": s.Group(),
		} {
			if wanted, isGiven := last(r.query, name); isGiven && wanted != value {
				return true
			}
		}
		return isFuzzy && !mqtttopic.MatchUnshared(match, s.Topic())
	})
	slices.SortStableFunc(found, descendingSubscriptions)
	return answerPage(page, found, isFuzzy, showListed)
}

// descendingSubscriptions is the order of lists: by filter, the shared ones at
// the end (recordings, GET /subscriptions).
func descendingSubscriptions(x, y live.Subscription) int {
	rank := func(s live.Subscription) int { return bit(s.Group() != "") }
	return cmp.Or(cmp.Compare(rank(x), rank(y)), cmp.Compare(y.Filter, x.Filter), cmp.Compare(y.ClientID, x.ClientID))
}

// topic is a route: a filter that somebody on a node is subscribed to.
type topic struct {
	Topic string `json:"topic"`
	Node  string `json:"node"`
}

func (a *api) listTopics(r request) answer {
	page, violations := pagerOf(r.query, a.opts.MaxLimit)
	if violations != nil {
		return violated(violations)
	}
	filters := map[string]bool{}
	var routes []topic
	for _, s := range a.live.Subscriptions() {
		if !filters[s.Filter] {
			filters[s.Filter] = true
			routes = append(routes, topic{s.Filter, Node})
		}
	}
	return answerPage(page, routes, false, func(t topic) topic { return t })
}

var subscribeSchema = structOf(
	field{name: "topic", required: true, check: text},
	field{name: "qos", check: qos, fallback: 0},
	field{name: "nl", check: integer, fallback: int64(0)},
	field{name: "rap", check: integer, fallback: int64(0)},
	field{name: "rh", check: integer, fallback: int64(0)},
)

func readSubscription(clientid string, checked any) live.Subscription {
	given := checked.(map[string]any)
	return live.Subscription{
		ClientID: clientid, Filter: given["topic"].(string), QoS: given["qos"].(int),
		NoLocal: given["nl"] != int64(0), RetainAsPublished: given["rap"] != int64(0),
		RetainHandling: int(given["rh"].(int64)),
	}
}

// wrongShare tells of the only filters that EMQX refuses here: a share group
// without a filter, and no-local for a shared subscription.
func wrongShare(s live.Subscription) string {
	isShare := strings.HasPrefix(s.Filter, "$share/")
	switch {
	case isShare && !mqtt.IsSharedFilter(s.Filter) || isShare && strings.Count(s.Filter, "/") < 2:
		return fmt.Sprintf("{invalid_topic_filter,<<\"%s\">>}", s.Filter)
	case isShare && s.NoLocal:
		return "invalid_subopts_nl"
	default:
		return ""
	}
}

func (a *api) subscribe(r request) answer {
	checked, violations := subscribeSchema("root", r.body)
	if violations != nil {
		return violated(violations)
	}
	wanted := readSubscription(r.bindings[0], checked)
	if _, exists := a.live.Client(wanted.ClientID); !exists {
		return noClient()
	}
	switch problem := wrongShare(wanted); {
	case problem != "" && wanted.NoLocal:
		return fail(http.StatusBadRequest, "INVALID_PARAMETER", problem)
	case problem != "":
		return fail(http.StatusInternalServerError, "UNKNOWN_ERROR", problem)
	case !a.live.Subscribe(wanted):
		return noClient()
	}
	return ok(showSubscription(wanted))
}

// failedSubscriptions is one group of those that a bulk call could not make.
type failedSubscriptions struct {
	Data   []subscription `json:"data"`
	Reason string         `json:"reason"`
}

// subscribeBulk answers an array, or an object of another shape when some of
// the filters were refused; the others are subscribed to (api/v5.md §1.9).
func (a *api) subscribeBulk(r request) answer {
	checked, violations := listOf(subscribeSchema)("root", r.body)
	if violations != nil {
		return violated(violations)
	}
	if _, exists := a.live.Client(r.bindings[0]); !exists {
		return noClient()
	}
	made, refused := []subscription{}, []failedSubscriptions{}
	for _, element := range checked.([]any) {
		wanted := readSubscription(r.bindings[0], element)
		if problem := wrongShare(wanted); problem != "" {
			refused = append(refused, failedSubscriptions{[]subscription{showSubscription(wanted)}, problem})
			continue
		}
		a.live.Subscribe(wanted)
		made = append(made, showSubscription(wanted))
	}
	if len(refused) > 0 {
		return ok(map[string]any{"failed": refused, "succeed": made})
	}
	return ok(made)
}

var unsubscribeSchema = structOf(field{name: "topic", check: text})

// unsubscribe answers 204 whether the client had the subscription or not.
func (a *api) unsubscribe(r request) answer {
	checked, violations := unsubscribeSchema("root", r.body)
	if violations != nil {
		return violated(violations)
	}
	filter, isGiven := checked.(map[string]any)["topic"].(string)
	switch {
	case !isGiven, wrongShare(live.Subscription{Filter: filter}) != "":
		return r.crash("emqx_mgmt_api_clients", "unsubscribe")
	case !a.live.Unsubscribe(r.bindings[0], filter):
		return noClient()
	}
	return empty(http.StatusNoContent)
}

func (a *api) unsubscribeBulk(r request) answer {
	checked, violations := listOf(unsubscribeSchema)("root", r.body)
	if violations != nil {
		return violated(violations)
	}
	if _, exists := a.live.Client(r.bindings[0]); !exists {
		return noClient()
	}
	for _, element := range checked.([]any) {
		if filter, isGiven := element.(map[string]any)["topic"].(string); isGiven {
			a.live.Unsubscribe(r.bindings[0], filter)
		}
	}
	return empty(http.StatusNoContent)
}
