package tables

import "slices"

// Permission is what a rule says.
type Permission string

// Action is what a rule is about.
type Action string

// Retain says which PUBLISH packets a rule is about, by their retain flag.
type Retain string

// The values of a rule's fields, spelled as v5 spells them.
const (
	Allow Permission = "allow"
	Deny  Permission = "deny"

	Publish   Action = "publish"
	Subscribe Action = "subscribe"
	AnyAction Action = "all"

	RetainAny   Retain = "all"
	RetainTrue  Retain = "true"
	RetainFalse Retain = "false"
)

// Subject is whom rules are for: a username, a clientid, or, with kind All and no name, everybody.
type Subject struct {
	Kind Kind
	Name string
}

// Everybody is the subject of the rules for all.
var Everybody = Subject{Kind: All}

// Rule is one rule as v5 knows it. A rule that was written over v4 is for every QoS and retain flag.
type Rule struct {
	Topic      string
	Permission Permission
	Action     Action
	QoS        []int  // in the order given; v5 keeps duplicates and an empty list too
	Retain     Retain // RetainAny for subscribe
	Conditions *Conditions
}

// Row is one rule as v4 shows it: for one direction.
type Row struct {
	Subject    Subject
	Topic      string
	Action     Action // Publish or Subscribe
	Permission Permission
	CreatedAt  int64 // Unix milliseconds; v4 sorts by it and does not show it
	Place      int   // in the order in which the subject's rules are tried; both rows of one rule have the same
}

// ruleRecord is a rule in its place. A record that v5 wrote has its place by the list it came in, one that v4 wrote by
// its time; each has the placeholders of its version.
type ruleRecord struct {
	Rule
	createdAt int64
	byTime    bool
}

// ruleTable maps a subject's name to its rules in the order in which they are tried.
type ruleTable struct {
	subjects map[string][]ruleRecord
	names    names
	rows     int
}

func newRuleTable() *ruleTable { return &ruleTable{subjects: map[string][]ruleRecord{}} }

func (r *ruleTable) put(name string, records []ruleRecord) {
	r.keep(name, records, rowCount(records)-rowCount(r.subjects[name]))
}

// keep is put for records that are so many rows more than those that were there.
func (r *ruleTable) keep(name string, records []ruleRecord, more int) {
	_, existed := r.subjects[name]
	r.subjects[name] = records
	r.rows += more
	if !existed {
		r.names.changed()
	}
}

func (r *ruleTable) remove(name string) bool {
	old, existed := r.subjects[name]
	if existed {
		delete(r.subjects, name)
		r.rows -= rowCount(old)
		r.names.changed()
	}
	return existed
}

func rowCount(records []ruleRecord) int {
	n := len(records)
	for _, record := range records {
		if record.Action == AnyAction {
			n++
		}
	}
	return n
}

// SetRules replaces all rules of a subject, as v5 does. An empty list makes a subject without rules.
func (t *Tables) SetRules(subject Subject, rules []Rule) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rules[subject.Kind].put(subject.Name, t.ordered(rules))
}

// CreateRules is SetRules for a subject that has no rules yet: ErrExists otherwise.
func (t *Tables) CreateRules(subject Subject, rules []Rule) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.rules[subject.Kind].subjects[subject.Name]; ok {
		return ErrExists
	}
	t.rules[subject.Kind].put(subject.Name, t.ordered(rules))
	return nil
}

func (t *Tables) ordered(rules []Rule) []ruleRecord {
	now := t.now().UnixMilli()
	records := make([]ruleRecord, len(rules))
	for i, rule := range rules {
		records[i] = ruleRecord{Rule: rule, createdAt: now}
	}
	return records
}

// Rules gives the rules of a subject in the order in which they are tried, and whether the subject exists.
func (t *Tables) Rules(subject Subject) ([]Rule, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	records, ok := t.rules[subject.Kind].subjects[subject.Name]
	if !ok {
		return nil, false
	}
	return rulesOf(records), true
}

func rulesOf(records []ruleRecord) []Rule {
	rules := make([]Rule, len(records))
	for i, record := range records {
		rules[i] = record.Rule
		rules[i].QoS = slices.Clone(record.QoS)
	}
	return rules
}

// DeleteRules removes a subject with its rules and says whether it was there.
func (t *Tables) DeleteRules(subject Subject) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.rules[subject.Kind].remove(subject.Name)
}

// PurgeRules removes every rule of every subject, of no other namespace.
func (t *Tables) PurgeRules() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.purgeRules()
}

// PurgeAllRules removes every rule of every subject, those of all namespaces too.
func (t *Tables) PurgeAllRules() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, each := range t.allSpaces() {
		each.purgeRules()
	}
}

func (s *space) purgeRules() {
	for kind := range s.rules {
		s.rules[kind] = newRuleTable()
	}
}

// SubjectCount is the number of subjects of a kind that have rules, or an empty list of them.
func (t *Tables) SubjectCount(kind Kind) int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return len(t.rules[kind].subjects)
}
