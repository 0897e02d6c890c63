package v4

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

// brokerRow is a node as GET /brokers shows it.
type brokerRow struct {
	Node     string `json:"node"`
	Datetime string `json:"datetime"`
}

func (r brokerRow) check() error {
	if _, err := parseLocal(r.Datetime, time.UTC); err != nil {
		return errors.New("a datetime that is none")
	}
	return nil
}

// learnZones asks for the nodes' local times. EMQX Cloud does not document the call
// (api/cloud.md §3): where it is refused, no zone is learnt.
func (c *Client) learnZones(ctx context.Context) (zones, error) {
	asked := time.Now()
	found, _, err := send(ctx, c, rest.Request{Method: http.MethodGet, Path: []string{"brokers"}, Optional: true}, rows[brokerRow])
	switch {
	case rest.Refused(err):
		return zones{}, nil
	case err != nil:
		return nil, fmt.Errorf("the nodes' time zones: %w", err)
	}
	answered := time.Now()
	return zonesOf(found, asked.Add(answered.Sub(asked)/2)), nil
}

// zones are the time zones of the nodes, by name.
type zones map[string]*time.Location

// EMQX 4 writes times in the node's local time without saying which that is. What
// is assumed: the node's clock and ours agree within some minutes, and its time
// was not put forward or back since the time in question. Then the difference
// between its local time now and ours in UTC, rounded to the quarter of an hour
// to which all zones keep, is its zone.
func zonesOf(brokers []brokerRow, now time.Time) zones {
	learnt := make(zones, len(brokers))
	for _, b := range brokers {
		local, err := parseLocal(b.Datetime, time.UTC)
		if err != nil || local.IsZero() {
			continue
		}
		offset := local.Sub(now).Round(15 * time.Minute)
		if offset.Abs() > maxOffset {
			continue // a clock that is wrong by hours tells nothing
		}
		learnt[b.Node] = time.FixedZone("", int(offset.Seconds()))
	}
	return learnt
}

// maxOffset is the furthest that a zone is from UTC (Kiribati).
const maxOffset = 14 * time.Hour

// of is the zone of a node. Where it could not be learnt, UTC is assumed, which
// is what EMQX Cloud and container images run with.
func (z zones) of(node string) *time.Location {
	if zone := z[node]; zone != nil {
		return zone
	}
	return time.UTC
}

// parseLocal reads a time as EMQX 4 writes it. An empty one is the zero time.
func parseLocal(text string, zone *time.Location) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	return time.ParseInLocation(time.DateTime, text, zone)
}
