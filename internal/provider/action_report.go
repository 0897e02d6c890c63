package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// chunkSize is how many entries an action hands on at a time: as many as make
// few requests, and few enough to tell how far it is.
const chunkSize = 500

// errand is an action on many entries, in words.
type errand struct {
	attribute string // the list, e.g. messages
	thing     string // one entry of it, e.g. message
	doing     string // e.g. publishing
	done      string // e.g. published
}

// carryOut does what an action is for, chunk by chunk, and tells how far it is. It
// returns what became of each entry.
func carryOut[T any](ctx context.Context, e errand, entries []entry[T], resp *action.InvokeResponse, do func([]T) []error) []error {
	e.progress(resp, "%s %s", upperFirst(e.doing), e.count(len(entries)))
	errs := make([]error, 0, len(entries))
	for chunk := range slices.Chunk(entries, chunkSize) {
		values := make([]T, len(chunk))
		for i, each := range chunk {
			values[i] = each.value
		}
		errs = append(errs, do(values)...)
		if len(errs) < len(entries) {
			e.progress(resp, "%s %d of %s", upperFirst(e.done), successes(errs), e.count(len(entries)))
		}
		if ctx.Err() != nil {
			break
		}
	}
	for len(errs) < len(entries) {
		errs = append(errs, ctx.Err())
	}
	e.progress(resp, "%s %d of %s", upperFirst(e.done), successes(errs), e.count(len(entries)))
	return errs
}

func (errand) progress(resp *action.InvokeResponse, format string, arguments ...any) {
	resp.SendProgress(action.InvokeProgressEvent{Message: fmt.Sprintf(format, arguments...)})
}

// count is a number of entries in words.
func (e errand) count(n int) string {
	if n == 1 {
		return "1 " + e.thing
	}
	return fmt.Sprintf("%d %ss", n, e.thing)
}

func successes(errs []error) int {
	n := 0
	for _, err := range errs {
		if err == nil {
			n++
		}
	}
	return n
}

// report leaves an error that lists the entries that failed, by reason, and says
// what was done: no API of EMQX does all or nothing.
func report[T any](e errand, entries []entry[T], errs []error, describe func(T) string, diags *diag.Diagnostics) {
	done := successes(errs)
	if done == len(errs) {
		return
	}
	summary := fmt.Sprintf("%d of %s not %s", len(errs)-done, e.count(len(errs)), e.done)
	if fault, ok := misconfigured(summary, errs[0]); ok {
		diags.Append(fault)
		return
	}
	var reasons []string
	var argument path.Path
	failed := map[string][]string{}
	for i, err := range errs {
		if err == nil {
			continue
		}
		if len(failed) == 0 {
			argument = path.Root(lastStep(entries[i].at))
		}
		reason := failureReason(err)
		if failed[reason] == nil {
			reasons = append(reasons, reason)
		}
		failed[reason] = append(failed[reason], fmt.Sprintf("%s: %s", entries[i].at, describe(entries[i].value)))
	}
	var detail strings.Builder
	for _, reason := range reasons {
		fmt.Fprintf(&detail, "%s:\n  %s\n\n", upperFirst(reason), strings.Join(failed[reason], "\n  "))
	}
	detail.WriteString(e.outcome(done, len(errs)))
	diags.AddAttributeError(argument, summary, detail.String())
}

// failureReason says why an entry failed.
func failureReason(err error) string {
	switch {
	case errors.Is(err, emqxapi.ErrNotFound):
		return "the client is offline: the broker has no session of it"
	case errors.Is(err, context.Canceled):
		return "not sent, as Terraform was interrupted"
	}
	return strings.TrimRight(err.Error(), ".")
}

// outcome says what was done, and what to do next.
func (e errand) outcome(done, of int) string {
	if done == 0 {
		return fmt.Sprintf("No %s is known to be %s. Remove the reason and invoke the action again.", e.thing, e.done)
	}
	return fmt.Sprintf("All others, %d of %s, were %s. When the action is invoked again it does those again too.", done, e.count(of), e.done)
}
