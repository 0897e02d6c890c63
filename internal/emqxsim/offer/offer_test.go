package offer_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/mqtttest"
)

const (
	users5 = "/api/v5/authentication/password_based:built_in_database/users"
	rules5 = "/api/v5/authorization/sources/built_in_database/rules"
)

// broker is an embedded broker with two users, rules for both directions, and a client c1 that is subscribed to a/#.
type broker struct{ *emqxsim.Broker }

func start(t *testing.T, opts emqxsim.Options) broker {
	t.Helper()
	opts.Now = func() time.Time { return time.Unix(1_700_000_000, 0) }
	started, err := emqxsim.Start(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := started.Close(); err != nil {
			t.Error(err)
		}
	})
	client, code := mqtttest.Connect(t, started.MQTTAddr(), "c1", "", "")
	if code != mqtttest.Success {
		t.Fatalf("the client got %#x", code)
	}
	client.Subscribe("a/#")
	return broker{started}
}

// reply is what came back.
type reply struct {
	status int
	body   string
}

func (b broker) ask(t *testing.T, call, body string) reply {
	t.Helper()
	return b.askAs(t, b.AppID(), b.AppSecret(), call, body)
}

// askAs sends a call as it is written, e.g. "GET /api/v5/clients".
func (b broker) askAs(t *testing.T, id, secret, call, body string) reply {
	t.Helper()
	method, target, _ := strings.Cut(call, " ")
	request, err := http.NewRequestWithContext(t.Context(), method, b.URL()+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth(id, secret)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	received, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{answer.StatusCode, string(received)}
}
