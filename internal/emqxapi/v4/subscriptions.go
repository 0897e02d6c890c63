package v4

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"strconv"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/mqtttopic"
)

type subscriptionRow struct {
	ClientID string `json:"clientid"`
	Topic    string `json:"topic"`
	QoS      int64  `json:"qos"`
	Node     string `json:"node"`
}

func (r subscriptionRow) check() error {
	if r.ClientID == "" || r.Topic == "" {
		return errors.New("a subscription without a client or a topic")
	}
	return nil
}

func (r subscriptionRow) key() [3]string { return [3]string{r.ClientID, r.Topic, r.Node} }

func (r subscriptionRow) subscription() emqxapi.Subscription {
	group, _ := cutShare(r.Topic)
	return emqxapi.Subscription{ClientID: r.ClientID, Topic: r.Topic, QoS: r.QoS, Node: r.Node, ShareGroup: group}
}

// cutShare takes $share/GROUP/FILTER apart. The group of others is "".
func cutShare(topic string) (group, filter string) {
	if shared, ok := strings.CutPrefix(topic, "$share/"); ok {
		if group, filter, ok := strings.Cut(shared, "/"); ok {
			return group, filter
		}
	}
	return "", topic
}

// Subscriptions implements emqxapi.Runtime. The filters are sent to the broker
// and looked at here again, since a question for a topic is answered without
// regard to the other filters (EMQX 4.4.19: emqx_mgmt_api_subscriptions.erl).
func (c *Client) Subscriptions(ctx context.Context, filter emqxapi.SubscriptionFilter) iter.Seq2[emqxapi.Subscription, error] {
	return func(yield func(emqxapi.Subscription, error) bool) {
		if filter.QoS != nil && (*filter.QoS < 0 || *filter.QoS > 2) {
			yield(emqxapi.Subscription{}, fmt.Errorf("subscriptions of QoS %d: %w", *filter.QoS, errQoS))
			return
		}
		path := onNode(filter.Node, "subscriptions")
		for r, err := range emqxapi.Items(emqxapi.AsSeen(list(ctx, c, subscriptionQuery(filter), subscriptionRow.key, path...))) {
			if err != nil {
				yield(emqxapi.Subscription{}, nodeError(filter.Node, err))
				return
			}
			if s := r.subscription(); passes(filter, s) && !yield(s, nil) {
				return
			}
		}
	}
}

// subscriptionQuery asks for a shared topic by its group, since the broker keeps
// the topics of shared subscriptions without their prefix. The value of topic is
// decoded twice (api/v4.md §1).
func subscriptionQuery(filter emqxapi.SubscriptionFilter) url.Values {
	query := url.Values{}
	set := func(name, value string) {
		if value != "" {
			query.Set(name, value)
		}
	}
	group, topic := cutShare(filter.Topic)
	switch {
	case group != "":
		topic = ""
	case strings.Contains(topic, "%"):
		topic = url.PathEscape(topic)
	}
	set("clientid", filter.ClientID)
	set("topic", topic)
	set("_match_topic", filter.MatchTopic)
	set("share", cmp.Or(filter.ShareGroup, group))
	if filter.QoS != nil {
		set("qos", strconv.FormatInt(*filter.QoS, 10))
	}
	return query
}

func passes(filter emqxapi.SubscriptionFilter, s emqxapi.Subscription) bool {
	return (filter.ClientID == "" || filter.ClientID == s.ClientID) &&
		(filter.Topic == "" || filter.Topic == s.Topic) &&
		(filter.QoS == nil || *filter.QoS == s.QoS) &&
		(filter.ShareGroup == "" || filter.ShareGroup == s.ShareGroup) &&
		(filter.Node == "" || filter.Node == s.Node)
}

type subscribeBody struct {
	ClientID string `json:"clientid"`
	Topic    string `json:"topic"`
	QoS      int64  `json:"qos"`
}

// Subscribe implements emqxapi.Messages.
func (c *Client) Subscribe(ctx context.Context, subscriptions []emqxapi.Subscription) []error {
	entries := newEntries(subscriptions, func(s emqxapi.Subscription) (any, error) {
		return subscribeBody{s.ClientID, s.Topic, s.QoS}, errors.Join(checkSubscription(s), checkCommas(s.Topic), checkQoS(s.QoS))
	})
	c.postEntries(ctx, rest.Request{Path: []string{"mqtt", "subscribe_batch"}}, entries)
	return entryErrors(entries)
}

type unsubscribeBody struct {
	ClientID string `json:"clientid"`
	Topic    string `json:"topic"`
}

// Unsubscribe implements emqxapi.Messages. Its topics are not split at commas.
func (c *Client) Unsubscribe(ctx context.Context, subscriptions []emqxapi.Subscription) []error {
	entries := newEntries(subscriptions, func(s emqxapi.Subscription) (any, error) {
		return unsubscribeBody{s.ClientID, s.Topic}, checkSubscription(s)
	})
	c.postEntries(ctx, rest.Request{Path: []string{"mqtt", "unsubscribe_batch"}}, entries)
	return entryErrors(entries)
}

func checkSubscription(s emqxapi.Subscription) error {
	if s.ClientID == "" {
		return errors.New("a subscription needs a clientid")
	}
	return mqtttopic.ValidateFilter(s.Topic)
}
