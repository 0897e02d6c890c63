package emqxsim_test

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/conformance"
)

// v5Masks are for what differs between two plays on a real EMQX too, and for what is of an Erlang process or a machine.
// Times that the broker writes down need none: its clock is set to that of the recordings.
func v5Masks() []conformance.Mask {
	masks := []conformance.Mask{
		{Path: "message", As: conformance.Text("<crash>", `(?s)error, function_clause, .*`), Only: answered(500)},
		{Path: "message", As: withoutStack, Only: answered(500)},
		{Path: "message", As: conformance.Text("<crash>", `(?s)User error: \{exception,\s*\{error,\s*\{password_not_string,12\}.*`), Only: answered(400)},
		{Path: "data", As: conformance.Unordered, Only: hashOrder},
		{Path: "data", As: conformance.SameShape, Only: hashPages},

		{Path: "id", As: messageID, Only: path("/publish")},
		{Path: "*/id", As: messageID, Only: path("/publish/bulk")},
		{Path: "*/updated_time", As: conformance.UnixMillis, Only: unordered5},
		{Path: "", As: conformance.Unordered, Only: unordered5},
		{Path: "sources/*/rules", As: conformance.Text("<file>", `(?s).*\{allow, .*\}\..*`)},
		{Path: "messaging_stats", As: conformance.SameShape},
	}
	return slices.Concat(masks, v5ClientMasks(), v5FigureMasks())
}

func v5ClientMasks() (masks []conformance.Mask) {
	for _, at := range []string{"", "data/*/"} {
		masks = append(masks,
			conformance.Mask{Path: at + "connected_at", As: conformance.Time(time.RFC3339), Only: under("/clients")},
			conformance.Mask{Path: at + "created_at", As: conformance.Time(time.RFC3339), Only: under("/clients")},
			conformance.Mask{Path: at + "port", As: conformance.Port, Only: under("/clients")},
		)
		for _, field := range []string{"heap_size", "mailbox_len", "reductions"} {
			masks = append(masks, conformance.Mask{Path: at + field, As: conformance.Counter, Only: under("/clients")})
		}
	}
	masks = append(masks,
		conformance.Mask{Path: "data/*", As: mqtt5Bytes, Only: under("/clients")},
		conformance.Mask{Path: "", As: mqtt5Bytes, Only: under("/clients")},
	)
	for _, at := range []string{"node", "*/node", "data/*/node", "node_status/*/node", "node_metrics/*/node", "node_resource_metrics/*/node"} {
		masks = append(masks, conformance.Mask{Path: at, As: conformance.Node})
	}
	return masks
}

// v5FigureMasks are for figures that EMQX measures from time to time, and for those of the machine.
func v5FigureMasks() (masks []conformance.Mask) {
	for _, at := range []string{"", "*/"} {
		for _, metric := range deliveryMetrics {
			masks = append(masks, conformance.Mask{Path: at + metric, As: conformance.Counter, Only: path("/metrics")})
		}
		masks = append(masks, conformance.Mask{Path: at + "*", As: conformance.Counter, Only: path("/stats")})
	}
	for _, field := range []string{"uptime", "process_used", "process_available", "connections", "live_connections", "cluster_sessions"} {
		masks = append(masks, conformance.Mask{Path: "*/" + field, As: conformance.Counter, Only: path("/nodes")})
	}
	for _, field := range []string{"memory_total", "memory_used"} {
		masks = append(masks, conformance.Mask{Path: "*/" + field, As: conformance.Text("<size>", `[0-9.]+[MG]`), Only: path("/nodes")})
	}
	for _, field := range []string{"load1", "load5", "load15", "log_path"} {
		masks = append(masks, conformance.Mask{Path: "*/" + field, As: conformance.SameShape, Only: path("/nodes")})
	}
	for _, field := range []string{"rate", "rate_max", "rate_last5m"} {
		for _, at := range []string{"metrics/", "node_metrics/*/metrics/"} {
			masks = append(masks, conformance.Mask{Path: at + field, As: conformance.SameShape})
		}
	}
	for _, at := range []string{"metrics/memory", "node_metrics/*/metrics/memory"} {
		masks = append(masks, conformance.Mask{Path: at, As: conformance.Counter})
	}
	return append(masks, conformance.Mask{Path: "*", As: conformance.Counter, Only: path("/monitor_current")})
}

var messageID = conformance.Text("<message id>", "[0-9A-F]{32}")

// withoutStack is the pattern of a crash whose reason is compared and whose stack is not.
func withoutStack(value any) (any, bool) {
	message, isText := value.(string)
	reason, _, found := strings.Cut(message, "}, [{")
	return reason, isText && found && strings.HasPrefix(message, "error, #{reason => ")
}

func answered(status int) func(conformance.Exchange) bool {
	return func(e conformance.Exchange) bool { return e.Response.Status == status }
}

func under(path string) func(conformance.Exchange) bool {
	return func(e conformance.Exchange) bool { return strings.HasPrefix(e.Request.Path, path) }
}

// unordered5 are the lists of what a client has: what was decided for it, and its subscriptions.
func unordered5(e conformance.Exchange) bool {
	return strings.HasSuffix(e.Request.Path, "/authorization/cache") || strings.HasSuffix(e.Request.Path, "/subscriptions")
}

// hashOrder are the lists that come whole, in hash order.
func hashOrder(e conformance.Exchange) bool {
	whole := e.Request.Query == "page=1&limit=100" || e.Request.Query == "limit=10000"
	return e.Request.Path == "/banned" && whole || e.Request.Path == "/topics"
}

// hashPages are pages of two bans: which are on a page follows from EMQX's hash order.
func hashPages(e conformance.Exchange) bool {
	return e.Request.Path == "/banned" && strings.HasSuffix(e.Request.Query, "limit=2")
}

var nodeName = regexp.MustCompile(`emqx\d*@127\.0\.0\.1`)

// withoutNode is for the texts that name the node.
func withoutNode(text string) string { return nodeName.ReplaceAllString(text, "<node>") }
