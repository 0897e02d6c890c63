package provider

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"golang.org/x/sync/errgroup"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/faults"
)

const (
	notOfTheAPI = "not one of the EMQX API's"
	timedOut    = "no complete answer within request_timeout"
)

// faultCauses is what an error says of a request that meets a fault every time; ""
// for those that do no harm. The table of the guide about faults says the same.
var faultCauses = map[faults.Kind]string{
	faults.ResetBefore: "connection reset", faults.ResetAfter: "connection reset",
	faults.InternalError: "HTTP 500", faults.BadGateway: "HTTP 502", faults.BadGatewayAfter: "HTTP 502", faults.HTMLBadGateway: "HTTP 502",
	faults.Unavailable: "HTTP 503", faults.GatewayTimeout: "HTTP 504", faults.GatewayTimeoutAfter: "HTTP 504",
	faults.TruncatedBody: "broke off", faults.TruncatedJSON: notOfTheAPI, faults.EmptyBody: notOfTheAPI,
	faults.NullData: notOfTheAPI, faults.NumberAsString: notOfTheAPI, faults.ListForObject: notOfTheAPI,
	faults.HTMLPage: notOfTheAPI, faults.HTMLAsJSON: notOfTheAPI,
	faults.HugeBody:            "larger than 64 MiB",
	faults.RedirectOtherOrigin: "leads to another origin",
	faults.Stall:               timedOut, faults.StallAfter: timedOut,
	faults.SlowDrip: timedOut,
	// These pass, or do no harm.
	faults.TooManyRequests: "", faults.TooManyRequestsSeconds: "", faults.TooManyRequestsDate: "",
	faults.WrongContentType: "", faults.RedirectSameOrigin: "",
}

// withoutNumbers are the answers of v5 in which NumberAsString finds nothing to spoil.
var withoutNumbers = map[string]bool{"read " + authUserType: true, "create " + authUserType: true, "create " + blacklistEntryType: true}

// namesRequest is how an error names the request that failed.
var namesRequest = regexp.MustCompile(`(GET|POST|PUT|DELETE) /\S+: `)

// oneOfAType picks a resource of each type from the landscape of the storms.
var oneOfAType = regexp.MustCompile(`\.(.0|fleet)$`)

// TestAnswersThatAreNone lets every request of a refresh and of a creation meet one
// fault. The error names the request and the cause. What was there stays in the
// state, and what may have been created is there too: after the fault has passed,
// one apply ends with what is wanted.
func TestAnswersThatAreNone(t *testing.T) {
	t.Parallel()
	var elsewhere atomic.Int64 // requests that followed a redirect to another origin
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer other.Close()
	var tests errgroup.Group // which wait, see forEachStorm
	tests.SetLimit(stormsAtOnce)
	for _, api := range []string{"v4", "v5"} {
		for _, kind := range faults.Kinds() {
			tests.Go(func() error {
				t.Run(fmt.Sprintf("%s %s", api, kind), func(t *testing.T) {
					injector := faults.New(faults.Options{})
					meet := faults.Options{
						Chance:  map[faults.Kind]float64{kind: 1},
						DripFor: time.Minute, OtherOrigin: other.URL,
					}
					if strings.HasPrefix(string(kind), string(faults.TooManyRequests)) {
						meet.Limit = 2 // a quota has room again
					}
					f := &faultyBroker{testBroker: startBroker(t, api, emqxsim.Options{Middleware: injector.Wrap}), injector: injector, meet: meet}
					for address, config := range stormLandscape(0) {
						if oneOfAType.MatchString(address) {
							f.mustReport(t, kind, resourceTypeOf(address), config)
						}
					}
				})
				return nil
			})
		}
	}
	_ = tests.Wait() // the subtests have failed by themselves
	if n := elsewhere.Load(); n > 0 {
		t.Errorf("%d requests followed a redirect to another origin", n)
	}
}

// faultyBroker is a broker that every request meets a fault at, when told to.
type faultyBroker struct {
	*testBroker
	injector *faults.Injector
	meet     faults.Options
}

func (f *faultyBroker) mustReport(t *testing.T, kind faults.Kind, resourceType string, config values) {
	t.Helper()
	wanted := landscape{resourceType + ".x": config}
	p := newInProcess(t, f.testBroker, f.providerBlock())
	if err := p.apply(wanted); err != nil {
		t.Fatal(err)
	}
	before := p.get(resourceType + ".x")

	f.meetFaults(t, "read "+resourceType, kind, func(s *protocolServer) []*tfprotov6.Diagnostic {
		after, diagnostics := s.read(resourceType, before.remote)
		if diff := cmp.Diff(before.state, after.state); diff != "" {
			t.Errorf("%s: a refresh changed the state (-before +after):\n%s", resourceType, diff)
		}
		return diagnostics
	})

	if err := p.apply(landscape{}); err != nil {
		t.Fatal(err)
	}
	f.meetFaults(t, "create "+resourceType, kind, func(s *protocolServer) []*tfprotov6.Diagnostic {
		created, diagnostics := s.apply(resourceType, remote{}, config)
		p.set(resourceType+".x", managed{created, hasErrors(diagnostics)})
		return diagnostics
	})
	for _, next := range []landscape{wanted, {}} {
		if err := p.apply(next); err != nil {
			t.Errorf("%s: the next apply: %s", resourceType, err)
		}
		if diff := cmp.Diff(recordsOf(next), f.records(next)); diff != "" {
			t.Errorf("%s: the broker has (-want +got):\n%s", resourceType, diff)
		}
	}
}

// meetFaults attempts something while requests meet faults, and checks what it says.
func (f *faultyBroker) meetFaults(t *testing.T, attempt string, kind faults.Kind, do func(*protocolServer) []*tfprotov6.Diagnostic) {
	t.Helper()
	block := f.providerBlock().with(values{"max_retries": 1})
	if faultCauses[kind] == timedOut {
		block = block.with(values{"max_retries": 0, "request_timeout": "1s"})
	}
	s := start(t, f.provider())
	s.mustSucceed(s.configure(block))
	f.injector.Set(f.meet)
	diagnostics := do(s)
	f.injector.Set(faults.Options{})
	f.check(t, attempt, kind, diagnostics)
}

func (f *faultyBroker) check(t *testing.T, attempt string, kind faults.Kind, diagnostics []*tfprotov6.Diagnostic) {
	t.Helper()
	cause, known := faultCauses[kind]
	harmless := cause == "" || kind == faults.NumberAsString && f.api == "v5" && withoutNumbers[attempt]
	if kind == faults.SlowDrip && f.api == "v5" && attempt == "create "+aclRulesetType {
		cause = "connection reset" // its only request is answered without a body, which cannot drip
	}
	text := describe(diagnostics)
	switch {
	case !known:
		t.Errorf("the table does not say what becomes of %s", kind)
	case harmless && hasErrors(diagnostics):
		t.Errorf("%s: %s", attempt, text)
	case harmless:
	case !strings.Contains(text, cause), !namesRequest.MatchString(text):
		t.Errorf("%s: the error does not name the request and %q: %s", attempt, cause, text)
	case strings.Contains(text, "Go struct"), strings.Contains(text, "Go value"):
		t.Errorf("%s: the error speaks of this program: %s", attempt, text)
	}
}
