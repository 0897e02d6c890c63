package emqxapi_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// table is a broker's table that changes after pages of it were read.
type table struct {
	rows      []string
	limit     int
	noCount   bool
	noHasNext bool
	after     map[int]func(*table) // by number of requests, what happens then
	fails     int                  // the request that fails, 0 for none
	requests  int
}

var errTable = errors.New("the table is gone")

func (t *table) read(q emqxapi.PageQuestion) (emqxapi.PageAnswer[string], error) {
	page := q.Number
	t.requests++
	if t.requests == t.fails {
		return emqxapi.PageAnswer[string]{}, errTable
	}
	from := min((page-1)*t.limit, len(t.rows))
	to := min(from+t.limit, len(t.rows))
	answer := emqxapi.PageAnswer[string]{Items: slices.Clone(t.rows[from:to]), Count: len(t.rows), Limit: t.limit}
	if t.noCount {
		answer.Count = -1
	}
	if !t.noHasNext {
		full := to-from == t.limit // true on a full last page, as brokers have it
		answer.HasNext = &full
	}
	if change := t.after[t.requests]; change != nil {
		change(t)
	}
	return answer, nil
}

func (t *table) pages() emqxapi.Pages[string] {
	return emqxapi.ReadPages(t.limit, &emqxapi.Spelling{}, func(row string) string { return row }, t.read)
}

func remove(rows ...string) func(*table) {
	return func(t *table) {
		t.rows = slices.DeleteFunc(slices.Clone(t.rows), func(row string) bool { return slices.Contains(rows, row) })
	}
}

func prepend(rows ...string) func(*table) {
	return func(t *table) { t.rows = append(slices.Clone(rows), t.rows...) }
}

func TestReadPages(t *testing.T) {
	five := []string{"a", "b", "c", "d", "e"}
	tests := map[string]struct {
		table    table
		want     [][]string
		requests int
	}{
		"empty":                           {table{limit: 2}, [][]string{nil}, 1},
		"one short page":                  {table{limit: 9, rows: five}, [][]string{five}, 1},
		"one full page":                   {table{limit: 5, rows: five}, [][]string{five}, 1},
		"a full page without count":       {table{limit: 5, rows: five, noCount: true}, [][]string{five}, 2},
		"a full page, neither":            {table{limit: 5, rows: five, noCount: true, noHasNext: true}, [][]string{five}, 2},
		"several pages":                   {table{limit: 2, rows: five}, [][]string{{"a", "b"}, {"c", "d"}, {"e"}}, 3},
		"several pages without hasnext":   {table{limit: 2, rows: five, noHasNext: true}, [][]string{{"a", "b"}, {"c", "d"}, {"e"}}, 3},
		"several pages without count":     {table{limit: 2, rows: five, noCount: true}, [][]string{{"a", "b"}, {"c", "d"}, {"e"}}, 3},
		"several pages, short page rules": {table{limit: 2, rows: five, noCount: true, noHasNext: true}, [][]string{{"a", "b"}, {"c", "d"}, {"e"}}, 3},
		"a row slips into a page that was read": {
			table{limit: 2, rows: five, after: map[int]func(*table){1: remove("a")}},
			[][]string{{"a", "b"}, {"d", "e"}, {"c"}}, 4,
		},
		"a row is added before what was read": {
			table{limit: 2, rows: five, after: map[int]func(*table){1: prepend("0")}},
			[][]string{{"a", "b"}, {"c"}, {"d", "e"}, {"0"}}, 6,
		},
		"a row is added before what was read, without count": {
			table{limit: 2, rows: five, noCount: true, after: map[int]func(*table){1: prepend("0")}},
			[][]string{{"a", "b"}, {"c"}, {"d", "e"}, {"0"}}, 8,
		},
		"everything is removed": {
			table{limit: 2, rows: five, after: map[int]func(*table){1: remove(five...)}},
			[][]string{{"a", "b"}}, 3,
		},
		"it never comes to rest": {
			table{limit: 2, rows: five, after: map[int]func(*table){
				1: prepend("0"), 4: prepend("1"), 8: prepend("2"),
			}},
			[][]string{{"a", "b"}, {"c"}, {"d", "e"}, {"0"}, {"1"}}, 11,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got [][]string
			var moved bool
			for page, err := range test.table.pages() {
				if err != nil {
					t.Fatal(err)
				}
				if page.Moved {
					moved = true
					continue
				}
				got = append(got, page.Items)
			}
			if moved != (name == "it never comes to rest") {
				t.Errorf("moved: %v", moved)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("pages (-want +got):\n%s", diff)
			}
			if test.table.requests != test.requests {
				t.Errorf("%d requests, want %d", test.table.requests, test.requests)
			}
		})
	}
}

func TestReadPagesIsLazy(t *testing.T) {
	rows := table{limit: 2, rows: []string{"a", "b", "c", "d", "e"}}
	for page, err := range rows.pages() {
		if err != nil {
			t.Fatal(err)
		}
		if page.Count != 5 {
			t.Errorf("count %d of the first page, want 5", page.Count)
		}
		break
	}
	if rows.requests != 1 {
		t.Errorf("%d requests for one page, want 1", rows.requests)
	}
}

func TestReadPagesSecondPageFails(t *testing.T) {
	rows := table{limit: 2, rows: []string{"a", "b", "c", "d", "e"}, fails: 2}
	var got []string
	var failed error
	for page, err := range rows.pages() {
		if failed != nil {
			t.Fatal("a page came after the error")
		}
		got, failed = append(got, page.Items...), err
	}
	if !errors.Is(failed, errTable) {
		t.Errorf("error %v, want %v", failed, errTable)
	}
	if diff := cmp.Diff([]string{"a", "b"}, got); diff != "" {
		t.Errorf("items before the error (-want +got):\n%s", diff)
	}
}

// server is one that knows pages in some words only.
type server struct {
	rows             []string
	knows            string // "both spellings" asked for, "none"
	size             int    // of its pages where it ignores the question
	says             bool   // how long its pages are
	noCount          bool
	requests, inBoth int
}

func (s *server) read(q emqxapi.PageQuestion) (emqxapi.PageAnswer[string], error) {
	s.requests++
	if q.BothSpellings {
		s.inBoth++
	}
	number, size := 1, s.size
	if s.knows == "both spellings" && q.BothSpellings {
		number, size = q.Number, q.Limit
	}
	from := min((number-1)*size, len(s.rows))
	answer := emqxapi.PageAnswer[string]{Items: s.rows[from:min(from+size, len(s.rows))], Count: len(s.rows)}
	if s.noCount {
		answer.Count = -1
	}
	if s.says {
		answer.Limit = size
	}
	return answer, nil
}

// Both spellings are sent where one alone was ignored, and a server that gives the same
// page for ever is an error, however it tells that there is more.
func TestReadPagesOfAServerThatIgnoresThem(t *testing.T) {
	rows := strings.Split("abcdefghij", "")
	for name, test := range map[string]struct {
		server   server
		want     error
		requests int
	}{
		"the size is ignored, and told":                {server{rows: rows, knows: "both spellings", size: 3, says: true}, nil, 4},
		"the same, without count":                      {server{rows: rows, knows: "both spellings", size: 3, says: true, noCount: true}, nil, 4},
		"the size is ignored, and not told":            {server{rows: rows, knows: "both spellings", size: 3}, nil, 5},
		"the same, without count ":                     {server{rows: rows, knows: "both spellings", size: 3, noCount: true}, nil, 6},
		"there are no pages":                           {server{rows: rows, knows: "none", size: 3, says: true}, emqxapi.ErrPagesIgnored, 3},
		"there are no pages, nothing is told":          {server{rows: rows, knows: "none", size: 3, noCount: true}, emqxapi.ErrPagesIgnored, 4},
		"there are no pages, and all rows are on one":  {server{rows: rows, knows: "none", size: 50, says: true}, nil, 1},
		"pages are as long as asked for, and too many": {server{rows: rows, knows: "none", size: 4, says: true}, emqxapi.ErrPagesIgnored, 4},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			var failed error
			var spelling emqxapi.Spelling
			for item, err := range emqxapi.Items(emqxapi.ReadPages(4, &spelling, func(row string) string { return row }, test.server.read)) {
				if failed = err; err == nil {
					got = append(got, item)
				}
			}
			if !errors.Is(failed, test.want) || failed == nil && !slices.Equal(got, rows) || test.server.requests != test.requests {
				t.Errorf("%q after %d requests, want %d, %v", got, test.server.requests, test.requests, failed)
			}
			if test.server.inBoth == 0 && spelling.Both() {
				t.Error("both spellings are said to be needed, and were not used")
			}
		})
	}
}

// v4 says that there are 0 rules when they are filtered (api/v4.md §3).
func TestReadPagesCountBelowItsOwnItems(t *testing.T) {
	rows := []string{"a", "b", "c"}
	pages := emqxapi.ReadPages(2, &emqxapi.Spelling{}, func(row string) string { return row }, func(q emqxapi.PageQuestion) (emqxapi.PageAnswer[string], error) {
		from := min((q.Number-1)*2, len(rows))
		return emqxapi.PageAnswer[string]{Items: rows[from:min(from+2, len(rows))], Count: 0, Limit: 2}, nil
	})
	var got []string
	for page, err := range pages {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, page.Items...)
	}
	if diff := cmp.Diff(rows, got); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
}
