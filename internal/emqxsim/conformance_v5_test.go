package emqxsim_test

import (
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/conformance"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/live"
)

// v5Scenario is one recording of the v5 API with what happened besides it.
type v5Scenario struct {
	version string // v5 for 5.8.9, v6 for 6.2.2
	name    string
	at      time.Time // when it was recorded; what the broker dates needs no mask
	// tick is the exchange before which a second ended, 0 for none.
	tick       int
	before     func(*testing.T, *emqxsim.Broker, int)
	masks      []conformance.Mask // besides those of all
	exceptions map[int]string
}

// keySecret is that of every key that a recording names.
const keySecret = "s"

func (s v5Scenario) play(t *testing.T) (compared int) {
	recording, err := conformance.Load(filepath.Join("testdata", s.version, s.name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	offer := emqxsim.OfferEMQX
	if s.version == "v5" {
		offer = emqxsim.OfferEMQX5
	}
	var seconds atomic.Int64
	broker := start(t, emqxsim.Options{
		Offer: offer, Keys: recordedKeys, RefuseUnknown: true, NamespaceFrom: "clientid",
		Listeners: []live.Listener{{Name: "tcp:second", Addr: "127.0.0.1:0", Zone: "z1"}},
		Now:       func() time.Time { return s.at.Add(time.Duration(seconds.Load()) * time.Second) },
	})
	target := conformance.Target{URL: broker.V5(), AppID: broker.AppID(), AppSecret: broker.AppSecret(), Keys: map[string]string{}}
	for _, key := range recordedKeys {
		target.Keys[key.ID] = key.Secret
	}
	player := conformance.Player{
		Target: target, Masks: append(v5Masks(), s.masks...), Text: withoutNode, Exceptions: s.exceptions,
		Before: func(t *testing.T, number int) {
			if s.tick > 0 && number == s.tick {
				seconds.Store(1)
			}
			if s.before != nil {
				s.before(t, broker, number)
			}
		},
	}
	return player.Play(t, recording)
}

// playAll plays scenarios and checks that every exchange was compared, but for the exceptions.
func playAll(t *testing.T, scenarios []v5Scenario, exchanges int) {
	played, compared, exceptions := 0, 0, 0
	for _, scenario := range scenarios {
		t.Run(scenario.name, func(t *testing.T) {
			played++
			compared += scenario.play(t)
			exceptions += len(scenario.exceptions)
		})
	}
	t.Logf("%d exchanges compared, %d exceptions", compared, exceptions)
	if played == len(scenarios) && compared+exceptions != exchanges {
		t.Errorf("%d exchanges were played, the recordings have %d", compared+exceptions, exchanges)
	}
}

// TestConformanceV5 is about EMQX 5.8.9.
func TestConformanceV5(t *testing.T) {
	at := time.Date(2026, 11, 23, 0, 21, 28, 0, time.UTC)
	// The clients were recorded while there was a file source, which decided; the rules without one.
	var byFile []conformance.Mask
	for _, metric := range []string{"authorization.matched.allow", "authorization.nomatch"} {
		byFile = append(byFile, conformance.Mask{Path: metric, As: conformance.Counter}, conformance.Mask{Path: "*/" + metric, As: conformance.Counter})
	}
	playAll(t, []v5Scenario{
		{version: "v5", name: "authentication_users", at: at},
		{version: "v5", name: "authorization_rules", at: at},
		{version: "v5", name: "banned", at: at, tick: 38},
		{version: "v5", name: "clients_messages_metrics", at: at, before: connectThreeAsU1, masks: byFile},
	}, 403)
}
