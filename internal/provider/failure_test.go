package provider

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/connect"
)

// failingDeployment is a deployment of which credentials and bans fail.
type failingDeployment struct {
	emqxapi.Deployment
	err error
}

func (f failingDeployment) User(context.Context, emqxapi.Kind, string) (emqxapi.User, error) {
	return emqxapi.User{}, f.err
}
func (f failingDeployment) CreateUser(context.Context, emqxapi.Kind, emqxapi.Credential) error {
	return f.err
}
func (f failingDeployment) UpdateUser(context.Context, emqxapi.Kind, emqxapi.Credential) error {
	return f.err
}
func (f failingDeployment) DeleteUser(context.Context, emqxapi.Kind, string) error { return f.err }

func (f failingDeployment) Ban(context.Context, emqxapi.BanKind, string) (emqxapi.Ban, error) {
	return emqxapi.Ban{}, f.err
}
func (f failingDeployment) CreateBan(context.Context, emqxapi.Ban) error               { return f.err }
func (f failingDeployment) ReplaceBan(context.Context, emqxapi.Ban, emqxapi.Ban) error { return f.err }
func (f failingDeployment) DeleteBan(context.Context, emqxapi.BanKind, string) error   { return f.err }

// serveDeployment starts the provider on a deployment that is not a broker.
func serveDeployment(t *testing.T, clock *testClock, deployment emqxapi.Deployment) *protocolServer {
	t.Helper()
	open := func(context.Context, connect.Config) (emqxapi.Deployment, error) { return deployment, nil }
	return serve(t, &emqxProvider{version: "test", now: clock.now, open: open},
		values{"endpoint": "http://localhost/api", "app_id": testAppID, "app_secret": testAppSecret})
}

// failureCases are what is known of one resource before and after a failure.
var failureCases = map[string]struct {
	config, state values
	read          string // what an error of a refresh says
}{
	authUserType: {
		config: validUser,
		state:  values{"id": "username/u1", "username": "u1", "password": testPassword, "is_superuser": false},
		read:   `Cannot read the credential of username "u1"`,
	},
	blacklistEntryType: {
		config: values{"as": "clientid", "who": "c1"},
		state: values{
			"id": "clientid/c1", "as": "clientid", "who": "c1", "reason": "", "by": "terraform",
			"at": "2026-01-01T00:00:00Z", "until": time.Now().Add(-time.Hour).Format(time.RFC3339), "expired": false,
		},
		read: `Cannot read the ban of clientid "c1"`,
	},
}

// What may be there has to be in the state, or nobody looks after it any more.
func TestOutcomeUnknownIsInTheState(t *testing.T) {
	t.Parallel()
	for typeName, object := range failureCases {
		t.Run(typeName, func(t *testing.T) {
			t.Parallel()
			s := serveDeployment(t, &testClock{}, failingDeployment{err: fmt.Errorf("no answer: %w", emqxapi.ErrOutcomeUnknown)})
			created, diagnostics := s.apply(typeName, remote{}, object.config)
			s.mustFail(diagnostics, "", "tainted")
			if created.state["id"] != object.state["id"] || created.identity == nil {
				t.Errorf("in the state: id %v, identity %v", created.state["id"], created.identity)
			}
		})
	}
}

// Only an object that the broker says is not there may leave the state.
func TestErrorsKeepTheState(t *testing.T) {
	t.Parallel()
	for typeName, object := range failureCases {
		t.Run(typeName, func(t *testing.T) {
			t.Parallel()
			s := serveDeployment(t, &testClock{}, failingDeployment{err: errors.New("HTTP 502")})
			before := remote{state: object.state}
			after, diagnostics := s.read(typeName, before)
			s.mustFail(diagnostics, "", object.read)
			if diff := cmp.Diff(before, after, ignorePrivate); diff != "" {
				t.Errorf("the state changed (-before +after):\n%s", diff)
			}
			_, diagnostics = s.applyPlanned(typeName, before, remote{}, nil)
			s.mustFail(diagnostics, "", "Cannot remove")
			if created, _ := s.apply(typeName, remote{}, object.config); created.state != nil {
				t.Error("what was not created is in the state")
			}
		})
	}
}

// After a change of unknown outcome the broker has the old password or the new
// one. So neither counts as known: to go back to the old one is a change too.
func TestPasswordOfUnknownOutcome(t *testing.T) {
	t.Parallel()
	s := serveDeployment(t, &testClock{}, failingDeployment{err: fmt.Errorf("no answer: %w", emqxapi.ErrOutcomeUnknown)})
	for name, object := range map[string]struct {
		config, change values
	}{
		"in the state": {validUser, values{"password": testPassword + "-new"}},
		"write-only": {
			values{"username": "u1", "password_wo": testWriteOnly, "password_wo_version": 1},
			values{"password_wo": testWriteOnly + "-new", "password_wo_version": 2},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before, _ := s.apply(authUserType, remote{}, object.config)
			after, diagnostics := s.apply(authUserType, before, object.config.with(object.change))
			s.mustFail(diagnostics, "", "not known whether")
			planned, _, diagnostics := s.plan(authUserType, after, object.config)
			s.mustSucceed(diagnostics)
			if cmp.Equal(after.state, planned.state) {
				t.Error("to go back to the old password is planned as no change")
			}
		})
	}
}
