package v5

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

// clientRow is a session as EMQX shows it. What a session in durable storage
// does not have is absent or null.
type clientRow struct {
	ClientID         string     `json:"clientid"`
	Username         *string    `json:"username"`
	Node             string     `json:"node"`
	IPAddress        string     `json:"ip_address"`
	Port             int64      `json:"port"`
	Connected        bool       `json:"connected"`
	ConnectedAt      *time.Time `json:"connected_at"`
	CreatedAt        *time.Time `json:"created_at"`
	ProtoName        string     `json:"proto_name"`
	ProtoVer         int64      `json:"proto_ver"`
	Keepalive        int64      `json:"keepalive"` // seconds
	CleanStart       bool       `json:"clean_start"`
	ExpiryInterval   int64      `json:"expiry_interval"` // seconds
	SubscriptionsCnt int64      `json:"subscriptions_cnt"`
	InflightCnt      int64      `json:"inflight_cnt"`
	MqueueLen        int64      `json:"mqueue_len"`
	MqueueDropped    int64      `json:"mqueue_dropped"`
	RecvMsg          int64      `json:"recv_msg"`
	SendMsg          int64      `json:"send_msg"`
	RecvOct          int64      `json:"recv_oct"`
	SendOct          int64      `json:"send_oct"`
	IsBridge         bool       `json:"is_bridge"`
}

func (r clientRow) check() error {
	if r.ClientID == "" {
		return errors.New("a client has no clientid")
	}
	return nil
}

func (r clientRow) client() (emqxapi.Client, bool) {
	return emqxapi.Client{
		ClientID:         r.ClientID,
		Username:         r.Username,
		Node:             r.Node,
		IPAddress:        r.IPAddress,
		Port:             r.Port,
		Connected:        r.Connected,
		ConnectedAt:      instant(r.ConnectedAt),
		CreatedAt:        instant(r.CreatedAt),
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
	}, true
}

// instant is a time that came in the broker's zone, in UTC.
func instant(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
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
	client, _ := row.client()
	return client, nil
}

// Clients lists sessions.
func (c *Client) Clients(ctx context.Context, filter emqxapi.ClientFilter) iter.Seq2[emqxapi.Client, error] {
	query := filters{}
	query.set("clientid", filter.ClientID)
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
	return emqxapi.Items(emqxapi.ConvertPages(rows, clientRow.client))
}

// Kick ends sessions with one request each: the one for many tells nothing about
// clients that are not there.
func (c *Client) Kick(ctx context.Context, clientIDs []string) []error {
	return each(ctx, len(clientIDs), func(i int) error {
		answer, err := c.do(ctx, call{
			method:  http.MethodDelete,
			path:    []string{"clients", clientIDs[i]},
			refused: clientAbsent,
		})
		if answer.Repeated {
			return unlessGone(err) // the attempt whose answer was lost has ended it
		}
		return err
	})
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
