// Package bulk makes a deployment out of a dialect. Requests are the scarce thing
// (EMQX Cloud allows 10 to 100 a second), so reads that are wanted together are
// answered from one list, and writes that are under way together leave in one
// request. Correct before fast: what this process wrote is seen by its next read,
// and nothing counts as gone because a list lacked it.
package bulk

import (
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// Options turn parts off, so that their worth can be measured.
type Options struct {
	NoSnapshots bool // every read is a request of its own
	NoBatches   bool // every write is a request of its own
}

// Deployment is a dialect with snapshots, batches and edits of rule lists. It
// belongs to one provider configuration and shares nothing with another.
type Deployment struct {
	emqxapi.Runtime
	emqxapi.Messages
	emqxapi.Settings

	dialect emqxapi.Dialect
	users   map[emqxapi.Kind]*userBook
	rules   map[emqxapi.Kind]*ruleBook
	bans    *banBook
	crowd   *crowd
}

var _ emqxapi.Deployment = (*Deployment)(nil)

// New makes a deployment. It sends nothing.
func New(dialect emqxapi.Dialect, options Options) *Deployment {
	demand, crowd := &demand{off: options.NoSnapshots, readers: newCrowd()}, newCrowd()
	d := &Deployment{
		Runtime: dialect, Messages: dialect, Settings: dialect, dialect: dialect,
		users: map[emqxapi.Kind]*userBook{},
		rules: map[emqxapi.Kind]*ruleBook{},
		bans:  newBanBook(dialect, demand),
		crowd: crowd,
	}
	for _, kind := range []emqxapi.Kind{emqxapi.KindUsername, emqxapi.KindClientID} {
		d.users[kind] = newUserBook(dialect, kind, demand, crowd, options)
	}
	for _, kind := range []emqxapi.Kind{emqxapi.KindUsername, emqxapi.KindClientID, emqxapi.KindAll} {
		d.rules[kind] = newRuleBook(dialect, kind, demand, crowd, options)
	}
	return d
}

// Supports implements emqxapi.Deployment.
func (d *Deployment) Supports(feature emqxapi.Feature) error { return d.dialect.Supports(feature) }
