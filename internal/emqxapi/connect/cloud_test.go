package connect_test

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/connect"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/mqtttest"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/offer"
)

// Behind EMQX Cloud's documented calls everything works that they can do, at each
// endpoint and whatever is said of other calls, none of which is asked twice, and none
// by configuring.
func TestDocumentedCallsAreEnough(t *testing.T) {
	for _, undocumented := range offer.Undocumenteds {
		for _, api := range []string{"v4", "v5"} {
			for _, path := range []string{"", "/api", "/api/v5"} {
				if api == "v4" && path == "/api/v5" {
					continue
				}
				t.Run(fmt.Sprintf("%s at HOST%s, others %s", api, path, undocumented), func(t *testing.T) {
					t.Parallel()
					b := startBroker(t, emqxsim.Options{Offer: emqxsim.OfferCloud, Undocumented: undocumented})
					c := config(b.URL() + path)
					if api == "v4" || path == "/api" {
						c.APIVersion = api
					}
					deployment, err := connect.Open(t.Context(), c)
					wantAPI(t, api, deployment, err)
					if asked := b.UndocumentedCalls(); len(asked) > 0 {
						t.Errorf("configuring asked %v", asked)
					}
					everything(t, b, deployment)
					for _, call := range b.UndocumentedCalls() {
						if call.Count > 1 {
							t.Errorf("asked %d times: %s %s", call.Count, call.Method, call.Path)
						}
					}
				})
			}
		}
	}
}

// Every shape in which EMQX Cloud documents an answer is understood.
func TestEveryDocumentedShape(t *testing.T) {
	for api, generation := range map[string]offer.Generation{"v4": offer.V4, "v5": offer.V5} {
		for _, shape := range offer.ShapesOf(generation) {
			t.Run(fmt.Sprintf("%s %s", api, shape), func(t *testing.T) {
				t.Parallel()
				b := startBroker(t, emqxsim.Options{Offer: emqxsim.OfferCloud, Shapes: []offer.Shape{shape}})
				c := config(b.V5())
				if api == "v4" {
					c.Endpoint, c.APIVersion = b.URL()+"/api", api
				}
				c.MaxRetries = 0
				deployment, err := connect.Open(t.Context(), c)
				wantAPI(t, api, deployment, err)
				if strings.HasSuffix(string(shape), "pages-ignored") {
					longListsFail(t, deployment)
					return
				}
				everything(t, b, deployment)
			})
		}
	}
}

// longListsFail is all that can be done where only first pages are given: a list that
// has more is an error, never a shorter list.
func longListsFail(t *testing.T, d emqxapi.Deployment) {
	ctx, one := t.Context(), emqxapi.Credential{Name: "one", Password: "p"}
	mustNil(t, "create", d.CreateUser(ctx, emqxapi.KindUsername, one))
	for i := range 60 {
		if err := d.CreateUser(ctx, emqxapi.KindUsername, emqxapi.Credential{Name: fmt.Sprint("u", i), Password: "p"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := first(onlyErrors(d.ListUsers(ctx, emqxapi.KindUsername, ""))); !errors.Is(err, emqxapi.ErrPagesIgnored) {
		t.Errorf("a list of 61 users: %v", err)
	}
	if _, err := d.User(ctx, emqxapi.KindUsername, "one"); err != nil {
		t.Error(err)
	}
}

// onlyErrors leaves the items out of a list.
func onlyErrors[T any](items iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for item, err := range items {
			if err != nil && !yield(item, err) {
				return
			}
		}
	}
}

// everything does all that EMQX Cloud documents of a deployment.
func everything(t *testing.T, b *emqxsim.Broker, d emqxapi.Deployment) {
	t.Helper()
	credentials(t, d)
	rulesAndBans(t, d)
	runtime(t, b, d)
}

func credentials(t *testing.T, d emqxapi.Deployment) {
	t.Helper()
	ctx := t.Context()
	fleet := make([]emqxapi.Credential, 120)
	names := make([]string, len(fleet))
	for i := range fleet {
		names[i] = fmt.Sprintf("fleet-%03d", i)
		fleet[i] = emqxapi.Credential{Name: names[i], Password: "p"}
	}
	mustNil(t, "creating 120 users", d.CreateUsers(ctx, emqxapi.KindUsername, fleet)...)
	mustNil(t, "creating a user", d.CreateUser(ctx, emqxapi.KindUsername, emqxapi.Credential{Name: "one", Password: "p"}))
	if err := d.CreateUser(ctx, emqxapi.KindUsername, emqxapi.Credential{Name: "one", Password: "q"}); !errors.Is(err, emqxapi.ErrExists) {
		t.Errorf("creating it again: %v", err)
	}
	mustNil(t, "changing a user", d.UpdateUser(ctx, emqxapi.KindUsername, emqxapi.Credential{Name: "one", Password: "q"}))
	if user, err := d.User(ctx, emqxapi.KindUsername, "one"); err != nil || user.Name != "one" {
		t.Errorf("reading a user: %v, %v", user, err)
	}
	if got := collect(t, d.ListUsers(ctx, emqxapi.KindUsername, "")); len(got) != 121 {
		t.Errorf("a list of 121 users has %d", len(got))
	}
	if got := collect(t, d.ListUsers(ctx, emqxapi.KindUsername, "fleet-01")); len(got) != 10 {
		t.Errorf("a list of 10 users has %d", len(got))
	}
	mustNil(t, "removing users", d.DeleteUsers(ctx, emqxapi.KindUsername, slices.Concat(names, []string{"one"}))...)
	if _, err := d.User(ctx, emqxapi.KindUsername, "one"); !errors.Is(err, emqxapi.ErrNotFound) {
		t.Errorf("reading it then: %v", err)
	}
}

func rulesAndBans(t *testing.T, d emqxapi.Deployment) {
	t.Helper()
	ctx := t.Context()
	wanted := []emqxapi.Rule{
		{Topic: "a/#", Action: emqxapi.ActionAll, Access: emqxapi.Allow}, {Topic: "#", Action: emqxapi.ActionAll, Access: emqxapi.Deny},
	}
	for _, subject := range []emqxapi.Subject{{Kind: emqxapi.KindUsername, Name: "u"}, {Kind: emqxapi.KindClientID, Name: "c"}, {Kind: emqxapi.KindAll}} {
		mustNil(t, "creating rules", d.CreateRulesets(ctx, []emqxapi.Ruleset{{Subject: subject, Rules: wanted}})...)
		rules, err := d.Rules(ctx, subject)
		if err != nil || !emqxapi.SameRules(rules, wanted) {
			t.Errorf("rules of %s: %v, %v", subject, rules, err)
		}
		if list := collect(t, d.ListRules(ctx, subject.Kind)); len(list) != 1 {
			t.Errorf("rules by %s: %v", subject.Kind, list)
		}
		mustNil(t, "removing rules", d.RemoveRulesets(ctx, []emqxapi.Subject{subject})...)
	}
	ban := emqxapi.Ban{As: emqxapi.BanClientID, Who: "banned", By: "test", Reason: "r"}
	mustNil(t, "banning", d.CreateBan(ctx, ban))
	if there, err := d.Ban(ctx, ban.As, ban.Who); err != nil || there.Reason != "r" {
		t.Errorf("reading a ban: %v, %v", there, err)
	}
	mustNil(t, "lifting a ban", d.DeleteBan(ctx, ban.As, ban.Who))
	if _, err := d.Ban(ctx, ban.As, ban.Who); !errors.Is(err, emqxapi.ErrNotFound) {
		t.Errorf("reading it then: %v", err)
	}
}

func runtime(t *testing.T, b *emqxsim.Broker, d emqxapi.Deployment) {
	t.Helper()
	ctx := t.Context()
	for _, name := range []string{"client-a", "client-b"} {
		if _, code := mqtttest.Connect(t, b.MQTTAddr(), name, "", ""); code != mqtttest.Success {
			t.Fatalf("%s was refused: %x", name, code)
		}
	}
	if client, err := d.Client(ctx, "client-a"); err != nil || client.ConnectedAt.IsZero() {
		t.Errorf("reading a client: %v, %v", client, err)
	}
	if got := collect(t, d.Clients(ctx, emqxapi.ClientFilter{})); len(got) != 2 {
		t.Errorf("clients: %v", got)
	}
	if got := collect(t, d.Clients(ctx, emqxapi.ClientFilter{LikeClientID: "nt-a"})); len(got) != 1 {
		t.Errorf("clients like nt-a: %v", got)
	}
	var subscriptions []emqxapi.Subscription
	for _, topic := range []string{"a/1", "a/+", "b"} {
		subscriptions = append(subscriptions, emqxapi.Subscription{ClientID: "client-a", Topic: topic, QoS: 1})
	}
	mustNil(t, "subscribing", d.Subscribe(ctx, subscriptions)...)
	if got := collect(t, d.Subscriptions(ctx, emqxapi.SubscriptionFilter{ClientID: "client-a"})); len(got) != 3 {
		t.Errorf("subscriptions: %v", got)
	}
	if got := collect(t, d.Subscriptions(ctx, emqxapi.SubscriptionFilter{MatchTopic: "a/#"})); len(got) != 2 {
		t.Errorf("subscriptions that a/# matches: %v", got)
	}
	for _, delivery := range d.Publish(ctx, []emqxapi.Message{{Topic: "x"}, {Topic: "y", QoS: 1}, {Topic: "z"}}) {
		mustNil(t, "publishing", delivery.Err)
	}
	mustNil(t, "unsubscribing", d.Unsubscribe(ctx, subscriptions[:2])...)
	mustNil(t, "kicking", d.Kick(ctx, []string{"client-a", "client-b"})...)
}

func mustNil(t *testing.T, doing string, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Errorf("%s: %v", doing, err)
			return
		}
	}
}

func collect[T any](t *testing.T, items iter.Seq2[T, error]) []T {
	t.Helper()
	var all []T
	for item, err := range items {
		if err != nil {
			t.Errorf("%s", strings.TrimSpace(err.Error()))
			return all
		}
		all = append(all, item)
	}
	return all
}
