package bulk

import (
	"context"
	"iter"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// banBook is the blacklist.
type banBook struct {
	snapshot *snapshot[emqxapi.Ban]
	creates  *queue[emqxapi.Ban] // nil where each travels alone
}

func newBanBook(dialect emqxapi.Dialect, demand *demand, traffic *traffic, options Options) *banBook {
	b := &banBook{snapshot: newSnapshot(source[emqxapi.Ban]{
		list: dialect.ListBans,
		key:  func(ban emqxapi.Ban) string { return banKey(ban.As, ban.Who) },
		one: func(ctx context.Context, key string) (emqxapi.Ban, error) {
			as, who, _ := strings.Cut(key, "/")
			return dialect.GetBan(ctx, emqxapi.BanKind(as), who)
		},
	}, demand)}
	if dialect.Traits().BatchBans {
		b.creates = newQueue(traffic, options, emqxapi.Ban.Item, dialect.CreateBans)
	}
	return b
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
	return d.bans.snapshot.get(ctx, banKey(as, who))
}

// ListBans implements emqxapi.Bans.
func (d *Deployment) ListBans(ctx context.Context) iter.Seq2[emqxapi.Ban, error] {
	return emqxapi.Items(d.dialect.ListBans(ctx))
}

// CreateBan implements emqxapi.Bans.
func (d *Deployment) CreateBan(ctx context.Context, ban emqxapi.Ban) error {
	defer d.bans.snapshot.wrote(banKey(ban.As, ban.Who))
	if d.bans.creates != nil {
		return d.bans.creates.do(ctx, ban)
	}
	return d.traffic.alone(func() error { return d.dialect.CreateBans(ctx, []emqxapi.Ban{ban})[0] })
}

// ReplaceBan implements emqxapi.Bans.
func (d *Deployment) ReplaceBan(ctx context.Context, old, ban emqxapi.Ban) error {
	defer d.bans.snapshot.wrote(banKey(ban.As, ban.Who))
	return d.traffic.alone(func() error { return d.dialect.ReplaceBan(ctx, old, ban) })
}

// DeleteBan implements emqxapi.Bans.
func (d *Deployment) DeleteBan(ctx context.Context, as emqxapi.BanKind, who string) error {
	defer d.bans.snapshot.wrote(banKey(as, who))
	return d.traffic.alone(func() error { return d.dialect.DeleteBan(ctx, as, who) })
}
