package bulk

import (
	"context"
	"iter"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// Clients implements emqxapi.Deployment.
func (d *Deployment) Clients(ctx context.Context, filter emqxapi.ClientFilter) iter.Seq2[emqxapi.Client, error] {
	return emqxapi.Items(d.dialect.ListClients(ctx, filter))
}

// ClientsNamed implements emqxapi.Deployment. A few names are looked for by filters.
// For more there may be fewer pages of the list of all clients than filters, and
// its first page tells. Whatever comes is sifted once more: v4 gives clients without a
// username to who asks for those of "undefined" (api/v4.md §5).
func (d *Deployment) ClientsNamed(ctx context.Context, kind emqxapi.Kind, names []string) iter.Seq2[emqxapi.Client, error] {
	return func(yield func(emqxapi.Client, error) bool) {
		filters := d.dialect.NameFilters(kind, names)
		clients := d.clientsByFilters(ctx, filters)
		if len(filters) > several {
			all := d.dialect.ListClients(ctx, emqxapi.ClientFilter{})
			if pages, short := noMorePages(all, len(filters)); short {
				clients = pages
			}
		}
		emqxapi.Items(emqxapi.ConvertPages(clients, named(kind, names)))(yield)
	}
}

// named keeps the clients that have one of some names.
func named(kind emqxapi.Kind, names []string) func(emqxapi.Client) (emqxapi.Client, bool) {
	wanted := make(map[string]bool, len(names))
	for _, name := range names {
		wanted[name] = true
	}
	return func(c emqxapi.Client) (emqxapi.Client, bool) {
		if kind == emqxapi.KindUsername {
			return c, c.Username != nil && wanted[*c.Username]
		}
		return c, wanted[c.ClientID]
	}
}

// noMorePages gives all pages of a list whose first one shows that no more than some
// follow it. Otherwise nothing else of it is asked for, and ok is false.
func noMorePages[T any](list emqxapi.Pages[T], than int) (pages emqxapi.Pages[T], ok bool) {
	next, stop := iter.Pull2(list)
	first, err, some := next()
	if length := len(first.Items); length > 0 && (first.Count-1)/length > than {
		stop()
		return nil, false
	}
	return func(yield func(emqxapi.Page[T], error) bool) {
		defer stop()
		for page, err := first, err; some; page, err, some = next() {
			if !yield(page, err) || err != nil {
				return
			}
		}
	}, true
}

// clientsByFilters sends every filter, many at a time.
func (d *Deployment) clientsByFilters(ctx context.Context, filters []emqxapi.ClientFilter) emqxapi.Pages[emqxapi.Client] {
	return func(yield func(emqxapi.Page[emqxapi.Client], error) bool) {
		found := make([]emqxapi.Page[emqxapi.Client], len(filters))
		errs := each(ctx, "looking for clients", len(filters), func(i int) error {
			for client, err := range d.Clients(ctx, filters[i]) {
				if err != nil {
					return err
				}
				found[i].Items = append(found[i].Items, client)
			}
			return nil
		})
		for i, page := range found {
			if !yield(page, errs[i]) || errs[i] != nil {
				return
			}
		}
	}
}
