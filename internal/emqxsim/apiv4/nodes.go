package apiv4

import (
	"fmt"
	"maps"
	"os"
	"runtime"
	"strings"
	"time"
)

func (a *api) nodeRoutes() []route {
	return []route{
		{"GET", "/brokers/", "list_brokers", "A list of brokers in the cluster", inList(a.broker), nil},
		{"GET", "/brokers/:node", "get_broker", "Get broker info of a node", alone(a.broker), nil},
		{"GET", "/nodes/", "list_nodes", "A list of nodes in the cluster", inList(a.node), nil},
		{"GET", "/nodes/:node", "get_node", "Lookup a node in the cluster", alone(a.node), nil},
		{"GET", "/metrics", "list_all_metrics", "A list of metrics of all nodes in the cluster", inList(func() any {
			return object{"node": Node, "metrics": a.metrics()}
		}), nil},
		{"GET", "/nodes/:node/metrics", "list_node_metrics", "A list of metrics of a node", alone(func() any { return a.metrics() }), nil},
		{"GET", "/stats/", "list_stats", "A list of stats of all nodes in the cluster", inList(func() any {
			return object{"node": Node, "stats": a.live.Stats()}
		}), nil},
		{"GET", "/nodes/:node/stats/", "lookup_node_stats", "A list of stats of a node", alone(func() any { return a.live.Stats() }), nil},
	}
}

// metrics are the counters that 4.4.19 has: those of authorization by their later names are not its own.
func (a *api) metrics() map[string]int64 {
	counted := a.live.Metrics()
	maps.DeleteFunc(counted, func(name string, _ int64) bool { return strings.HasPrefix(name, "authorization.") })
	return counted
}

func inList(one func() any) func(request) reply {
	return func(request) reply { return withData([]any{one()}) }
}

func alone(one func() any) func(request) reply {
	return func(request) reply { return withData(one()) }
}

// otpRelease is what EMQX 4.4.19 says of its own runtime; clients of the API expect the field.
const otpRelease = "25.2.3/13.1.5"

func (a *api) broker() any {
	return object{
		"version": Version, "uptime": uptime(time.Since(a.started)), "sysdescr": "EMQX Broker", "otp_release": otpRelease,
		"node_status": "Running", "node": Node, "datetime": localTime(time.Now()),
	}
}

// node gives the figures of this process where EMQX gives those of the Erlang VM.
func (a *api) node() any {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	stats := a.live.Stats()
	load := loadAverages()
	return object{
		"version": Version, "uptime": uptime(time.Since(a.started)), "otp_release": otpRelease, "node_status": "Running", "node": Node,
		"process_used": runtime.NumGoroutine(), "process_available": 262144, "max_fds": 20000,
		"memory_used": megabytes(memory.HeapInuse), "memory_total": megabytes(memory.Sys),
		"load1": load[0], "load5": load[1], "load15": load[2],
		"connections": stats["connections.count"], "live_connections": stats["live_connections.count"],
	}
}

func megabytes(bytes uint64) string { return fmt.Sprintf("%.2fM", float64(bytes)/(1<<20)) }

// loadAverages gives the machine's, where the system tells them.
func loadAverages() [3]string {
	averages := [3]string{"0.00", "0.00", "0.00"}
	data, err := os.ReadFile("/proc/loadavg")
	if err == nil {
		copy(averages[:], strings.Fields(string(data)))
	}
	return averages
}

// uptime is written as EMQX does: "1 minutes, 58 seconds".
func uptime(d time.Duration) string {
	seconds := int(d / time.Second)
	var parts []string
	for _, unit := range []struct {
		name    string
		seconds int
	}{{"days", 86400}, {"hours", 3600}, {"minutes", 60}} {
		if seconds >= unit.seconds || len(parts) > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", seconds/unit.seconds, unit.name))
			seconds %= unit.seconds
		}
	}
	return strings.Join(append(parts, fmt.Sprintf("%d seconds", seconds)), ", ")
}
