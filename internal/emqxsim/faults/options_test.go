package faults_test

import (
	"flag"
	"io"
	"maps"
	"math"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/faults"
)

// statuses asks n times, one after the other.
func statuses(t *testing.T, url string, n int) []int {
	t.Helper()
	var got []int
	for range n {
		got = append(got, get(t, url).status)
	}
	return got
}

func TestSeedReproduces(t *testing.T) {
	opts := faults.Options{Seed: 7, Chance: map[faults.Kind]float64{faults.BadGateway: 0.3, faults.Unavailable: 0.3}}
	url, in, _ := start(t, opts)
	first := statuses(t, url, 40)
	in.Set(opts)
	if again := statuses(t, url, 40); !slices.Equal(first, again) {
		t.Errorf("the same seed gave %v, then %v", first, again)
	}
	opts.Seed = 8
	in.Set(opts)
	if other := statuses(t, url, 40); slices.Equal(first, other) {
		t.Errorf("seeds 7 and 8 both gave %v", first)
	}
	for _, want := range []int{200, 502, 503} {
		if !slices.Contains(first, want) {
			t.Errorf("no %d in %v", want, first)
		}
	}
}

func TestLimit(t *testing.T) {
	opts := always(faults.Unavailable)
	opts.Limit = 2
	url, _, _ := start(t, opts)
	if got, want := statuses(t, url, 4), []int{503, 503, 200, 200}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestOnly(t *testing.T) {
	opts := always(faults.Unavailable)
	opts.Only = func(r *http.Request) bool { return r.Method == http.MethodPut }
	url, _, _ := start(t, opts)
	if got := get(t, url).status; got != 200 {
		t.Errorf("GET met %d", got)
	}
	if got := send(t, http.MethodPut, url).status; got != 503 {
		t.Errorf("PUT met %d", got)
	}
}

func TestQuota(t *testing.T) {
	url, in, b := start(t, faults.Options{QuotaPerSecond: 1})
	m := meeting{status: http.StatusOK}
	for m.status == http.StatusOK { // ends as soon as two requests fall into one second
		m = get(t, url)
	}
	if m.status != 429 || m.header.Get("Retry-After") != "1" {
		t.Errorf("met %+v, want 429 with Retry-After: 1", m)
	}
	if in.Count(faults.OverQuota) != 1 || b.acted.Load() == 0 {
		t.Errorf("counted %v after %d acts", in.Counts(), b.acted.Load())
	}
}

func TestLatency(t *testing.T) {
	const latency = 30 * time.Millisecond
	url, _, _ := start(t, faults.Options{Latency: latency})
	begin := time.Now()
	if got := get(t, url).status; got != 200 || time.Since(begin) < latency {
		t.Errorf("status %d after %v, want 200 after %v or more", got, time.Since(begin), latency)
	}
}

func TestBetweenPages(t *testing.T) {
	type call struct {
		Path string
		Page int
	}
	var calls []call
	url, _, _ := start(t, faults.Options{BetweenPages: func(path string, page int) {
		calls = append(calls, call{path, page})
	}})
	for _, target := range []string{"/v4/acl?_page=1", "/v4/acl?_page=2", "/v5/users%20x?page=3", "/v5/users"} {
		get(t, url+target)
	}
	if diff := cmp.Diff([]call{{"/v4/acl", 2}, {"/v5/users%20x", 3}}, calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestMixed(t *testing.T) {
	opts := faults.Mixed(0.15, 1)
	sum := 0.0
	for _, chance := range opts.Chance {
		sum += chance
	}
	if math.Abs(sum-0.15) > 1e-9 {
		t.Errorf("the chances add up to %v, want 0.15", sum)
	}
	if got := len(opts.Chance); got != len(faults.Kinds())-1 {
		t.Errorf("%d kinds have a chance, want all but huge-body", got)
	}
}

func TestFlags(t *testing.T) {
	cases := map[string]struct {
		args []string
		want map[faults.Kind]float64 // nil: the arguments are refused
	}{
		"none":            {[]string{}, map[faults.Kind]float64{}},
		"two kinds":       {[]string{"-fault", "429=0.1", "-fault", "reset-after=0.2"}, map[faults.Kind]float64{faults.TooManyRequests: 0.1, faults.ResetAfter: 0.2}},
		"mixed":           {[]string{"-fault-mixed", "0.15"}, faults.Mixed(0.15, 0).Chance},
		"everything":      {[]string{"-fault-mixed", "1"}, faults.Mixed(1, 0).Chance},
		"unknown kind":    {[]string{"-fault", "flood=0.1"}, nil},
		"no chance":       {[]string{"-fault", "429"}, nil},
		"above one":       {[]string{"-fault", "429=1.1"}, nil},
		"not a number":    {[]string{"-fault", "429=NaN"}, nil},
		"sum above one":   {[]string{"-fault", "429=0.6", "-fault", "500=0.6"}, nil},
		"mixed and above": {[]string{"-fault-mixed", "0.9", "-fault", "huge-body=0.2"}, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var opts faults.Options
			fs := flag.NewFlagSet("emqxsim", flag.ContinueOnError)
			fs.SetOutput(io.Discard)
			opts.RegisterFlags(fs)
			err := fs.Parse(c.args)
			if (err != nil) != (c.want == nil) {
				t.Fatalf("parsing %v: %v", c.args, err)
			}
			if c.want != nil && !maps.Equal(opts.Chance, c.want) {
				t.Errorf("got %v, want %v", opts.Chance, c.want)
			}
		})
	}
}
