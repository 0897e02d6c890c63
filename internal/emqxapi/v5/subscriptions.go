package v5

import (
	"context"
	"errors"
	"iter"
	"net/url"
	"strconv"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
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
// behind $share/GROUP/ only, so for a shared one it is asked for the group, and
// what it gives is sifted here.
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
	return emqxapi.Items(emqxapi.ConvertPages(rows, func(r subscriptionRow) (emqxapi.Subscription, bool) {
		s := r.subscription()
		wanted := (filter.Topic == "" || s.Topic == filter.Topic) && (filter.ShareGroup == "" || s.ShareGroup == filter.ShareGroup)
		return s, wanted
	}))
}
