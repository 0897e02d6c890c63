package mqtttopic_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/mqtttopic"
)

// mochiMatches asks the subscription index of another broker.
func mochiMatches(filter, topic string) bool {
	index := mqtt.NewTopicsIndex()
	index.Subscribe("client", packets.Subscription{Filter: filter})
	found := index.Subscribers(topic)
	return len(found.Subscriptions)+len(found.Shared) > 0
}

// reference is mochi's answer, but for two points of mochi 2.7.9 that are not
// MQTT's: it lets "a/+/#" miss the parent "a/b", which "a/+" tells, and it
// lets a shared wildcard see $ topics, which the filter without its group tells.
func reference(filter, topic string) bool {
	filter = mqtttopic.Unshared(filter)
	if parent, ok := strings.CutSuffix(filter, "/#"); ok && mochiMatches(parent, topic) {
		return true
	}
	return mochiMatches(filter, topic)
}

func TestMatchAgreesWithMochi(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 11))
	matched := 0
	const cases = 10_000
	for range cases {
		filter, topic := randomFilter(random), randomTopic(random)
		want := reference(filter, topic)
		if got := mqtttopic.Match(filter, topic); got != want {
			t.Errorf("Match(%q, %q) = %t, mochi says %t", filter, topic, got, want)
		}
		if want {
			matched++
		}
	}
	// Cases that never match would agree with anything.
	if matched < cases/10 || matched > cases*9/10 {
		t.Errorf("%d of %d random cases match, which tests little", matched, cases)
	}
}

func TestValidateFilterAgreesWithMochi(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 7))
	for range 10_000 {
		filter := randomFilter(random)
		if err := mqtttopic.ValidateFilter(filter); err != nil {
			t.Errorf("ValidateFilter(%q): %v", filter, err)
		}
		if !mqtt.IsValidFilter(filter, false) {
			t.Errorf("mochi refuses %q", filter)
		}
	}
}

// The names are few, so that filters and topics meet often.
var levelNames = []string{"a", "b", "", "ü"}

func randomTopic(random *rand.Rand) string {
	levels := randomLevels(random, levelNames)
	if random.IntN(5) == 0 {
		levels = append([]string{"$SYS"}, levels...)
	}
	if topic := strings.Join(levels, "/"); topic != "" {
		return topic
	}
	return "a"
}

func randomFilter(random *rand.Rand) string {
	levels := randomLevels(random, append([]string{"+", "+", "+"}, levelNames...))
	if random.IntN(6) == 0 {
		levels = append([]string{"$SYS"}, levels...)
	}
	if random.IntN(3) == 0 {
		levels = append(levels, "#")
	}
	filter := strings.Join(levels, "/")
	if filter == "" {
		filter = "#"
	}
	switch random.IntN(10) {
	case 0:
		filter = "$share/g/" + filter
	case 1:
		filter = "$queue/" + filter
	}
	return filter
}

func randomLevels(random *rand.Rand, names []string) []string {
	levels := make([]string, 1+random.IntN(3))
	for i := range levels {
		levels[i] = names[random.IntN(len(names))]
	}
	return levels
}

func FuzzMatch(f *testing.F) {
	for _, seed := range [][2]string{
		{"a/+/#", "a/b"}, {"#", "$SYS/x"}, {"$share/g/+", "a"}, {"$queue/+", "a"}, {"/", "/"}, {"a//#", "a/"}, {"", ""},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, filter, topic string) {
		filterErr, nameErr := mqtttopic.ValidateFilter(filter), mqtttopic.ValidateName(topic)
		got := mqtttopic.Match(filter, topic)
		if filterErr != nil || nameErr != nil {
			return // only has to come back
		}
		if want := reference(filter, topic); got != want {
			t.Errorf("Match(%q, %q) = %t, mochi says %t", filter, topic, got, want)
		}
		if mqtttopic.ValidateName(filter) == nil && mqtttopic.Unshared(filter) == filter && got != (filter == topic) {
			t.Errorf("Match(%q, %q) = %t without a wildcard", filter, topic, got)
		}
	})
}
