package emqxapi

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// DenyAction is what becomes of a client that does what it may not do.
type DenyAction string

// The two things that can become of it.
const (
	DenyIgnore     DenyAction = "ignore"
	DenyDisconnect DenyAction = "disconnect"
)

// AccessSettings are the broker's settings of authorization (api/v6.md §6). Of what
// the broker shows, nil is what it did not show; of a change, what stays as it is.
type AccessSettings struct {
	NoMatch    *Access // what holds for what no rule is about
	DenyAction *DenyAction
	Cache      DecisionCache
}

// DecisionCache is how the broker remembers, for each client, what it has decided.
type DecisionCache struct {
	Enable  *bool
	MaxSize *int64  // decisions of a client
	TTL     *string // as the broker writes it, e.g. "1m"
}

// Settings are the settings that hold for a whole deployment.
type Settings interface {
	AccessSettings(ctx context.Context) (AccessSettings, error)

	// ChangeAccessSettings changes what is given, keeps everything else as the
	// broker has it, and returns what the broker has then.
	ChangeAccessSettings(ctx context.Context, change AccessSettings) (AccessSettings, error)
}

var (
	durationPart = regexp.MustCompile(`^(\d+(?:\.\d+)?|\.\d+)(ms|[fwdhms])`)

	// milliseconds of the units of a duration.
	milliseconds = map[string]float64{
		"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 7 * 86_400_000, "f": 14 * 86_400_000,
	}
)

// ParseDuration reads a duration as EMQX does and gives its milliseconds: numbers with
// a unit each, one after the other, such as 500ms, 1m or 1h30m; f is a fortnight
// (hocon_postprocess.erl, duration).
func ParseDuration(text string) (int64, error) {
	sum := 0.0
	rest := strings.ToLower(text)
	for ok := true; ok; ok = rest != "" {
		part := durationPart.FindStringSubmatch(rest)
		if part == nil {
			return 0, fmt.Errorf("%q is no duration: it is a number with a unit, such as 30s, 5m or 1h30m", text)
		}
		number, err := strconv.ParseFloat(part[1], 64)
		if err != nil {
			return 0, fmt.Errorf("%q is no duration: %w", text, err)
		}
		sum += number * milliseconds[part[2]]
		rest = rest[len(part[0]):]
	}
	if sum > math.MaxInt32*1000.0 {
		return 0, fmt.Errorf("the duration %q is too long", text)
	}
	return int64(math.Round(sum)), nil
}

// SameDuration says whether two texts are the same duration.
func SameDuration(a, b string) bool {
	first, err := ParseDuration(a)
	second, otherErr := ParseDuration(b)
	if err != nil || otherErr != nil {
		return a == b
	}
	return first == second
}
