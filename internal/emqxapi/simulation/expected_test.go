package simulation

import (
	"os"
	"regexp"
)

// known are the violations that the middle layer is known for, until it is rebuilt on who owns what. With
// SIMULATE_ALL=1 they are reported like any other.
var known = regexp.MustCompile(`was overwritten by a create|were overwritten by a create of the whole list|is lost, which nobody asked for` +
	`|it had been there before|it succeeded, and it was never so|no request can have arrived|it is said to exist already` +
	`|sends more than .* requests a second|is said to have failed .* and was done|nothing explains its failure` +
	`|it succeeded, and it was there all the time|is not what it was in the last 30 seconds|is left on the broker, and in no state` +
	`|came, which nobody asked for|is older than what was told before|it is said to be gone|there is still something to do` +
	`|went on for|fails in|no call was about|and is there|is not there in the end|in the end|is missing|and was not|is asked again|one after another|written as nobody asked for|removed, which nobody asked for|and nobody did|both lists are there`)

func expected(v violation) bool { return os.Getenv("SIMULATE_ALL") == "" && known.MatchString(v.text) }
