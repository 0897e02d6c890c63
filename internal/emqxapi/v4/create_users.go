package v4

import (
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

// CreateUsers implements emqxapi.Dialect with one array for many.
func (c *Client) CreateUsers(ctx context.Context, kind emqxapi.Kind, credentials []emqxapi.Credential) []error {
	errs := make([]error, len(credentials))
	path, err := usersPath(kind)
	if err != nil {
		for i := range errs {
			errs[i] = err
		}
		return errs
	}
	arrays := batches(newUsers(kind, credentials, errs), maxUsersPerBatch, func(u newUser) []any { return []any{u.body} })
	concurrently(len(arrays), func(i int) { c.createBatch(ctx, kind, path, arrays[i], errs) })
	return errs
}

// ImportUsers implements emqxapi.Dialect. EMQX 4 has no request that overwrites.
func (c *Client) ImportUsers(ctx context.Context, kind emqxapi.Kind, credentials []emqxapi.Credential) []error {
	return c.CreateUsers(ctx, kind, credentials)
}

// newUsers gives the entries that can be sent and leaves the errors of the others.
func newUsers(kind emqxapi.Kind, credentials []emqxapi.Credential, errs []error) []newUser {
	var sendable []newUser
	taken := make(map[string]bool, len(credentials))
	for i, credential := range credentials {
		if errs[i] = checkCredential(kind, credential); errs[i] != nil {
			continue
		}
		if taken[credential.Name] {
			errs[i] = fmt.Errorf("%s %q is given twice: %w", kind, credential.Name, emqxapi.ErrExists)
			continue
		}
		taken[credential.Name] = true
		user := newUser{index: i, credential: credential, body: credentialBody{Password: credential.Password}}
		if kind == emqxapi.KindUsername {
			user.body.Username = credential.Name
		} else {
			user.body.ClientID = credential.Name
		}
		sendable = append(sendable, user)
	}
	return sendable
}

func (c *Client) createBatch(ctx context.Context, kind emqxapi.Kind, path string, users []newUser, errs []error) {
	started := time.Now()
	results, repeated, err := c.postUsers(ctx, path, users)
	var unsettled []newUser
	for _, user := range users {
		switch {
		case err != nil:
			errs[user.index] = err
		case results[user.credential.Name] != nil:
			errs[user.index] = fmt.Errorf("%s %q: %w", kind, user.credential.Name, results[user.credential.Name])
		}
		if repeated && errors.Is(errs[user.index], emqxapi.ErrExists) {
			unsettled = append(unsettled, user)
		}
	}
	concurrently(len(unsettled), func(i int) {
		errs[unsettled[i].index] = c.settle(ctx, kind, unsettled[i].credential, started, errs[unsettled[i].index])
	})
}

// maxClockSkew is how far the broker's clock is taken to be off at most.
const maxClockSkew = 15 * time.Minute

// settle ends the doubt about a credential that exists after a creation whose
// answer was lost. One that is certainly older than the creation is somebody
// else's. Any other was most likely made by it; as its password cannot be read,
// it is written again.
func (c *Client) settle(ctx context.Context, kind emqxapi.Kind, credential emqxapi.Credential, started time.Time, exists error) error {
	path, err := usersPath(kind)
	if err != nil {
		return err
	}
	shown, err := get(ctx, c, openUser(credential.Name), path, credential.Name)
	if err != nil {
		return fmt.Errorf("%w: the answer to the creation was lost, and the credential cannot be read: %w", emqxapi.ErrOutcomeUnknown, err)
	}
	if shown.CreatedAt != nil && time.UnixMilli(*shown.CreatedAt).Before(started.Add(-maxClockSkew)) {
		return rest.Settled(exists)
	}
	if err := c.UpdateUser(ctx, kind, credential); err != nil {
		return fmt.Errorf("%w: the answer to the creation was lost, and the password cannot be set once more: %w", emqxapi.ErrOutcomeUnknown, err)
	}
	return nil
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
