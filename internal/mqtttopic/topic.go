// Package mqtttopic knows the topic names and topic filters of MQTT 3.1.1 and 5:
// which are well formed, and which filter matches which name (section 4.7 of
// both specifications, and 4.8.2 of MQTT 5 for shared subscriptions).
package mqtttopic

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxBytes is what the two length bytes of an MQTT string can say
// [MQTT-4.7.3-3].
const maxBytes = 65535

// The two ways to begin the filter of a shared subscription: $share/GROUP/FILTER,
// and EMQX's own $queue/FILTER, which is the group $queue (EMQX 4.4 and 5.8:
// emqx_topic.erl, parse/2).
const (
	sharePrefix = "$share/"
	queuePrefix = "$queue/"
)

// ValidateFilter says what is wrong with a topic filter: # has to be the last
// level and alone in it, + alone in its level. A shared subscription's filter
// ($share/GROUP/FILTER or $queue/FILTER) needs a group without wildcards and a
// filter that is not shared itself, which is what EMQX 5.8.9 takes.
func ValidateFilter(filter string) error {
	if err := validateString("topic filter", filter); err != nil {
		return err
	}
	if rest, shared := strings.CutPrefix(filter, sharePrefix); shared {
		return validateShared(filter, rest)
	}
	if inner, queued := strings.CutPrefix(filter, queuePrefix); queued {
		return validateInner(filter, inner)
	}
	return validateLevels(filter)
}

// ValidateName says what is wrong with a topic name: a name is what is
// published to, so it has no wildcards at all [MQTT-3.3.2-2].
func ValidateName(topic string) error {
	if err := validateString("topic name", topic); err != nil {
		return err
	}
	if i := strings.IndexAny(topic, "+#"); i >= 0 {
		return fmt.Errorf("the topic name %q has the wildcard %q, which only topic filters may have", topic, topic[i])
	}
	return nil
}

// Match says whether a topic filter matches a topic name. Of a shared
// subscription's filter, what is shared counts. For what is
// not well formed the answer has no meaning.
func Match(filter, topic string) bool { return MatchUnshared(Unshared(filter), topic) }

// MatchUnshared is Match for a filter in which $share is a level like others. A
// filter that begins with a wildcard does not match names that begin with $
// [MQTT-4.7.2-1].
//
// The topic may be a filter too; its wildcards are then levels like others, so
// that "a/+" matches "a/#". This is how EMQX 4.4.19 and 5.8.9 look for a
// subscription in their rules (emqx_topic.erl, match/2).
func MatchUnshared(filter, topic string) bool {
	if strings.HasPrefix(topic, "$") && (strings.HasPrefix(filter, "+") || strings.HasPrefix(filter, "#")) {
		return false
	}
	return matchLevels(filter, topic)
}

func matchLevels(filter, topic string) bool {
	for more := true; more; {
		var wanted, level string
		wanted, filter, more = strings.Cut(filter, "/")
		if wanted == "#" && !more {
			return true
		}
		var topicGoesOn bool
		level, topic, topicGoesOn = strings.Cut(topic, "/")
		if wanted != "+" && wanted != level {
			return false
		}
		if !topicGoesOn {
			// "a/#" matches its parent "a" too.
			return !more || filter == "#"
		}
		if !more {
			return false
		}
	}
	return false
}

// Unshared gives the filter that a shared subscription's clients share, and
// any other filter as it is.
func Unshared(filter string) string {
	if inner, queued := strings.CutPrefix(filter, queuePrefix); queued {
		return inner
	}
	rest, shared := strings.CutPrefix(filter, sharePrefix)
	if !shared {
		return filter
	}
	if _, inner, ok := strings.Cut(rest, "/"); ok {
		return inner
	}
	return filter
}

func validateString(what, s string) error {
	switch {
	case s == "":
		return fmt.Errorf("a %s has at least one character", what)
	case len(s) > maxBytes:
		return fmt.Errorf("a %s has at most %d bytes, this one has %d", what, maxBytes, len(s))
	case !utf8.ValidString(s):
		return fmt.Errorf("the %s %q is not valid UTF-8", what, s)
	case strings.ContainsRune(s, 0):
		return fmt.Errorf("the %s %q has the character U+0000, which MQTT forbids", what, s)
	}
	return nil
}

func validateShared(filter, rest string) error {
	group, inner, found := strings.Cut(rest, "/")
	switch {
	case !found:
		return validateInner(filter, "")
	case group == "":
		return fmt.Errorf("the shared topic filter %q has no group; write $share/GROUP/FILTER", filter)
	case strings.ContainsAny(group, "+#"):
		return fmt.Errorf("the group %q of the shared topic filter %q has a wildcard", group, filter)
	}
	return validateInner(filter, inner)
}

// validateInner says what is wrong with what a shared subscription's clients share.
func validateInner(filter, inner string) error {
	switch {
	case inner == "":
		return fmt.Errorf("the shared topic filter %q has nothing to share; write $share/GROUP/FILTER or $queue/FILTER", filter)
	case strings.HasPrefix(inner, sharePrefix), strings.HasPrefix(inner, queuePrefix):
		return fmt.Errorf("the topic filter %q is shared twice", filter)
	}
	return validateLevels(inner)
}

var (
	errHashNotLast  = errors.New("# may stand only at the end, as a level of its own")
	errPlusNotAlone = errors.New("+ has to be a level of its own")
)

func validateLevels(filter string) error {
	for rest, more := filter, true; more; {
		var level string
		level, rest, more = strings.Cut(rest, "/")
		switch {
		case strings.Contains(level, "#") && (level != "#" || more):
			return fmt.Errorf("topic filter %q: %w", filter, errHashNotLast)
		case strings.Contains(level, "+") && level != "+":
			return fmt.Errorf("topic filter %q: %w", filter, errPlusNotAlone)
		}
	}
	return nil
}
