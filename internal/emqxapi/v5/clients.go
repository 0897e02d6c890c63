package v5

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

// clientRow is a session as EMQX shows it. What a session in durable storage
// does not have is absent or null.
type clientRow struct {
	ClientID         string  `json:"clientid"`
	Username         *string `json:"username"`
	Node             string  `json:"node"`
	IPAddress        string  `json:"ip_address"`
	Port             int64   `json:"port"`
	Connected        bool    `json:"connected"`
	ConnectedAt      *moment `json:"connected_at"`
	CreatedAt        *moment `json:"created_at"`
	ProtoName        string  `json:"proto_name"`
	ProtoVer         int64   `json:"proto_ver"`
	Keepalive        int64   `json:"keepalive"` // seconds
	CleanStart       bool    `json:"clean_start"`
	ExpiryInterval   int64   `json:"expiry_interval"` // seconds
	SubscriptionsCnt int64   `json:"subscriptions_cnt"`
	InflightCnt      int64   `json:"inflight_cnt"`
	MqueueLen        int64   `json:"mqueue_len"`
	MqueueDropped    int64   `json:"mqueue_dropped"`
	RecvMsg          int64   `json:"recv_msg"`
	SendMsg          int64   `json:"send_msg"`
	RecvOct          int64   `json:"recv_oct"`
	SendOct          int64   `json:"send_oct"`
	IsBridge         bool    `json:"is_bridge"`
	Attributes       struct {
		Namespace string `json:"tns"` // api/v6.md §5
	} `json:"client_attrs"`
}

func (r clientRow) check() error {
	if r.ClientID == "" {
		return errors.New("a client has no clientid")
	}
	return nil
}

func (r clientRow) client() emqxapi.Client {
	return emqxapi.Client{
		ClientID:         r.ClientID,
		Username:         r.Username,
		Namespace:        r.Attributes.Namespace,
		Node:             r.Node,
		IPAddress:        r.IPAddress,
		Port:             r.Port,
		Connected:        r.Connected,
		ConnectedAt:      r.ConnectedAt.in(),
		CreatedAt:        r.CreatedAt.in(),
		ProtoName:        r.ProtoName,
		ProtoVer:         r.ProtoVer,
		Keepalive:        r.Keepalive,
		CleanStart:       r.CleanStart,
		ExpiryInterval:   r.ExpiryInterval,
		SubscriptionsCnt: r.SubscriptionsCnt,
		InflightCnt:      r.InflightCnt,
		MqueueLen:        r.MqueueLen,
		MqueueDropped:    r.MqueueDropped,
		RecvMsg:          r.RecvMsg,
		SendMsg:          r.SendMsg,
		RecvOct:          r.RecvOct,
		SendOct:          r.SendOct,
		IsBridge:         r.IsBridge,
	}
}

var clientAbsent = absent("CLIENTID_NOT_FOUND", "Client ID not found")

// Client reads one session.
func (c *Client) Client(ctx context.Context, clientID string) (emqxapi.Client, error) {
	var row clientRow
	_, err := c.do(ctx, call{
		method:  http.MethodGet,
		path:    []string{"clients", clientID},
		result:  into(&row),
		refused: clientAbsent,
	})
	if err != nil {
		return emqxapi.Client{}, err
	}
	return row.client(), nil
}

// maxNameBytes is about how long the names in one request's address may be,
// percent-encoded: EMQX takes some 8,000 bytes altogether (api/v5.md §1.3).
const maxNameBytes = 6_000

// NameFilters puts several client identifiers into one filter, as many as an address
// can carry. EMQX before 5.6 does not know that filter and gives every client, which
// is sifted in ListClients. Of several usernames it looks at the last one only, and
// would give too few: so each of them has a filter of its own.
func (c *Client) NameFilters(kind emqxapi.Kind, names []string) []emqxapi.ClientFilter {
	var filters []emqxapi.ClientFilter
	if kind == emqxapi.KindUsername {
		for _, name := range names {
			filters = append(filters, emqxapi.ClientFilter{Username: name})
		}
		return filters
	}
	size := func(i int) int { return len("&clientid=") + len(url.QueryEscape(names[i])) }
	for from, to := range runs(len(names), len(names), maxNameBytes, size) {
		filters = append(filters, emqxapi.ClientFilter{ClientIDs: names[from:to]})
	}
	return filters
}

// ListClients lists sessions.
func (c *Client) ListClients(ctx context.Context, filter emqxapi.ClientFilter) emqxapi.Pages[emqxapi.Client] {
	query := filters{}
	if filter.ClientIDs != nil {
		query["clientid"] = filter.ClientIDs
	}
	query.set("username", filter.Username)
	query.set("like_clientid", filter.LikeClientID)
	query.set("like_username", filter.LikeUsername)
	query.set("ip_address", filter.IPAddress)
	query.set("conn_state", filter.ConnState)
	query.set("node", filter.Node)
	if filter.CleanStart != nil {
		query.set("clean_start", strconv.FormatBool(*filter.CleanStart))
	}
	if filter.ProtoVer != nil {
		query.set("proto_ver", strconv.FormatInt(*filter.ProtoVer, 10))
	}
	rows := pages(ctx, c, list[clientRow, string]{
		path:  []string{"clients"},
		query: url.Values(query),
		key:   func(r clientRow) string { return r.ClientID },
	})
	return emqxapi.ConvertPages(emqxapi.AsSeen(rows), func(r clientRow) (emqxapi.Client, bool) {
		client := r.client()
		return client, (filter.ClientIDs == nil || slices.Contains(filter.ClientIDs, r.ClientID)) && filter.Like(client)
	})
}

// Kick ends sessions, many in one request. Where the deployment or the key does not
// have that call, which came with EMQX 5.1, each gets one.
func (c *Client) Kick(ctx context.Context, clientIDs []string) []error {
	errs := make([]error, len(clientIDs))
	for from, to := range batches(len(clientIDs), maxBatch, func(i int) int { return len(clientIDs[i]) }) {
		some := clientIDs[from:to]
		_, err := c.do(ctx, call{method: http.MethodPost, path: []string{"clients", "kickout", "bulk"}, body: some, uncertain: true, optional: true})
		result := allFailed(len(some), err)
		if rest.Refused(err) {
			result = c.aboutEach(ctx, some, func(clientID string) call {
				return call{method: http.MethodDelete, path: []string{"clients", clientID}}
			})
		}
		copy(errs[from:to], result)
	}
	return errs
}

// ClearACLCache implements emqxapi.Runtime.
func (c *Client) ClearACLCache(ctx context.Context, clientIDs []string) []error {
	return c.aboutEach(ctx, clientIDs, func(clientID string) call {
		return call{method: http.MethodDelete, path: []string{"clients", clientID, "authorization", "cache"}}
	})
}

// ClearEveryACLCache implements emqxapi.Runtime. EMQX Cloud documents no such call
// (api/cloud.md §2b).
func (c *Client) ClearEveryACLCache(ctx context.Context) error {
	_, err := c.do(ctx, call{method: http.MethodDelete, path: []string{"authorization", "cache"}, uncertain: true})
	return err
}

// aboutEach makes a call about each of some clients, several at a time. One that is
// not there is no error. The first goes alone: a call that is refused whoever it is
// about is tried once.
func (c *Client) aboutEach(ctx context.Context, clientIDs []string, about func(clientID string) call) []error {
	do := func(i int) error {
		call := about(clientIDs[i])
		call.refused, call.uncertain = clientAbsent, true
		_, err := c.do(ctx, call)
		return unlessGone(err)
	}
	if len(clientIDs) == 0 {
		return nil
	}
	first := do(0)
	if rest.Refused(first) {
		return allFailed(len(clientIDs), first)
	}
	return append([]error{first}, each(ctx, len(clientIDs)-1, func(i int) error { return do(i + 1) })...)
}

// nodeDown says in words what EMQX means by a 500 with the code NODE_DOWN: that
// the node in the filter is unknown or does not answer. rest shows nothing of a
// 500, so the code is read here.
func nodeDown(a rest.Answer, query url.Values, err error) error {
	var body struct {
		Code string `json:"code"`
	}
	if a.Status != http.StatusInternalServerError || json.Unmarshal(a.Body, &body) != nil || body.Code != "NODE_DOWN" {
		return err
	}
	return fmt.Errorf("the cluster has no node %q, or that node is down (emqx_nodes lists them): %w", query.Get("node"), err)
}
