package provider

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/mqtttest"
)

// mustStay wants a client to be connected.
func mustStay(t *testing.T, client *mqtttest.Client) {
	t.Helper()
	const noSubscriber = 0x10
	if reason := client.Publish("t", "x"); reason != mqtttest.Success && reason != noSubscriber {
		t.Errorf("a client that nobody meant cannot publish any more: %#x", reason)
	}
}

func TestClientKickAction(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		kicked, _ := b.connectMQTT(t, "a/b", "", "")
		stays, _ := b.connectMQTT(t, "c2", "", "")
		s := b.serve(t)
		got := invoked{progress: s.mustInvoke(kickAction, values{"clientids": []any{"a/b", "a/b"}})}
		got.mustTell(t, "Kicked 1 of 1 client")
		kicked.AwaitEnd()
		mustStay(t, stays)
		s.mustInvoke(kickAction, values{"clientids": []any{}})
		mustStay(t, stays)
	})
}

func TestClientKickActionByUsername(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		first, _ := b.connectMQTT(t, "c1", "line 1", "")
		second, _ := b.connectMQTT(t, "c2", "line 1", "")
		named, _ := b.connectMQTT(t, "c3", "line 2", "")
		stays, _ := b.connectMQTT(t, "line 1", "line 3", "")
		s := b.serve(t)
		got := invoked{progress: s.mustInvoke(kickAction, values{"usernames": []any{"line 1"}, "clientids": []any{"c3", "c1"}})}
		got.mustTell(t, "Kicked 3 of 3 clients")
		for _, kicked := range []*mqtttest.Client{first, second, named} {
			kicked.AwaitEnd()
		}
		mustStay(t, stays)
	})
}

// The calls that end sessions do not tell who has none, so it is found out before.
func TestClientKickActionOfUnknownClients(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		client, _ := b.connectMQTT(t, "c1", "u1", "")
		s := b.serve(t)
		config := values{"clientids": []any{"nobody", "c1"}, "usernames": []any{"no user"}}
		got := s.invoke(kickAction, config)
		client.AwaitEnd()
		s.mustFail(got.diagnostics, "clientids", `clientids[0]: "nobody"`)
		s.mustFail(got.diagnostics, "clientids", `usernames[0]: "no user"`)
		s.mustFail(got.diagnostics, "clientids", "All others, 1 of 3 clients, were kicked.")
		s.mustFail(s.invoke(kickAction, values{"usernames": []any{"no user"}}).diagnostics, "usernames", "1 of 1 client not kicked")

		client, _ = b.connectMQTT(t, "c1", "u1", "")
		config["ignore_absent"] = true
		s.mustInvoke(kickAction, config)
		client.AwaitEnd()
	})
}

func TestClientKickActionNeedsNames(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		s.mustFail(s.checkAction(kickAction, values{"ignore_absent": true}), "", "[clientids,usernames]")
	})
}

// Where nobody has to be looked for, no list is asked for; v5 has one request for many.
func TestClientKickActionTakesFewRequests(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		var clients []any
		for i := range 20 {
			b.connectMQTT(t, fmt.Sprintf("c%d", i), "u", "")
			clients = append(clients, fmt.Sprintf("c%d", i))
		}
		s := b.serve(t)
		for _, test := range []struct {
			config values
			v4, v5 int
		}{
			{values{"clientids": clients, "ignore_absent": true}, 20, 1},
			{values{"usernames": []any{"u"}}, 20 + 2, 2}, // v4 asks for the nodes' time zones too
		} {
			b.ResetRequests()
			s.mustInvoke(kickAction, test.config)
			want := test.v5
			if b.api == "v4" {
				want = test.v4
			}
			if n := len(b.Requests()); n > want {
				t.Errorf("%d requests for %v, want %d", n, test.config, want)
			}
			for _, name := range clients {
				b.connectMQTT(t, name.(string), "u", "")
			}
		}
	})
}

// A key that may not list clients can kick those that it knows by client identifier.
func TestClientKickActionWithoutTheList(t *testing.T) {
	t.Parallel()
	for _, api := range []string{"v4", "v5"} {
		b := startBroker(t, api, emqxsim.Options{Middleware: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodGet && r.URL.Query().Has("clientid") {
					http.Error(w, "", http.StatusForbidden)
					return
				}
				next.ServeHTTP(w, r)
			})
		}})
		client, _ := b.connectMQTT(t, "c1", "", "")
		s := b.serve(t)
		s.mustFail(s.invoke(kickAction, values{"clientids": []any{"c1"}}).diagnostics, "", "Cannot find the clients to kick")
		mustStay(t, client)
		s.mustInvoke(kickAction, values{"clientids": []any{"c1"}, "ignore_absent": true})
		client.AwaitEnd()
	}
}
