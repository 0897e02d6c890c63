package apiv5

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/live"
)

// clientFilter is what a list of clients is asked for. Every part that is
// given has to match.
type clientFilter struct {
	tests  []func(live.Client) bool
	fields []string // to show; nil means all
	fuzzy  bool
	query  url.Values
}

func (a *api) clientFilterOf(query url.Values) (clientFilter, []violation) {
	f := clientFilter{query: query}
	f.addNames()
	violations := f.addCleanStart()
	violations = append(violations, f.addConnState()...)
	violations = append(violations, f.addTimes()...)
	if given, isGiven := last(query, "ip_address"); isGiven {
		f.add(func(c live.Client) bool { return c.IP == given })
	}
	if given, isGiven := last(query, "proto_ver"); isGiven {
		f.add(func(c live.Client) bool { return strconv.Itoa(c.ProtoVer) == given })
	}
	if given, isGiven := last(query, "fields"); isGiven {
		f.fields = strings.Split(given, ",")
		if name, unknown := unknownField(a.showClient(live.Client{}), f.fields); unknown {
			violations = append(violations, violationAt("fields", "not_a_enum_symbol", name))
		}
	}
	return f, violations
}

func (f *clientFilter) add(test func(live.Client) bool) { f.tests = append(f.tests, test) }

// addNames reads the filters by name; of repeated exact ones any may match.
func (f *clientFilter) addNames() {
	if ids := f.query["clientid"]; len(ids) > 0 {
		f.add(func(c live.Client) bool { return slices.Contains(ids, c.ClientID) })
	}
	if names := f.query["username"]; len(names) > 0 {
		f.add(func(c live.Client) bool { return c.Username != nil && slices.Contains(names, *c.Username) })
	}
	if like, isGiven := last(f.query, "like_clientid"); isGiven {
		f.fuzzy = true
		f.add(func(c live.Client) bool { return contains(&c.ClientID, like) })
	}
	if like, isGiven := last(f.query, "like_username"); isGiven {
		f.fuzzy = true
		f.add(func(c live.Client) bool { return contains(c.Username, like) })
	}
}

func (f *clientFilter) addCleanStart() []violation {
	given, isGiven := last(f.query, "clean_start")
	if !isGiven {
		return nil
	}
	wanted, violations := boolean("clean_start", given)
	f.add(func(c live.Client) bool { return c.CleanStart == wanted })
	return violations
}

func (f *clientFilter) addConnState() []violation {
	given, isGiven := last(f.query, "conn_state")
	if !isGiven {
		return nil
	}
	wanted, violations := oneOf("connected", "idle", "disconnected")("conn_state", given)
	f.add(func(c live.Client) bool {
		return wanted == "connected" && c.Connected || wanted == "disconnected" && !c.Connected
	})
	return violations
}

// addTimes reads gte_ and lte_ of both times: RFC 3339 or milliseconds.
func (f *clientFilter) addTimes() (violations []violation) {
	times := map[string]func(live.Client) time.Time{
		"created_at":   func(c live.Client) time.Time { return c.CreatedAt },
		"connected_at": func(c live.Client) time.Time { return c.ConnectedAt },
	}
	for name, of := range times {
		for prefix, wanted := range map[string]int{"gte_": 1, "lte_": -1} {
			given, isGiven := last(f.query, prefix+name)
			if !isGiven {
				continue
			}
			bound, err := parseMoment(given)
			if err != nil {
				violations = append(violations, violationAt(prefix+name, "bad_rfc3339_timestamp", given))
			}
			f.add(func(c live.Client) bool { return of(c).Compare(bound) != -wanted })
		}
	}
	return violations
}

func parseMoment(given string) (time.Time, error) {
	if millis, err := strconv.ParseInt(given, 10, 64); err == nil {
		return time.UnixMilli(millis), nil
	}
	return time.Parse(time.RFC3339Nano, given)
}

// refuse finds what EMQX finds only when it runs the query (api/v5.md §1.5, §1.9).
func (f *clientFilter) refuse() *answer {
	var refusal answer
	node, isNode := last(f.query, "node")
	version, isVersion := last(f.query, "proto_ver")
	_, err := strconv.Atoi(version)
	switch {
	case isNode && node != Node:
		refusal = nodeDown(node)
	case isVersion && err != nil:
		refusal = fail(http.StatusBadRequest, "INVALID_PARAMETER", fmt.Sprintf("invalid value for proto_ver: %s", version))
	case f.query.Has("like_clientid") && f.query.Get("like_clientid") == "",
		f.query.Has("like_username") && f.query.Get("like_username") == "":
		refusal = internalError("badarg, [{binary,match,[<<>>]}]")
	default:
		return nil
	}
	return &refusal
}

func nodeDown(node string) answer {
	return fail(http.StatusInternalServerError, "NODE_DOWN", fmt.Sprintf("bad rpc call %s, Reason {badrpc,nodedown}", node))
}

func (f *clientFilter) matches(c live.Client) bool {
	return !slices.ContainsFunc(f.tests, func(test func(live.Client) bool) bool { return !test(c) })
}

// project leaves the fields that were asked for.
func (f *clientFilter) project(shown map[string]any) map[string]any {
	if f.fields == nil {
		return shown
	}
	some := map[string]any{}
	for _, name := range f.fields {
		some[name] = shown[name]
	}
	return some
}
