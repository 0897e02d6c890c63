package main

import (
	"context"
	"fmt"
	"io"
	"strings"
)

// step is a chapter of the story. Each of its checks builds on those before it.
type step struct {
	title  string
	checks []check
}

// check is one thing that is done, and what has to come of it.
type check struct {
	does string
	// want is the outcome in the words of do. With anything, none is known beforehand, as that of a free port.
	want string
	do   action
}

const (
	anything = ""
	done     = "done"
)

// action does something and says in a few words what came of it. An error is for what nobody wants to see: an action that
// has to be refused says so as its outcome.
type action func(ctx context.Context, s *scene) (came string, err error)

// tell carries the steps out and writes a line for each check. It ends at the first outcome that is not the wanted one.
func tell(ctx context.Context, w io.Writer, s *scene, steps []step) error {
	for i, step := range steps {
		if _, err := fmt.Fprintf(w, "\n%d. %s\n", i+1, step.title); err != nil {
			return err
		}
		for _, check := range step.checks {
			if err := check.tell(ctx, w, s); err != nil {
				return fmt.Errorf("step %d, %q: %w", i+1, step.title, err)
			}
		}
	}
	return nil
}

func (c check) tell(ctx context.Context, w io.Writer, s *scene) error {
	came, err := c.do(ctx, s)
	mark := "✓"
	switch {
	case err != nil:
		mark, came = "✗", "failed"
		err = fmt.Errorf("%s: %w", c.does, err)
	case c.want != anything && came != c.want:
		mark = "✗"
		err = fmt.Errorf("%s: expected %q, but what came is %q", c.does, c.want, came)
	}
	indented := strings.ReplaceAll(came, "\n", "\n        ")
	if _, printing := fmt.Fprintf(w, "   %s %s → %s\n", mark, c.does, indented); printing != nil {
		return printing
	}
	return err
}
