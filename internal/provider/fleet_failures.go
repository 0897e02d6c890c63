package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// failures are the entries of a change that failed, in the order in which they were tried.
type failures []failure

type failure struct {
	name string
	err  error
}

// add remembers an entry that failed; a nil error is none.
func (f *failures) add(name string, err error) {
	if err != nil {
		*f = append(*f, failure{name, err})
	}
}

// maxNamed is how many names a message lists.
const maxNamed = 20

// diagnostic says which entries failed and why, entries with the same reason together.
// The context is that of the operation.
func (f failures) diagnostic(ctx context.Context, summary, advice string) diag.Diagnostic {
	if fault, ok := misconfigured(summary, f[0].err); ok {
		return fault
	}
	byReason := map[string][]string{}
	var reasons []string
	for _, failed := range f {
		reason := failed.err.Error()
		if byReason[reason] == nil {
			reasons = append(reasons, reason)
		}
		byReason[reason] = append(byReason[reason], failed.name)
	}
	var b strings.Builder
	for i, reason := range reasons {
		if i == maxNamed {
			fmt.Fprintf(&b, "… and %d more reasons\n", len(reasons)-i)
			break
		}
		fmt.Fprintf(&b, "%s: %s\n", someNames(byReason[reason]), reason)
	}
	if slices.ContainsFunc(f, func(failed failure) bool { return errors.Is(failed.err, emqxapi.ErrNoNamespace) }) {
		b.WriteString("\n" + namespaceAdvice + "\n")
	}
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		b.WriteString("\nThe time that the operation may take is over; timeouts gives it more.")
	case ctx.Err() != nil:
		b.WriteString("\nTerraform was interrupted.")
	}
	return diag.NewErrorDiagnostic(summary, b.String()+"\n"+advice)
}

// wayToJoin tells, where entries failed because the broker has them, how they come
// into a resource that is changed.
func (f failures) wayToJoin(resourceType string) string {
	if !slices.ContainsFunc(f, func(failed failure) bool { return errors.Is(failed.err, emqxapi.ErrExists) }) {
		return ""
	}
	return "\n\nThose that exist already were not changed. " + forgetAndImport(resourceType, fleetImport{})
}

// someNames lists names, not too many.
func someNames(names []string) string {
	shown := make([]string, 0, maxNamed)
	for _, name := range names[:min(len(names), maxNamed)] {
		shown = append(shown, fmt.Sprintf("%q", name))
	}
	if more := len(names) - len(shown); more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(shown, ", "), more)
	}
	return strings.Join(shown, ", ")
}

// without are those of some names that did not fail.
func (f failures) without(names []string) []string {
	failed := make(map[string]bool, len(f))
	for _, failure := range f {
		failed[failure.name] = true
	}
	return slices.DeleteFunc(names, func(name string) bool { return failed[name] })
}
