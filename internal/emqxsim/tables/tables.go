// Package tables holds what the embedded broker knows about its clients: credentials, rules and bans. Both management
// APIs write the same tables and the MQTT side asks them, so what one API wrote the other shows, and a client feels it.
//
// The order in which lists come differs between the dialects. The methods here say which order they give.
package tables

import (
	"sync"
	"time"
)

// Kind says what a credential or a rule is bound to.
type Kind string

// The kinds of subjects. There are no credentials of kind All.
const (
	Username Kind = "username"
	ClientID Kind = "clientid"
	All      Kind = "all"
)

// Tables are the users and rules of the whole broker or, see In, of one namespace, with all that both have in common. The
// zero value is not usable, call New. All methods may be called at the same time.
type Tables struct {
	*state
	*space
}

// state is what the tables of all namespaces share.
type state struct {
	now func() time.Time

	mu         sync.RWMutex
	global     *space
	spaces     map[string]*space    // by namespace, managed or not
	namespaces map[string]Namespace // the managed ones
	bans       *banTable
	onBan      func(Ban)

	authenticationOff bool
	sources           []Source
	settings          Settings

	authentications, authorizations outcomes
}

// New returns empty tables. A nil now means time.Now; tests pass their own to decide what shares a millisecond and what
// has expired.
func New(now func() time.Time) *Tables {
	if now == nil {
		now = time.Now
	}
	global := newSpace()
	return &Tables{space: global, state: &state{
		now:        now,
		global:     global,
		spaces:     map[string]*space{},
		namespaces: map[string]Namespace{},
		bans:       newBanTable(),
		onBan:      func(Ban) {},

		sources:  []Source{BuiltInRules},
		settings: StockSettings(),
	}}
}

// Now is the time by which the tables stamp records and judge expiry.
func (t *Tables) Now() time.Time { return t.now() }
