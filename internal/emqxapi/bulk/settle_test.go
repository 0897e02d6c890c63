package bulk

import (
	"testing"
	"time"
)

// A fleet's change takes minutes, and nobody waits as long again after it.
func TestSettleAfter(t *testing.T) {
	t.Parallel()
	for took, want := range map[time.Duration]time.Duration{
		0:                      settleTime,
		300 * time.Millisecond: 300 * time.Millisecond,
		3 * time.Minute:        maxSettleTime,
	} {
		if got := settleAfter(took); got != want {
			t.Errorf("after a change of %s: %s, want %s", took, got, want)
		}
	}
}
