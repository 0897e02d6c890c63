package emqxsim_test

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/conformance"
)

// asked limits a mask to the exchanges whose query has a parameter.
func asked(parameter string) func(conformance.Exchange) bool {
	return func(e conformance.Exchange) bool { return strings.Contains("&"+e.Request.Query+"&", "&"+parameter+"&") }
}

// path limits a mask to the exchanges with a path.
func path(path string) func(conformance.Exchange) bool {
	return func(e conformance.Exchange) bool { return e.Request.Path == path }
}

// anyRows is for the pages of two rows: which rows are on a page follows from EMQX's hash order. That the pages together
// have every row once is tested in package apiv4.
var anyRows = conformance.Mask{Path: "data", As: conformance.SameShape, Only: asked("_limit=2")}

var (
	recordedMillis  = conformance.Integer("<time set by the broker>", recordedAt.UnixMilli(), recordedAt.Add(time.Hour).UnixMilli())
	recordedSeconds = conformance.Integer("<time set by the broker>", recordedAt.Unix(), recordedAt.Add(time.Hour).Unix())
)

func userMasks() []conformance.Mask {
	return []conformance.Mask{
		{Path: "data", As: newestFirst},
		{Path: "data/*/created_at", As: recordedMillis},
		{Path: "data/created_at", As: recordedMillis},
		anyRows,
	}
}

// newestFirst is the pattern of users sorted by the time of their creation; those of one millisecond have no order.
func newestFirst(value any) (any, bool) {
	rows, isList := value.([]any)
	if !isList {
		return value, false
	}
	var sorted, tied []any
	var last int64
	for i, row := range rows {
		number, _ := row.(map[string]any)["created_at"].(json.Number)
		created, err := number.Int64()
		if err != nil || i > 0 && created > last {
			return value, false
		}
		if created != last {
			sorted, tied = append(sorted, unordered(tied)...), nil
		}
		tied, last = append(tied, row), created
	}
	return append(sorted, unordered(tied)...), true
}

func unordered(rows []any) []any {
	sorted, _ := conformance.Unordered(rows)
	return sorted.([]any)
}

func ruleMasks() []conformance.Mask { return []conformance.Mask{anyRows} }

func banMasks() []conformance.Mask {
	return []conformance.Mask{
		{Path: "data/*", As: fiveMinutes},
		{Path: "data", As: conformance.Unordered},
		anyRows,
	}
}

// fiveMinutes is the pattern of a ban whose times the broker set.
func fiveMinutes(value any) (any, bool) {
	ban, isObject := value.(map[string]any)
	if !isObject {
		return value, false
	}
	at, _ := ban["at"].(json.Number)
	until, _ := ban["until"].(json.Number)
	from, err := at.Int64()
	to, errTo := until.Int64()
	if placeholder, set := recordedSeconds(ban["at"]); set {
		ban["at"] = placeholder
		if err == nil && errTo == nil && to == from+300 {
			ban["until"] = "<five minutes later>"
		}
	}
	return ban, true
}

func clientMasks() []conformance.Mask {
	masks := []conformance.Mask{
		{Path: "data/*/created_at", As: conformance.Time(time.DateTime)},
		{Path: "data/*/connected_at", As: conformance.Time(time.DateTime)},
		{Path: "data/*/port", As: conformance.Port},
		{Path: "data/*/heap_size", As: conformance.Counter},
		{Path: "data/*/reductions", As: conformance.Counter},
		{Path: "data/*", As: mqtt5Bytes},
		{Path: "data/msgid", As: conformance.Text("<message id>", "[0-9A-F]{32}")},
		{Path: "data/*/stats/*", As: conformance.Counter, Only: path("/stats")}, // EMQX's are as of a second ago
		{Path: "data/*/uptime", As: conformance.Text("<uptime>", `([0-9]+ (days|hours|minutes), )*[0-9]+ seconds`)},
		{Path: "data/*/datetime", As: conformance.Time(time.DateTime)},
		{Path: "data", As: conformance.Unordered},
		anyRows,
	}
	for _, metric := range deliveryMetrics {
		masks = append(masks, conformance.Mask{Path: "data/*/metrics/" + metric, As: conformance.Counter})
	}
	for _, field := range []string{"process_used", "max_fds"} {
		masks = append(masks, conformance.Mask{Path: "data/*/" + field, As: conformance.Counter, Only: path("/nodes")})
	}
	for _, field := range []string{"load1", "load5", "load15"} {
		masks = append(masks, conformance.Mask{Path: "data/*/" + field, As: conformance.Text("<load>", `[0-9]+\.[0-9]{2}`)})
	}
	for _, field := range []string{"memory_used", "memory_total"} {
		masks = append(masks, conformance.Mask{Path: "data/*/" + field, As: conformance.Text("<memory>", `[0-9]+\.[0-9]{2}[KMG]`)})
	}
	return masks
}

// deliveryMetrics are the counters that depend on how much of the published messages was delivered and acknowledged before
// the clients were kicked. The others are compared.
var deliveryMetrics = strings.Fields(`
	bytes.received bytes.sent messages.acked messages.delivered messages.qos0.sent messages.qos1.sent messages.qos2.sent
	messages.sent packets.puback.received packets.pubcomp.received packets.publish.sent packets.pubrec.received
	packets.pubrel.sent packets.received packets.sent`)

// mqtt5Bytes is the pattern of an MQTT 5 client: how many bytes went depends on which properties its library and the
// broker send.
func mqtt5Bytes(value any) (any, bool) {
	client, isObject := value.(map[string]any)
	if !isObject || client["proto_ver"] != json.Number("5") {
		return value, false
	}
	for _, field := range []string{"recv_oct", "send_oct"} {
		if placeholder, ok := conformance.Counter(client[field]); ok {
			client[field] = placeholder
		}
	}
	return client, true
}
