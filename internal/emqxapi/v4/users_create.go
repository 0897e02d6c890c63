package v4

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

// maxUsersPerBatch is how many credentials travel in one array. EMQX 4.4.19 took
// 1,000 in some 70 ms.
const maxUsersPerBatch = 1000

// credentialBody is how a credential is created.
type credentialBody struct {
	Username string `json:"username,omitempty"`
	ClientID string `json:"clientid,omitempty"`
	Password string `json:"password"`
}

// newUser is one entry of a CreateUsers call.
type newUser struct {
	index      int
	credential emqxapi.Credential
	body       credentialBody
}

// CreateUsers implements emqxapi.Dialect with one array for many. One that is given twice
// is created a second time when it is known what became of the first.
func (c *Client) CreateUsers(ctx context.Context, kind emqxapi.Kind, credentials []emqxapi.Credential) []error {
	errs := make([]error, len(credentials))
	path, err := usersPath(kind)
	if err != nil {
		return fill(errs, err)
	}
	var sendable []newUser
	var later []int
	taken := make(map[string]bool, len(credentials))
	for i, credential := range credentials {
		switch errs[i] = checkCredential(kind, credential); {
		case errs[i] != nil:
		case taken[credential.Name]:
			later = append(later, i)
		default:
			taken[credential.Name] = true
			sendable = append(sendable, newUser{index: i, credential: credential, body: newCredentialBody(kind, credential)})
		}
	}
	arrays := batches(sendable, maxUsersPerBatch, func(u newUser) []any { return []any{u.body} })
	for i, err := range emqxapi.Each(ctx, inFlight, len(arrays), func(i int) error {
		c.createBatch(ctx, kind, path, arrays[i], errs)
		return nil
	}) {
		for _, user := range arrays[i] {
			errs[user.index] = cmp.Or(errs[user.index], err)
		}
	}
	if len(later) > 0 {
		for n, err := range c.CreateUsers(ctx, kind, pick(credentials, later)) {
			errs[later[n]] = err
		}
	}
	return errs
}

func newCredentialBody(kind emqxapi.Kind, credential emqxapi.Credential) credentialBody {
	if kind == emqxapi.KindUsername {
		return credentialBody{Username: credential.Name, Password: credential.Password}
	}
	return credentialBody{ClientID: credential.Name, Password: credential.Password}
}

func (c *Client) createBatch(ctx context.Context, kind emqxapi.Kind, path string, users []newUser, errs []error) {
	started := time.Now()
	names := make([]string, len(users))
	for i, user := range users {
		names[i] = user.credential.Name
	}
	results, repeated, err := c.postUsers(emqxapi.About(ctx, names...), path, users)
	var unsettled []newUser
	for _, user := range users {
		switch {
		case err != nil:
			errs[user.index] = err
		case results[user.credential.Name] != nil:
			errs[user.index] = fmt.Errorf("%s %q: %w", kind, user.credential.Name, results[user.credential.Name])
			if !errors.Is(errs[user.index], emqxapi.ErrExists) && rest.Repeats(results[user.credential.Name].Error(), user.body) {
				errs[user.index] = fmt.Errorf("%s %q: the broker refused it, and repeats the password", kind, user.credential.Name)
			}
		}
		if repeated && errors.Is(errs[user.index], emqxapi.ErrExists) {
			unsettled = append(unsettled, user)
		}
	}
	for i, err := range emqxapi.Each(ctx, inFlight, len(unsettled), func(i int) error {
		return c.settle(ctx, kind, unsettled[i].credential.Name, started, errs[unsettled[i].index])
	}) {
		if errs[unsettled[i].index] = err; err != nil && errors.Is(err, ctx.Err()) && !errors.Is(err, emqxapi.ErrOutcomeUnknown) { // no time to look
			errs[unsettled[i].index] = fmt.Errorf("%w: an answer to the creation of %s %q was lost: %w",
				emqxapi.ErrOutcomeUnknown, kind, unsettled[i].credential.Name, err)
		}
	}
}

// maxClockSkew is how far the broker's clock is taken to be off at most.
const maxClockSkew = 15 * time.Minute

// settle looks whose a credential is that exists after a creation whose answer was lost.
// One that is certainly older than the creation is somebody else's. Of any other nobody
// knows, as passwords cannot be read.
func (c *Client) settle(ctx context.Context, kind emqxapi.Kind, name string, started time.Time, exists error) error {
	path, err := usersPath(kind)
	if err != nil {
		return err
	}
	shown, err := get(ctx, c, openUser(name), path, name)
	switch {
	case err != nil:
		return fmt.Errorf("%w: an answer to the creation of %s %q was lost, and it cannot be read: %w", emqxapi.ErrOutcomeUnknown, kind, name, err)
	case shown.CreatedAt != nil && time.UnixMilli(*shown.CreatedAt).Before(started.Add(-maxClockSkew)):
		return rest.Settled(exists)
	}
	return fmt.Errorf("%w: %s %q exists, and an answer to its creation was lost", emqxapi.ErrOutcomeUnknown, kind, name)
}

// postUsers creates credentials and gives the error of each that has one, by
// name. The last error is about all of them.
func (c *Client) postUsers(ctx context.Context, path string, users []newUser) (map[string]error, bool, error) {
	request := rest.Request{Method: http.MethodPost, Path: []string{path}}
	if len(users) == 1 {
		request.Body = users[0].body
		_, answer, err := send(ctx, c, request, nothing)
		return nil, answer.Repeated, err
	}
	bodies := make([]credentialBody, len(users))
	for i, user := range users {
		bodies[i] = user.body
	}
	request.Body = bodies
	results, answer, err := send(ctx, c, request, openCreated(users))
	return results, answer.Repeated, err
}

// openCreated reads the results of an array: an object with "ok" or an Erlang
// tuple for each name (api/v4.md §2).
func openCreated(users []newUser) func(envelope) (map[string]error, error) {
	return func(e envelope) (map[string]error, error) {
		results, err := unpack[map[string]string](e)
		if err != nil {
			return nil, err
		}
		errs := make(map[string]error, len(users))
		for _, user := range users {
			result, ok := results[user.credential.Name]
			if !ok {
				return nil, damaged("it does not say what became of each credential")
			}
			errs[user.credential.Name] = entryResult(result)
		}
		return errs, nil
	}
}
