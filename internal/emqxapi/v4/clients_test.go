package v4_test

import (
	"errors"
	"iter"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
)

func all[T any](t *testing.T, items iter.Seq2[T, error]) []T {
	t.Helper()
	var found []T
	for item, err := range items {
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, item)
	}
	return found
}

func TestClients(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	connectMQTT(t, b, "c/1", "u1", "a/#")
	connectMQTT(t, b, "c 2", "", "b/1", "b/2")
	client, err := b.Client(t.Context(), "c/1")
	if err != nil {
		t.Fatal(err)
	}
	if client.Username == nil || *client.Username != "u1" || !client.Connected || client.ProtoVer != 4 || client.Keepalive != 45 ||
		client.IPAddress != "127.0.0.1" || client.Port == 0 || client.Node == "" || client.SubscriptionsCnt != 1 || client.RecvOct == 0 {
		t.Errorf("%+v", client)
	}
	if age := time.Since(client.ConnectedAt); age < -time.Minute || age > time.Minute {
		t.Errorf("connected at %s, which is %s ago", client.ConnectedAt, age)
	}

	filters := map[string]struct {
		filter emqxapi.ClientFilter
		want   []string
	}{
		"none":             {emqxapi.ClientFilter{}, []string{"c 2", "c/1"}},
		"clientid":         {emqxapi.ClientFilter{ClientIDs: []string{"c 2"}}, []string{"c 2"}},
		"username":         {emqxapi.ClientFilter{Username: "u1"}, []string{"c/1"}},
		"part of clientid": {emqxapi.ClientFilter{LikeClientID: "/"}, []string{"c/1"}},
		"part of username": {emqxapi.ClientFilter{LikeUsername: "1"}, []string{"c/1"}},
		"address":          {emqxapi.ClientFilter{IPAddress: "192.0.2.1"}, nil},
		"state":            {emqxapi.ClientFilter{ConnState: "connected", IPAddress: "127.0.0.1"}, []string{"c 2", "c/1"}},
		"clean start":      {emqxapi.ClientFilter{CleanStart: new(false)}, nil},
		"protocol":         {emqxapi.ClientFilter{ProtoVer: new(int64(4))}, []string{"c 2", "c/1"}},
		"node":             {emqxapi.ClientFilter{Node: client.Node, ClientIDs: []string{"c 2"}}, []string{"c 2"}},
	}
	for name, test := range filters {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, c := range collect(t, b.ListClients(t.Context(), test.filter)) {
				got = append(got, c.ClientID)
				if (c.Username == nil) != (c.ClientID == "c 2") {
					t.Errorf("username of %s: %v", c.ClientID, c.Username)
				}
			}
			slices.Sort(got)
			wantDiff(t, "clients", test.want, got)
		})
	}
}

func TestClientsCostTwoRequests(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	connectMQTT(t, b, "c", "u")
	for range 2 {
		collect(t, b.ListClients(t.Context(), emqxapi.ClientFilter{}))
	}
	wantDiff(t, "requests", []string{"GET /clients", "GET /brokers", "GET /clients"}, b.sent())
}

// Where the time zones of the nodes may not be asked for, UTC is taken for them, and
// nobody asks again.
func TestTimeZonesAreOptional(t *testing.T) {
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed} {
		b := startBroker(t, emqxsim.Options{Middleware: refuses(status, "/brokers")})
		connectMQTT(t, b, "c", "u")
		for range 2 {
			for _, c := range collect(t, b.ListClients(t.Context(), emqxapi.ClientFilter{})) {
				if since := time.Since(c.ConnectedAt); since.Abs() > time.Minute {
					t.Errorf("HTTP %d: connected %s ago", status, since)
				}
			}
		}
		wantDiff(t, "requests", []string{"GET /clients", "GET /brokers", "GET /clients"}, b.sent())
	}
}

// refuses answers a call with a status, and nothing else.
func refuses(status int, path string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, path) {
				w.WriteHeader(status)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

func TestClientNotFound(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	if _, err := b.Client(t.Context(), "nobody"); !errors.Is(err, emqxapi.ErrNotFound) {
		t.Errorf("client: %v", err)
	}
	for _, err := range emqxapi.Items(b.ListClients(t.Context(), emqxapi.ClientFilter{Node: "nowhere@127.0.0.1"})) {
		if err == nil || errors.Is(err, emqxapi.ErrNotFound) || !strings.Contains(err.Error(), "nowhere@127.0.0.1") {
			t.Errorf("unknown node: %v", err)
		}
	}
	for _, err := range emqxapi.Items(b.ListClients(t.Context(), emqxapi.ClientFilter{IPAddress: "x"})) {
		if err == nil || !strings.Contains(err.Error(), "108") {
			t.Errorf("bad address: %v", err)
		}
	}
}

func TestNameFilters(t *testing.T) {
	client := newRetryingClient(t, "http://127.0.0.1:1/api", emqxsim.DefaultAppSecret, 0)
	wantDiff(t, "filters", []emqxapi.ClientFilter{{Username: "u1"}, {Username: "u2"}}, client.NameFilters(emqxapi.KindUsername, []string{"u1", "u2"}))
	wantDiff(t, "filters", []emqxapi.ClientFilter{{ClientIDs: []string{"c1"}}}, client.NameFilters(emqxapi.KindClientID, []string{"c1"}))
}

func TestKick(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	c := connectMQTT(t, b, "c/1 x", "u")
	stays := connectMQTT(t, b, "c2", "u")
	errs := b.Kick(t.Context(), []string{"c/1 x", "nobody", ".."})
	wantErrors(t, errs, []error{nil, nil, rest.ErrUnaddressable})
	select {
	case <-c.lost:
	case <-time.After(10 * time.Second):
		t.Error("the client is still connected")
	}
	await(t, stays.Publish("t", 1, false, "x"))
}

// Before 4.3.9 a client that is not there was an error.
func TestKickOfNobodyOnOldBrokers(t *testing.T) {
	client := stub(t, says(http.StatusOK, `{"code":112,"message":"not_found"}`))
	noErrors(t, client.Kick(t.Context(), []string{"nobody"}))
}

func TestClearACLCache(t *testing.T) {
	var mu sync.Mutex
	asked := map[string]int{}
	offered := true
	client := stub(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked[r.Method+" "+r.URL.EscapedPath()]++
		switch {
		case !offered:
			says(http.StatusNotFound, "Not found.")(w, r)
		case strings.Contains(r.URL.Path, "nobody"):
			says(http.StatusOK, `{"code":112,"message":"not_found"}`)(w, r)
		default:
			says(http.StatusOK, `{"code":0}`)(w, r)
		}
	})
	noErrors(t, client.ClearACLCache(t.Context(), []string{"c/1", "nobody"}))
	noErrors(t, []error{client.ClearEveryACLCache(t.Context())})
	wantDiff(t, "requests", map[string]int{
		"DELETE /api/clients/c%2F1/acl_cache": 1, "DELETE /api/clients/nobody/acl_cache": 1, "DELETE /api/acl-cache": 1,
	}, asked)

	// EMQX Cloud documents none of these calls: asking once is enough.
	offered, asked = false, map[string]int{}
	for _, err := range client.ClearACLCache(t.Context(), []string{"a", "b", "c"}) {
		if err == nil {
			t.Error("no error")
		}
	}
	wantDiff(t, "requests", map[string]int{"DELETE /api/clients/a/acl_cache": 1}, asked)
}

// Times are local ones of the node, whose zone shows in GET /brokers.
func TestClientTimes(t *testing.T) {
	kathmandu := time.FixedZone("", 5*3600+45*60)
	connected := time.Now().Add(-time.Hour).Truncate(time.Second)
	tests := map[string]struct {
		datetime string
		want     time.Time
	}{
		"its own zone":        {time.Now().In(kathmandu).Format(time.DateTime), connected},
		"none":                {"", connected.Add(5*time.Hour + 45*time.Minute)},
		"a clock that is off": {time.Now().AddDate(-1, 0, 0).Format(time.DateTime), connected.Add(5*time.Hour + 45*time.Minute)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			client := stub(t, func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/brokers") {
					says(http.StatusOK, `{"code":0,"data":[{"node":"n","version":"4.4.19","datetime":"`+test.datetime+`"}]}`)(w, r)
					return
				}
				says(http.StatusOK, `{"code":0,"data":[{"clientid":"c","node":"n","username":"undefined","connected_at":"`+
					connected.In(kathmandu).Format(time.DateTime)+`"}]}`)(w, r)
			})
			got, err := client.Client(t.Context(), "c")
			if err != nil || !got.ConnectedAt.Equal(test.want) || !got.CreatedAt.IsZero() {
				t.Errorf("connected at %s, want %s (%v)", got.ConnectedAt, test.want, err)
			}
		})
	}
}

func TestSubscriptions(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	connectMQTT(t, b, "c1", "u1", "a/#", "50%/a b", "$share/g1/s/1")
	connectMQTT(t, b, "c2", "u1", "a/#", "s/1", "a/1")
	node := all(t, b.Subscriptions(t.Context(), emqxapi.SubscriptionFilter{}))[0].Node
	filters := map[string]struct {
		filter emqxapi.SubscriptionFilter
		want   []string
	}{
		"none":                   {emqxapi.SubscriptionFilter{}, []string{"c1 $share/g1/s/1", "c1 50%/a b", "c1 a/#", "c2 a/#", "c2 a/1", "c2 s/1"}},
		"clientid":               {emqxapi.SubscriptionFilter{ClientID: "c1"}, []string{"c1 $share/g1/s/1", "c1 50%/a b", "c1 a/#"}},
		"topic":                  {emqxapi.SubscriptionFilter{Topic: "a/#"}, []string{"c1 a/#", "c2 a/#"}},
		"topic and clientid":     {emqxapi.SubscriptionFilter{Topic: "a/#", ClientID: "c2"}, []string{"c2 a/#"}},
		"topic with a percent":   {emqxapi.SubscriptionFilter{Topic: "50%/a b"}, []string{"c1 50%/a b"}},
		"topic of another group": {emqxapi.SubscriptionFilter{Topic: "s/1"}, []string{"c2 s/1"}},
		"shared topic":           {emqxapi.SubscriptionFilter{Topic: "$share/g1/s/1"}, []string{"c1 $share/g1/s/1"}},
		"group":                  {emqxapi.SubscriptionFilter{ShareGroup: "g1"}, []string{"c1 $share/g1/s/1"}},
		"matching filters":       {emqxapi.SubscriptionFilter{MatchTopic: "a/+"}, []string{"c1 a/#", "c2 a/#", "c2 a/1"}},
		"qos":                    {emqxapi.SubscriptionFilter{QoS: new(int64(2))}, nil},
		"node":                   {emqxapi.SubscriptionFilter{Node: node, Topic: "a/1"}, []string{"c2 a/1"}},
	}
	for name, test := range filters {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, s := range all(t, b.Subscriptions(t.Context(), test.filter)) {
				got = append(got, s.ClientID+" "+s.Topic)
				if shared := strings.HasPrefix(s.Topic, "$share/g1/"); (s.ShareGroup == "g1") != shared || s.QoS != 1 {
					t.Errorf("%+v", s)
				}
			}
			slices.Sort(got)
			wantDiff(t, "subscriptions", test.want, got)
		})
	}
	for _, err := range b.Subscriptions(t.Context(), emqxapi.SubscriptionFilter{QoS: new(int64(3))}) {
		if err == nil {
			t.Error("QoS 3 was asked for")
		}
	}
}

func TestCounters(t *testing.T) {
	b := startBroker(t, emqxsim.Options{})
	connectMQTT(t, b, "c", "u", "a/#")
	metrics, metricsErr := b.Metrics(t.Context())
	stats, statsErr := b.Stats(t.Context())
	nodes, nodesErr := b.Nodes(t.Context())
	if err := errors.Join(metricsErr, statsErr, nodesErr); err != nil {
		t.Fatal(err)
	}
	if len(metrics) != 1 || metrics[0].Node == "" || metrics[0].Values["client.connected"] != 1 {
		t.Errorf("metrics %+v", metrics)
	}
	if len(stats) != 1 || stats[0].Values["connections.count"] != 1 {
		t.Errorf("stats %+v", stats)
	}
	if len(nodes) != 1 || nodes[0].Name != metrics[0].Node || nodes[0].Connections != 1 || nodes[0].Status == "" || !strings.HasPrefix(nodes[0].Version, "4.") {
		t.Errorf("nodes %+v", nodes)
	}
}

// A stopped node has another name for its name, and nothing else.
func TestNodes(t *testing.T) {
	client := stub(t, says(http.StatusOK, `{"code":0,"data":[
		{"node":"a@h","version":"4.4.19","node_status":"Running","uptime":"3 days, 2 hours, 1 minutes, 58 seconds","connections":7,"load1":"0.4"},
		{"name":"b@h","node_status":"Stopped"}]}`))
	nodes, err := client.Nodes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wantDiff(t, "nodes", []emqxapi.Node{
		{Name: "a@h", Version: "4.4.19", Status: "Running", Connections: 7, Uptime: 74*time.Hour + time.Minute + 58*time.Second},
		{Name: "b@h", Status: "Stopped"},
	}, nodes)
}
