package tables

import (
	"slices"
	"strings"
)

// The methods in this file read one page of a list as v5 orders it: by name, descending (api/v5.md §1.5). A page costs the
// same however many rows there are, and its rows are of one moment.

// UsersPage gives up to n credentials of a kind behind the first ones, and the number of all.
func (t *Tables) UsersPage(kind Kind, first, n int) (page []User, count int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	table := t.users[kind]
	keys := descendingKeys(&table.names, table.records)
	return table.list(kind, window(keys, first, n)), len(keys)
}

// SubjectRules is a subject's name with its rules, in the order in which they are tried.
type SubjectRules struct {
	Name  string
	Rules []Rule
}

// RulesPage gives up to n subjects of a kind behind the first ones, and the number of all. Only subjects whose name has
// like in it count.
func (t *Tables) RulesPage(kind Kind, like string, first, n int) (page []SubjectRules, count int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	table := t.rules[kind]
	names := descendingKeys(&table.names, table.subjects)
	if like != "" {
		names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !strings.Contains(name, like) })
	}
	for _, name := range window(names, first, n) {
		page = append(page, SubjectRules{Name: name, Rules: rulesOf(table.subjects[name])})
	}
	return page, len(names)
}

func window(names []string, first, n int) []string {
	from := min(first, len(names))
	return names[from:min(from+n, len(names))]
}
