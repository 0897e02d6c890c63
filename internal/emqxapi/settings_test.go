package emqxapi

import "testing"

func TestParseDuration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"1m": 60_000, "60s": 60_000, "500ms": 500, "1h30m": 5_400_000, "1.5h": 5_400_000, ".5s": 500, "1D": 86_400_000,
		"1w": 604_800_000, "1f": 1_209_600_000, "0s": 0, "1m1ms": 60_001, "0.4ms": 0,
	} {
		if got, err := ParseDuration(text); err != nil || got != want {
			t.Errorf("ParseDuration(%q) = %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "soon", "1", "m", "1 m", "-1m", "1m ", "1y", "1m30", "1.m", "99999999w"} {
		if got, err := ParseDuration(text); err == nil {
			t.Errorf("ParseDuration(%q) = %d, want an error", text, got)
		}
	}
}

func TestSameDuration(t *testing.T) {
	t.Parallel()
	if !SameDuration("1m", "60s") || SameDuration("1m", "61s") || !SameDuration("infinity", "infinity") || SameDuration("infinity", "1m") {
		t.Error("durations are compared by their length, and what is none by its text")
	}
}
