package apiv5

import (
	"fmt"
	"strconv"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// latestEpoch is 9999-12-31T23:59:59Z. What is later was meant as milliseconds.
const latestEpoch = 253402300799

// epochSecond reads a time as bans take it: seconds since 1970, as a number or
// as text, or RFC 3339, of which a fraction is dropped (api/v5.md §1.8).
func epochSecond(path string, value any) (any, []violation) {
	given := fmt.Sprint(value)
	seconds, err := strconv.ParseInt(given, 10, 64)
	if err == nil && seconds >= 0 && seconds <= latestEpoch {
		return seconds, nil
	}
	at, err := time.Parse(time.RFC3339Nano, given)
	if err != nil {
		return nil, []violation{violationAt(path, "bad_rfc3339_timestamp", value)}
	}
	return at.Unix(), nil
}

// untilSecond is epochSecond or "infinity".
func untilSecond(path string, value any) (any, []violation) {
	if value == "infinity" {
		return tables.Forever, nil
	}
	seconds, violations := epochSecond(path, value)
	if violations == nil {
		return seconds, nil
	}
	return nil, []violation{noUnionMember(path, map[string]violation{
		"infinity":                           violationAt(path, fmt.Sprintf("Expected: infinity, got:%v", value), value),
		"emqx_utils_calendar:epoch_second()": violations[0],
	})}
}

// showTime writes seconds since 1970 as the broker shows them: in its own zone.
func (a *api) showTime(seconds int64) string {
	if seconds == tables.Forever {
		return "infinity"
	}
	return time.Unix(seconds, 0).In(a.opts.Zone).Format("2006-01-02T15:04:05-07:00")
}
