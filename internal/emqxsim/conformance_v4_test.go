package emqxsim_test

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/conformance"
)

// recordedAt is the hour in which the v4 recordings were made. The broker's clock starts there, so that a time that the
// broker set can be told from one that a request named.
var recordedAt = time.Date(2026, 11, 23, 0, 30, 0, 0, time.UTC)

func TestIndexV4(t *testing.T) {
	recording, err := conformance.Load(filepath.Join("testdata", "v4", "clients_messages_metrics.json"))
	if err != nil {
		t.Fatal(err)
	}
	broker := start(t, emqxsim.Options{})
	var recorded, played struct {
		Data []struct{ Method, Path, Name, Descr string } `json:"data"`
	}
	if err := json.Unmarshal(recording.Exchanges[57].Response.JSON, &recorded); err != nil {
		t.Fatal(err)
	}
	answer := get(t, broker.V4()+"/", broker)
	if err := json.Unmarshal(answer, &played); err != nil {
		t.Fatal(err)
	}
	if len(played.Data) == 0 {
		t.Error("the index is empty")
	}
	for _, route := range played.Data {
		if !slices.Contains(recorded.Data, route) {
			t.Errorf("EMQX's index does not have the route %+v", route)
		}
	}
}

// stepClock stands still during an exchange and goes on between them, as much as they were apart in the recordings. So
// what was written by one request shares a millisecond, and what was written by two does not.
type stepClock struct{ steps atomic.Int64 }

func (c *stepClock) step() { c.steps.Add(1) }

func (c *stepClock) now() time.Time {
	return recordedAt.Add(time.Duration(c.steps.Load()) * 25 * time.Millisecond)
}

// v4Scenario is one recording with what varies in it.
type v4Scenario struct {
	name       string
	masks      []conformance.Mask
	exceptions map[int]string
	before     func(*testing.T, *emqxsim.Broker, int)
}

func TestConformanceV4(t *testing.T) {
	scenarios := []v4Scenario{
		{name: "auth_username", masks: userMasks()},
		{name: "auth_clientid", masks: userMasks()},
		{name: "acl", masks: ruleMasks()},
		{name: "banned", masks: banMasks()},
		{name: "clients_messages_metrics", masks: clientMasks(), before: connectThree, exceptions: map[int]string{
			57: "the index lists the routes that there are; EMQX has more, see TestIndexV4",
		}},
	}
	played, compared, exceptions := 0, 0, 0
	for _, scenario := range scenarios {
		t.Run(scenario.name, func(t *testing.T) {
			played++
			compared += playV4(t, scenario)
			exceptions += len(scenario.exceptions)
		})
	}
	t.Logf("%d exchanges with EMQX 4.4.19 compared, %d exceptions", compared, exceptions)
	if played == len(scenarios) && compared+exceptions != 661 {
		t.Errorf("%d exchanges were played, the recordings have 661", compared+exceptions)
	}
}

func playV4(t *testing.T, scenario v4Scenario) (compared int) {
	recording, err := conformance.Load(filepath.Join("testdata", "v4", scenario.name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	clock := new(stepClock)
	broker := start(t, emqxsim.Options{Now: clock.now})
	player := conformance.Player{
		Target:     conformance.Target{URL: broker.V4(), AppID: broker.AppID(), AppSecret: broker.AppSecret()},
		Masks:      scenario.masks,
		Exceptions: scenario.exceptions,
		Before: func(t *testing.T, number int) {
			clock.step()
			if scenario.before != nil {
				scenario.before(t, broker, number)
			}
		},
	}
	return player.Play(t, recording)
}
