package apiv4

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/live"
)

// matcher tells whether a client is wanted.
type matcher func(live.Client) bool

type matchers []matcher

func (m matchers) match(c live.Client) bool {
	for _, match := range m {
		if !match(c) {
			return false
		}
	}
	return true
}

// filterSet maps query parameters to what makes a matcher of their value. The error is what EMQX answers with code 108.
type filterSet map[string]func(value string) (matcher, error)

func (f filterSet) parse(query map[string]string) (matchers, error) {
	var found matchers
	for name, parse := range f {
		value, given := query[name]
		if !given {
			continue
		}
		match, err := parse(value)
		if err != nil {
			return nil, err
		}
		found = append(found, match)
	}
	return found, nil
}

// clientFilters are the filters of the list of clients (emqx_mgmt_api_clients.erl).
var clientFilters = filterSet{
	"clientid":            exactly(func(c live.Client) string { return c.ClientID }),
	"username":            exactly(usernameOf),
	"_like_clientid":      containing(func(c live.Client) string { return c.ClientID }),
	"_like_username":      containing(usernameOf),
	"zone":                exactly(func(live.Client) string { return "external" }),
	"proto_name":          exactly(func(c live.Client) string { return c.ProtoName }),
	"conn_state":          exactly(connState),
	"clean_start":         exactly(func(c live.Client) string { return strconv.FormatBool(c.CleanStart) }),
	"ip_address":          fromAddress,
	"proto_ver":           number(func(have, want int64) bool { return have == want }, func(c live.Client) int64 { return int64(c.ProtoVer) }),
	"_gte_created_at":     number(atLeast, createdAt),
	"_lte_created_at":     number(atMost, createdAt),
	"_gte_connected_at":   number(atLeast, connectedAt),
	"_lte_connected_at":   number(atMost, connectedAt),
	"_gte_mqueue_len":     number(atLeast, queueLen),
	"_lte_mqueue_len":     number(atMost, queueLen),
	"_gte_mqueue_dropped": number(atLeast, queueDropped),
	"_lte_mqueue_dropped": number(atMost, queueDropped),
}

func createdAt(c live.Client) int64    { return c.CreatedAt.Unix() }
func connectedAt(c live.Client) int64  { return c.ConnectedAt.Unix() }
func queueLen(c live.Client) int64     { return int64(c.QueueLen) }
func queueDropped(c live.Client) int64 { return int64(c.QueueDropped) }

func atLeast(have, want int64) bool { return have >= want }
func atMost(have, want int64) bool  { return have <= want }

// usernameOf gives the text that v4 shows for a client without a username too.
func usernameOf(c live.Client) string {
	if c.Username == nil {
		return "undefined"
	}
	return *c.Username
}

func connState(c live.Client) string {
	if c.Connected {
		return "connected"
	}
	return "disconnected"
}

func exactly(field func(live.Client) string) func(string) (matcher, error) {
	return func(value string) (matcher, error) {
		return func(c live.Client) bool { return field(c) == value }, nil
	}
}

func containing(field func(live.Client) string) func(string) (matcher, error) {
	return func(value string) (matcher, error) {
		return func(c live.Client) bool { return strings.Contains(field(c), value) }, nil
	}
}

func number(compare func(have, want int64) bool, field func(live.Client) int64) func(string) (matcher, error) {
	return func(value string) (matcher, error) {
		want, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return nil, cannotConvert(value, "integer")
		}
		return func(c live.Client) bool { return compare(field(c), want) }, nil
	}
}

func fromAddress(value string) (matcher, error) {
	want, err := netip.ParseAddr(value)
	if err != nil {
		return nil, cannotConvert(value, "ip")
	}
	return func(c live.Client) bool {
		have, err := netip.ParseAddr(c.IP)
		return err == nil && have == want
	}, nil
}

func cannotConvert(value, to string) error {
	return fmt.Errorf("Can't convert %s to %s type", binary(value), to) //nolint:staticcheck // EMQX's own words
}
