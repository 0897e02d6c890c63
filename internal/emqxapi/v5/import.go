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

// importMode is what an import is for.
type importMode struct {
	// each does the same with one request for each, where there is no import.
	each func(context.Context, emqxapi.Kind, []emqxapi.Credential) []error
	// judge says what the counts of an import mean for each of its users, nil where they
	// say that all is well.
	judge func(importCounts, int) error
	// missing is for a user that is not there after an import.
	missing func(context.Context, emqxapi.Credential) error
}

// createMany creates users with few requests. EMQX's import overwrites what is there, so a
// list shows first whose names are free. Deployments that have no import of JSON, or
// whose key may not use it, get one request for each user.
func (c *Client) createMany(ctx context.Context, kind emqxapi.Kind, credentials []emqxapi.Credential) []error {
	errs := make([]error, len(credentials))
	taken, whole, err := c.presentUsers(ctx, kind)
	switch {
	case rest.Refused(err):
		return c.createEach(ctx, kind, credentials) // POST refuses what is there, without a look
	case err == nil && !whole:
		err = emqxapi.ErrListMoves // a name that it lacks may be taken, and the import would overwrite
	}
	if err != nil {
		return allFailed(len(credentials), err)
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
	creating := importMode{each: c.createEach, judge: overwrote, missing: c.createUser}
	for k, err := range c.importUsers(ctx, kind, pick(credentials, free), creating) {
		errs[free[k]] = err
	}
	return errs
}

// changeMany changes users with few requests: an import of those that a list shows to be
// there.
func (c *Client) changeMany(ctx context.Context, kind emqxapi.Kind, credentials []emqxapi.Credential) []error {
	errs := make([]error, len(credentials))
	there, whole, err := c.presentUsers(ctx, kind)
	if rest.Refused(err) {
		return c.changeEach(ctx, kind, credentials)
	}
	if err != nil {
		return allFailed(len(credentials), err)
	}
	gone := func(_ context.Context, credential emqxapi.Credential) error {
		return fmt.Errorf("the user %q: %w", credential.Name, emqxapi.ErrNotFound)
	}
	var present []int
	for i, credential := range credentials {
		switch {
		case there[credential.Name]:
			present = append(present, i)
		case whole:
			errs[i] = gone(ctx, credential)
		case isHashed(credential):
			errs[i] = emqxapi.ErrListMoves
		default: // it may be there all the same: the broker says so if it is not
			errs[i] = c.changeUser(ctx, credential)
		}
	}
	changing := importMode{each: c.changeEach, judge: madeAgain, missing: gone}
	for k, err := range c.importUsers(ctx, kind, pick(credentials, present), changing) {
		errs[present[k]] = err
	}
	return errs
}

// presentUsers are the names of all users. The list is whole unless rows moved between its
// pages.
func (c *Client) presentUsers(ctx context.Context, kind emqxapi.Kind) (present map[string]bool, whole bool, err error) {
	present, whole = make(map[string]bool), true
	for page, err := range c.ListUsers(ctx, kind, "") {
		if err != nil {
			return nil, false, err
		}
		whole = whole && !page.Moved
		for _, user := range page.Items {
			present[user.Name] = true
		}
	}
	return present, whole, nil
}

// importUsers imports users.
func (c *Client) importUsers(ctx context.Context, kind emqxapi.Kind, credentials []emqxapi.Credential, mode importMode) []error {
	if err := c.importable(ctx); err != nil {
		return allFailed(len(credentials), err)
	}
	errs := make([]error, len(credentials))
	offered := true
	size := func(i int) int {
		return len(credentials[i].Name) + len(credentials[i].Password) + len(credentials[i].Hash) + len(credentials[i].Salt) + 64
	}
	for from, to := range batches(len(credentials), maxImport, size) {
		batch := credentials[from:to]
		if ctx.Err() != nil || !offered {
			copy(errs[from:to], mode.each(ctx, kind, batch))
			continue
		}
		results, err := c.importBatch(ctx, kind, batch, mode)
		if errors.Is(err, errNoImport) {
			offered = false
			results = mode.each(ctx, kind, batch)
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

// errNoImport says that a deployment has no import of JSON, without which there are no
// hashes either.
var errNoImport = errors.New("this deployment has no import of users as JSON, or the key may not use it")

// importBatch imports one request's worth. The error is errNoImport or nil.
func (c *Client) importBatch(ctx context.Context, kind emqxapi.Kind, batch []emqxapi.Credential, mode importMode) ([]error, error) {
	users := make([]userBody, len(batch))
	form := "plain"
	for i, credential := range batch {
		users[i] = userBody{UserID: credential.Name, Superuser: credential.Superuser, Namespace: c.namespace}
		if isHashed(credential) {
			users[i].Hash, users[i].Salt, form = credential.Hash, credential.Salt, "hash"
		} else {
			users[i].Password = &credential.Password
		}
	}
	var result importCounts
	answer, err := c.do(ctx, call{
		method:  http.MethodPost,
		path:    []string{"authentication", authenticator, "import_users"},
		query:   url.Values{"type": {form}},
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
		if form == "hash" {
			return allFailed(len(batch), err), nil
		}
		return mode.each(ctx, kind, batch), nil // nothing was stored; one bad entry must not fail the others
	case err != nil:
		return allFailed(len(batch), err), nil
	case answer.Status == http.StatusNoContent, result.Failed > 0:
		return c.settleImport(ctx, kind, batch, mode), nil
	}
	if err := mode.judge(result, len(batch)); err != nil {
		return allFailed(len(batch), err), nil
	}
	return make([]error, len(batch)), nil
}

func noImport(r refusal) error {
	switch r.status {
	case http.StatusMethodNotAllowed, http.StatusUnsupportedMediaType, http.StatusRequestEntityTooLarge:
		return errNoImport
	}
	return nil
}

// overwrote is an error where users that were to be created were there. An import that is
// repeated because its answer was lost overrides what it has stored itself, or skips it
// where it has hashes, which looks like what somebody else has.
func overwrote(result importCounts, users int) error {
	if result.Override+result.Skipped == 0 {
		return nil
	}
	return fmt.Errorf("%w: all %d users of this import have the passwords of this configuration now, but %d of them came to be "+
		"after they were found to be free, and EMQX does not say which: either an answer was lost and the import was repeated, or somebody else made them",
		emqxapi.ErrOutcomeUnknown, users, result.Override+result.Skipped)
}

// madeAgain is an error where users that were to be changed were not there any more.
func madeAgain(result importCounts, users int) error {
	if result.Success == 0 {
		return nil
	}
	return fmt.Errorf("%w: all %d users of this import have the passwords of this configuration now, but %d of them were removed by somebody else "+
		"after they were found, so that the import has made them again; EMQX does not say which", emqxapi.ErrOutcomeUnknown, users, result.Success)
}

// settleImport reads what came of an import of which the broker says nothing, as EMQX
// Cloud does, or that it has left some out.
func (c *Client) settleImport(ctx context.Context, kind emqxapi.Kind, batch []emqxapi.Credential, mode importMode) []error {
	there, err := c.imported(ctx, kind, batch)
	if err != nil {
		return allFailed(len(batch), fmt.Errorf("%w: what became of the import cannot be read: %w", emqxapi.ErrOutcomeUnknown, err))
	}
	return each(ctx, len(batch), func(i int) error {
		if user, found := there[batch[i].Name]; found {
			return storedAs(user, batch[i])
		}
		return mode.missing(ctx, batch[i])
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
