package examples

import (
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// forEachAPI runs a test on a broker of its own over each API.
func forEachAPI(t *testing.T, test func(t *testing.T, broker *emqxsim.Broker, endpoint string)) {
	t.Helper()
	t.Parallel()
	for api, endpointOf := range map[string]func(*emqxsim.Broker) string{"v4": (*emqxsim.Broker).V4, "v5": (*emqxsim.Broker).V5} {
		t.Run(api, func(t *testing.T) {
			t.Parallel()
			broker := startBroker(t)
			test(t, broker, endpointOf(broker))
		})
	}
}

func startBroker(t *testing.T) *emqxsim.Broker {
	t.Helper()
	broker, err := emqxsim.Start(emqxsim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := broker.Close(); err != nil {
			t.Errorf("closing the broker: %s", err)
		}
	})
	return broker
}

// records counts what a broker has. A rule for both directions counts twice.
type records struct{ users, rules, bans int }

func recordsOn(broker *emqxsim.Broker) (on records) {
	stored := broker.Tables()
	on.users = stored.UserCount(tables.Username) + stored.UserCount(tables.ClientID)
	for _, kind := range []tables.Kind{tables.Username, tables.ClientID, tables.All} {
		on.rules += stored.RowCount(kind)
	}
	on.bans = len(stored.BansScattered())
	return on
}
