package provider

import (
	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// clientModel is one client, in emqx_client and in the list of emqx_clients.
type clientModel struct {
	ClientID         types.String      `tfsdk:"clientid"`
	Username         types.String      `tfsdk:"username"`
	Node             types.String      `tfsdk:"node"`
	IPAddress        types.String      `tfsdk:"ip_address"`
	Port             types.Int64       `tfsdk:"port"`
	Connected        types.Bool        `tfsdk:"connected"`
	ConnectedAt      timetypes.RFC3339 `tfsdk:"connected_at"`
	CreatedAt        timetypes.RFC3339 `tfsdk:"created_at"`
	ProtoName        types.String      `tfsdk:"proto_name"`
	ProtoVer         types.Int64       `tfsdk:"proto_ver"`
	Keepalive        types.Int64       `tfsdk:"keepalive"`
	CleanStart       types.Bool        `tfsdk:"clean_start"`
	ExpiryInterval   types.Int64       `tfsdk:"expiry_interval"`
	SubscriptionsCnt types.Int64       `tfsdk:"subscriptions_cnt"`
	InflightCnt      types.Int64       `tfsdk:"inflight_cnt"`
	MqueueLen        types.Int64       `tfsdk:"mqueue_len"`
	MqueueDropped    types.Int64       `tfsdk:"mqueue_dropped"`
	RecvMsg          types.Int64       `tfsdk:"recv_msg"`
	SendMsg          types.Int64       `tfsdk:"send_msg"`
	RecvOct          types.Int64       `tfsdk:"recv_oct"`
	SendOct          types.Int64       `tfsdk:"send_oct"`
	IsBridge         types.Bool        `tfsdk:"is_bridge"`
}

func clientModelOf(c emqxapi.Client) clientModel {
	return clientModel{
		ClientID:         types.StringValue(c.ClientID),
		Username:         types.StringPointerValue(c.Username),
		Node:             types.StringValue(c.Node),
		IPAddress:        types.StringValue(c.IPAddress),
		Port:             types.Int64Value(c.Port),
		Connected:        types.BoolValue(c.Connected),
		ConnectedAt:      instantOf(c.ConnectedAt),
		CreatedAt:        instantOf(c.CreatedAt),
		ProtoName:        types.StringValue(c.ProtoName),
		ProtoVer:         types.Int64Value(c.ProtoVer),
		Keepalive:        types.Int64Value(c.Keepalive),
		CleanStart:       types.BoolValue(c.CleanStart),
		ExpiryInterval:   types.Int64Value(c.ExpiryInterval),
		SubscriptionsCnt: types.Int64Value(c.SubscriptionsCnt),
		InflightCnt:      types.Int64Value(c.InflightCnt),
		MqueueLen:        types.Int64Value(c.MqueueLen),
		MqueueDropped:    types.Int64Value(c.MqueueDropped),
		RecvMsg:          types.Int64Value(c.RecvMsg),
		SendMsg:          types.Int64Value(c.SendMsg),
		RecvOct:          types.Int64Value(c.RecvOct),
		SendOct:          types.Int64Value(c.SendOct),
		IsBridge:         types.BoolValue(c.IsBridge),
	}
}

// clientAttributes are the attributes of a client that a broker tells.
func clientAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"clientid":          computedText("Client identifier."),
		"username":          computedText("Username; null when the client gave none."),
		"node":              computedText("Node of the cluster that the client is, or was last, connected to."),
		"ip_address":        computedText("Address that the client connected from."),
		"port":              computedNumber("Port that the client connected from."),
		"connected":         computedBool("Whether the client is connected; the session of one that is not is kept until it expires."),
		"connected_at":      computedTime("When the client connected (RFC 3339, in UTC)."),
		"created_at":        computedTime("When the session began (RFC 3339, in UTC)."),
		"proto_name":        computedText("Name of the protocol, e.g. `MQTT`."),
		"proto_ver":         computedNumber("Version of the protocol: `3` for MQTT 3.1, `4` for 3.1.1, `5` for 5."),
		"keepalive":         computedNumber("Keep-alive in seconds."),
		"clean_start":       computedBool("Whether the client asked for a new session."),
		"expiry_interval":   computedNumber("Seconds that the session outlives the connection."),
		"subscriptions_cnt": computedNumber("Number of subscriptions."),
		"inflight_cnt":      computedNumber("Number of messages sent to the client and not acknowledged yet."),
		"mqueue_len":        computedNumber("Number of messages that wait for the client."),
		"mqueue_dropped":    computedNumber("Number of messages dropped because too many waited."),
		"recv_msg":          computedNumber("Number of messages that the broker received from the client."),
		"send_msg":          computedNumber("Number of messages that the broker sent to the client."),
		"recv_oct":          computedNumber("Bytes that the broker received from the client."),
		"send_oct":          computedNumber("Bytes that the broker sent to the client."),
		"is_bridge":         computedBool("Whether the client is a bridge."),
	}
}
