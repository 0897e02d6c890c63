package v5_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/faults"
)

func TestPublish(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	d := b.connect(t, "c1", "")
	d.subscribe(t, "a/#", 1)
	payload := []byte("\x00\xff ü <&>")
	deliveries := b.Publish(t.Context(), []emqxapi.Message{
		{Topic: "a/1", Payload: payload, QoS: 1, ClientID: "api"},
		{Topic: "a/#", Payload: payload},
		{Topic: "zz", Payload: payload, Retain: true},
		{Topic: "a/2", Payload: payload, QoS: 3},
		{Topic: "a/3"},
	})
	if m := d.next(t); m.Topic() != "a/1" || !bytes.Equal(m.Payload(), payload) || m.Qos() != 1 {
		t.Errorf("got %s: %q", m.Topic(), m.Payload())
	}
	if m := d.next(t); m.Topic() != "a/3" || len(m.Payload()) != 0 {
		t.Errorf("got %s: %q", m.Topic(), m.Payload())
	}
	for i, delivery := range deliveries {
		if refused := i == 1 || i == 3; refused != (delivery.Err != nil) || delivery.NobodySubscribed != (i == 2) {
			t.Errorf("message %d: %+v", i, delivery)
		}
	}
	wantDiff(t, []string{"zz"}, b.Live().Retained())
	wantDiff(t, []string{"POST /publish/bulk"}, b.sent())
}

// Where EMQX refuses one message of many it publishes none: then each goes alone.
func TestOneBadMessageOfMany(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	messages := make([]emqxapi.Message, 3)
	for i := range messages {
		messages[i] = emqxapi.Message{Topic: fmt.Sprintf("t/%d", i), Retain: true, Payload: []byte("x")}
	}
	messages[1].Payload = make([]byte, 1<<20+1)
	deliveries := b.Publish(t.Context(), messages)
	if deliveries[0].Err != nil || deliveries[2].Err != nil || len(b.Live().Retained()) != 2 {
		t.Errorf("got %v", deliveries)
	}
	if err := deliveries[1].Err; err == nil || !strings.Contains(err.Error(), "packet_too_large") {
		t.Errorf("got %v", err)
	}
}

// A message that may have been published is not published again.
func TestPublishIsNeverRepeated(t *testing.T) {
	for _, count := range []int{1, 3} {
		for _, kind := range []faults.Kind{faults.ResetAfter, faults.TruncatedJSON, faults.InternalError, faults.GatewayTimeoutAfter} {
			b := startBroker(t, emqxsim.Options{})
			b.spoil("POST", kind)
			messages := make([]emqxapi.Message, count)
			for i := range messages {
				messages[i].Topic = "t"
			}
			for _, delivery := range b.Publish(t.Context(), messages) {
				if !errors.Is(delivery.Err, emqxapi.ErrOutcomeUnknown) {
					t.Errorf("%s: %v", kind, delivery.Err)
				}
			}
			if sent := b.sent(); len(sent) != 1 {
				t.Errorf("%s: sent %q", kind, sent)
			}
		}
	}
}

func TestPublishedResultsThatDoNotFit(t *testing.T) {
	messages := []emqxapi.Message{{Topic: "a"}, {Topic: "b"}}
	for _, body := range []string{`[{"id":"1"}]`, `[{"id":"1"},{}]`, `null`, `{"ids":["1"]}`} {
		s := startStub(t, always(200, body))
		for _, delivery := range s.Publish(t.Context(), messages) {
			if !errors.Is(delivery.Err, emqxapi.ErrOutcomeUnknown) {
				t.Errorf("%s: %v", body, delivery.Err)
			}
		}
	}
	s := startStub(t, always(200, `[{"id":"1"},{"reason_code":135,"message":"not_authorized"}]`))
	deliveries := s.Publish(t.Context(), messages)
	if err := deliveries[1].Err; deliveries[0].Err != nil || err == nil || !strings.Contains(err.Error(), "not_authorized") {
		t.Errorf("got %v", deliveries)
	}
}

// Large messages do not all travel in one request.
func TestLargeMessagesTravelInSeveralRequests(t *testing.T) {
	s := startStub(t, func(a ask) reply {
		results := strings.Repeat(`{"id":"1"},`, strings.Count(a.body, `"topic"`))
		return reply{200, "[" + strings.TrimSuffix(results, ",") + "]"}
	})
	messages := make([]emqxapi.Message, 20)
	for i := range messages {
		messages[i] = emqxapi.Message{Topic: "t", Payload: make([]byte, 1<<19)}
	}
	for _, delivery := range s.Publish(t.Context(), messages) {
		if delivery.Err != nil {
			t.Fatal(delivery.Err)
		}
	}
	for _, a := range s.asks {
		if len(a.body) > 5<<20 {
			t.Errorf("a request of %d bytes", len(a.body))
		}
	}
	if whole := base64.StdEncoding.EncodedLen(20 << 19); len(s.asks) < whole/(5<<20) {
		t.Errorf("%d requests", len(s.asks))
	}
}

func TestSubscribeAndUnsubscribe(t *testing.T) {
	b, ctx := startBroker(t, emqxsim.Options{}), t.Context()
	d := b.connect(t, "c1", "")
	b.connect(t, "c/2", "")
	wanted := []emqxapi.Subscription{
		{ClientID: "c1", Topic: "a/+", QoS: 1},
		{ClientID: "c/2", Topic: "$share/g/b"},
		{ClientID: "nobody", Topic: "a"},
		{ClientID: "c1", Topic: "a/#/b"},
		{ClientID: "c1", Topic: "c", QoS: 2},
		{ClientID: "c1", Topic: "d", QoS: 3},
	}
	for i, err := range b.Subscribe(ctx, wanted) {
		switch i {
		case 2:
			if !errors.Is(err, emqxapi.ErrNotFound) {
				t.Errorf("%d: %v", i, err)
			}
		case 3, 5:
			if err == nil {
				t.Errorf("%v is accepted", wanted[i])
			}
		default:
			if err != nil {
				t.Errorf("%d: %v", i, err)
			}
		}
	}
	if sent := b.sent(); len(sent) != 3 {
		t.Errorf("sent %q", sent)
	}
	b.Publish(ctx, []emqxapi.Message{{Topic: "a/x", Payload: []byte("hello")}})
	if m := d.next(t); m.Topic() != "a/x" {
		t.Errorf("got %s", m.Topic())
	}
	errs := b.Unsubscribe(ctx, wanted)
	if errs[0] != nil || errs[1] != nil || !errors.Is(errs[2], emqxapi.ErrNotFound) || errs[3] == nil || errs[4] != nil {
		t.Errorf("got %v", errs)
	}
	if left := gather(t, b.Subscriptions(ctx, emqxapi.SubscriptionFilter{})); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

// What EMQX answers when some of many filters could not be subscribed to.
func TestSubscribePartly(t *testing.T) {
	wanted := []emqxapi.Subscription{{ClientID: "c", Topic: "a"}, {ClientID: "c", Topic: "b"}, {ClientID: "c", Topic: "d"}}
	cases := map[string]struct {
		body   string
		failed [3]string
	}{
		"all":               {`[{"clientid":"c","topic":"a","qos":0},{"clientid":"c","topic":"b","qos":0},{"clientid":"c","topic":"d","qos":0}]`, [3]string{}},
		"rows that failed":  {`{"failed":[{"data":[{"topic":"b"}],"reason":"no_local"}],"succeed":[{"topic":"a"},{"topic":"d"}]}`, [3]string{1: "no_local"}},
		"names that failed": {`{"failed":[{"data":["c","b",{"qos":0}],"reason":"[98,97,100]"},{"data":["c","d"],"reason":"x"}],"succeed":[{"topic":"a"}]}`, [3]string{1: "bad", 2: "x"}},
		"nothing is named":  {`{"failed":[{"reason":"x"},{"reason":{"a":1}}],"succeed":[{"topic":"a"},{"topic":"b"}]}`, [3]string{2: `x; {"a":1}`}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := startStub(t, always(200, tc.body))
			for i, err := range s.Subscribe(t.Context(), wanted) {
				if (err != nil) != (tc.failed[i] != "") || err != nil && !strings.Contains(err.Error(), tc.failed[i]) {
					t.Errorf("%s: %v", wanted[i].Topic, err)
				}
			}
		})
	}
	for _, body := range []string{`null`, `{"succeed":[]}`, `[7]`, `{}`} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			s := startStub(t, always(200, body))
			if err := s.Subscribe(t.Context(), wanted)[0]; err == nil {
				t.Error("this is taken for success")
			}
		})
	}
}

func TestSubscriptionsOfAContextThatHasEnded(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	subscriptions := []emqxapi.Subscription{{ClientID: "c", Topic: "a"}, {ClientID: "d", Topic: "b"}}
	for _, err := range append(b.Subscribe(cancelled(t), subscriptions), b.Unsubscribe(cancelled(t), subscriptions)...) {
		if err == nil {
			t.Error("what was not done has no error")
		}
	}
}
