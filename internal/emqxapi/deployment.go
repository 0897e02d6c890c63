package emqxapi

import (
	"context"
	"iter"
)

// Deployment is one EMQX deployment, whatever API it speaks. It is safe for
// use by many goroutines. Where a method returns a slice of errors or results,
// it has one entry for each entry of its argument, in the same order.
type Deployment interface {
	// Supports returns an *UnsupportedError when the API cannot do something.
	// It sends nothing.
	Supports(feature Feature) error

	// In gives the deployment with the users and rules of a namespace in the place
	// of those in none. It sends nothing; what is done there then fails with an
	// ErrNoNamespace where the namespace is not there.
	In(namespace string) (Deployment, error)

	Users
	Rules
	Bans
	Runtime
	Messages
	Settings
	Namespaces

	// Clients gives the sessions that match a filter, each once.
	Clients(ctx context.Context, filter ClientFilter) iter.Seq2[Client, error]

	// ClientsNamed gives the sessions whose client identifier or username, as the
	// kind says, is one of some names, each once.
	ClientsNamed(ctx context.Context, kind Kind, names []string) iter.Seq2[Client, error]
}

// Page is one page of a list.
type Page[T any] struct {
	Items []T
	// Count is how many items all pages together have, negative when the
	// broker did not say.
	Count int
	// Moved says, on a last page, that rows moved between the pages each time the list
	// was read: one that none of them had may be there all the same.
	Moved bool
	// LeftOut says that the broker has rows on the page that are not among Items.
	LeftOut bool
}

// Pages gives a list page by page. The next page is asked for when it is
// wanted, so a loop that ends early spends no more requests.
type Pages[T any] = iter.Seq2[Page[T], error]

// RuleOp is how the rules of a subject change.
type RuleOp int

const (
	// EditRules takes a list that others write too from what was read to what is
	// wanted. An ErrConflict asks for the edit to be made again on what is there now.
	EditRules RuleOp = iota

	// CreateRuleset makes the rules of a subject that has none: ErrExists otherwise.
	CreateRuleset

	// ReplaceRuleset makes the rules of a subject what is given, whatever they were.
	ReplaceRuleset

	// RemoveRuleset removes a subject with its rules, also one that is gone already.
	RemoveRuleset
)

// RuleChange is what is to become of one subject's rules.
type RuleChange struct {
	Op      RuleOp // where Traits say NewestRuleFirst, always EditRules
	Subject Subject
	From    []Rule // of EditRules; differs from To
	To      []Rule

	// AnyOrder says that the rules that To has in front of From are new and that
	// their order among themselves does not matter, so that they may be written
	// at the same moment.
	AnyOrder bool
}

// RuleResult is what became of a RuleChange.
type RuleResult struct {
	Err error

	// Confirmed says that the broker's answer leaves nothing open. Otherwise
	// the caller reads the rules back: another writer may have replaced the list
	// (v5), or rules of one millisecond may have no order (v4).
	Confirmed bool
	// Untouched says that nothing of the change was carried out.
	Untouched bool
}

// Traits are the differences between dialects that matter above them.
type Traits struct {
	// NewestRuleFirst: rules are rows of their own. What is created or changed
	// becomes its subject's newest, the newest is tried first, and no other rule
	// is touched; no write of rules is refused because some are there, so each
	// begins with a look (v4). Otherwise a subject's list is one object (v5).
	NewestRuleFirst bool
	// BatchUsers: CreateUsers is one request for several, too (v4).
	BatchUsers bool

	// BatchBans: CreateBans looks once for many, as to create is to overwrite (v4).
	BatchBans bool
}

// Dialect is one generation of EMQX's REST API. Its methods do what their name
// says, with as few requests as that API needs, and translate: paths, JSON,
// names, units and result codes end here. Of what it was told a dialect remembers what
// holds for the deployment, such as how long a page may be, and nothing of its objects.
//
// Every method refuses a name that would be a path segment and cannot be one (".",
// ".." and "") before anything is sent.
type Dialect interface {
	Supports(feature Feature) error
	Traits() Traits

	// In gives the dialect for the users and rules of a namespace. It sends nothing.
	In(namespace string) (Dialect, error)

	// RequireKind is an error where the deployment knows its users by another kind
	// of name. It sends one request at most, ever. Writes, and reads that find
	// nothing, require it by themselves; a list of whatever is there does not.
	RequireKind(ctx context.Context, kind Kind) error

	GetUser(ctx context.Context, kind Kind, name string) (User, error)
	ListUsers(ctx context.Context, kind Kind, like string) Pages[User]
	// CreateUsers overwrites nobody who was there before it was called. Many may be
	// imported after a look, so the caller sees to it that nothing of this process
	// comes between.
	CreateUsers(ctx context.Context, kind Kind, credentials []Credential) []error
	UpdateUser(ctx context.Context, kind Kind, credential Credential) error
	// UpdateUsers is UpdateUser for several. Many may be imported after a look, as with
	// CreateUsers.
	UpdateUsers(ctx context.Context, kind Kind, credentials []Credential) []error
	DeleteUser(ctx context.Context, kind Kind, name string) error

	GetRules(ctx context.Context, subject Subject) ([]Rule, error)
	// ListRules may give a subject again, where rules are rows of their own and
	// another of its rows turned up: the last time is right.
	ListRules(ctx context.Context, kind Kind) Pages[Ruleset]
	// Parts are the rules as which the API stores one: a rule for "all" are two on v4.
	Parts(rule Rule) []Rule
	WriteRules(ctx context.Context, changes []RuleChange) []RuleResult

	GetBan(ctx context.Context, as BanKind, who string) (Ban, error)
	ListBans(ctx context.Context) Pages[Ban]
	// CreateBans overwrites nothing that was there before it was called.
	CreateBans(ctx context.Context, bans []Ban) []error
	// ReplaceBan makes a ban what is given; old is what it was, and is put back if
	// the second of two steps fails.
	ReplaceBan(ctx context.Context, old, ban Ban) error
	DeleteBan(ctx context.Context, as BanKind, who string) error

	ListClients(ctx context.Context, filter ClientFilter) Pages[Client]
	// NameFilters are the filters by which ListClients finds the clients of some
	// names, as few as can be.
	NameFilters(kind Kind, names []string) []ClientFilter

	Runtime
	Messages
	Settings
	Namespaces
}
