package provider

import (
	"context"
	"errors"
	"maps"
	"slices"

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

// clients are those of the names whose credentials a change has changed or removed.
func (c fleetChange) clients(key fleetKey, failed failures) audience {
	names := slices.Clone(c.remove)
	for _, credential := range c.update {
		names = append(names, credential.Name)
	}
	return clientsNamed(key.namespace, key.kind, failed.without(names)...)
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
		if isGone(removed[i]) {
			removed[i] = nil
		}
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
