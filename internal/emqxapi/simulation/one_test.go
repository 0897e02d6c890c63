package simulation

import (
	"os"
	"strconv"
	"testing"
)

// TestOne plays the one seed that SEED names, e.g. SEED=v5/12, and tells its story.
func TestOne(t *testing.T) {
	named := os.Getenv("SEED")
	if named == "" {
		t.Skip("SEED names no seed")
	}
	seed, err := strconv.ParseUint(named[3:], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		w := play(t, generate(named[:2], seed))
		for _, v := range w.judge() {
			if os.Getenv("ALL") != "" {
				v.object = object{}
			}
			t.Fatal(w.story(v))
		}
	}
}
