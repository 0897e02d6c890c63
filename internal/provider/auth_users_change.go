package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// fleet is many credentials: name → is_superuser, and the passwords where they
// are known.
type fleet struct {
	users     map[string]bool
	passwords map[string]string
}

// fleetChange is the way from one fleet to another, each part sorted by name.
type fleetChange struct {
	create, update []emqxapi.Credential
	remove         []string
}

// change finds what differs. With resend every password is sent again, as those that
// are write-only cannot be compared.
func (f fleet) change(to fleet, resend bool) fleetChange {
	var change fleetChange
	for _, name := range slices.Sorted(maps.Keys(to.users)) {
		credential := emqxapi.Credential{Name: name, Password: to.passwords[name], Superuser: to.users[name]}
		superuser, exists := f.users[name]
		password, known := f.passwords[name]
		switch {
		case !exists:
			change.create = append(change.create, credential)
		case resend, superuser != credential.Superuser, known && password != credential.Password, !known && f.passwords != nil:
			change.update = append(change.update, credential)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(f.users)) {
		if _, wanted := to.users[name]; !wanted {
			change.remove = append(change.remove, name)
		}
	}
	return change
}

// apply makes a change and keeps in the fleet what was done of it: f says at every
// moment what the broker has.
func (f fleet) apply(ctx context.Context, deployment emqxapi.Deployment, kind emqxapi.Kind, change fleetChange) failures {
	var failed failures
	created := deployment.CreateUsers(ctx, kind, change.create)
	for i, credential := range change.create {
		if failed.add(credential.Name, created[i]); created[i] == nil {
			f.set(credential)
		} else if errors.Is(created[i], emqxapi.ErrOutcomeUnknown) {
			// It may be there. In the state without its password it is looked for
			// by the next plan, and gets the password if it is there.
			f.users[credential.Name] = credential.Superuser
		}
	}
	updated := deployment.UpdateUsers(ctx, kind, change.update)
	for i, credential := range change.update {
		if failed.add(credential.Name, updated[i]); updated[i] == nil {
			f.set(credential)
		} else if errors.Is(updated[i], emqxapi.ErrOutcomeUnknown) {
			delete(f.passwords, credential.Name) // the old one or the new one
		}
	}
	removed := deployment.DeleteUsers(ctx, kind, change.remove)
	for i, name := range change.remove {
		if failed.add(name, removed[i]); removed[i] == nil {
			delete(f.users, name)
			delete(f.passwords, name)
		}
	}
	return failed
}

func (f fleet) set(credential emqxapi.Credential) {
	f.users[credential.Name] = credential.Superuser
	if f.passwords != nil {
		f.passwords[credential.Name] = credential.Password
	}
}

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
func (f failures) diagnostic(summary, advice string) diag.Diagnostic {
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

// names are the names of the entries that failed.
func (f failures) names() []string {
	names := make([]string, len(f))
	for i, failed := range f {
		names[i] = failed.name
	}
	return names
}
