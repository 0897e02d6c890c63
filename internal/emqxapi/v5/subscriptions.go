package v5

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/mqtttopic"
)

// subscriptionRow is a subscription as EMQX shows it. The topic has its $share
// prefix; the node is null for a session in durable storage.
type subscriptionRow struct {
	ClientID string `json:"clientid"`
	Topic    string `json:"topic"`
	QoS      int64  `json:"qos"`
	Node     string `json:"node"`
}

func (r subscriptionRow) check() error {
	if r.Topic == "" {
		return errors.New("a subscription has no topic")
	}
	return nil
}

func (r subscriptionRow) subscription() emqxapi.Subscription {
	return emqxapi.Subscription{
		ClientID:   r.ClientID,
		Topic:      r.Topic,
		QoS:        r.QoS,
		Node:       r.Node,
		ShareGroup: shareGroup(r.Topic),
	}
}

// shareGroup is the group in a filter of the form $share/GROUP/FILTER.
func shareGroup(filter string) string {
	rest, shared := strings.CutPrefix(filter, "$share/")
	if !shared {
		return ""
	}
	group, _, _ := strings.Cut(rest, "/")
	return group
}

// Subscriptions lists subscriptions. EMQX's filter for topics knows the filter
// behind $share/GROUP/ only, so for a shared one it is asked for the group. What it
// gives is sifted here, as EMQX Cloud's pages have other names for some filters.
func (c *Client) Subscriptions(ctx context.Context, filter emqxapi.SubscriptionFilter) iter.Seq2[emqxapi.Subscription, error] {
	query := filters{}
	query.set("clientid", filter.ClientID)
	query.set("match_topic", filter.MatchTopic)
	query.set("share_group", filter.ShareGroup)
	query.set("node", filter.Node)
	if group := shareGroup(filter.Topic); group != "" {
		query.set("share_group", group)
	} else {
		query.set("topic", filter.Topic)
	}
	if filter.QoS != nil {
		query.set("qos", strconv.FormatInt(*filter.QoS, 10))
	}
	rows := pages(ctx, c, list[subscriptionRow, [2]string]{
		path:  []string{"subscriptions"},
		query: url.Values(query),
		key:   func(r subscriptionRow) [2]string { return [2]string{r.ClientID, r.Topic} },
	})
	return emqxapi.Items(emqxapi.ConvertPages(emqxapi.AsSeen(rows), func(r subscriptionRow) (emqxapi.Subscription, bool) {
		s := r.subscription()
		wanted := (filter.Topic == "" || s.Topic == filter.Topic) && (filter.ShareGroup == "" || s.ShareGroup == filter.ShareGroup) &&
			(filter.MatchTopic == "" || mqtttopic.MatchUnshared(filter.MatchTopic, mqtttopic.Unshared(s.Topic)))
		return s, wanted
	}))
}

// subscribeBody is one topic filter as EMQX takes it.
type subscribeBody struct {
	Topic string `json:"topic"`
	QoS   *int64 `json:"qos,omitempty"` // nil in an unsubscription
}

// Subscribe subscribes clients, with one request for each client.
func (c *Client) Subscribe(ctx context.Context, subscriptions []emqxapi.Subscription) []error {
	return forEachClient(ctx, subscriptions, func(clientID string, wanted []emqxapi.Subscription) []error {
		body := make([]subscribeBody, len(wanted))
		for i, s := range wanted {
			body[i] = subscribeBody{Topic: s.Topic, QoS: &s.QoS}
		}
		var result subscribed
		_, err := c.do(ctx, call{
			method:  http.MethodPost,
			path:    []string{"clients", clientID, "subscribe", "bulk"},
			body:    body,
			result:  into(&result),
			refused: clientAbsent,
		})
		if err != nil {
			return allFailed(len(wanted), err)
		}
		errs := make([]error, len(wanted))
		for i, s := range wanted {
			errs[i] = result.errorOf(s.Topic)
		}
		return errs
	})
}

// Unsubscribe ends subscriptions, with one request for each client.
func (c *Client) Unsubscribe(ctx context.Context, subscriptions []emqxapi.Subscription) []error {
	return forEachClient(ctx, subscriptions, func(clientID string, unwanted []emqxapi.Subscription) []error {
		body := make([]subscribeBody, len(unwanted))
		for i, s := range unwanted {
			body[i] = subscribeBody{Topic: s.Topic}
		}
		_, err := c.do(ctx, call{
			method:  http.MethodPost,
			path:    []string{"clients", clientID, "unsubscribe", "bulk"},
			body:    body,
			refused: clientAbsent,
		})
		return allFailed(len(unwanted), err)
	})
}

// forEachClient calls do once for each client with all its subscriptions, several
// clients at a time. What EMQX would take although MQTT forbids it is refused
// here: it stores a filter such as a/#/b, which never matches.
func forEachClient(
	ctx context.Context, subscriptions []emqxapi.Subscription, do func(clientID string, its []emqxapi.Subscription) []error,
) []error {
	errs := make([]error, len(subscriptions))
	numbers := make(map[string][]int)
	for i, s := range subscriptions {
		if errs[i] = validSubscription(s); errs[i] == nil {
			numbers[s.ClientID] = append(numbers[s.ClientID], i)
		}
	}
	eachGroup(ctx, errs, slices.Collect(maps.Values(numbers)), func(its []int) []error {
		return do(subscriptions[its[0]].ClientID, pick(subscriptions, its))
	})
	return errs
}

func validSubscription(s emqxapi.Subscription) error {
	if s.QoS < 0 || s.QoS > 2 {
		return fmt.Errorf("a subscription cannot have QoS %d", s.QoS)
	}
	return mqtttopic.ValidateFilter(s.Topic)
}

// subscribed is the answer to a subscription of many. When all are done it is an
// array, otherwise an object that tells the two sorts apart (api/v5.md §1.9).
type subscribed struct {
	Failed []struct {
		Data   any             `json:"data"` // what EMQX was told to do, the topic filters somewhere in it
		Reason json.RawMessage `json:"reason"`
	} `json:"failed"`
	Succeed []subscriptionRow `json:"succeed"`
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *subscribed) UnmarshalJSON(text []byte) error {
	var all []subscriptionRow
	if json.Unmarshal(text, &all) == nil && all != nil {
		return nil
	}
	type plain subscribed
	if err := json.Unmarshal(text, (*plain)(s)); err != nil {
		return err
	}
	if s.Failed == nil {
		return errors.New("it does not tell what failed")
	}
	return nil
}

// errorOf is what became of one topic filter. One that is on neither side has
// failed for one of the reasons given.
func (s subscribed) errorOf(filter string) error {
	if slices.ContainsFunc(s.Succeed, func(done subscriptionRow) bool { return done.Topic == filter }) {
		return nil
	}
	var reasons []string
	for _, failure := range s.Failed {
		reason := reasonText(failure.Reason)
		if mentions(failure.Data, filter) {
			reasons = []string{reason}
			break
		}
		reasons = append(reasons, reason)
	}
	if len(reasons) == 0 {
		return nil
	}
	return fmt.Errorf("the broker did not subscribe to %q: %s", filter, strings.Join(reasons, "; "))
}

// mentions looks for a text anywhere in decoded JSON.
func mentions(value any, text string) bool {
	switch v := value.(type) {
	case string:
		return v == text
	case []any:
		return slices.ContainsFunc(v, func(element any) bool { return mentions(element, text) })
	case map[string]any:
		for _, element := range v {
			if mentions(element, text) {
				return true
			}
		}
	}
	return false
}

func reasonText(reason json.RawMessage) string {
	var text string
	if json.Unmarshal(reason, &text) != nil {
		text = string(reason)
	}
	return readable(text)
}
