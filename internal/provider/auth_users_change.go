package provider

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// fleet is many credentials: name → is_superuser, and the passwords or hashes where
// they are known.
type fleet struct {
	users   map[string]bool
	secrets map[string]secret
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
		credential := to.credential(name)
		superuser, exists := f.users[name]
		secret, known := f.secrets[name]
		switch {
		case !exists:
			change.create = append(change.create, credential)
		case resend, superuser != credential.Superuser, known && secret != to.secrets[name], !known && f.secrets != nil:
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

func (f fleet) credential(name string) emqxapi.Credential {
	secret := f.secrets[name]
	return emqxapi.Credential{Name: name, Password: secret.password, Hash: secret.hash, Salt: secret.salt, Superuser: f.users[name]}
}

// apply makes a change and keeps in the fleet what was done of it: f says at every
// moment what the broker has.
func (f fleet) apply(ctx context.Context, deployment emqxapi.Deployment, kind emqxapi.Kind, change fleetChange, wanted fleet) failures {
	var failed failures
	created := deployment.CreateUsers(ctx, kind, change.create)
	for i, credential := range change.create {
		if failed.add(credential.Name, created[i]); created[i] == nil {
			f.set(credential.Name, wanted)
		} else if errors.Is(created[i], emqxapi.ErrOutcomeUnknown) {
			// It may be there. In the state without its password it is looked for
			// by the next plan, and gets the password if it is there.
			f.users[credential.Name] = credential.Superuser
		}
	}
	updated := deployment.UpdateUsers(ctx, kind, change.update)
	for i, credential := range change.update {
		if failed.add(credential.Name, updated[i]); updated[i] == nil {
			f.set(credential.Name, wanted)
		} else if errors.Is(updated[i], emqxapi.ErrOutcomeUnknown) {
			delete(f.secrets, credential.Name) // the old one or the new one
		}
	}
	removed := deployment.DeleteUsers(ctx, kind, change.remove)
	for i, name := range change.remove {
		if isGone(removed[i]) {
			removed[i] = nil
		}
		if failed.add(name, removed[i]); removed[i] == nil {
			delete(f.users, name)
			delete(f.secrets, name)
		}
	}
	return failed
}

func (f fleet) set(name string, wanted fleet) {
	f.users[name] = wanted.users[name]
	if f.secrets != nil {
		f.secrets[name] = wanted.secrets[name]
	}
}
