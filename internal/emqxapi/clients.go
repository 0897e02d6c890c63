package emqxapi

import (
	"context"
	"iter"
	"strings"
	"time"
)

// Client is a session on the broker, connected or not.
type Client struct {
	ClientID         string
	Username         *string // nil when the client gave none
	Namespace        string  // that its users and rules are of, "" for none. EMQX 6 only
	Node             string
	IPAddress        string
	Port             int64
	Connected        bool
	ConnectedAt      time.Time
	CreatedAt        time.Time
	ProtoName        string
	ProtoVer         int64
	Keepalive        int64 // seconds
	CleanStart       bool
	ExpiryInterval   int64 // seconds
	SubscriptionsCnt int64
	InflightCnt      int64
	MqueueLen        int64
	MqueueDropped    int64
	RecvMsg          int64
	SendMsg          int64
	RecvOct          int64 // bytes
	SendOct          int64 // bytes
	IsBridge         bool
}

// ClientFilter keeps the clients that match every field that is set.
type ClientFilter struct {
	ClientIDs                  []string // one of these; more than one only from Dialect.NameFilters
	Username                   string
	LikeClientID, LikeUsername string // parts of the name
	IPAddress                  string
	ConnState                  string // connected, idle, disconnected
	CleanStart                 *bool
	ProtoVer                   *int64
	Node                       string
}

// Like says whether a client has the wanted parts of names: EMQX Cloud's pages for v5
// have no filter for them (api/cloud.md §2b).
func (f ClientFilter) Like(c Client) bool {
	username := ""
	if c.Username != nil {
		username = *c.Username
	}
	return strings.Contains(c.ClientID, f.LikeClientID) && strings.Contains(username, f.LikeUsername)
}

// Subscription is one topic filter that one client is subscribed to.
type Subscription struct {
	ClientID   string
	Topic      string // the topic filter as it was subscribed to, $share prefix included
	QoS        int64
	Node       string
	ShareGroup string // "" when it is not shared
}

// SubscriptionFilter keeps the subscriptions that match every field that is set.
type SubscriptionFilter struct {
	ClientID   string
	Topic      string // the topic filter as it was subscribed to
	MatchTopic string // a topic filter that matches the subscribed one
	QoS        *int64
	ShareGroup string
	Node       string
}

// Counters are one node's counters by name, as EMQX names them.
type Counters struct {
	Node   string
	Values map[string]int64
}

// Node is one member of the cluster.
type Node struct {
	Name        string
	Version     string
	Status      string
	Connections int64
	Uptime      time.Duration
}

// Runtime is what runs in a deployment at the moment.
type Runtime interface {
	// Client gives one session; ErrNotFound when there is none.
	Client(ctx context.Context, clientID string) (Client, error)

	// Kick ends sessions, those of clients that are not connected too, and
	// returns one error per entry. A client that has none is no error.
	Kick(ctx context.Context, clientIDs []string) []error

	// ClearACLCache makes the broker forget what the rules have said of each of
	// these clients: it keeps that for a while, a minute by default, and asks its
	// rules again only then (api/v6.md §4). It returns one error per entry. A
	// client that has no session is no error.
	ClearACLCache(ctx context.Context, clientIDs []string) []error

	// ClearEveryACLCache does that for all clients.
	ClearEveryACLCache(ctx context.Context) error

	// Subscriptions gives the subscriptions that match a filter, each once.
	Subscriptions(ctx context.Context, filter SubscriptionFilter) iter.Seq2[Subscription, error]

	// Metrics are counters that only grow, Stats are gauges; one per node.
	Metrics(ctx context.Context) ([]Counters, error)
	Stats(ctx context.Context) ([]Counters, error)

	// Nodes are the members of the cluster, also those that are down.
	Nodes(ctx context.Context) ([]Node, error)
}
