package v4_test

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
)

func TestPublish(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	c := connectMQTT(t, b, "c", "u", "a/#")
	messages := []emqxapi.Message{
		{Topic: "a/1", Payload: []byte("hello"), QoS: 1, ClientID: "ci"},
		{Topic: "a/#", Payload: []byte("to a filter")},
		{Topic: "a/1,a/2", Payload: []byte("to two topics")},
		{Topic: "a/1", QoS: 3},
		{Topic: ""},
		{Topic: "a/2", Payload: []byte{0, 0xff, '"'}, Retain: true},
		{Topic: "a/3"},
	}
	deliveries := b.Publish(t.Context(), messages)
	for i, delivery := range deliveries {
		if failed := i >= 1 && i <= 4; failed != (delivery.Err != nil) {
			t.Errorf("message %d: %v", i, delivery.Err)
		}
	}
	wantDiff(t, "requests", []string{"POST /mqtt/publish_batch"}, b.sent())
	for _, i := range []int{0, 5, 6} {
		got := c.receive(t)
		if got.Topic() != messages[i].Topic || !bytes.Equal(got.Payload(), messages[i].Payload) || int64(got.Qos()) != messages[i].QoS {
			t.Errorf("received %q on %s, want message %d", got.Payload(), got.Topic(), i)
		}
	}
}

// A message whose answer was lost is not sent again.
func TestPublishOnce(t *testing.T) {
	answers := map[string]http.HandlerFunc{
		"reset":     func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"truncated": says(http.StatusOK, `{"code":0,"data":[{"co`),
		"crashed":   says(http.StatusInternalServerError, "Internal Error"),
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			var requests atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				answer(w, r)
			}))
			t.Cleanup(server.Close)
			client := newRetryingClient(t, server.URL, "secret", 3)
			delivery := client.Publish(t.Context(), []emqxapi.Message{{Topic: "a"}})[0]
			if !errors.Is(delivery.Err, emqxapi.ErrOutcomeUnknown) || requests.Load() != 1 {
				t.Errorf("%d requests: %v", requests.Load(), delivery.Err)
			}
		})
	}
}

func TestSubscribeAndUnsubscribe(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	connectMQTT(t, b, "c1", "u")
	wanted := []emqxapi.Subscription{
		{ClientID: "c1", Topic: "a/#", QoS: 1},
		{ClientID: "c1", Topic: "$share/g/b", QoS: 2},
		{ClientID: "nobody", Topic: "a/#"},
		{ClientID: "c1", Topic: "a/#/b"},
		{ClientID: "c1", Topic: "a,b"},
		{ClientID: "c1", Topic: "a", QoS: 3},
		{Topic: "a"},
	}
	errs := b.Subscribe(t.Context(), wanted)
	for i, err := range errs {
		if (i >= 2) != (err != nil) {
			t.Errorf("subscription %d: %v", i, err)
		}
	}
	if !errors.Is(errs[2], emqxapi.ErrNotFound) || !strings.Contains(errs[2].Error(), "not connected") {
		t.Errorf("of a client that is not there: %v", errs[2])
	}
	wantDiff(t, "requests", []string{"POST /mqtt/subscribe_batch"}, b.sent())
	wantDiff(t, "subscriptions", []string{"$share/g/b", "a/#"}, topicsOf(t, b, "c1"))

	errs = b.Unsubscribe(t.Context(), []emqxapi.Subscription{
		{ClientID: "c1", Topic: "a/#"}, {ClientID: "c1", Topic: "never"}, {ClientID: "nobody", Topic: "a/#"}, {ClientID: "c1"},
	})
	for i, err := range errs {
		if (i >= 2) != (err != nil) {
			t.Errorf("unsubscription %d: %v", i, err)
		}
	}
	wantDiff(t, "subscriptions", []string{"$share/g/b"}, topicsOf(t, b, "c1"))
}

func topicsOf(t *testing.T, b broker, clientID string) []string {
	t.Helper()
	var topics []string
	for _, s := range all(t, b.Subscriptions(t.Context(), emqxapi.SubscriptionFilter{ClientID: clientID})) {
		topics = append(topics, s.Topic)
	}
	slices.Sort(topics)
	b.ResetRequests()
	return topics
}

func TestBatchOfAnotherLength(t *testing.T) {
	client := stub(t, says(http.StatusOK, `{"code":0,"data":[{"topic":"a","code":0}]}`))
	errs := client.Unsubscribe(t.Context(), []emqxapi.Subscription{{ClientID: "c", Topic: "a"}, {ClientID: "c", Topic: "b"}})
	wantErrors(t, errs, []error{rest.ErrDamaged, rest.ErrDamaged})
}
