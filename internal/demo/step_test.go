package main

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func comes(what string, err error) action {
	return func(context.Context, *scene) (string, error) { return what, err }
}

func TestTell(t *testing.T) {
	t.Parallel()
	unreachable := check{"go on", "", func(context.Context, *scene) (string, error) { panic("the story went on after a failure") }}
	tests := map[string]struct {
		steps []step
		want  string
		err   []string // what the error has to name, none for no error
	}{
		"as expected": {
			steps: []step{
				{"One", []check{{"connect", "accepted", comes("accepted", nil)}, {"listen", anything, comes("port 1", nil)}}},
				{"Two", []check{{"plan", "two\nlines", comes("two\nlines", nil)}}},
			},
			want: "\n1. One\n   ✓ connect → accepted\n   ✓ listen → port 1\n\n2. Two\n   ✓ plan → two\n        lines\n",
		},
		"another outcome": {
			steps: []step{
				{"One", []check{{"connect", "accepted", comes("accepted", nil)}}},
				{"Two", []check{{"publish", "refused", comes("accepted", nil)}, unreachable}},
				{"Three", []check{unreachable}},
			},
			want: "\n1. One\n   ✓ connect → accepted\n\n2. Two\n   ✗ publish → accepted\n",
			err:  []string{"step 2", "Two", "publish", `expected "refused"`, `"accepted"`},
		},
		"an error": {
			steps: []step{{"One", []check{{"apply", anything, comes("", errors.New("no such broker"))}, unreachable}}},
			want:  "\n1. One\n   ✗ apply → failed\n",
			err:   []string{"step 1", "One", "apply", "no such broker"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var told strings.Builder
			err := tell(t.Context(), &told, nil, test.steps)
			if diff := cmp.Diff(test.want, told.String()); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
			if (err != nil) != (len(test.err) > 0) {
				t.Fatalf("error: %v, want one with %q", err, test.err)
			}
			for _, part := range test.err {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q does not name %q", err, part)
				}
			}
		})
	}
}
