package provider

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
)

// losses is a script of what becomes of the requests of an apply, one letter for
// each in the order in which they come: "." is answered, "a" is carried out and its
// answer is lost, "b" is lost on the way there, "r" is refused for the moment. The
// last letter goes for all that follow.
type losses struct {
	mu   sync.Mutex
	left string
}

func (l *losses) set(script string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left = script
}

func (l *losses) next(r *http.Request) byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	isCheck := strings.HasSuffix(r.URL.Path, "/brokers") || strings.HasSuffix(r.URL.Path, "/nodes")
	if l.left == "" || isCheck {
		return '.'
	}
	letter := l.left[0]
	if len(l.left) > 1 {
		l.left = l.left[1:]
	}
	return letter
}

func (l *losses) middleware(api http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close") // each apply has a client of its own
		switch l.next(r) {
		case 'a':
			api.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		case 'b':
			panic(http.ErrAbortHandler)
		case 'r':
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			api.ServeHTTP(w, r)
		}
	})
}

// lossScripts are all scripts of three of the letters, each before a broker that
// answers, one that is gone and one that refuses.
func lossScripts(letters string) []string {
	scripts := []string{""}
	for range 3 {
		var longer []string
		for _, script := range scripts {
			for _, letter := range letters {
				longer = append(longer, script+string(letter))
			}
		}
		scripts = longer
	}
	var ended []string
	for _, script := range scripts {
		ended = append(ended, script+".", script+"b", script+"r")
	}
	return ended
}

// TestStormOfLosses goes through every way in which the first requests of an apply
// can be lost. Whatever that apply did and said, the next one, on a broker that
// answers, ends with exactly what is wanted: nothing that was made is forgotten, and
// nothing of our own is taken for somebody else's. With STORM_SEEDS there are more
// ways.
func TestStormOfLosses(t *testing.T) {
	t.Parallel()
	letters := ".a"
	if os.Getenv("STORM_SEEDS") != "" {
		letters = ".abr"
	}
	before, after := stormLandscape(0), stormLandscape(1)
	before[authUsersType+".fleet"], after[authUsersType+".fleet"] = values{"passwords": devices(0, 3)}, values{"passwords": devices(1, 4)}
	for _, api := range []string{"v4", "v5"} {
		for _, address := range []string{
			authUserType + ".u0", aclRuleType + ".r6", aclRulesetType + ".s0", blacklistEntryType + ".b3", authUsersType + ".fleet", aclRulesetsType + ".fleet",
		} {
			steps := []landscape{{address: before[address]}, {address: after[address]}, {}}
			t.Run(api+" "+address, func(t *testing.T) {
				t.Parallel()
				goThroughLosses(t, api, steps, lossScripts(letters))
			})
		}
	}
}

// goThroughLosses shares the scripts out to some brokers.
func goThroughLosses(t *testing.T, api string, steps []landscape, scripts []string) {
	t.Helper()
	var brokers errgroup.Group
	for share := range slices.Chunk(scripts, (len(scripts)+stormsAtOnce-1)/stormsAtOnce) {
		l := &losses{}
		b := startBroker(t, api, emqxsim.Options{Middleware: l.middleware})
		brokers.Go(func() error {
			for _, script := range share {
				if err := goThrough(t, b, l, script, steps); err != nil {
					return fmt.Errorf("script %s: %w", script, err)
				}
			}
			return nil
		})
	}
	if err := brokers.Wait(); err != nil {
		t.Error(err)
	}
}

func goThrough(t *testing.T, b *testBroker, l *losses, script string, steps []landscape) error {
	t.Helper()
	p := newInProcess(t, b, b.providerBlock().with(values{"max_retries": 1}))
	for _, wanted := range steps {
		l.set(script)
		lost := p.apply(wanted)
		l.set("")
		if err := p.apply(wanted); err != nil {
			return fmt.Errorf("after %q, the next apply: %w", fmt.Sprint(lost), err)
		}
		if diff := cmp.Diff(recordsOf(wanted), b.records(wanted)); diff != "" {
			return fmt.Errorf("after %q, and another apply, the broker has (-want +got):\n%s", fmt.Sprint(lost), diff)
		}
	}
	return nil
}
