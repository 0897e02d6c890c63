package emqxapi

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// The options of a rule line besides the conditions, behind which they are printed.
const (
	qosOption    = "qos="
	retainOption = "retain="
)

// ParseRuleLine reads a rule written as
//
//	ACCESS ACTION [CONDITION=VALUE]... [qos=0,1] [retain=true] TOPIC
//
// with one blank between the parts. A blank or % in a VALUE is percent-encoded. TOPIC
// is the rest of the line as it is; it is not looked into. One that begins with a blank
// or like an option needs qos=0,1,2 retain=all in front of it. An action may be in v4's
// spelling. All QoS levels are nil in the rule, "retain=all" is "".
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
	bothSeen := func() bool { return seen[qosOption] && seen[retainOption] }
	for option := optionOf(text); option != "" && !bothSeen(); option = optionOf(text) {
		word, rest, _ := strings.Cut(text, " ")
		if seen[option] {
			return "", fmt.Errorf("%s stands there twice", option)
		}
		seen[option] = true
		if err := r.parseOption(option, strings.TrimPrefix(word, option)); err != nil {
			return "", err
		}
		text = rest
	}
	switch option := optionOf(text); {
	case text == "":
		return "", errors.New("it ends without a topic")
	case text[0] == ' ' && !bothSeen():
		return "", errors.New("there is more than one blank before the topic; " +
			"if the topic itself begins with a blank, write qos=0,1,2 retain=all before it")
	case option != "" && option != qosOption && option != retainOption && (r.QoS != nil || r.Retain != ""):
		return "", fmt.Errorf("%s stands behind qos= and retain=, where the topic begins; put it before them", option)
	}
	return text, nil
}

func (r *Rule) parseOption(option, value string) (err error) {
	switch option {
	case qosOption:
		r.QoS, err = parseQoS(value)
	case retainOption:
		r.Retain, err = r.parseRetain(value)
	default:
		name := strings.TrimSuffix(option, "=")
		if value, err = url.PathUnescape(value); err != nil {
			return fmt.Errorf("the value of %s is not percent-encoded, which a blank (%%20) and %% (%%25) have to be: %w", name, err)
		}
		if err = ValidateCondition(name, value); err == nil {
			r.Conditions.Set(name, value)
		}
	}
	return err
}

// optionOf gives the option with which a text begins, its = included, or "".
func optionOf(text string) string {
	name, _, found := strings.Cut(text, "=")
	option := name + "="
	if found && (option == qosOption || option == retainOption || slices.Contains(ConditionNames, name)) {
		return option
	}
	return ""
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

// valueEncoder writes the value of a condition so that it is one word of a line.
var valueEncoder = strings.NewReplacer("%", "%25", " ", "%20")

// Line writes a rule as ParseRuleLine reads it, with no more options than needed.
// A rule for no QoS at all, which v5 stores though it never matches, has "qos=",
// which ParseRuleLine refuses. So it does a topic that begins like a condition in a
// rule for some QoS levels or some messages only.
func (r Rule) Line() string {
	parts := []string{string(r.Access), string(r.Action)}
	for name, value := range r.Conditions.All() {
		parts = append(parts, name+"="+valueEncoder.Replace(value))
	}
	needsBoth := optionOf(r.Topic) != "" || strings.HasPrefix(r.Topic, " ")
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
	return fmt.Errorf("the rule %q is not of the form ACCESS ACTION [CONDITION=VALUE] [qos=0,1] [retain=true] TOPIC: %w", line, err)
}
