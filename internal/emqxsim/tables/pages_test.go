package tables

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPages(t *testing.T) {
	tables := New(nil)
	for _, name := range []string{"b", "a", "d", "c", "ab"} {
		tables.ImportUser(Username, name, NewPassword("p"), false)
		tables.SetRules(Subject{Username, name}, []Rule{rule(Allow, Publish, name)})
	}
	cases := map[string]struct {
		first, n     int
		like         string
		users, rules []string
		count        int // of the subjects
	}{
		"the first":     {0, 2, "", []string{"d", "c"}, []string{"d", "c"}, 5},
		"the last":      {3, 2, "", []string{"ab", "a"}, []string{"ab", "a"}, 5},
		"a short one":   {4, 2, "", []string{"a"}, []string{"a"}, 5},
		"past the end":  {6, 2, "", nil, nil, 5},
		"with a filter": {0, 2, "b", []string{"d", "c"}, []string{"b", "ab"}, 2},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			users, userCount := tables.UsersPage(Username, c.first, c.n)
			var names []string
			for _, user := range users {
				names = append(names, user.Name)
			}
			if diff := cmp.Diff(c.users, names); diff != "" || userCount != 5 {
				t.Errorf("%d users (-want +got)\n%s", userCount, diff)
			}
			subjects, count := tables.RulesPage(Username, c.like, c.first, c.n)
			names = nil
			for _, subject := range subjects {
				names = append(names, subject.Name)
				if subject.Rules[0].Topic != subject.Name {
					t.Errorf("%s has the rules %v", subject.Name, subject.Rules)
				}
			}
			if diff := cmp.Diff(c.rules, names); diff != "" || count != c.count {
				t.Errorf("%d subjects (-want +got)\n%s", count, diff)
			}
		})
	}
}
