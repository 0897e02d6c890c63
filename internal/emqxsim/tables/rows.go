package tables

import (
	"cmp"
	"slices"
)

// AddRow writes one v4 rule: it replaces what the subject's rules say of this topic in this direction and goes in front
// of the older ones. AnyAction writes both directions as two rows (EMQX 4.4.19: emqx_acl_mnesia_db, normalize_rule).
func (t *Tables) AddRow(subject Subject, topic string, action Action, permission Permission) {
	t.mu.Lock()
	defer t.mu.Unlock()
	directions := []Action{action}
	if action == AnyAction {
		directions = []Action{Publish, Subscribe}
	}
	table := t.rules[subject.Kind]
	records, more := table.subjects[subject.Name], 0
	now := t.now().UnixMilli()
	for _, direction := range directions {
		rule := Rule{Topic: topic, Permission: permission, Action: direction, QoS: []int{0, 1, 2}, Retain: RetainAny}
		left, taken := takeDirection(records, topic, direction)
		records = insertByTime(left, ruleRecord{Rule: rule, createdAt: now, byTime: true})
		more += 1 - taken
	}
	table.keep(subject.Name, records, more)
}

// DeleteTopic removes what the subject's rules say of a topic, in both directions, and the subject with its last rule
// (EMQX 4.4.19: emqx_acl_mnesia_db, remove_acl).
func (t *Tables) DeleteTopic(subject Subject, topic string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	table := t.rules[subject.Kind]
	records, ok := table.subjects[subject.Name]
	if !ok {
		return
	}
	left, published := takeDirection(records, topic, Publish)
	left, subscribed := takeDirection(left, topic, Subscribe)
	table.keep(subject.Name, left, -published-subscribed)
	if len(left) == 0 && len(records) > 0 {
		table.remove(subject.Name)
	}
}

// takeDirection takes a topic's rules for one direction out, in place, so that a subject with thousands of rules stays
// fast, and counts the rows. Of a rule for both directions the other one stays.
func takeDirection(records []ruleRecord, topic string, direction Action) (left []ruleRecord, taken int) {
	for i := range records {
		if record := &records[i]; record.Topic == topic && record.Action == AnyAction {
			record.Action = opposite(direction)
			taken++
		}
	}
	left = slices.DeleteFunc(records, func(record ruleRecord) bool { return record.Topic == topic && record.Action == direction })
	return left, taken + len(records) - len(left)
}

func opposite(direction Action) Action {
	if direction == Publish {
		return Subscribe
	}
	return Publish
}

// insertByTime puts a v4 rule in front of all that are older. v4 knows time in milliseconds; rules of the same one are
// tried in descending order of topic, direction and access, whichever came first (emqx_acl_mnesia_db, comparing).
func insertByTime(records []ruleRecord, added ruleRecord) []ruleRecord {
	at := 0
	for at < len(records) && triedBefore(records[at], added) {
		at++
	}
	return slices.Insert(records, at, added)
}

func triedBefore(record, added ruleRecord) bool {
	if record.createdAt != added.createdAt {
		return record.createdAt > added.createdAt
	}
	if !record.byTime {
		return false
	}
	return cmp.Or(
		cmp.Compare(record.Topic, added.Topic),
		cmp.Compare(record.Action, added.Action), // publish, subscribe sort as v4's pub, sub
		cmp.Compare(record.Permission, added.Permission),
	) > 0
}

// Rows gives the rules of one subject as v4 shows them, in the order in which they are tried.
func (t *Tables) Rows(subject Subject) []Row {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return appendRows(nil, subject, t.rules[subject.Kind].subjects[subject.Name])
}

// RowCount is the number of rows that v4 counts for a kind.
func (t *Tables) RowCount(kind Kind) int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.rules[kind].rows
}

// RowsScattered gives all rows of a kind in the order in which v4 cuts its pages: hash order of subject and topic
// (api/v4.md §3).
func (t *Tables) RowsScattered(kind Kind) []Row {
	t.mu.Lock()
	defer t.mu.Unlock()
	table := t.rules[kind]
	rows := make([]Row, 0, table.rows)
	for _, name := range scatteredKeys(&table.names, table.subjects) {
		first := len(rows)
		rows = appendRows(rows, Subject{Kind: kind, Name: name}, table.subjects[name])
		slices.SortStableFunc(rows[first:], func(a, b Row) int { return CompareScattered(a.Topic, b.Topic) })
	}
	return rows
}

func appendRows(rows []Row, subject Subject, records []ruleRecord) []Row {
	for place, record := range records {
		row := Row{
			Subject: subject, Topic: record.Topic, Action: record.Action, Permission: record.Permission,
			CreatedAt: record.createdAt, Place: place,
		}
		if record.Action != AnyAction {
			rows = append(rows, row)
			continue
		}
		row.Action = Subscribe
		rows = append(rows, row)
		row.Action = Publish
		rows = append(rows, row)
	}
	return rows
}
