package simulation

import (
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// fewSeeds are how many seeds of each generation are played when SIMULATE_SEEDS does not say otherwise.
const fewSeeds = 1500

// enough is how many different stories a run tells before it stops looking for more.
const enough = 10

// TestSeeds plays many seeds: SIMULATE_SEEDS of each generation, from SIMULATE_FROM on. With SIMULATE_FIRST it stops
// at the first one that fails, and tells no story.
func TestSeeds(t *testing.T) {
	t.Parallel()
	for _, generation := range []string{v4, v5} {
		t.Run(generation, func(t *testing.T) {
			t.Parallel()
			f := &findings{}
			first, seeds := number(t, "SIMULATE_FROM", 0), number(t, "SIMULATE_SEEDS", fewSeeds)
			shards := runtime.GOMAXPROCS(0)
			began := time.Now()
			t.Cleanup(func() {
				t.Logf("%d seeds of %s in %v", seeds, generation, time.Since(began).Round(time.Millisecond))
			})
			for shard := range shards {
				t.Run(strconv.Itoa(shard), func(t *testing.T) {
					t.Parallel()
					for seed := first + shard; seed < first+seeds && !f.enough(); seed += shards {
						f.look(t, play(t, generate(generation, uint64(seed))))
					}
				})
			}
		})
	}
}

func number(t *testing.T, name string, otherwise int) int {
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s=%s: %v", name, text, err)
	}
	return n
}

// findings are the different ways in which programs have failed.
type findings struct {
	mu    sync.Mutex
	times map[string]int
}

func (f *findings) enough() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if os.Getenv("SIMULATE_FIRST") != "" {
		return len(f.times) > 0
	}
	return len(f.times) >= enough
}

// look judges a run, and tells the story of what has gone wrong in a new way. Of several things that are wrong the
// first counts: the others may follow from it.
func (f *findings) look(t *testing.T, w *world) {
	wrong := w.judge()
	if len(wrong) == 0 || expected(wrong[0]) {
		return
	}
	t.Fail()
	if os.Getenv("SIMULATE_FIRST") != "" {
		if f.isNew("any") {
			t.Logf("found at seed %d of %s: %s", w.program.seed, w.program.generation, wrong[0].text)
		}
		return
	}
	if f.isNew(shape(wrong[0])) {
		w, v := shrink(t, w, wrong[0])
		t.Log(w.story(v))
	}
}

func (f *findings) isNew(shape string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.times == nil {
		f.times = map[string]int{}
	}
	f.times[shape]++
	return f.times[shape] == 1
}

var details = regexp.MustCompile(`"[^"]*"|\[.*\]|[0-9.]+[a-zµ]*|username|clientid|peerhost|for all|of +|\(.*\)|: (GET|POST|PUT|DELETE) .*|(GET|POST|PUT|DELETE) \S+`)

// shape is what violations have in common that are of one kind.
func shape(v violation) string {
	text, _, _ := strings.Cut(v.text, ": nothing explains its failure")
	if text != v.text {
		text += ": nothing explains its failure"
	}
	return string(v.object.kind) + ": " + strings.Join(strings.Fields(details.ReplaceAllString(text, "")), " ")
}
