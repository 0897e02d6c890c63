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

// Tables is the state that both APIs share. The zero value is not usable, call New. All methods may be called at the
// same time.
type Tables struct {
	now func() time.Time

	mu    sync.RWMutex
	users map[Kind]*userTable
	rules map[Kind]*ruleTable
	bans  *banTable
	onBan func(Ban)

	authenticationOff, authorizationOff bool
}

// New returns empty tables. A nil now means time.Now; tests pass their own to decide what shares a millisecond and what
// has expired.
func New(now func() time.Time) *Tables {
	if now == nil {
		now = time.Now
	}
	return &Tables{
		now:   now,
		users: map[Kind]*userTable{Username: newUserTable(), ClientID: newUserTable()},
		rules: map[Kind]*ruleTable{Username: newRuleTable(), ClientID: newRuleTable(), All: newRuleTable()},
		bans:  newBanTable(),
		onBan: func(Ban) {},
	}
}

// Now is the time by which the tables stamp records and judge expiry.
func (t *Tables) Now() time.Time { return t.now() }
