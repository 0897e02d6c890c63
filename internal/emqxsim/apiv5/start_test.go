package apiv5_test

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/apiv5"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/live"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

const (
	appID     = "key"
	appSecret = "secret-key"
)

// broker is a v5 API with what stands behind it.
type broker struct {
	url    string
	tables *tables.Tables
	live   *live.Broker
}

// start serves the API alone, by the clock given; nil means the real one.
// Clients without a credential are refused, as EMQX 5 does.
func start(t *testing.T, opts apiv5.Options, now func() time.Time) broker {
	t.Helper()
	rows := tables.New(now)
	mqtt, err := live.Start(rows, live.Options{Addr: "127.0.0.1:0", RefuseUnknown: true})
	if err != nil {
		t.Fatal(err)
	}
	opts.AppID, opts.AppSecret = appID, appSecret
	server := httptest.NewServer(apiv5.New(rows, mqtt, opts))
	t.Cleanup(func() {
		server.Close()
		if err := mqtt.Close(); err != nil {
			t.Error(err)
		}
	})
	return broker{server.URL, rows, mqtt}
}
