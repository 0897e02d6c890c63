package v5

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// countersRow is one node's counters: one flat object with the node's name among
// the numbers.
type countersRow emqxapi.Counters

// UnmarshalJSON implements json.Unmarshaler.
func (r *countersRow) UnmarshalJSON(text []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return err
	}
	r.Values = make(map[string]int64, len(fields))
	for name, value := range fields {
		var number int64
		if name == "node" {
			if err := json.Unmarshal(value, &r.Node); err != nil {
				return err
			}
		} else if json.Unmarshal(value, &number) == nil {
			r.Values[name] = number
		}
	}
	if r.Node == "" {
		return errors.New("the counters have no node")
	}
	return nil
}

// Metrics are the counters that only grow, per node.
func (c *Client) Metrics(ctx context.Context) ([]emqxapi.Counters, error) {
	return c.counters(ctx, "metrics")
}

// Stats are the gauges, per node.
func (c *Client) Stats(ctx context.Context) ([]emqxapi.Counters, error) {
	return c.counters(ctx, "stats")
}

func (c *Client) counters(ctx context.Context, path string) ([]emqxapi.Counters, error) {
	var rows array[countersRow]
	_, err := c.do(ctx, call{method: http.MethodGet, path: []string{path}, uncertain: true, result: into(&rows)})
	counters := make([]emqxapi.Counters, len(rows))
	for i, row := range rows {
		counters[i] = emqxapi.Counters(row)
	}
	return counters, err
}

// nodeRow is a member of the cluster. One that is stopped has only its name and
// its status.
type nodeRow struct {
	Node        string `json:"node"`
	Version     string `json:"version"`
	Status      string `json:"node_status"`
	Connections int64  `json:"connections"`
	Uptime      int64  `json:"uptime"` // milliseconds
}

func (r nodeRow) check() error {
	if r.Node == "" {
		return errors.New("a node has no name")
	}
	return nil
}

// Nodes are the members of the cluster.
func (c *Client) Nodes(ctx context.Context) ([]emqxapi.Node, error) {
	var rows array[nodeRow]
	_, err := c.do(ctx, call{method: http.MethodGet, path: []string{"nodes"}, uncertain: true, result: into(&rows)})
	nodes := make([]emqxapi.Node, len(rows))
	for i, row := range rows {
		nodes[i] = emqxapi.Node{
			Name:        row.Node,
			Version:     row.Version,
			Status:      row.Status,
			Connections: row.Connections,
			Uptime:      time.Duration(row.Uptime) * time.Millisecond,
		}
	}
	return nodes, err
}
