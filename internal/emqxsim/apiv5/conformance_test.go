package apiv5_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/apiv5"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/conformance"
)

// masks are for what differs between two plays on a real EMQX too. Times need
// none: the clock is set to that of the recording.
//
// No MQTT client is connected while clients_messages_metrics is played: the
// recorded broker had none either, its lists of clients are empty and
// packets.connect.received is 0.
var masks = []conformance.Mask{
	{Path: "message", As: conformance.Text("<crash>", `(?s)error, function_clause, .*`), Only: status(500)},
	{Path: "message", As: conformance.Text("<crash>", `(?s)User error: \{exception,\s*\{error,\s*\{password_not_string,12\}.*`), Only: status(400)},
	{Path: "data", As: conformance.Unordered, Only: allBans},

	// Figures that EMQX measures from time to time, and those of the machine.
	{Path: "*/retained.count", As: conformance.Counter, Only: path("/stats")},
	{Path: "*/retained.max", As: conformance.Counter, Only: path("/stats")},
	{Path: "retained.count", As: conformance.Counter, Only: path("/stats")},
	{Path: "retained.max", As: conformance.Counter, Only: path("/stats")},
	{Path: "dropped_msg_rate", As: conformance.Counter, Only: path("/monitor_current")},
	{Path: "received_msg_rate", As: conformance.Counter, Only: path("/monitor_current")},
	{Path: "retained_msg_count", As: conformance.Counter, Only: path("/monitor_current")},
	{Path: "*/load1", As: conformance.SameShape, Only: path("/nodes")},
	{Path: "*/load5", As: conformance.SameShape, Only: path("/nodes")},
	{Path: "*/load15", As: conformance.SameShape, Only: path("/nodes")},
	{Path: "*/memory_total", As: conformance.Text("<size>", `[0-9.]+[MG]`), Only: path("/nodes")},
	{Path: "*/memory_used", As: conformance.Text("<size>", `[0-9.]+[MG]`), Only: path("/nodes")},
	{Path: "*/process_used", As: conformance.Counter, Only: path("/nodes")},
	{Path: "*/uptime", As: conformance.Counter, Only: path("/nodes")},
}

func status(code int) func(conformance.Exchange) bool {
	return func(e conformance.Exchange) bool { return e.Response.Status == code }
}

func path(path string) func(conformance.Exchange) bool {
	return func(e conformance.Exchange) bool { return e.Request.Path == path }
}

// allBans are the lists that come whole, in hash order.
func allBans(e conformance.Exchange) bool {
	return e.Request.Path == "/banned" && (e.Request.Query == "page=1&limit=100" || e.Request.Query == "limit=10000")
}

func TestConformance(t *testing.T) {
	total, recorded := 0, 0
	for _, file := range []string{"authentication_users", "authorization_rules", "banned", "clients_messages_metrics"} {
		t.Run(file, func(t *testing.T) {
			recording, err := conformance.Load(filepath.Join("testdata", file+".json"))
			if err != nil {
				t.Fatal(err)
			}
			// While the bans were recorded a second ended before exchange 38.
			now := time.Date(2026, 11, 23, 0, 21, 28, 0, time.UTC)
			b := start(t, apiv5.Options{}, func() time.Time { return now })
			player := conformance.Player{
				Target: conformance.Target{URL: b.url, AppID: appID, AppSecret: appSecret},
				Masks:  masks,
				Before: func(_ *testing.T, number int) {
					if number == 38 {
						now = now.Add(time.Second)
					}
				},
			}
			compared := player.Play(t, recording)
			t.Logf("%d of %d exchanges compared", compared, len(recording.Exchanges))
			total, recorded = total+compared, recorded+len(recording.Exchanges)
		})
	}
	t.Logf("v5: %d of %d exchanges compared", total, recorded)
	if recorded != 403 {
		t.Errorf("%d exchanges in testdata, want the 403 that were recorded", recorded)
	}
}
