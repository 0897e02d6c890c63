package apiv5_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/apiv5"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/mqtttest"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

const settings = "/authorization/settings"

// TestSettingsAreReplaced: a PUT is no merge (api/v6.md §2, §6).
func TestSettingsAreReplaced(t *testing.T) {
	const stock = `{"cache":{"enable":true,"excludes":[],"max_size":32,"ttl":"1m"},"deny_action":"ignore","ignore_backend_failures":false,"include_mountpoint":false,"no_match":"deny"}`
	b := start(t, apiv5.Options{}, nil)
	b.play(t, []exchange{
		{"GET", settings, "", 200, stock},
		{"PUT", settings, `{"no_match":"allow","deny_action":"disconnect","cache":{"enable":false,"ttl":"1h30m","max_size":1,"excludes":["a/#"]},"other":1}`, 200,
			`{"cache":{"enable":false,"excludes":["a/#"],"max_size":1,"ttl":"1h30m"},"deny_action":"disconnect","ignore_backend_failures":false,"include_mountpoint":false,"no_match":"allow"}`},
	})
	want := tables.Settings{NoMatch: tables.Allow, Disconnect: true, Cache: tables.CacheSettings{
		MaxSize: 1, TTL: 90 * time.Minute, Excludes: []string{"a/#"},
	}}
	if diff := cmp.Diff(want, b.tables.Settings()); diff != "" {
		t.Errorf("what decides (-want +got)\n%s", diff)
	}
	b.play(t, []exchange{
		{"PUT", settings, `{"no_match":"allow"}`, 400, `\"reason\":\"required_field\",\"path\":\"cache\"`},
		{"PUT", settings, `{"no_match":"other"}`, 400, `\"path\":\"no_match\"`},
		{"PUT", settings, `{"cache":{"ttl":""}}`, 400, "Not a valid duration"},
		{"PUT", settings, `{"cache":{}}`, 200, stock},
	})
}

// TestSettingsOf5: what came later is not there, and nothing has a default.
func TestSettingsOf5(t *testing.T) {
	b := start(t, apiv5.Options{Release: apiv5.EMQX58}, nil)
	b.play(t, []exchange{
		{"GET", settings, "", 200, `{"cache":{"enable":true,"excludes":[],"max_size":32,"ttl":"1m"},"deny_action":"ignore","no_match":"allow"}`},
		{"PUT", settings, `{"cache":{}}`, 400, `required_field`},
		{"PUT", settings, `{"no_match":"deny","deny_action":"ignore","cache":{"ttl":60000}}`, 200, `"ttl":60000`},
		{"GET", "/authorization/node_cache", "", 404, "html"},
		{"GET", "/authentication/settings", "", 404, "does not exist"}, // taken for an authenticator
		{"POST", "/authorization/sources/built_in_database/metrics/reset", "", 404, "html"},
	})
}

// TestSettingsDecide: what becomes of a client on whose request nothing decides, and of one that is denied something.
func TestSettingsDecide(t *testing.T) {
	b := start(t, apiv5.Options{}, nil)
	b.must(t, "POST", users, `{"user_id":"u","password":"p"}`)
	b.must(t, "DELETE", "/authorization/sources/file", "")
	connect := func() *mqtttest.Client {
		client, code := mqtttest.Connect(t, b.live.Addr(), "c", "u", "p")
		if code != mqtttest.Success {
			t.Fatalf("reason code %#x", code)
		}
		return client
	}
	client := connect()
	if got := client.Publish("t", ""); got != mqtttest.NotAuthorized {
		t.Errorf("no_match deny: reason code %#x", got)
	}
	b.must(t, "PUT", settings, `{"no_match":"allow","cache":{}}`)
	if got := client.Publish("other", ""); got != mqtttest.Success {
		t.Errorf("no_match allow: reason code %#x", got)
	}
	b.must(t, "PUT", settings, `{"deny_action":"disconnect","cache":{}}`)
	if got := client.SubscribeToEnd("t"); got != mqtttest.NotAuthorized {
		t.Errorf("disconnected from subscribing with reason code %#x", got)
	}
	if got := connect().PublishToEnd("t"); got != mqtttest.NotAuthorized {
		t.Errorf("disconnected from publishing with reason code %#x", got)
	}
}

// TestDecisionsAreKept: a change of rules holds for a connected client when the cache is emptied or the client is back.
func TestDecisionsAreKept(t *testing.T) {
	b := start(t, apiv5.Options{}, nil)
	b.must(t, "POST", users, `{"user_id":"u","password":"p"}`)
	client, _ := mqtttest.Connect(t, b.live.Addr(), "c", "u", "p")
	told := func(when string, want byte) {
		t.Helper()
		if got := client.Publish("t", ""); got != want {
			t.Errorf("%s: reason code %#x, want %#x", when, got, want)
		}
	}
	told("before", mqtttest.Success)
	b.must(t, "POST", rules+"/all", `{"rules":[{"topic":"t","permission":"deny","action":"all"}]}`)
	told("kept", mqtttest.Success)
	if got := client.Subscribe("t"); got != mqtttest.NotAuthorized {
		t.Errorf("subscriptions are asked about each time: reason code %#x", got)
	}
	b.play(t, []exchange{
		{"GET", "/clients/c/authorization/cache", "", 200, `"access":{"action_type":"publish","qos":1,"retain":false},"topic":"t","result":"allow"`},
		{"DELETE", "/clients/c/authorization/cache", "", 204, ""},
		{"GET", "/clients/c/authorization/cache", "", 200, `[]`},
		{"GET", "/clients/nobody/authorization/cache", "", 404, "CLIENTID_NOT_FOUND"},
		{"DELETE", "/clients/nobody/authorization/cache", "", 404, "CLIENTID_NOT_FOUND"},
	})
	told("emptied", mqtttest.NotAuthorized)
	b.must(t, "DELETE", rules+"/all", "")
	told("kept again", mqtttest.NotAuthorized)
	b.must(t, "DELETE", "/authorization/cache", "")
	told("all emptied", mqtttest.Success)
}

func TestNodeCache(t *testing.T) {
	b := start(t, apiv5.Options{}, nil)
	b.play(t, []exchange{
		{"PUT", "/authorization/node_cache", `{"cache_ttl":"2m"}`, 204, ""},
		{"GET", "/authorization/node_cache", "", 200, `{"cache_ttl":"2m","enable":true,"max_count":1000000,"max_memory":"100MB"}`},
		{"PUT", "/authentication/settings", `{"node_cache":{"enable":false}}`, 204, ""},
		{"GET", "/authentication/settings", "", 200, `{"ignore_backend_failures":false,"node_cache":{"cache_ttl":"1m","enable":false,"max_count":1000000,"max_memory":"100MB"}}`},
		{"PUT", "/authentication/settings", `{}`, 204, ""}, // resets what is absent
		{"GET", "/authentication/settings", "", 200, `"enable":true`},
	})
}
