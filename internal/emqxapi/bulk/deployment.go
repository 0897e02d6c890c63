// Package bulk makes a deployment out of a dialect. Requests are the scarce thing
// (EMQX Cloud allows 10 to 100 a second), so reads that are wanted together are
// answered from one list, and writes that are under way together leave in one
// request. Correct before fast: what this process wrote is seen by its next read,
// and nothing counts as gone because a list lacked it.
package bulk

import (
	"sync"

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
	emqxapi.Namespaces
	*common

	dialect emqxapi.Dialect
	users   map[emqxapi.Kind]*userBook
	rules   map[emqxapi.Kind]*ruleBook
}

// common is what the users and rules of all namespaces have together: everybody who
// reads and writes counts, whatever is wanted, and bans are in no namespace.
type common struct {
	options Options
	demand  *demand
	traffic *traffic
	bans    *banBook

	mu         sync.Mutex
	namespaces map[string]*Deployment // "" for none
}

var _ emqxapi.Deployment = (*Deployment)(nil)

// New makes a deployment. It sends nothing.
func New(dialect emqxapi.Dialect, options Options) *Deployment {
	c := &common{
		options: options, demand: &demand{off: options.NoSnapshots, readers: newTraffic()}, traffic: newTraffic(),
		namespaces: map[string]*Deployment{},
	}
	c.bans = newBanBook(dialect, c.demand, c.traffic, options)
	c.namespaces[""] = c.deployment(dialect)
	return c.namespaces[""]
}

func (c *common) deployment(dialect emqxapi.Dialect) *Deployment {
	d := &Deployment{
		Runtime: dialect, Messages: dialect, Settings: dialect, Namespaces: dialect, common: c, dialect: dialect,
		users: map[emqxapi.Kind]*userBook{},
		rules: map[emqxapi.Kind]*ruleBook{},
	}
	for _, kind := range []emqxapi.Kind{emqxapi.KindUsername, emqxapi.KindClientID} {
		d.users[kind] = newUserBook(dialect, kind, c.demand, c.traffic, c.options)
	}
	for _, kind := range []emqxapi.Kind{emqxapi.KindUsername, emqxapi.KindClientID, emqxapi.KindAll} {
		d.rules[kind] = newRuleBook(dialect, kind, c.demand, c.traffic, c.options)
	}
	return d
}

// In implements emqxapi.Deployment. Each namespace has snapshots, batches and locks of
// its own.
func (d *Deployment) In(namespace string) (emqxapi.Deployment, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if there, ok := d.namespaces[namespace]; ok {
		return there, nil
	}
	dialect, err := d.namespaces[""].dialect.In(namespace)
	if err != nil {
		return nil, err
	}
	d.namespaces[namespace] = d.deployment(dialect)
	return d.namespaces[namespace], nil
}

// Supports implements emqxapi.Deployment.
func (d *Deployment) Supports(feature emqxapi.Feature) error { return d.dialect.Supports(feature) }
