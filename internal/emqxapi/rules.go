package emqxapi

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// Action is what a rule is about.
type Action string

// The actions of a rule, in the spelling of v5.
const (
	ActionPublish   Action = "publish"
	ActionSubscribe Action = "subscribe"
	ActionAll       Action = "all"
)

// Access is what a rule says.
type Access string

// The two things that a rule can say.
const (
	Allow Access = "allow"
	Deny  Access = "deny"
)

// Retain says which messages a publish rule is about.
type Retain string

// RetainAll is the default and the only one that v4 knows.
const (
	RetainAll   Retain = "all"
	RetainTrue  Retain = "true"
	RetainFalse Retain = "false"
)

// Subject is whom rules are about. The name of the subject "all" is empty.
type Subject struct {
	Kind Kind
	Name string
}

func (s Subject) String() string {
	if s.Kind == KindAll {
		return "all clients"
	}
	return fmt.Sprintf("%s %q", s.Kind, s.Name)
}

// Rule is one line of a subject's rules.
type Rule struct {
	Topic  string
	Action Action
	Access Access
	QoS    []int  // ascending; nil is every QoS. v5 only
	Retain Retain // "" and RetainAll are the same. v5 only
	// Conditions say for which of the subject's clients the rule is. v5 only, from
	// EMQX 5.9 on.
	Conditions Conditions
	// Unknown are the names of fields that the broker shows and nobody here knows. A
	// dialect gives such rules and refuses to write to their subject.
	Unknown []string
}

// RuleKey is what makes a rule that rule and no other of its subject's. Neither API
// has an id for a rule.
type RuleKey struct {
	Topic      string
	Action     Action
	Conditions Conditions
}

// Key is what makes the rule that rule.
func (r Rule) Key() RuleKey {
	return RuleKey{Topic: r.Topic, Action: r.Action, Conditions: r.Conditions}
}

// SameKey says whether another rule has the same key.
func (r Rule) SameKey(o Rule) bool { return r.Key() == o.Key() }

// Equal says whether two rules read the same on the broker.
func (r Rule) Equal(o Rule) bool {
	return r.Topic == o.Topic && r.Action == o.Action && r.Access == o.Access && r.sameScope(o)
}

// sameScope says whether two rules are about the same clients, QoS levels and retain
// flags. What an unknown field is about nobody knows.
func (r Rule) sameScope(o Rule) bool {
	return r.Conditions == o.Conditions && slices.Equal(r.Unknown, o.Unknown) && r.retain() == o.retain() && slices.Equal(r.qos(), o.qos())
}

func (r Rule) retain() Retain {
	// A broker drops the retain flag of a subscribe rule (api/v5.md §1.7).
	if r.Retain == "" || r.Action == ActionSubscribe {
		return RetainAll
	}
	return r.Retain
}

func (r Rule) qos() []int {
	if r.QoS == nil {
		return []int{0, 1, 2}
	}
	return slices.Compact(slices.Sorted(slices.Values(r.QoS)))
}

// Ruleset is a subject with all its rules, in the order in which they are tried.
type Ruleset struct {
	Subject Subject
	Rules   []Rule
}

// CheckKnown is an error where rules of a subject have fields that nobody here knows:
// written back without them, a rule would hold for others than before.
func CheckKnown(subject Subject, rules []Rule) error {
	for _, rule := range rules {
		if len(rule.Unknown) > 0 {
			return fmt.Errorf("a rule of %s, %q, has what this provider does not know and would lose (%s): "+
				"manage the rules of this subject elsewhere, or take it away from the rule", subject, rule.Line(), strings.Join(rule.Unknown, ", "))
		}
	}
	return nil
}

// Directions splits a list into what is tried for a publish and what is tried
// for a subscribe. The two never meet: a rule for "all" stands in both, and
// their order relative to each other means nothing. A rule behind an equal one
// about the same messages is never reached and is left out, as v4 cannot even
// store it.
func Directions(rules []Rule) (publish, subscribe []Rule) {
	for _, r := range rules {
		if r.Action != ActionSubscribe {
			publish = appendReachable(publish, r, ActionPublish)
		}
		if r.Action != ActionPublish {
			subscribe = appendReachable(subscribe, r, ActionSubscribe)
		}
	}
	return publish, subscribe
}

func appendReachable(rules []Rule, r Rule, direction Action) []Rule {
	r.Action = direction
	shadowed := func(earlier Rule) bool { return earlier.Topic == r.Topic && earlier.sameScope(r) }
	if slices.ContainsFunc(rules, shadowed) {
		return rules
	}
	return append(rules, r)
}

// SameRules says whether two lists mean the same to every client: for a publish
// as for a subscribe, the same rules are tried in the same order. It makes no
// difference whether "all" is written as one rule or, as v4 stores it, as two.
func SameRules(a, b []Rule) bool {
	aPublish, aSubscribe := Directions(a)
	bPublish, bSubscribe := Directions(b)
	return slices.EqualFunc(aPublish, bPublish, Rule.Equal) && slices.EqualFunc(aSubscribe, bSubscribe, Rule.Equal)
}

// FindRule finds a rule by the parts as which an API stores it: one, or on v4 the two
// halves of an "all". Where only one half is there, or the two say different things, that
// shows: the half is what is found, or what is not wanted.
func FindRule(rules, parts []Rule, wanted Access) (Rule, bool) {
	var found []Rule
	for _, part := range parts {
		if i := slices.IndexFunc(rules, part.SameKey); i >= 0 {
			found = append(found, rules[i])
		}
	}
	if len(found) == 0 {
		return Rule{}, false
	}
	rule := found[0]
	if len(found) > 1 {
		rule.Action = ActionAll
		if i := slices.IndexFunc(found, func(r Rule) bool { return r.Access != wanted }); i >= 0 {
			rule.Access = found[i].Access
		}
	}
	return rule, true
}

// JoinHalves writes a publish and a subscribe rule that stand next to each other
// and say the same of the same topic as the one rule for "all" that they are.
func JoinHalves(rules []Rule) []Rule {
	var joined []Rule
	for i := 0; i < len(rules); i++ {
		r := rules[i]
		if i+1 < len(rules) && halves(r, rules[i+1]) {
			r.Action = ActionAll
			i++
		}
		joined = append(joined, r)
	}
	return joined
}

// SplitHalves writes each rule for "all" as the two rules as which v4 stores and
// shows it.
func SplitHalves(rules []Rule) []Rule {
	var split []Rule
	for _, r := range rules {
		if r.Action != ActionAll {
			split = append(split, r)
			continue
		}
		for _, half := range []Action{ActionSubscribe, ActionPublish} {
			r.Action = half
			split = append(split, r)
		}
	}
	return split
}

func halves(a, b Rule) bool {
	return a.Topic == b.Topic && a.Access == b.Access && a.Conditions == b.Conditions && len(a.Unknown)+len(b.Unknown) == 0 && slices.Equal(a.qos(), b.qos()) &&
		a.retain() == RetainAll && b.retain() == RetainAll &&
		a.Action != ActionAll && b.Action != ActionAll && a.Action != b.Action
}

// Rules are the topic rules of the built-in database.
type Rules interface {
	// Rules reads one subject's rules in the order in which they are tried. A
	// subject without rules has an empty list; that is no error.
	Rules(ctx context.Context, subject Subject) ([]Rule, error)

	// RulesNamed reads the rules of many subjects of one kind by name. Those
	// without rules are missing from the answer.
	RulesNamed(ctx context.Context, kind Kind, names []string) (map[string][]Rule, error)

	// ListRules gives every subject of a kind that has rules, each once.
	ListRules(ctx context.Context, kind Kind) iter.Seq2[Ruleset, error]

	// Rule reads one rule; ErrNotFound when the subject has none with that key.
	// v4 stores a rule for "all" as two: where only one of them is there, or one
	// does not say what is wanted, that one is the answer, so that the difference
	// shows.
	Rule(ctx context.Context, subject Subject, key RuleKey, wanted Access) (Rule, error)

	// CreateRule puts a rule before the older rules of its subject; ErrExists
	// when the subject has one with that key.
	CreateRule(ctx context.Context, subject Subject, rule Rule) error

	// UpdateRule changes access, QoS and retain of the rule with that key;
	// ErrNotFound when there is none. On v4 it becomes the newest rule.
	UpdateRule(ctx context.Context, subject Subject, rule Rule) error

	// DeleteRule removes the rule with that key and leaves every other in its
	// place. One that is gone already is no error.
	DeleteRule(ctx context.Context, subject Subject, key RuleKey) error

	// CreateRulesets makes the rules of subjects that have none; ErrExists for one
	// that has some. ReplaceRulesets makes the rules of subjects what is given,
	// whatever they were. RemoveRulesets removes all rules of subjects; a subject
	// without any is no error. Each returns one error per subject.
	CreateRulesets(ctx context.Context, rulesets []Ruleset) []error
	ReplaceRulesets(ctx context.Context, rulesets []Ruleset) []error
	RemoveRulesets(ctx context.Context, subjects []Subject) []error
}
