package simulation

import (
	"os"
	"regexp"
)

// known are the violations that are known and not mended yet. With SIMULATE_ALL=1 they are reported like any other.
var known = regexp.MustCompile(`both lists are there|it succeeded, and it was never so|one after another|no request can have arrived` +
	`|is left on the broker, and in no state|no call was about|was overwritten by a create|is older than what was told before`)

// expected says whether a violation is known, or may come of a proxy that takes one name for another.
func expected(w *world, v violation) bool {
	return os.Getenv("SIMULATE_ALL") == "" && (w.program.weather.resolves || known.MatchString(v.text))
}
