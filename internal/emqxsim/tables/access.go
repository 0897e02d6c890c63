package tables

import (
	"slices"
	"sync/atomic"
	"time"
)

// Settings say what becomes of a request besides what the rules say of it (api/v6.md §6).
type Settings struct {
	// NoMatch decides when no source of rules does.
	NoMatch Permission
	// Disconnect ends the connection of a client that is denied something; otherwise it is only told.
	Disconnect bool
	Cache      CacheSettings
}

// CacheSettings say how long a decision on publishing holds for a client, and how many are kept for each.
type CacheSettings struct {
	Enable   bool
	MaxSize  int
	TTL      time.Duration
	Excludes []string // topic filters of which nothing is kept
}

// StockSettings are those of EMQX 4.4.19 and 5.8.9.
func StockSettings() Settings {
	return Settings{NoMatch: Allow, Cache: CacheSettings{Enable: true, MaxSize: 32, TTL: time.Minute}}
}

// Settings gives the settings of authorization.
func (t *Tables) Settings() Settings {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.settings
}

// SetSettings replaces them. What was decided and kept stays.
func (t *Tables) SetSettings(settings Settings) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.settings = settings
}

// Source is one that can decide on a request.
type Source int

// The sources: the rules in these tables, and files of which only what they come to is known.
const (
	BuiltInRules Source = iota
	AllowsAll
	DeniesAll
)

// SetSources says which sources decide, in their order. Stock EMQX 4.4.19 has BuiltInRules.
func (t *Tables) SetSources(sources ...Source) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sources = slices.Clone(sources)
}

// EnableAuthentication says whether credentials are asked for at all. Without an authenticator EMQX 5 lets everybody in.
func (t *Tables) EnableAuthentication(on bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.authenticationOff = !on
}

// Outcomes count how often the tables were asked, and what they said.
type Outcomes struct {
	// By an authenticator: Allow is a right password, Deny a wrong one, NoMatch no record.
	// By the rules: Ignore is a rule that could not be read.
	Allow, Deny, NoMatch, Ignore int64
}

// Total is how often they were asked.
func (o Outcomes) Total() int64 { return o.Allow + o.Deny + o.NoMatch + o.Ignore }

type outcomes struct{ allow, deny, noMatch, ignore atomic.Int64 }

func (o *outcomes) read() Outcomes {
	return Outcomes{o.allow.Load(), o.deny.Load(), o.noMatch.Load(), o.ignore.Load()}
}

func (o *outcomes) reset() {
	for _, counter := range []*atomic.Int64{&o.allow, &o.deny, &o.noMatch, &o.ignore} {
		counter.Store(0)
	}
}

func (o *outcomes) countDecision(decision Decision) {
	switch decision {
	case Allowed:
		o.allow.Add(1)
	case Denied:
		o.deny.Add(1)
	case Ignored:
		o.ignore.Add(1)
	default:
		o.noMatch.Add(1)
	}
}

func (o *outcomes) countVerdict(verdict Verdict) {
	switch verdict {
	case Accepted:
		o.allow.Add(1)
	case BadPassword:
		o.deny.Add(1)
	default:
		o.noMatch.Add(1)
	}
}

// Authentications counts what the credentials said since the start or ResetAuthentications.
func (t *Tables) Authentications() Outcomes { return t.authentications.read() }

// ResetAuthentications begins to count anew.
func (t *Tables) ResetAuthentications() { t.authentications.reset() }

// Authorizations counts what the rules in these tables said since the start or ResetAuthorizations.
func (t *Tables) Authorizations() Outcomes { return t.authorizations.read() }

// ResetAuthorizations begins to count anew.
func (t *Tables) ResetAuthorizations() { t.authorizations.reset() }
