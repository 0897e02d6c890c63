package v5

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

// maxImport is how many users travel in one import. EMQX 5.8.9 stores them in
// one transaction.
const maxImport = 10_000

// importCounts are what EMQX says became of an import.
type importCounts struct {
	Total    *int `json:"total"`
	Success  int  `json:"success"`
	Override int  `json:"override"`
	Skipped  int  `json:"skipped"`
	Failed   int  `json:"failed"`
}

func (i importCounts) check() error {
	if i.Total == nil {
		return errors.New("it has no total")
	}
	return nil
}

// createMany creates users with few requests. EMQX's import overwrites what is there, so a
// list shows first whose names are free. Deployments that have no import of JSON, or
// whose key may not use it, get one request for each user.
func (c *Client) createMany(ctx context.Context, kind emqxapi.Kind, credentials []emqxapi.Credential) []error {
	errs := make([]error, len(credentials))
	taken := make(map[string]bool)
	for page, err := range c.ListUsers(ctx, kind, "") {
		if rest.Refused(err) {
			return c.createEach(ctx, kind, credentials) // POST refuses what is there, without a look
		}
		if err == nil && page.Moved {
			err = emqxapi.ErrListMoves // a name that it lacks may be taken, and the import would overwrite
		}
		if err != nil {
			return allFailed(len(credentials), err)
		}
		for _, user := range page.Items {
			taken[user.Name] = true
		}
	}
	var free []int
	for i, credential := range credentials {
		if taken[credential.Name] {
			errs[i] = fmt.Errorf("the user %q: %w", credential.Name, emqxapi.ErrExists)
			continue
		}
		taken[credential.Name] = true // should it be given twice
		free = append(free, i)
	}
	for k, err := range c.importUsers(ctx, kind, pick(credentials, free)) {
		errs[free[k]] = err
	}
	return errs
}

// importUsers imports users whose names are free.
func (c *Client) importUsers(ctx context.Context, kind emqxapi.Kind, credentials []emqxapi.Credential) []error {
	if err := c.importable(ctx); err != nil {
		return allFailed(len(credentials), err)
	}
	errs := make([]error, len(credentials))
	offered := true
	size := func(i int) int { return len(credentials[i].Name) + len(credentials[i].Password) + 64 }
	for from, to := range batches(len(credentials), maxImport, size) {
		batch := credentials[from:to]
		if !offered {
			copy(errs[from:to], c.createEach(ctx, kind, batch))
			continue
		}
		results, err := c.importBatch(ctx, kind, batch)
		if errors.Is(err, errNoImport) {
			offered = false
			results = c.createEach(ctx, kind, batch)
		}
		copy(errs[from:to], results)
	}
	return errs
}

// importable is an error unless users can be imported into the namespace. The import
// itself takes one that is not there, and one that the broker does not know goes into
// none (api/v6.md §5).
func (c *Client) importable(ctx context.Context) error {
	if c.namespace == "" {
		return nil
	}
	_, err := c.countUsers(ctx)
	return err
}

// errNoImport says that a deployment has no import of JSON.
var errNoImport = errors.New("this deployment has no import of users as JSON")

// importBatch imports one request's worth. The error is errNoImport or nil.
func (c *Client) importBatch(ctx context.Context, kind emqxapi.Kind, batch []emqxapi.Credential) ([]error, error) {
	users := make([]userBody, len(batch))
	for i, credential := range batch {
		users[i] = userBody{UserID: credential.Name, Password: credential.Password, Superuser: credential.Superuser, Namespace: c.namespace}
	}
	var result importCounts
	answer, err := c.do(ctx, call{
		method:  http.MethodPost,
		path:    []string{"authentication", authenticator, "import_users"},
		query:   url.Values{"type": {"plain"}},
		body:    users,
		result:  into(&result),
		silent:  true,
		refused: noImport,

		uncertain: true,
		optional:  true,
	})
	switch {
	case errors.Is(err, errNoImport), rest.Refused(err):
		return nil, errNoImport
	case isBadRequest(err):
		return c.createEach(ctx, kind, batch), nil // nothing was stored; one bad entry must not fail the others
	case err != nil:
		return allFailed(len(batch), err), nil
	case answer.Status == http.StatusNoContent:
		return c.createMissing(ctx, kind, batch), nil
	}
	return c.importResult(ctx, kind, batch, result), nil
}

func noImport(r refusal) error {
	switch r.status {
	case http.StatusMethodNotAllowed, http.StatusUnsupportedMediaType, http.StatusRequestEntityTooLarge:
		return errNoImport
	}
	return nil
}

// importResult says what an import means for each of its users. One that is repeated
// because its answer was lost overrides what it has stored itself, which looks like what
// somebody else has.
func (c *Client) importResult(ctx context.Context, kind emqxapi.Kind, batch []emqxapi.Credential, result importCounts) []error {
	switch {
	case result.Override > 0:
		return allFailed(len(batch), fmt.Errorf("%w: all %d users of this import have the passwords of this configuration now, but %d of them came to be "+
			"after they were found to be free, and EMQX does not say which: either an answer was lost and the import was repeated, or somebody else made them",
			emqxapi.ErrOutcomeUnknown, len(batch), result.Override))
	case result.Failed+result.Skipped > 0:
		return c.createMissing(ctx, kind, batch)
	}
	return make([]error, len(batch))
}

// createMissing creates one by one what an import has left out, so that each gets its
// own error. What came of the import is read: EMQX Cloud says nothing of it.
func (c *Client) createMissing(ctx context.Context, kind emqxapi.Kind, batch []emqxapi.Credential) []error {
	there, err := c.imported(ctx, kind, batch)
	if err != nil {
		return allFailed(len(batch), fmt.Errorf("%w: what became of the import cannot be read: %w", emqxapi.ErrOutcomeUnknown, err))
	}
	return each(ctx, len(batch), func(i int) error {
		if user, found := there[batch[i].Name]; found {
			return storedAs(user, batch[i])
		}
		return c.createUser(ctx, batch[i])
	})
}

// fewUsers is up to how many users are read one by one rather than by a list of all.
const fewUsers = 8

// imported reads the users of a batch that are there, a few by their names.
func (c *Client) imported(ctx context.Context, kind emqxapi.Kind, batch []emqxapi.Credential) (map[string]emqxapi.User, error) {
	there := make(map[string]emqxapi.User, len(batch))
	if len(batch) <= fewUsers {
		for _, credential := range batch {
			user, err := c.readUser(ctx, credential.Name)
			if err != nil && !errors.Is(err, emqxapi.ErrNotFound) {
				return nil, err
			}
			if err == nil {
				there[user.Name] = user
			}
		}
		return there, nil
	}
	for user, err := range emqxapi.Items(c.ListUsers(ctx, kind, "")) {
		if err != nil {
			return nil, err
		}
		there[user.Name] = user
	}
	return there, nil
}
