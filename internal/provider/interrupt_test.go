package provider

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// hold keeps back the answers to writes once the broker has a number of
// credentials, until whoever asked is gone or it is opened: so a test knows that
// it meets an apply in the middle.
type hold struct {
	broker  *emqxsim.Broker
	from    int           // credentials
	reached chan struct{} // closed when an answer is held
	once    sync.Once
	open    atomic.Bool
	running sync.WaitGroup // requests
	// refuseImport makes v5 one without import_users, which then creates one by one.
	refuseImport bool
}

func (h *hold) middleware(api http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.running.Add(1)
		defer h.running.Done()
		if h.refuseImport && strings.HasSuffix(r.URL.Path, "/import_users") {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		if r.Method == http.MethodGet || h.open.Load() {
			api.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		api.ServeHTTP(answer, r)
		if h.broker.Tables().UserCount(tables.Username) >= h.from {
			h.once.Do(func() { close(h.reached) })
			<-r.Context().Done()
			return
		}
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	})
}

// TestAccInterrupt ends an apply in the middle on a broker that does not answer. Everything that waits ends at once, what is on the broker is in the
// state, and the next apply goes on from there by itself.
func TestAccInterrupt(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		api    string
		wanted landscape
		hold   *hold
	}{
		"v4 many resources":           {"v4", singles(60), &hold{from: 20}},
		"v5 many resources":           {"v5", singles(60), &hold{from: 20}},
		"v4 one resource":             {"v4", fleetOf(500), &hold{from: 1}},
		"v5 one resource":             {"v5", fleetOf(500), &hold{from: 1}},
		"v5 one resource, one by one": {"v5", fleetOf(500), &hold{from: 200, refuseImport: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hold := test.hold
			hold.reached = make(chan struct{})
			b := startBroker(t, test.api, emqxsim.Options{Middleware: hold.middleware})
			hold.broker = b.Broker
			// Nothing but the interruption ends a request in time.
			block := b.providerBlock().with(values{"request_timeout": "1h"})
			w := newCLIWorkspace(attachCLI(t, b.provider(), map[string]string{}), t.TempDir(), block)

			w.applyAndInterrupt(test.wanted, hold.reached)
			hold.running.Wait()
			created, kept := b.storedUsers(tables.Username), w.namesInState()
			slices.Sort(kept)
			t.Logf("%d credentials on the broker, %d in the state", len(created), len(kept))
			for _, name := range created {
				if _, found := slices.BinarySearch(kept, name); !found {
					t.Errorf("%s is on the broker and not in the state", name)
				}
			}

			hold.open.Store(true)
			if err := w.apply(test.wanted); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(recordsOf(test.wanted), b.records(test.wanted)); diff != "" {
				t.Errorf("the broker has (-want +got):\n%s", diff)
			}
			if changes, err := w.plan(test.wanted); err != nil || len(changes) > 0 {
				t.Errorf("the next plan changes %v: %v", changes, err)
			}
		})
	}
}

// applyAndInterrupt asks the CLI to end as CI systems do for a job that somebody
// cancelled. To the CLI it means the same as Ctrl-C, which a terminal sends to all
// processes of Terraform 1.0: it consists of two, and hears nothing otherwise.
func (w *cliWorkspace) applyAndInterrupt(wanted landscape, when <-chan struct{}) {
	w.t.Helper()
	w.write(wanted)
	ctx, cancel := context.WithTimeout(w.t.Context(), 5*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, w.path, "apply", "-auto-approve", "-input=false", "-no-color")
	command.Dir, command.Env = w.dir, w.environment
	var printed strings.Builder
	command.Stdout, command.Stderr = &printed, &printed
	if err := command.Start(); err != nil {
		w.t.Fatal(err)
	}
	select {
	case <-when:
	case <-ctx.Done():
		w.t.Fatalf("the apply did not come to its middle:\n%s", printed.String())
	}
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		w.t.Fatal(err)
	}
	if err := command.Wait(); err == nil || ctx.Err() != nil {
		w.t.Fatalf("an interrupted apply ended with %v:\n%s", err, printed.String())
	}
}
