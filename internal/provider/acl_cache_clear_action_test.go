package provider

import (
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// The broker goes by what it has decided before until the action makes it forget that:
// for those that are named, by either name, or for everybody.
func TestACLCacheClearAction(t *testing.T) {
	forEachAPIWith(t, emqxsim.Options{}, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		everybody := []string{"c1", "c2", "c3", "c4"}
		for name, test := range map[string]struct {
			config values
			about  map[string]bool
		}{
			"clientids":      {values{"clientids": []any{"c1", "nobody"}}, map[string]bool{"c1": true}},
			"usernames":      {values{"usernames": []any{"u1", "nobody"}}, map[string]bool{"c1": true, "c2": true}},
			"both":           {values{"usernames": []any{"u1"}, "clientids": []any{"c4"}}, map[string]bool{"c1": true, "c2": true, "c4": true}},
			"nobody":         {values{"usernames": []any{}}, nil},
			"everybody":      {values{}, map[string]bool{"c1": true, "c2": true, "c3": true, "c4": true}},
			"nobody, likely": {values{"usernames": []any{"u1 "}, "clientids": []any{}}, nil},
		} {
			clients := map[string]witness{}
			for i, clientID := range everybody {
				clients[clientID] = b.witness(t, clientID, []string{"u1", "u1", "u2", ""}[i], "")
			}
			b.Tables().AddRow(tables.Everybody, "t", tables.Publish, tables.Deny)
			s.mustInvoke(cacheAction, test.config)
			for _, clientID := range everybody {
				clients[clientID].publishes(name+": "+clientID, !test.about[clientID])
			}
			b.Tables().DeleteTopic(tables.Everybody, "t")
			for _, client := range clients {
				client.Disconnect()
			}
		}
	})
}

func TestACLCacheClearActionTakesFewRequests(t *testing.T) {
	forEachAPIWith(t, emqxsim.Options{}, func(t *testing.T, b *testBroker) {
		b.witness(t, "c1", "u1", "")
		s := b.serve(t)
		for _, test := range []struct {
			config values
			want   int
		}{{values{}, 1}, {values{"clientids": []any{"c1"}}, 1}, {values{"usernames": []any{"u1"}}, 3}} {
			b.ResetRequests()
			s.mustInvoke(cacheAction, test.config)
			if n := len(b.Requests()); n > test.want {
				t.Errorf("%d requests for %v, want %d", n, test.config, test.want)
			}
		}
	})
}
