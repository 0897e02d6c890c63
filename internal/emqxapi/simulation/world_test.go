package simulation

import (
	"net/http"
	"net/url"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/bulk"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
	dialect4 "github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/v4"
	dialect5 "github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/v5"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// world is one run of a program.
type world struct {
	program program
	base    string
	address *url.URL
	tables  *tables.Tables
	api     http.Handler
	history *history
	calm    bool // no faults any more
	settled bool // and no strangers

	triggers sync.Mutex
	waiting  []*stranger
	ghosts   sync.WaitGroup // what arrives although nobody waits for it, and strangers
	runs     []*run

	complaints []violation // of what the world itself has seen at its end
}

// forLong is how long what was there before has been there.
const forLong = time.Hour

// play runs a program in a bubble of its own.
func play(t *testing.T, p program) *world {
	var w *world
	synctest.Test(t, func(*testing.T) {
		w = newWorld(p)
		w.play()
	})
	return w
}

func newWorld(p program) *world {
	t := tables.New(nil)
	base := "/api/" + p.generation
	return &world{
		program: p, base: base, address: &url.URL{Scheme: "http", Host: "broker", Path: base},
		tables: t, api: newAPI(p.generation, t), history: newHistory(),
	}
}

func (w *world) play() {
	for _, s := range w.program.strangers {
		if s.nth == 0 && s.at < 0 {
			w.act(s)
		}
	}
	time.Sleep(forLong)
	for _, s := range w.program.strangers {
		switch {
		case s.nth > 0:
			waits := s
			w.waiting = append(w.waiting, &waits)
		case s.at >= 0:
			w.ghosts.Go(func() { time.Sleep(s.at); w.act(s) })
		}
	}
	states := make([]terraform, len(w.program.processes))
	var all sync.WaitGroup
	for number, p := range w.program.processes {
		states[number] = terraform{world: w, process: p.name, state: map[string]map[item]*entry{}}
		all.Go(func() {
			for _, r := range p.rounds {
				time.Sleep(r.pause)
				states[number].apply(r)
			}
		})
	}
	all.Wait()
	w.ghosts.Wait()
	w.converge(states)
}

// deployment is the middle layer of a new run, on a dialect of its own.
func (w *world) deployment(r *run) emqxapi.Deployment {
	client := rest.New(rest.Config{
		Address: w.address, AppID: appID, AppSecret: appSecret, UserAgent: "simulation",
		RequestTimeout: w.program.client.timeout, MaxRetries: w.program.client.retries, RequestsPerSecond: w.program.client.rate,
		Transport: &line{world: w, run: r, seen: map[string]int{}},
	})
	if w.program.generation == v4 {
		return bulk.New(dialect4.New(client), bulk.Options{})
	}
	return bulk.New(dialect5.New(client), bulk.Options{})
}
