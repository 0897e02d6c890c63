package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// clientColumn is one attribute of a client: its schema, and its value.
type clientColumn struct {
	attribute schema.Attribute
	value     func(emqxapi.Client) attr.Value
}

// clientColumns are the attributes of a client by name, in emqx_client and in the
// list of emqx_clients. There is no struct for them: to read one out of a struct,
// the framework (1.19) compiles a regular expression for each field of each
// client, which doubles the time that a long list takes.
var clientColumns = map[string]clientColumn{
	"clientid": textColumn("Client identifier.", func(c emqxapi.Client) string { return c.ClientID }),
	"username": {
		computedText("Username; null when the client gave none."),
		func(c emqxapi.Client) attr.Value { return types.StringPointerValue(c.Username) },
	},
	"node": textColumn("Node of the cluster that the client is, or was last, connected to.",
		func(c emqxapi.Client) string { return c.Node }),
	"ip_address": textColumn("Address that the client connected from.", func(c emqxapi.Client) string { return c.IPAddress }),
	"port":       numberColumn("Port that the client connected from.", func(c emqxapi.Client) int64 { return c.Port }),
	"connected": boolColumn("Whether the client is connected; the session of one that is not is kept until it expires.",
		func(c emqxapi.Client) bool { return c.Connected }),
	"connected_at": {
		computedTime("When the client connected (RFC 3339, in UTC). " + timesOfV4),
		func(c emqxapi.Client) attr.Value { return instantOf(c.ConnectedAt) },
	},
	"created_at": {
		computedTime("When the session began (RFC 3339, in UTC). " + timesOfV4),
		func(c emqxapi.Client) attr.Value { return instantOf(c.CreatedAt) },
	},
	"proto_name": textColumn("Name of the protocol, e.g. `MQTT`.", func(c emqxapi.Client) string { return c.ProtoName }),
	"proto_ver": numberColumn("Version of the protocol: `3` for MQTT 3.1, `4` for 3.1.1, `5` for 5.",
		func(c emqxapi.Client) int64 { return c.ProtoVer }),
	"keepalive":   numberColumn("Keep-alive in seconds.", func(c emqxapi.Client) int64 { return c.Keepalive }),
	"clean_start": boolColumn("Whether the client asked for a new session.", func(c emqxapi.Client) bool { return c.CleanStart }),
	"expiry_interval": numberColumn("Seconds that the session outlives the connection.",
		func(c emqxapi.Client) int64 { return c.ExpiryInterval }),
	"subscriptions_cnt": numberColumn("Number of subscriptions.", func(c emqxapi.Client) int64 { return c.SubscriptionsCnt }),
	"inflight_cnt": numberColumn("Number of messages sent to the client and not acknowledged yet.",
		func(c emqxapi.Client) int64 { return c.InflightCnt }),
	"mqueue_len": numberColumn("Number of messages that wait for the client.", func(c emqxapi.Client) int64 { return c.MqueueLen }),
	"mqueue_dropped": numberColumn("Number of messages dropped because too many waited.",
		func(c emqxapi.Client) int64 { return c.MqueueDropped }),
	"recv_msg": numberColumn("Number of messages that the broker received from the client.",
		func(c emqxapi.Client) int64 { return c.RecvMsg }),
	"send_msg":  numberColumn("Number of messages that the broker sent to the client.", func(c emqxapi.Client) int64 { return c.SendMsg }),
	"recv_oct":  numberColumn("Bytes that the broker received from the client.", func(c emqxapi.Client) int64 { return c.RecvOct }),
	"send_oct":  numberColumn("Bytes that the broker sent to the client.", func(c emqxapi.Client) int64 { return c.SendOct }),
	"is_bridge": boolColumn("Whether the client is a bridge.", func(c emqxapi.Client) bool { return c.IsBridge }),
}

func textColumn(description string, value func(emqxapi.Client) string) clientColumn {
	return clientColumn{computedText(description), func(c emqxapi.Client) attr.Value { return types.StringValue(value(c)) }}
}

func numberColumn(description string, value func(emqxapi.Client) int64) clientColumn {
	return clientColumn{computedNumber(description), func(c emqxapi.Client) attr.Value { return types.Int64Value(value(c)) }}
}

func boolColumn(description string, value func(emqxapi.Client) bool) clientColumn {
	return clientColumn{computedBool(description), func(c emqxapi.Client) attr.Value { return types.BoolValue(value(c)) }}
}

// timesOfV4 is what readers have to know of times on v4 (api/v4.md §5).
const timesOfV4 = "v4 writes it without a zone: `GET /brokers` tells that, and where the key may not ask, the time is taken for UTC."

// clientAttributes is the schema of a client.
func clientAttributes() map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{}
	for name, column := range clientColumns {
		attributes[name] = column.attribute
	}
	return attributes
}

// clientObjectType is the type of a client.
var clientObjectType = func() types.ObjectType {
	columns := map[string]attr.Type{}
	for name, column := range clientColumns {
		columns[name] = column.attribute.GetType()
	}
	return types.ObjectType{AttrTypes: columns}
}()

// clientObject is a client as a state shows it.
func clientObject(c emqxapi.Client) types.Object {
	columns := make(map[string]attr.Value, len(clientColumns))
	for name, column := range clientColumns {
		columns[name] = column.value(c)
	}
	return types.ObjectValueMust(clientObjectType.AttrTypes, columns)
}

// clientList is a list of clients as a state shows it.
func clientList(clients []emqxapi.Client) types.List {
	objects := make([]attr.Value, len(clients))
	for i, client := range clients {
		objects[i] = clientObject(client)
	}
	return types.ListValueMust(clientObjectType, objects)
}
