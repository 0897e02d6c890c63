package apiv5

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// settingFields are the members of /authorization/settings that a release has.
// Others are ignored, and what is absent goes to its default; but the cache is
// required, and on 5.8.9 the others are too (api/v6.md §6).
func (a *api) settingFields() []field {
	fields := []field{
		{name: "no_match", check: oneOf("allow", "deny"), fallback: "allow", required: true},
		{name: "deny_action", check: oneOf("ignore", "disconnect"), fallback: "ignore", required: true},
		{name: "cache", required: true, check: knownOf(
			field{name: "enable", check: boolean, fallback: true},
			field{name: "max_size", check: between(1, 1<<20), fallback: int64(32)},
			field{name: "ttl", check: duration, fallback: "1m"},
			field{name: "excludes", check: listOf(text), fallback: []any{}},
		)},
	}
	if !a.isEMQX6() {
		return fields
	}
	fields[0].fallback, fields[0].required, fields[1].required = "deny", false, false
	return append(fields,
		field{name: "include_mountpoint", check: boolean, fallback: false},
		field{name: "ignore_backend_failures", check: boolean, fallback: false},
	)
}

func (a *api) stockSettings() map[string]any {
	stock := map[string]any{"cache": map[string]any{"enable": true, "max_size": int64(32), "ttl": "1m", "excludes": []any{}}}
	for _, f := range a.settingFields() {
		if f.fallback != nil {
			stock[f.name] = f.fallback
		}
	}
	return stock
}

func (a *api) getSettings(request) answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	return ok(a.settings)
}

// putSettings finds wrong values before it misses what is required.
func (a *api) putSettings(r request) answer {
	fields := a.settingFields()
	optional := make([]field, len(fields))
	for i, f := range fields {
		optional[i] = f
		optional[i].required = false
	}
	checked, violations := knownOf(optional...)("", r.body)
	if violations == nil {
		_, violations = knownOf(fields...)("", r.body)
	}
	if violations != nil {
		return violated(violations)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.setSettings(checked.(map[string]any))
	return ok(a.settings)
}

// setSettings lets them decide.
func (a *api) setSettings(settings map[string]any) {
	a.settings = settings
	cache := settings["cache"].(map[string]any)
	kept := tables.CacheSettings{
		Enable:  cache["enable"].(bool),
		MaxSize: int(cache["max_size"].(int64)),
		TTL:     lengthOf(cache["ttl"]),
	}
	for _, filter := range cache["excludes"].([]any) {
		kept.Excludes = append(kept.Excludes, filter.(string))
	}
	a.tables.SetSettings(tables.Settings{
		NoMatch:    tables.Permission(settings["no_match"].(string)),
		Disconnect: settings["deny_action"] == "disconnect",
		Cache:      kept,
	})
}

// knownOf is structOf for objects whose other members are ignored.
func knownOf(fields ...field) check {
	return func(path string, value any) (any, []violation) {
		object, isObject := value.(map[string]any)
		if !isObject {
			return nil, []violation{violationAt(path, "bad_value_for_struct", value)}
		}
		known := map[string]any{}
		for _, f := range fields {
			if given, isGiven := object[f.name]; isGiven {
				known[f.name] = given
			}
		}
		return structOf(fields...)(path, known)
	}
}

// between checks a whole number.
func between(lowest, highest int64) check {
	return func(path string, value any) (any, []violation) {
		n, violations := integer(path, value)
		if violations != nil {
			return nil, violations
		}
		if n.(int64) < lowest || n.(int64) > highest {
			v := violationAt(path, "", value)
			v["reason"] = map[string]any{"expected": fmt.Sprintf("%d..%d", lowest, highest)}
			return nil, []violation{v}
		}
		return n, nil
	}
}

// durationParts are those of "1d2h3m4s5ms".
var durationParts = regexp.MustCompile(`^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$`)

// duration checks a time and leaves it as it was given.
func duration(path string, value any) (any, []violation) {
	given, isText := value.(string)
	if _, isNumber := value.(json.Number); isNumber || isText && given != "" && durationParts.MatchString(given) {
		return value, nil
	}
	return nil, []violation{violationAt(path, "Not a valid duration", value)}
}

func lengthOf(given any) time.Duration {
	if millis, isNumber := given.(json.Number); isNumber {
		n, _ := millis.Int64()
		return time.Duration(n) * time.Millisecond
	}
	var length time.Duration
	units := []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second, time.Millisecond}
	for i, count := range durationParts.FindStringSubmatch(given.(string))[1:] {
		n, _ := strconv.ParseInt(count, 10, 64)
		length += time.Duration(n) * units[i]
	}
	return length
}
