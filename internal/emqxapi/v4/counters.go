package v4

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"strconv"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// countersRow is what one node counts. Only one of the maps is there.
type countersRow struct {
	Node    string           `json:"node"`
	Metrics map[string]int64 `json:"metrics"`
	Stats   map[string]int64 `json:"stats"`
}

func (r countersRow) check() error {
	if r.Node == "" || r.Metrics == nil && r.Stats == nil {
		return errors.New("counters without a node or a value")
	}
	return nil
}

// Metrics implements emqxapi.Runtime.
func (c *Client) Metrics(ctx context.Context) ([]emqxapi.Counters, error) {
	return c.counters(ctx, "metrics")
}

// Stats implements emqxapi.Runtime.
func (c *Client) Stats(ctx context.Context) ([]emqxapi.Counters, error) {
	return c.counters(ctx, "stats")
}

func (c *Client) counters(ctx context.Context, what string) ([]emqxapi.Counters, error) {
	found, err := get(ctx, c, rows[countersRow], what)
	counters := make([]emqxapi.Counters, len(found))
	for i, r := range found {
		counters[i] = emqxapi.Counters{Node: r.Node, Values: r.Metrics}
		if r.Metrics == nil {
			counters[i].Values = r.Stats
		}
	}
	return counters, err
}

// nodeRow is a member of the cluster. A stopped one has name and node_status only.
type nodeRow struct {
	Node        string `json:"node"`
	Name        string `json:"name"`
	Version     string `json:"version"`
	Status      string `json:"node_status"`
	Connections int64  `json:"connections"`
	Uptime      string `json:"uptime"`
}

func (r nodeRow) check() error {
	if r.Node == "" && r.Name == "" {
		return errors.New("a node without a name")
	}
	return nil
}

// Nodes implements emqxapi.Runtime.
func (c *Client) Nodes(ctx context.Context) ([]emqxapi.Node, error) {
	found, err := get(ctx, c, rows[nodeRow], "nodes")
	nodes := make([]emqxapi.Node, len(found))
	for i, r := range found {
		nodes[i] = emqxapi.Node{
			Name: cmp.Or(r.Node, r.Name), Version: r.Version, Status: r.Status,
			Connections: r.Connections, Uptime: parseUptime(r.Uptime),
		}
	}
	return nodes, err
}

var uptimePart = regexp.MustCompile(`(\d+) (day|hour|minute|second)`)

var uptimeUnits = map[string]time.Duration{
	"day": 24 * time.Hour, "hour": time.Hour, "minute": time.Minute, "second": time.Second,
}

// parseUptime reads "1 days, 2 hours, 1 minutes, 58 seconds", of which the first
// parts are missing in a younger node. The uptime of a stopped one is 0.
func parseUptime(text string) time.Duration {
	var uptime time.Duration
	for _, part := range uptimePart.FindAllStringSubmatch(text, -1) {
		n, err := strconv.ParseInt(part[1], 10, 32)
		if err != nil {
			return 0
		}
		uptime += time.Duration(n) * uptimeUnits[part[2]]
	}
	return uptime
}
