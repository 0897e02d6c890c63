package v4

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

// clientRow is a session as it is shown, as far as the domain knows it.
type clientRow struct {
	ClientID         string  `json:"clientid"`
	Username         *string `json:"username"`
	Node             string  `json:"node"`
	IPAddress        string  `json:"ip_address"`
	Port             int64   `json:"port"`
	Connected        bool    `json:"connected"`
	ConnectedAt      string  `json:"connected_at"`
	CreatedAt        string  `json:"created_at"`
	ProtoName        string  `json:"proto_name"`
	ProtoVer         int64   `json:"proto_ver"`
	Keepalive        int64   `json:"keepalive"`
	CleanStart       bool    `json:"clean_start"`
	ExpiryInterval   int64   `json:"expiry_interval"`
	SubscriptionsCnt int64   `json:"subscriptions_cnt"`
	Inflight         int64   `json:"inflight"`
	MqueueLen        int64   `json:"mqueue_len"`
	MqueueDropped    int64   `json:"mqueue_dropped"`
	RecvMsg          int64   `json:"recv_msg"`
	SendMsg          int64   `json:"send_msg"`
	RecvOct          int64   `json:"recv_oct"`
	SendOct          int64   `json:"send_oct"`
	IsBridge         bool    `json:"is_bridge"`
}

func (r clientRow) check() error {
	if r.ClientID == "" {
		return errors.New("a client without a clientid")
	}
	for _, moment := range []string{r.ConnectedAt, r.CreatedAt} {
		if _, err := parseLocal(moment, time.UTC); err != nil {
			return errors.New("a time that is none")
		}
	}
	return nil
}

// noUsername stands for no username, and for a user of that name (api/v4.md §5).
const noUsername = "undefined"

func (r clientRow) client(z zones) emqxapi.Client {
	zone := z.of(r.Node)
	connectedAt, _ := parseLocal(r.ConnectedAt, zone) // check has parsed it
	createdAt, _ := parseLocal(r.CreatedAt, zone)
	username := r.Username
	if username != nil && *username == noUsername {
		username = nil
	}
	return emqxapi.Client{
		ClientID: r.ClientID, Username: username, Node: r.Node, IPAddress: r.IPAddress, Port: r.Port,
		Connected: r.Connected, ConnectedAt: connectedAt, CreatedAt: createdAt,
		ProtoName: r.ProtoName, ProtoVer: r.ProtoVer, Keepalive: r.Keepalive, CleanStart: r.CleanStart,
		ExpiryInterval: r.ExpiryInterval, SubscriptionsCnt: r.SubscriptionsCnt, InflightCnt: r.Inflight,
		MqueueLen: r.MqueueLen, MqueueDropped: r.MqueueDropped,
		RecvMsg: r.RecvMsg, SendMsg: r.SendMsg, RecvOct: r.RecvOct, SendOct: r.SendOct, IsBridge: r.IsBridge,
	}
}

// NameFilters implements emqxapi.Dialect: the broker takes one name at a time.
func (c *Client) NameFilters(kind emqxapi.Kind, names []string) []emqxapi.ClientFilter {
	filters := make([]emqxapi.ClientFilter, len(names))
	for i, name := range names {
		if kind == emqxapi.KindUsername {
			filters[i].Username = name
		} else {
			filters[i].ClientIDs = []string{name}
		}
	}
	return filters
}

// ListClients implements emqxapi.Dialect. The broker does the filtering.
func (c *Client) ListClients(ctx context.Context, filter emqxapi.ClientFilter) emqxapi.Pages[emqxapi.Client] {
	return func(yield func(emqxapi.Page[emqxapi.Client], error) bool) {
		path := onNode(filter.Node, "clients")
		for page, err := range emqxapi.AsSeen(list(ctx, c, clientQuery(filter), clientRow.key, path...)) {
			clients := emqxapi.Page[emqxapi.Client]{Count: page.Count}
			var z zones
			if err = nodeError(filter.Node, err); err == nil && len(page.Items) > 0 {
				z, err = c.zones.Get(ctx, c.learnZones)
			}
			for _, r := range page.Items {
				clients.Items = append(clients.Items, r.client(z))
			}
			if !yield(clients, err) || err != nil {
				return
			}
		}
	}
}

// key tells sessions apart: one clientid can be on two nodes for a moment.
func (r clientRow) key() [2]string { return [2]string{r.ClientID, r.Node} }

func clientQuery(filter emqxapi.ClientFilter) url.Values {
	query := url.Values{}
	if filter.ClientIDs != nil {
		query["clientid"] = filter.ClientIDs
	}
	for name, value := range map[string]string{
		"username":       filter.Username,
		"_like_clientid": filter.LikeClientID, "_like_username": filter.LikeUsername,
		"ip_address": filter.IPAddress, "conn_state": filter.ConnState,
	} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if filter.CleanStart != nil {
		query.Set("clean_start", strconv.FormatBool(*filter.CleanStart))
	}
	if filter.ProtoVer != nil {
		query.Set("proto_ver", strconv.FormatInt(*filter.ProtoVer, 10))
	}
	return query
}

// onNode is the path of a list, of the whole cluster or of one node. A node's
// name has to stand there literally, its @ not percent-encoded (api/v4.md §1).
func onNode(node, what string) []string {
	if node == "" {
		return []string{what}
	}
	return []string{"nodes", node, what}
}

// nodeError says which of the two reasons for a 404 is the likely one.
func nodeError(node string, err error) error {
	if node != "" && errors.Is(err, errNotHere) {
		return fmt.Errorf("is there a node %q in the cluster? %w", node, err)
	}
	return err
}

// Client implements emqxapi.Runtime. The answer is a list; of several sessions
// of one name the connected one is meant.
func (c *Client) Client(ctx context.Context, clientID string) (emqxapi.Client, error) {
	found, err := get(ctx, c, openClient(clientID), "clients", clientID)
	if err != nil {
		return emqxapi.Client{}, err
	}
	z, err := c.zones.Get(ctx, c.learnZones)
	return found.client(z), err
}

func openClient(clientID string) func(envelope) (clientRow, error) {
	return func(e envelope) (clientRow, error) {
		found, err := rows[clientRow](e)
		if err != nil {
			return clientRow{}, err
		}
		if len(found) == 0 {
			return clientRow{}, emqxapi.ErrNotFound
		}
		best := found[0]
		for _, r := range found {
			if r.ClientID != clientID {
				return clientRow{}, damaged("it is about another client")
			}
			if r.Connected && !best.Connected {
				best = r
			}
		}
		return best, nil
	}
}

// Kick implements emqxapi.Runtime. From 4.3.9 on the broker reports success also
// for a client that is not there (api/v4.md §5).
func (c *Client) Kick(ctx context.Context, clientIDs []string) []error {
	return c.deleteEach(ctx, clientIDs, func(clientID string) []string { return []string{"clients", clientID} })
}

// ClearACLCache implements emqxapi.Runtime.
func (c *Client) ClearACLCache(ctx context.Context, clientIDs []string) []error {
	return c.deleteEach(ctx, clientIDs, func(clientID string) []string { return []string{"clients", clientID, "acl_cache"} })
}

// ClearEveryACLCache implements emqxapi.Runtime. EMQX Cloud documents neither this
// call nor that for one client (api/cloud.md §2a).
func (c *Client) ClearEveryACLCache(ctx context.Context) error {
	return c.do(ctx, http.MethodDelete, nil, "acl-cache")
}

// deleteEach makes a DELETE for each of some clients, several at a time. A client that
// is not there is no error. The first goes alone: a call that is refused whoever it
// is about is tried once.
func (c *Client) deleteEach(ctx context.Context, clientIDs []string, path func(clientID string) []string) []error {
	do := func(i int) error {
		err := c.do(ctx, http.MethodDelete, nil, path(clientIDs[i])...)
		if errors.Is(err, emqxapi.ErrNotFound) {
			return nil
		}
		return err
	}
	if len(clientIDs) == 0 {
		return nil
	}
	first := do(0)
	if rest.Refused(first) {
		return fill(make([]error, len(clientIDs)), first)
	}
	return append([]error{first}, emqxapi.Each(ctx, inFlight, len(clientIDs)-1, func(i int) error { return do(i + 1) })...)
}
