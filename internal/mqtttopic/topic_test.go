package mqtttopic_test

import (
	"strings"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/mqtttopic"
)

func TestValidateFilter(t *testing.T) {
	cases := []struct {
		name, filter string
		valid        bool
	}{
		{"plain", "sport/tennis/player1", true},
		{"hash alone", "#", true},
		{"hash last", "sport/tennis/#", true},
		{"hash within a level", "sport/tennis#", false},
		{"hash not last", "sport/tennis/#/ranking", false},
		{"hash first", "#/a", false},
		{"two hashes", "##", false},
		{"plus alone", "+", true},
		{"plus and hash", "+/tennis/#", true},
		{"plus within a level", "sport+", false},
		{"plus before letters", "a/+b", false},
		{"plus between levels", "sport/+/player1", true},
		{"plus and hash in one level", "a/+#", false},
		{"separators only", "/", true},
		{"empty levels", "a//+//#", true},
		{"blanks", " a b / c ", true},
		{"dollar", "$SYS/#", true},
		{"placeholders", "devices/%c/${username}/#", true},
		{"not latin", "ünï/✓/日本/🙂", true},
		{"longest", strings.Repeat("a", 65535), true},
		{"too long", strings.Repeat("a", 65536), false},
		{"empty", "", false},
		{"NUL", "a/\x00", false},
		{"half a character", "a/\xc3", false},
		{"surrogate", "a/\xed\xa0\x80", false},
		{"shared", "$share/consumer1/sport/tennis/+", true},
		{"shared hash", "$share/g/#", true},
		{"shared separator", "$share/g//finance", true},
		{"shared without filter", "$share/g", false},
		{"shared with an empty filter", "$share/g/", false},
		{"shared without group", "$share//a", false},
		{"shared with nothing", "$share/", false},
		{"shared group with plus", "$share/a+/b", false},
		{"shared group with hash", "$share/#/b", false},
		{"shared hash not last", "$share/g/#/b", false},
		{"shared twice", "$share/g/$share/h/a", false},
		{"queue", "$queue/sport/#", true},
		{"queue with a hash not last", "$queue/#/b", false},
		{"queue without filter", "$queue/", false},
		{"a topic of that name", "$queue", true},
		{"the group $queue", "$share/$queue/a", true},
		{"queue of a shared one", "$queue/$share/g/a", false},
		{"shared queue", "$share/g/$queue/a", false},
		{"queue twice", "$queue/$queue/a", false},
		{"a name that only begins like a shared one", "$shared/g", true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if err := mqtttopic.ValidateFilter(c.filter); (err == nil) != c.valid {
				t.Errorf("ValidateFilter(%.40q): %v, want valid: %t", c.filter, err, c.valid)
			}
		})
	}
}

func TestValidateName(t *testing.T) {
	cases := []struct {
		name, topic string
		valid       bool
	}{
		{"plain", "sport/tennis", true},
		{"separator", "/", true},
		{"blank", " ", true},
		{"dollar", "$SYS/broker", true},
		{"not latin", "ünï-✓", true},
		{"longest", strings.Repeat("é", 32767), true},
		{"too long", strings.Repeat("é", 32768), false},
		{"empty", "", false},
		{"plus", "a/+", false},
		{"plus within a level", "a+b", false},
		{"hash", "#", false},
		{"hash within a level", "a#b", false},
		{"NUL", "\x00", false},
		{"not UTF-8", "\xff", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if err := mqtttopic.ValidateName(c.topic); (err == nil) != c.valid {
				t.Errorf("ValidateName(%.40q): %v, want valid: %t", c.topic, err, c.valid)
			}
		})
	}
}

// The examples of section 4.7 of MQTT 3.1.1 and 5 and 4.8.2 of MQTT 5, and
// what follows from them.
func TestMatch(t *testing.T) {
	cases := []struct {
		filter, topic string
		match         bool
	}{
		{"sport/tennis/player1/#", "sport/tennis/player1", true},
		{"sport/tennis/player1/#", "sport/tennis/player1/ranking", true},
		{"sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true},
		{"sport/tennis/player1/#", "sport/tennis/player12", false},
		{"sport/#", "sport", true},
		{"sport/#", "sports", false},
		{"#", "sport", true},
		{"#", "/", true},
		{"sport/tennis/+", "sport/tennis/player1", true},
		{"sport/tennis/+", "sport/tennis/player1/ranking", false},
		{"sport/+", "sport", false},
		{"sport/+", "sport/", true},
		{"+", "/finance", false},
		{"+/+", "/finance", true},
		{"/+", "/finance", true},
		{"+/#", "finance", true},
		{"a/+/#", "a/b", true},
		{"a/+/#", "a", false},
		{"a//b", "a//b", true},
		{"a/+/b", "a//b", true},
		{"a//b", "a/b", false},
		{"a/", "a", false},
		{"a", "a/", false},
		{"a/#", "a/", true},
		{"ACCOUNTS", "Accounts", false},
		{"#", "$SYS/broker", false},
		{"+/broker", "$SYS/broker", false},
		{"+/monitor/Clients", "$SYS/monitor/Clients", false},
		{"$SYS/#", "$SYS/monitor", true},
		{"$SYS/monitor/+", "$SYS/monitor/Clients", true},
		{"a/#", "a/$SYS", true},
		{"a/+", "a/$SYS", true},
		{"$share/g/sport/#", "sport/tennis", true},
		{"$share/g/sport/#", "g/sport/tennis", false},
		{"$share/g//finance", "/finance", true},
		{"$share/g/#", "$SYS/broker", false},
		{"$share/g/$SYS/#", "$SYS/broker", true},
		{"$shared/g", "$shared/g", true},
		{"$queue/sport/#", "sport/tennis", true},
		{"$queue/sport/#", "$queue/sport/tennis", false},
		{"$queue/+", "$SYS", false},
		{"$queues/a", "$queues/a", true},
		{"ünï/+", "ünï/✓", true},
	}
	for _, c := range cases {
		t.Run(c.filter+" on "+c.topic, func(t *testing.T) {
			if got := mqtttopic.Match(c.filter, c.topic); got != c.match {
				t.Errorf("Match(%q, %q) = %t, want %t", c.filter, c.topic, got, c.match)
			}
		})
	}
}

// A subscription is looked for in the rules with its wildcards.
func TestMatchUnshared(t *testing.T) {
	cases := []struct {
		filter, topic string
		match         bool
	}{
		{"a/#", "a/#", true},
		{"a/#", "a/+", true},
		{"a/+", "a/+", true},
		{"a/+", "a/#", true},
		{"a/b", "a/+", false},
		{"a/b", "a/#", false},
		{"#", "#", true},
		{"#", "$SYS/#", false},
		{"$share/g/a", "a", false},
		{"$share/g/a", "$share/g/a", true},
	}
	for _, c := range cases {
		t.Run(c.filter+" on "+c.topic, func(t *testing.T) {
			if got := mqtttopic.MatchUnshared(c.filter, c.topic); got != c.match {
				t.Errorf("MatchUnshared(%q, %q) = %t, want %t", c.filter, c.topic, got, c.match)
			}
		})
	}
}

func TestUnshared(t *testing.T) {
	cases := map[string]string{
		"a/b":            "a/b",
		"$share/g/a/b":   "a/b",
		"$share/g/$SYS":  "$SYS",
		"$share/g":       "$share/g",
		"$shared/g/a":    "$shared/g/a",
		"$queue/a/b":     "a/b",
		"$queue//left":   "/left",
		"$queue":         "$queue",
		"$share/g//left": "/left",
	}
	for filter, want := range cases {
		if got := mqtttopic.Unshared(filter); got != want {
			t.Errorf("Unshared(%q) = %q, want %q", filter, got, want)
		}
	}
}
