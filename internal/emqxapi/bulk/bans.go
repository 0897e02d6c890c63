package bulk

import (
	"context"
	"errors"
	"iter"
	"strings"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// banBook is the blacklist.
type banBook struct {
	snapshot *snapshot[emqxapi.Ban]
}

func newBanBook(dialect emqxapi.Dialect, demand *demand) *banBook {
	from := source[emqxapi.Ban]{
		list: dialect.ListBans,
		key:  func(ban emqxapi.Ban) string { return banKey(ban.As, ban.Who) },
	}
	if dialect.Traits().ReadsOneBan {
		from.one = func(ctx context.Context, key string) (emqxapi.Ban, error) {
			as, who, _ := strings.Cut(key, "/")
			return dialect.GetBan(ctx, emqxapi.BanKind(as), who)
		}
	}
	return &banBook{snapshot: newSnapshot(from, demand)}
}

// banKey tells bans apart: addresses by value, whatever their spelling.
func banKey(as emqxapi.BanKind, who string) string {
	if canonical, err := emqxapi.CanonicalWho(as, who); err == nil {
		who = canonical
	}
	return string(as) + "/" + who
}

// Ban implements emqxapi.Bans.
func (d *Deployment) Ban(ctx context.Context, as emqxapi.BanKind, who string) (emqxapi.Ban, error) {
	return d.bans.snapshot.get(ctx, banKey(as, who), anyTime)
}

// ListBans implements emqxapi.Bans.
func (d *Deployment) ListBans(ctx context.Context) iter.Seq2[emqxapi.Ban, error] {
	return emqxapi.Items(d.dialect.ListBans(ctx))
}

// CreateBan implements emqxapi.Bans. Where the API would overwrite, a list of a
// moment ago says whether there is something to overwrite.
func (d *Deployment) CreateBan(ctx context.Context, ban emqxapi.Ban) error {
	key := banKey(ban.As, ban.Who)
	defer d.bans.snapshot.wrote(key)
	if !d.dialect.Traits().ReadsOneBan {
		there, err := d.bans.snapshot.get(ctx, key, time.Now().Add(-baseAge))
		switch {
		case err == nil && !there.Expired(time.Now()):
			return emqxapi.ErrExists
		case err != nil && !errors.Is(err, emqxapi.ErrNotFound):
			return err
		}
	}
	return d.crowd.alone(func() error { return d.dialect.CreateBan(ctx, ban) })
}

// ReplaceBan implements emqxapi.Bans.
func (d *Deployment) ReplaceBan(ctx context.Context, ban emqxapi.Ban) error {
	key := banKey(ban.As, ban.Who)
	defer d.bans.snapshot.wrote(key)
	old, err := d.bans.snapshot.get(ctx, key, time.Now().Add(-baseAge))
	switch {
	case errors.Is(err, emqxapi.ErrNotFound):
		return d.crowd.alone(func() error { return d.dialect.ReplaceBan(ctx, nil, ban) })
	case err != nil:
		return err
	}
	return d.crowd.alone(func() error { return d.dialect.ReplaceBan(ctx, &old, ban) })
}

// DeleteBan implements emqxapi.Bans.
func (d *Deployment) DeleteBan(ctx context.Context, as emqxapi.BanKind, who string) error {
	defer d.bans.snapshot.wrote(banKey(as, who))
	return d.crowd.alone(func() error { return d.dialect.DeleteBan(ctx, as, who) })
}
