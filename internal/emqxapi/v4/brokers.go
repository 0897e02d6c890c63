package v4

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// brokerRow is a node as GET /brokers shows it. A stopped node has no version.
type brokerRow struct {
	Node     string `json:"node"`
	Version  string `json:"version"`
	Datetime string `json:"datetime"`
}

func (r brokerRow) check() error {
	if _, err := parseLocal(r.Datetime, time.UTC); err != nil {
		return errors.New("a datetime that is none")
	}
	return nil
}

// brokers reads the nodes and learns their time zones on the way.
func (c *Client) brokers(ctx context.Context) ([]brokerRow, error) {
	asked := time.Now()
	found, err := get(ctx, c, openBrokers, "brokers")
	if err != nil {
		return nil, err
	}
	answered := time.Now()
	c.zonesLock.Lock()
	defer c.zonesLock.Unlock()
	c.zones = learnZones(found, asked.Add(answered.Sub(asked)/2))
	return found, nil
}

func openBrokers(e envelope) ([]brokerRow, error) {
	found, err := rows[brokerRow](e)
	if err == nil && version(found) == "" {
		err = damaged("it has no version")
	}
	return found, err
}

func version(brokers []brokerRow) string {
	for _, b := range brokers {
		if b.Version != "" {
			return b.Version
		}
	}
	return ""
}

// zones are the time zones of the nodes, by name.
type zones map[string]*time.Location

// EMQX 4 writes times in the node's local time without saying which that is. What
// is assumed: the node's clock and ours agree within some minutes, and its time
// was not put forward or back since the time in question. Then the difference
// between its local time now and ours in UTC, rounded to the quarter of an hour
// to which all zones keep, is its zone.
func learnZones(brokers []brokerRow, now time.Time) zones {
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

// zonesOfNodes asks the brokers once.
func (c *Client) zonesOfNodes(ctx context.Context) (zones, error) {
	c.zonesLock.Lock()
	known := c.zones
	c.zonesLock.Unlock()
	if known != nil {
		return known, nil
	}
	if _, err := c.brokers(ctx); err != nil {
		return nil, fmt.Errorf("the nodes' time zones: %w", err)
	}
	c.zonesLock.Lock()
	defer c.zonesLock.Unlock()
	return c.zones, nil
}

// parseLocal reads a time as EMQX 4 writes it. An empty one is the zero time.
func parseLocal(text string, zone *time.Location) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	return time.ParseInLocation(time.DateTime, text, zone)
}
