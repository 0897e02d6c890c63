package v5_test

import (
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/faults"
)

func gather[T any](t *testing.T, seq iter.Seq2[T, error]) []T {
	t.Helper()
	var all []T
	for item, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, item)
	}
	return all
}

func clientIDs(clients []emqxapi.Client) []string {
	ids := make([]string, len(clients))
	for i, c := range clients {
		ids[i] = c.ClientID
	}
	slices.Sort(ids)
	return ids
}

func TestClient(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	b.connect(t, "c/1 ü", "").subscribe(t, "a/#", 1)
	client, err := b.Client(t.Context(), "c/1 ü")
	if err != nil {
		t.Fatal(err)
	}
	want := emqxapi.Client{
		ClientID: "c/1 ü", Node: client.Node, IPAddress: "127.0.0.1", Port: client.Port, Connected: true,
		ProtoName: "MQTT", ProtoVer: 4, Keepalive: 30, CleanStart: true, SubscriptionsCnt: 1,
	}
	wantDiff(t, want, client, cmpopts.IgnoreFields(emqxapi.Client{}, "ConnectedAt", "CreatedAt", "RecvOct", "SendOct", "RecvMsg", "SendMsg"))
	if client.Node == "" || client.Port == 0 || client.ConnectedAt.IsZero() || client.ConnectedAt.Location() != time.UTC {
		t.Errorf("got %+v", client)
	}
	if _, err := b.Client(t.Context(), "nobody"); !errors.Is(err, emqxapi.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestClientFilters(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	b.connect(t, "press-1", "line")
	b.connect(t, "press-2", "other line")
	b.connect(t, "mill-1", "")
	yes, four, five := true, int64(4), int64(5)
	cases := map[string]struct {
		filter emqxapi.ClientFilter
		want   []string
	}{
		"none":          {emqxapi.ClientFilter{}, []string{"mill-1", "press-1", "press-2"}},
		"clientid":      {emqxapi.ClientFilter{ClientIDs: []string{"press-1"}}, []string{"press-1"}},
		"username":      {emqxapi.ClientFilter{Username: "line"}, []string{"press-1"}},
		"like_clientid": {emqxapi.ClientFilter{LikeClientID: "ess-"}, []string{"press-1", "press-2"}},
		"like_username": {emqxapi.ClientFilter{LikeUsername: "her li"}, []string{"press-2"}},
		"two of them":   {emqxapi.ClientFilter{LikeClientID: "1", ConnState: "connected", IPAddress: "127.0.0.1"}, []string{"mill-1", "press-1"}},
		"the rest":      {emqxapi.ClientFilter{CleanStart: &yes, ProtoVer: &four}, []string{"mill-1", "press-1", "press-2"}},
		"no match":      {emqxapi.ClientFilter{ProtoVer: &five}, []string{}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			wantDiff(t, tc.want, clientIDs(collect(t, b.ListClients(t.Context(), tc.filter))))
		})
	}
}

// A session in durable storage shows little more than its name, times come in the
// broker's zone, and rows move between nodes while a list is read.
func TestOddClients(t *testing.T) {
	s := startStub(t, always(200, `{"data":[{"clientid":"a","username":null,"node":null,"port":null,"connected":false,"created_at":null},`+
		`{"clientid":"b","username":"u","expiry_interval":7200,"connected_at":"2026-11-23T09:21:28.123+09:00"},{"clientid":"a"}],"meta":{"hasnext":false}}`))
	username := "u"
	want := []emqxapi.Client{
		{ClientID: "a"},
		{ClientID: "b", Username: &username, ExpiryInterval: 7200, ConnectedAt: time.Date(2026, 11, 23, 0, 21, 28, 123e6, time.UTC)},
	}
	wantDiff(t, want, collect(t, s.ListClients(t.Context(), emqxapi.ClientFilter{})))
}

func TestAListThatBreaksOff(t *testing.T) {
	s := startStub(t, always(200, `{"data":[{"clientid":"a"},{}],"meta":{"count":2}}`))
	for client, err := range emqxapi.Items(s.ListClients(t.Context(), emqxapi.ClientFilter{})) {
		if err == nil || !strings.Contains(err.Error(), "no clientid") {
			t.Errorf("got %v, %v", client, err)
		}
	}
}

func TestAnUnknownNode(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	for _, err := range emqxapi.Items(b.ListClients(t.Context(), emqxapi.ClientFilter{Node: "emqx@nowhere"})) {
		if err == nil || !strings.Contains(err.Error(), `no node "emqx@nowhere"`) {
			t.Errorf("got %v", err)
		}
	}
}

func TestNameFilters(t *testing.T) {
	client := newClient(t, "http://127.0.0.1:1/api/v5", appSecret)
	wantDiff(t, []emqxapi.ClientFilter{{Username: "u1"}, {Username: "u2"}}, client.NameFilters(emqxapi.KindUsername, []string{"u1", "u2"}))

	names := make([]string, 1_000)
	for i := range names {
		names[i] = fmt.Sprintf("gerät/%d", i)
	}
	filters := client.NameFilters(emqxapi.KindClientID, names)
	var again []string
	for _, filter := range filters {
		again = append(again, filter.ClientIDs...)
	}
	wantDiff(t, names, again)
	if n := len(filters); n < 3 || n > 10 {
		t.Errorf("%d filters", n)
	}
}

// EMQX before 5.6 takes a filter by client identifiers for none.
func TestClientsOfABrokerThatIgnoresNames(t *testing.T) {
	s := startStub(t, always(200, `{"data":[{"clientid":"a"},{"clientid":"b"},{"clientid":"c"}],"meta":{"count":3}}`))
	clients := collect(t, s.ListClients(t.Context(), emqxapi.ClientFilter{ClientIDs: []string{"a", "c"}}))
	wantDiff(t, []string{"a", "c"}, clientIDs(clients))
}

func (d *device) awaitEnd(t *testing.T) {
	t.Helper()
	select {
	case err := <-d.lost:
		if err == nil {
			t.Error("the client itself has ended the connection")
		}
	case <-time.After(patience):
		t.Error("the client is still connected")
	}
}

func TestKick(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	kicked, alsoKicked, stays := b.connect(t, "c/1 x", ""), b.connect(t, "..", ""), b.connect(t, "c2", "")
	wantDiff(t, []error{nil, nil, nil}, b.Kick(t.Context(), []string{"c/1 x", "nobody", ".."}))
	kicked.awaitEnd(t)
	alsoKicked.awaitEnd(t)
	wait(t, stays.Publish("t", 1, false, "x"))
	wantDiff(t, []string{"POST /clients/kickout/bulk"}, b.sent())
}

func TestALostAnswerToAKick(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	d := b.connect(t, "c1", "")
	b.spoil("POST", faults.ResetAfter)
	wantDiff(t, []error{nil}, b.Kick(t.Context(), []string{"c1"}))
	d.awaitEnd(t)
}

// Without the call for many, which a deployment may not have and a key may not use,
// each client gets a call of its own, and the first refusal of that one is enough.
func TestKickOneByOne(t *testing.T) {
	refusals := map[string]reply{
		"not in this API": {http.StatusNotFound, "<html>404 - NOT FOUND</html>"}, "another gateway's": {http.StatusNotFound, `{"message":"no route"}`},
		"only GET": {http.StatusMethodNotAllowed, ""}, "not with this key": {http.StatusForbidden, refusal("UNAUTHORIZED_ROLE", "no")},
	}
	for name, refused := range refusals {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clients := []string{"a", "b", "nobody"}
			s := startStub(t, func(a ask) reply {
				switch {
				case a.method == http.MethodPost:
					return refused
				case a.path == "/clients/nobody":
					return reply{http.StatusNotFound, refusal("CLIENTID_NOT_FOUND", "Client ID not found")}
				}
				return reply{http.StatusNoContent, ""}
			})
			wantDiff(t, []error{nil, nil, nil}, s.Kick(t.Context(), clients))
			if len(s.asks) != 4 {
				t.Errorf("asked %v", s.asks)
			}

			s = startStub(t, always(refused.status, refused.body))
			for _, err := range s.Kick(t.Context(), clients) {
				if err == nil {
					t.Error("no error")
				}
			}
			if len(s.asks) != 2 {
				t.Errorf("asked %v", s.asks)
			}
		})
	}
}

func TestClearACLCache(t *testing.T) {
	s := startStub(t, func(a ask) reply {
		if a.path == "/clients/nobody/authorization/cache" {
			return reply{http.StatusNotFound, refusal("CLIENTID_NOT_FOUND", "Client ID not found")}
		}
		return reply{http.StatusNoContent, ""}
	})
	wantDiff(t, []error{nil, nil}, s.ClearACLCache(t.Context(), []string{"c/1", "nobody"}))
	if err := s.ClearEveryACLCache(t.Context()); err != nil {
		t.Error(err)
	}
	wantDiff(t, []ask{
		{method: "DELETE", path: "/clients/c%2F1/authorization/cache"},
		{method: "DELETE", path: "/clients/nobody/authorization/cache"},
		{method: "DELETE", path: "/authorization/cache"},
	}, s.asks, cmp.AllowUnexported(ask{}))
}

func TestSubscriptionFilters(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	c1, c2 := b.connect(t, "c1", ""), b.connect(t, "c2", "")
	c1.subscribe(t, "a/#", 1)
	c2.subscribe(t, "b/1", 2)
	c2.subscribe(t, "$share/g1/b/1", 0)
	c2.subscribe(t, "$share/g2/b/1", 0)
	two := int64(2)
	a := emqxapi.Subscription{ClientID: "c1", Topic: "a/#", QoS: 1}
	plain := emqxapi.Subscription{ClientID: "c2", Topic: "b/1", QoS: 2}
	g1 := emqxapi.Subscription{ClientID: "c2", Topic: "$share/g1/b/1", ShareGroup: "g1"}
	g2 := emqxapi.Subscription{ClientID: "c2", Topic: "$share/g2/b/1", ShareGroup: "g2"}
	cases := map[string]struct {
		filter emqxapi.SubscriptionFilter
		want   []emqxapi.Subscription
	}{
		"none":           {emqxapi.SubscriptionFilter{}, []emqxapi.Subscription{a, plain, g1, g2}},
		"clientid":       {emqxapi.SubscriptionFilter{ClientID: "c1"}, []emqxapi.Subscription{a}},
		"topic":          {emqxapi.SubscriptionFilter{Topic: "b/1"}, []emqxapi.Subscription{plain}},
		"a shared topic": {emqxapi.SubscriptionFilter{Topic: "$share/g1/b/1"}, []emqxapi.Subscription{g1}},
		"share_group":    {emqxapi.SubscriptionFilter{ShareGroup: "g2"}, []emqxapi.Subscription{g2}},
		"contradiction":  {emqxapi.SubscriptionFilter{ShareGroup: "g2", Topic: "$share/g1/b/1"}, nil},
		"qos":            {emqxapi.SubscriptionFilter{QoS: &two}, []emqxapi.Subscription{plain}},
		"match_topic":    {emqxapi.SubscriptionFilter{MatchTopic: "b/+"}, []emqxapi.Subscription{plain, g1, g2}},
	}
	byTopic := cmpopts.SortSlices(func(a, b emqxapi.Subscription) bool { return a.Topic < b.Topic })
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := gather(t, b.Subscriptions(t.Context(), tc.filter))
			wantDiff(t, tc.want, got, byTopic, cmpopts.IgnoreFields(emqxapi.Subscription{}, "Node"))
		})
	}
}

func TestMetricsStatsAndNodes(t *testing.T) {
	b, ctx := startBroker(t, emqxsim.Options{}), t.Context()
	b.connect(t, "c1", "")
	metrics, metricsErr := b.Metrics(ctx)
	stats, statsErr := b.Stats(ctx)
	nodes, nodesErr := b.Nodes(ctx)
	if err := errors.Join(metricsErr, statsErr, nodesErr); err != nil {
		t.Fatal(err)
	}
	if len(metrics) != 1 || len(stats) != 1 || len(nodes) != 1 {
		t.Fatalf("got %v, %v, %v", metrics, stats, nodes)
	}
	if metrics[0].Values["packets.connect.received"] != 1 || stats[0].Values["connections.count"] != 1 {
		t.Errorf("got %v, %v", metrics, stats)
	}
	if metrics[0].Node != nodes[0].Name || stats[0].Node != nodes[0].Name {
		t.Errorf("nodes %q, %q, %q", metrics[0].Node, stats[0].Node, nodes[0].Name)
	}
	if _, there := metrics[0].Values["node"]; there {
		t.Error("the node's name is among the metrics")
	}
}

func TestNodesOfACluster(t *testing.T) {
	s := startStub(t, always(200, `[{"node":"emqx@b","node_status":"stopped","role":"core"},`+
		`{"node":"emqx@a","node_status":"running","version":"5.8.9","connections":3,"uptime":10136}]`))
	nodes, err := s.Nodes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wantDiff(t, []emqxapi.Node{
		{Name: "emqx@b", Status: "stopped"},
		{Name: "emqx@a", Status: "running", Version: "5.8.9", Connections: 3, Uptime: 10136 * time.Millisecond},
	}, nodes)
}

func TestDamagedCounters(t *testing.T) {
	for _, body := range []string{`null`, `{}`, `[{"messages.received":1}]`, `[[]]`, `[{"node":1}]`} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			s := startStub(t, always(200, body))
			if counters, err := s.Stats(t.Context()); err == nil {
				t.Errorf("got %v", counters)
			}
		})
	}
}

// Every fault that rest repeats a read after is invisible here.
func TestReadsOutlastFaults(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	for _, kind := range faults.Kinds() {
		switch kind {
		case faults.HugeBody, faults.SlowDrip, faults.Stall, faults.StallAfter, faults.TooManyRequestsSeconds, faults.TooManyRequestsDate:
			continue // take long and are rest's business
		case faults.RedirectOtherOrigin:
			continue // stays: asking again leads there again
		}
		b.spoil("GET", kind)
		if _, err := b.Nodes(t.Context()); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}
