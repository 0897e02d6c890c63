package provider

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
)

const (
	cacheAction       = "emqx_acl_cache_clear"
	kickAction        = "emqx_client_kick"
	publishAction     = "emqx_message_publish"
	subscribeAction   = "emqx_topic_subscribe"
	unsubscribeAction = "emqx_topic_unsubscribe"
)

// message is a configuration that publishes one message.
func message(attributes values) values { return values{"messages": []any{attributes}} }

// subscription is a configuration about one subscription.
func subscription(attributes values) values { return values{"subscriptions": []any{attributes}} }

// What is wrong in the configuration of an action shows on the attribute, and
// nothing is sent: when it is validated, and when a value that was unknown is
// known at last.
func TestActionsRefuseBadInput(t *testing.T) {
	tooLong := strings.Repeat("x", maxPacket-packetOverhead)
	cases := map[string]struct {
		action string
		config values
		at     string
		says   string
	}{
		"no name":           {kickAction, values{"clientids": []any{"c1", ""}}, "clientids[1]", "cannot be empty"},
		"path step":         {kickAction, values{"clientids": []any{".."}}, "clientids[0]", "cannot be managed"},
		"no username":       {kickAction, values{"usernames": []any{"u1", ""}}, "usernames[1]", "cannot be empty"},
		"no name to clear":  {cacheAction, values{"usernames": []any{""}}, "usernames[0]", "cannot be empty"},
		"null to clear":     {cacheAction, values{"clientids": []any{nil}}, "clientids[0]", "null"},
		"null client":       {kickAction, values{"clientids": []any{nil}}, "clientids[0]", "null"},
		"wildcard":          {publishAction, message(values{"topic": "a/#", "payload": "x"}), "messages[0].topic", "wildcard"},
		"no topic":          {publishAction, message(values{"topic": "", "payload": "x"}), "messages[0].topic", "at least one character"},
		"long topic":        {publishAction, message(values{"topic": strings.Repeat("t", 65536)}), "messages[0].topic", "at most 65535"},
		"qos of message":    {publishAction, message(values{"topic": "t", "qos": 3}), "messages[0].qos", "0, 1 or 2"},
		"negative qos":      {publishAction, message(values{"topic": "t", "qos": -1}), "messages[0].qos", "0, 1 or 2"},
		"encoding":          {publishAction, message(values{"topic": "t", "payload_encoding": "hex"}), "messages[0].payload_encoding", `not "hex"`},
		"no base64":         {publishAction, message(values{"topic": "t", "payload": "pa55-w0rd!", "payload_encoding": "base64"}), "messages[0].payload", "base64"},
		"sender":            {publishAction, message(values{"topic": "t", "clientid": ""}), "messages[0].clientid", "cannot be empty"},
		"long payload":      {publishAction, message(values{"topic": "t", "payload": tooLong}), "messages[0].payload", "at most 1048576"},
		"long bytes":        {publishAction, message(values{"topic": "t", "payload_encoding": "base64", "payload": base64.StdEncoding.EncodeToString([]byte(tooLong))}), "messages[0].payload", "1048577 bytes"},
		"the second one":    {publishAction, values{"messages": []any{values{"topic": "t"}, values{"topic": "+"}}}, "messages[1].topic", "wildcard"},
		"subscriber":        {subscribeAction, subscription(values{"clientid": ".", "topic": "t"}), "subscriptions[0].clientid", "cannot be managed"},
		"filter":            {subscribeAction, subscription(values{"clientid": "c", "topic": "a/#/b"}), "subscriptions[0].topic", "only at the end"},
		"share":             {subscribeAction, subscription(values{"clientid": "c", "topic": "$share/g"}), "subscriptions[0].topic", "$share/GROUP/FILTER"},
		"qos of subscriber": {subscribeAction, subscription(values{"clientid": "c", "topic": "t", "qos": 3}), "subscriptions[0].qos", "0, 1 or 2"},
		"unsubscriber":      {unsubscribeAction, subscription(values{"clientid": "", "topic": "t"}), "subscriptions[0].clientid", "cannot be empty"},
		"old filter":        {unsubscribeAction, subscription(values{"clientid": "c", "topic": "a+"}), "subscriptions[0].topic", "level of its own"},
	}
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		b.ResetRequests()
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				for when, diagnostics := range map[string][]string{
					"checked": paths(s.checkAction(c.action, c.config)), "invoked": paths(s.invoke(c.action, c.config).diagnostics),
				} {
					if diff := cmp.Diff([]string{c.at}, diagnostics); diff != "" {
						t.Errorf("errors when %s (-want +got):\n%s", when, diff)
					}
				}
				s.mustFail(s.checkAction(c.action, c.config), strings.SplitN(c.at, "[", 2)[0], c.says)
				if text := describe(s.checkAction(c.action, c.config)); strings.Contains(text, testPassword) {
					t.Error("the payload is shown")
				}
			})
		}
		if n := len(b.Requests()); n > 0 {
			t.Errorf("%d requests were sent", n)
		}
	})
}

// paths gives the place of each error.
func paths(diagnostics []*tfprotov6.Diagnostic) []string {
	var places []string
	for _, d := range diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError && d.Attribute != nil {
			places = append(places, pathOf(d))
		}
	}
	return places
}

// What is not known yet is no mistake.
func TestActionsTakeWhatIsNotKnownYet(t *testing.T) {
	t.Parallel()
	s := serveUnconnected(t)
	configs := map[string][]values{
		kickAction:  {{"clientids": unknown{}}, {"clientids": []any{"c1", unknown{}}}, {"usernames": unknown{}, "ignore_absent": unknown{}}},
		cacheAction: {{"clientids": unknown{}}, {"usernames": []any{"u1", unknown{}}}, {}},
		publishAction: {
			{"messages": unknown{}}, message(values{"topic": unknown{}, "qos": unknown{}, "payload": unknown{}}),
			message(values{"topic": "a,b", "payload": "?", "payload_encoding": unknown{}}),
		},
		subscribeAction:   {subscription(values{"clientid": unknown{}, "topic": unknown{}, "qos": unknown{}})},
		unsubscribeAction: {subscription(values{"clientid": unknown{}, "topic": unknown{}})},
	}
	for actionType, each := range configs {
		for _, config := range each {
			s.mustSucceed(s.checkAction(actionType, config))
		}
	}
	s.mustFail(s.invoke(kickAction, values{"clientids": []any{"c1"}}).diagnostics, "", "`endpoint`")
}

// EMQX 4 would publish to "a" and to "b", and so subscribe.
func TestTopicsWithCommas(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		client, _ := b.connectMQTT(t, "c1", "", "")
		client.Subscribe("#")
		s := b.serve(t)
		configs := map[string]values{
			publishAction:   message(values{"topic": "a,b", "payload": "x"}),
			subscribeAction: subscription(values{"clientid": "c1", "topic": "a,b"}),
		}
		for actionType, config := range configs {
			if b.api == "v5" {
				s.mustInvoke(actionType, config)
				continue
			}
			b.ResetRequests()
			attribute := "messages"
			if actionType == subscribeAction {
				attribute = "subscriptions"
			}
			s.mustFail(s.checkAction(actionType, config), attribute, "a topic with a comma needs the v5 API")
			s.mustFail(s.invoke(actionType, config).diagnostics, attribute, "a topic with a comma needs the v5 API")
			if n := len(b.Requests()); n > 0 {
				t.Errorf("%s sent %d requests", actionType, n)
			}
		}
		// Neither API splits what is unsubscribed.
		s.mustInvoke(unsubscribeAction, subscription(values{"clientid": "c1", "topic": "a,b"}))
		if b.api == "v5" {
			if got := client.AwaitMessage().Topic; got != "a,b" {
				t.Errorf("the message went to %q", got)
			}
		}
	})
}

// failingMessages is a deployment that fails as a test wants it to.
type failingMessages struct {
	emqxapi.Deployment
	errs map[string]error // by clientid or topic
}

func (failingMessages) Supports(emqxapi.Feature) error { return nil }

func (d failingMessages) ClientsNamed(_ context.Context, _ emqxapi.Kind, names []string) iter.Seq2[emqxapi.Client, error] {
	return func(yield func(emqxapi.Client, error) bool) {
		for _, name := range names {
			if !errors.Is(d.errs[name], emqxapi.ErrNotFound) && !yield(emqxapi.Client{ClientID: name}, nil) {
				return
			}
		}
	}
}

func (d failingMessages) Kick(_ context.Context, clientIDs []string) []error {
	errs := make([]error, len(clientIDs))
	for i, clientID := range clientIDs {
		errs[i] = d.errs[clientID]
	}
	return errs
}

func (d failingMessages) Publish(_ context.Context, messages []emqxapi.Message) []emqxapi.Delivery {
	deliveries := make([]emqxapi.Delivery, len(messages))
	for i, m := range messages {
		deliveries[i].Err = d.errs[m.Topic]
	}
	return deliveries
}

// A batch that failed in part names the part that failed, and why.
func TestActionsReportEachFailure(t *testing.T) {
	t.Parallel()
	s := serveDeployment(t, &testClock{}, failingMessages{errs: map[string]error{
		"c2": emqxapi.ErrNotFound, "c3": errors.New("QoS 7: not allowed"), "c4": emqxapi.ErrNotFound,
		"lost": fmt.Errorf("the answer was lost: %w", emqxapi.ErrOutcomeUnknown),
	}})
	got := s.invoke(kickAction, values{"clientids": []any{"c1", "c2", "c3", "c4", "c2", "c5"}})
	want := `QoS 7: not allowed:
  clientids[2]: "c3"

The client is offline: the broker has no session of it:
  clientids[1]: "c2"
  clientids[3]: "c4"

All others, 2 of 5 clients, were kicked. When the action is invoked again it does those again too.`
	if len(got.diagnostics) != 1 || got.diagnostics[0].Summary != "3 of 5 clients not kicked" || attributeOf(got.diagnostics[0]) != "clientids" {
		t.Fatalf("not one error on clientids, but: %s", describe(got.diagnostics))
	}
	if diff := cmp.Diff(want, got.diagnostics[0].Detail); diff != "" {
		t.Errorf("detail (-want +got):\n%s", diff)
	}
	got.mustTell(t, "Kicked 2 of 3 clients")

	got = s.invoke(publishAction, message(values{"topic": "lost", "payload": testPassword}))
	s.mustFail(got.diagnostics, "messages", "it is not known whether the broker carried it out")
	s.mustFail(got.diagnostics, "messages", "No message is known to be published.")
	if strings.Contains(describe(got.diagnostics), testPassword) {
		t.Error("the payload is shown")
	}
}

// Actions tell how far they are, and keep the order.
func TestActionsOfManyEntries(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		var messages []any
		for i := range 2*chunkSize + 1 {
			messages = append(messages, values{"topic": fmt.Sprintf("many/%04d", i), "payload": "x"})
		}
		client, _ := b.connectMQTT(t, "c1", "", "")
		client.Subscribe("many/1000")
		s := b.serve(t)
		b.ResetRequests()
		got := invoked{progress: s.mustInvoke(publishAction, values{"messages": messages})}
		for _, message := range []string{"Publishing 1001 messages", "Published 500 of 1001 messages", "Published 1000 of 1001 messages", "Published 1001 of 1001 messages"} {
			got.mustTell(t, message)
		}
		if got := client.AwaitMessage().Topic; got != "many/1000" {
			t.Errorf("the message went to %q", got)
		}
		if n := len(b.Requests()); n > 3 {
			t.Errorf("%d requests for 1001 messages", n)
		}
	})
}

// An action that Terraform interrupts hands nothing more on, and says what it left undone.
func TestActionsStopWhenInterrupted(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	entries := make([]entry[string], 3*chunkSize)
	for i := range entries {
		entries[i] = entry[string]{path.Root("clientids").AtListIndex(i), "c"}
	}
	var told []string
	resp := &action.InvokeResponse{SendProgress: func(event action.InvokeProgressEvent) { told = append(told, event.Message) }}
	calls := 0
	errs := carryOut(ctx, kicking, entries, resp, func(chunk []string) []error {
		if calls++; calls == 2 {
			interrupt()
		}
		return make([]error, len(chunk))
	})
	report(kicking, entries, errs, strconv.Quote, &resp.Diagnostics)
	if calls != 2 || resp.Diagnostics.ErrorsCount() != 1 {
		t.Fatalf("%d chunks were handed on, and %d errors are left, want 2 and 1", calls, resp.Diagnostics.ErrorsCount())
	}
	if got, want := resp.Diagnostics[0].Summary(), "500 of 1500 clients not kicked"; got != want {
		t.Errorf("the error says %q, want %q", got, want)
	}
	if got, want := resp.Diagnostics[0].Detail(), "Not sent, as Terraform was interrupted:\n  clientids[1000]:"; !strings.HasPrefix(got, want) {
		t.Errorf("the error begins with %.100q, want %q", got, want)
	}
	if got, want := told[len(told)-1], "Kicked 1000 of 1500 clients"; got != want {
		t.Errorf("the last progress message says %q, want %q", got, want)
	}
}

// A broker that refuses the request has refused every entry of it.
func TestActionsOnABrokerThatFails(t *testing.T) {
	t.Parallel()
	for _, api := range []string{"v4", "v5"} {
		refuse := func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost {
					http.Error(w, "no", http.StatusForbidden)
					return
				}
				next.ServeHTTP(w, r)
			})
		}
		b := startBroker(t, api, emqxsim.Options{Middleware: refuse})
		got := b.serve(t).invoke(publishAction, values{"messages": []any{values{"topic": "a"}, values{"topic": "b"}}})
		if len(got.diagnostics) != 1 || got.diagnostics[0].Summary != "2 of 2 messages not published" {
			t.Errorf("%s: %s", api, describe(got.diagnostics))
		}
	}
}
