package v5

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

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

// ImportUsers creates users with few requests. EMQX's import overwrites what is
// there, which the caller has ruled out by a list; should somebody have come in
// between, the error says so. Deployments whose version has no import of JSON, or
// whose key may not use it, get one request for each user.
func (c *Client) ImportUsers(ctx context.Context, kind emqxapi.Kind, credentials []emqxapi.Credential) []error {
	refused := func(err error) bool { return err != nil }
	if slices.ContainsFunc(c.refuse(ctx, kind, credentials), refused) {
		return c.CreateUsers(ctx, kind, credentials) // tells which ones
	}
	if err := c.importable(ctx); err != nil {
		return allFailed(len(credentials), err)
	}
	errs := make([]error, len(credentials))
	offered := true
	size := func(i int) int { return len(credentials[i].Name) + len(credentials[i].Password) + 64 }
	for from, to := range batches(len(credentials), maxImport, size) {
		batch := credentials[from:to]
		if !offered {
			copy(errs[from:to], c.CreateUsers(ctx, kind, batch))
			continue
		}
		results, err := c.importBatch(ctx, kind, batch)
		if errors.Is(err, errNoImport) {
			offered = false
			results = c.CreateUsers(ctx, kind, batch)
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
		return c.CreateUsers(ctx, kind, batch), nil // nothing was stored; one bad entry must not fail the others
	case err != nil:
		return allFailed(len(batch), err), nil
	case answer.Status == http.StatusNoContent:
		return c.createMissing(ctx, kind, batch), nil
	}
	return c.importResult(ctx, kind, batch, result, answer.Repeated), nil
}

func noImport(r refusal) error {
	switch r.status {
	case http.StatusMethodNotAllowed, http.StatusUnsupportedMediaType, http.StatusRequestEntityTooLarge:
		return errNoImport
	}
	return nil
}

// importResult says what an import means for each of its users. One that is
// repeated because its answer was lost overrides what it has stored itself: as an
// import is one transaction, that is all of its users or none.
func (c *Client) importResult(ctx context.Context, kind emqxapi.Kind, batch []emqxapi.Credential, result importCounts, repeated bool) []error {
	overridden := result.Override
	if repeated && overridden == len(batch) {
		overridden = 0
	}
	switch {
	case overridden > 0:
		return allFailed(len(batch), fmt.Errorf("somebody else created %d of the %d users of this import after they were found to be free, "+
			"and the import has overwritten them: all %d have the passwords of this configuration now; import them, or delete them and apply again",
			overridden, len(batch), len(batch)))
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
