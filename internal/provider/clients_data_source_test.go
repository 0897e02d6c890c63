package provider

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/mqtttest"
)

// connectThree connects c1 and c2 as u1, and "c/3 x" without a username.
func (b *testBroker) connectThree(t *testing.T) (c1, c2, c3 *mqtttest.Client) {
	t.Helper()
	c1, _ = b.connectMQTT(t, "c1", "u1", "")
	c2, _ = b.connectMQTT(t, "c2", "u1", "")
	c3, _ = b.connectMQTT(t, "c/3 x", "", "")
	if c1 == nil || c2 == nil || c3 == nil {
		t.Fatal("a client was refused")
	}
	return c1, c2, c3
}

// nodeOfClients is the name of the node, as the clients show it.
func (s *protocolServer) nodeOfClients() any {
	s.t.Helper()
	return s.mustReadData("emqx_clients", values{})["clients"].([]any)[0].(values)["node"]
}

func TestClientsDataSource(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		b.connectThree(t)
		s := b.serve(t)
		type filterCase struct {
			name   string
			filter values
			want   []any
		}
		cases := []filterCase{
			{"all", values{}, []any{"c/3 x", "c1", "c2"}},
			{"clientid", values{"clientid": "c/3 x"}, []any{"c/3 x"}},
			{"no such clientid", values{"clientid": "c"}, nil},
			{"username", values{"username": "u1"}, []any{"c1", "c2"}},
			{"both", values{"username": "u1", "clientid": "c2"}, []any{"c2"}},
			{"like_clientid", values{"like_clientid": "/3"}, []any{"c/3 x"}},
			{"like_username", values{"like_username": "1"}, []any{"c1", "c2"}},
			{"ip_address", values{"ip_address": "127.0.0.1"}, []any{"c/3 x", "c1", "c2"}},
			{"another ip_address", values{"ip_address": "127.0.0.2"}, nil},
			{"conn_state", values{"conn_state": "disconnected"}, nil},
			{"clean_start", values{"clean_start": true}, []any{"c/3 x", "c1", "c2"}},
			{"no clean_start", values{"clean_start": false}, nil},
			{"proto_ver", values{"proto_ver": 5}, []any{"c/3 x", "c1", "c2"}},
			{"another proto_ver", values{"proto_ver": 4}, nil},
		}
		if !b.cloud || b.api == "v5" { // EMQX Cloud documents no filter by node on v4
			cases = append(cases, filterCase{"node", values{"node": s.nodeOfClients()}, []any{"c/3 x", "c1", "c2"}})
		}
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				read := s.mustReadData("emqx_clients", c.filter)
				if diff := cmp.Diff(c.want, column(t, read, "clients", "clientid")); diff != "" {
					t.Errorf("clients (-want +got):\n%s", diff)
				}
				for name, value := range c.filter {
					if number, ok := value.(int); ok {
						value = float64(number)
					}
					if read[name] != value {
						t.Errorf("the state has %s = %v", name, read[name])
					}
				}
			})
		}
	})
}

func TestClientDataSource(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		before := time.Now().Add(-time.Second)
		c1, _, _ := b.connectThree(t)
		if code := c1.Subscribe("a/#"); code > 2 {
			t.Fatalf("the subscription was refused: %#x", code)
		}
		c1.Publish("a/b", "12345")
		c1.AwaitMessage()
		s := b.serve(t)
		read := s.mustReadData("emqx_client", values{"clientid": "c1"})
		want := values{
			"clientid": "c1", "username": "u1", "ip_address": "127.0.0.1", "connected": true, "proto_name": "MQTT", "proto_ver": 5.0,
			"keepalive": 60.0, "clean_start": true, "expiry_interval": 0.0, "subscriptions_cnt": 1.0, "mqueue_len": 0.0, "mqueue_dropped": 0.0,
			"recv_msg": 1.0, "send_msg": 1.0, "is_bridge": false,
		}
		for name, value := range want {
			if read[name] != value {
				t.Errorf("%s = %v, want %v", name, read[name], value)
			}
		}
		for _, name := range []string{"port", "recv_oct", "send_oct"} {
			if number, _ := read[name].(float64); number <= 0 {
				t.Errorf("%s = %v", name, read[name])
			}
		}
		for _, name := range []string{"connected_at", "created_at"} {
			at, err := time.Parse(time.RFC3339, read[name].(string))
			if err != nil || at.Location() != time.UTC || at.Before(before) || at.After(time.Now()) {
				t.Errorf("%s = %v: %v", name, read[name], err)
			}
		}
		if node, _ := read["node"].(string); node == "" {
			t.Error("there is no node")
		}

		if anonymous := s.mustReadData("emqx_client", values{"clientid": "c/3 x"}); anonymous["username"] != nil {
			t.Errorf("a client without a username has %v", anonymous["username"])
		}
		_, diagnostics := s.readData("emqx_client", values{"clientid": "c9"})
		s.mustFail(diagnostics, "clientid", `neither a connection nor a session of a client "c9"`)
	})
}
