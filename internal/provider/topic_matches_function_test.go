package provider

import (
	"strings"
	"testing"
)

func TestTopicMatchesFunction(t *testing.T) {
	t.Parallel()
	server := functionServer(t)
	cases := []struct {
		filter, topic string
		want          bool
	}{
		{"devices/+/up", "devices/d1/up", true},
		{"devices/+/up", "devices/d1/down", false},
		{"devices/#", "devices", true},
		{"#", "$SYS/brokers", false},
		{"$share/g/devices/#", "devices/d1", true},
		{"$queue/devices/#", "devices/d1", true},
		{"a//b", "a//b", true},
		{"a/+/b", "a//b", true},
	}
	for _, c := range cases {
		got, err := call(t, server, "topic_matches", c.filter, c.topic)
		if err != nil {
			t.Errorf("topic_matches(%q, %q): %s", c.filter, c.topic, err.Text)
		} else if got != c.want {
			t.Errorf("topic_matches(%q, %q) = %v, want %t", c.filter, c.topic, got, c.want)
		}
	}
}

func TestTopicMatchesFunctionRefuses(t *testing.T) {
	t.Parallel()
	server := functionServer(t)
	cases := []struct {
		filter, topic string
		argument      int64
		says          string
	}{
		{"a/#/b", "a", 0, "# may stand only at the end"},
		{"", "a", 0, "at least one character"},
		{"$share/g", "a", 0, "$share/GROUP/FILTER"},
		{"$queue/$queue/a", "a", 0, "shared twice"},
		{"a", "a/+", 1, "wildcard"},
		{"a", "", 1, "at least one character"},
	}
	for _, c := range cases {
		got, err := call(t, server, "topic_matches", c.filter, c.topic)
		switch {
		case err == nil:
			t.Errorf("topic_matches(%q, %q) = %v", c.filter, c.topic, got)
		case err.FunctionArgument == nil || *err.FunctionArgument != c.argument || !strings.Contains(err.Text, c.says):
			t.Errorf("topic_matches(%q, %q): %q on argument %v, want %q on %d", c.filter, c.topic, err.Text, err.FunctionArgument, c.says, c.argument)
		}
	}
}
