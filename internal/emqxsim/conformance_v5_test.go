package emqxsim_test

import (
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/conformance"
)

// v5Masks are for what differs between two plays on a real EMQX too. Times need none: the clock is set to that of the
// recordings.
//
// No MQTT client is connected while clients_messages_metrics is played: the recorded broker had none either, its lists of
// clients are empty and packets.connect.received is 0.
var v5Masks = []conformance.Mask{
	{Path: "message", As: conformance.Text("<crash>", `(?s)error, function_clause, .*`), Only: answered(500)},
	{Path: "message", As: conformance.Text("<crash>", `(?s)User error: \{exception,\s*\{error,\s*\{password_not_string,12\}.*`), Only: answered(400)},
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

func answered(status int) func(conformance.Exchange) bool {
	return func(e conformance.Exchange) bool { return e.Response.Status == status }
}

// allBans are the lists that come whole, in hash order.
func allBans(e conformance.Exchange) bool {
	return e.Request.Path == "/banned" && (e.Request.Query == "page=1&limit=100" || e.Request.Query == "limit=10000")
}

func TestConformanceV5(t *testing.T) {
	scenarios := []string{"authentication_users", "authorization_rules", "banned", "clients_messages_metrics"}
	played, compared := 0, 0
	for _, scenario := range scenarios {
		t.Run(scenario, func(t *testing.T) {
			played++
			compared += playV5(t, scenario)
		})
	}
	t.Logf("%d exchanges with EMQX 5.8.9 compared, 0 exceptions", compared)
	if played == len(scenarios) && compared != 403 {
		t.Errorf("%d exchanges were compared, the recordings have 403", compared)
	}
}

func playV5(t *testing.T, scenario string) (compared int) {
	recording, err := conformance.Load(filepath.Join("testdata", "v5", scenario+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var seconds atomic.Int64
	broker := start(t, emqxsim.Options{Offer: emqxsim.OfferEMQX5, Now: func() time.Time {
		return time.Date(2026, 11, 23, 0, 21, 28, 0, time.UTC).Add(time.Duration(seconds.Load()) * time.Second)
	}})
	player := conformance.Player{
		Target: conformance.Target{URL: broker.V5(), AppID: broker.AppID(), AppSecret: broker.AppSecret()},
		Masks:  v5Masks,
		Before: func(_ *testing.T, number int) {
			if number == 38 { // while the bans were recorded, a second ended here
				seconds.Store(1)
			}
		},
	}
	return player.Play(t, recording)
}
