package emqxapi

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The options of a rule line, in the order in which they are printed.
const (
	qosOption    = "qos="
	retainOption = "retain="
)

// ParseRuleLine reads a rule written as
//
//	ACCESS ACTION [qos=0,1] [retain=true] TOPIC
//
// with one blank between the parts. TOPIC is the rest of the line as it is; it is
// not looked into. One that begins with a blank or like an option needs both
// options in front of it. An action may be in v4's spelling. All QoS levels
// are nil in the rule, "retain=all" is "".
func ParseRuleLine(line string) (Rule, error) {
	var rule Rule
	access, rest, _ := strings.Cut(line, " ")
	action, rest, _ := strings.Cut(rest, " ")
	if rule.Access = Access(access); rule.Access != Allow && rule.Access != Deny {
		return Rule{}, lineError(line, fmt.Errorf("it begins with %q, not with allow or deny", access))
	}
	var err error
	if rule.Action, err = ParseAction(action); err != nil {
		return Rule{}, lineError(line, err)
	}
	if rule.Topic, err = rule.parseOptions(rest); err != nil {
		return Rule{}, lineError(line, err)
	}
	return rule, nil
}

// parseOptions reads the options at the start of a text and gives the topic
// that follows them.
func (r *Rule) parseOptions(text string) (topic string, err error) {
	seen := map[string]bool{}
	for len(seen) < 2 && looksLikeOption(text) {
		word, rest, _ := strings.Cut(text, " ")
		option, value, _ := strings.Cut(word, "=")
		if seen[option] {
			return "", fmt.Errorf("%s= stands there twice", option)
		}
		if seen[option] = true; option+"=" == qosOption {
			r.QoS, err = parseQoS(value)
		} else {
			r.Retain, err = r.parseRetain(value)
		}
		if err != nil {
			return "", err
		}
		text = rest
	}
	switch {
	case text == "":
		return "", errors.New("it ends without a topic")
	case text[0] == ' ' && len(seen) < 2:
		return "", errors.New("there is more than one blank before the topic; " +
			"if the topic itself begins with a blank, write qos=0,1,2 retain=all before it")
	}
	return text, nil
}

func looksLikeOption(text string) bool {
	return strings.HasPrefix(text, qosOption) || strings.HasPrefix(text, retainOption)
}

func parseQoS(value string) ([]int, error) {
	var levels []int
	for digit := range strings.SplitSeq(value, ",") {
		level, err := strconv.Atoi(digit)
		if err != nil || level < 0 || level > 2 || len(digit) > 1 {
			return nil, fmt.Errorf("qos=%s is not a list of the levels 0, 1 and 2, such as qos=0,1", value)
		}
		levels = append(levels, level)
	}
	slices.Sort(levels)
	if levels = slices.Compact(levels); len(levels) == 3 {
		return nil, nil
	}
	return levels, nil
}

func (r *Rule) parseRetain(value string) (Retain, error) {
	switch retain := Retain(value); retain {
	case RetainAll:
		return "", nil
	case RetainTrue, RetainFalse:
		if r.Action == ActionSubscribe {
			return "", errors.New("retain is about messages that are published; a rule for subscribe has none")
		}
		return retain, nil
	}
	return "", fmt.Errorf("retain=%s is none of retain=true, retain=false and retain=all", value)
}

// Line writes a rule as ParseRuleLine reads it, with no more options than needed.
// A rule for no QoS at all, which v5 stores though it never matches, has "qos=",
// which ParseRuleLine refuses.
func (r Rule) Line() string {
	parts := []string{string(r.Access), string(r.Action)}
	needsBoth := looksLikeOption(r.Topic) || strings.HasPrefix(r.Topic, " ")
	if levels := r.qos(); needsBoth || len(levels) < 3 {
		parts = append(parts, qosOption+joinLevels(levels))
	}
	if retain := r.retain(); needsBoth || retain != RetainAll {
		parts = append(parts, retainOption+string(retain))
	}
	return strings.Join(append(parts, r.Topic), " ")
}

func joinLevels(levels []int) string {
	digits := make([]string, len(levels))
	for i, level := range levels {
		digits[i] = strconv.Itoa(level)
	}
	return strings.Join(digits, ",")
}

// ParseAction reads an action in the spelling of v5 or v4.
func ParseAction(spelling string) (Action, error) {
	switch spelling {
	case "publish", "pub":
		return ActionPublish, nil
	case "subscribe", "sub":
		return ActionSubscribe, nil
	case "all", "pubsub":
		return ActionAll, nil
	}
	return "", fmt.Errorf("%q is not an action: write publish, subscribe or all (or, as v4 does, pub, sub or pubsub)", spelling)
}

func lineError(line string, err error) error {
	return fmt.Errorf("the rule %q is not of the form ACCESS ACTION [qos=0,1] [retain=true] TOPIC: %w", line, err)
}
