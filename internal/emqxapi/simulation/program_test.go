package simulation

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// program is what a seed stands for, as data: it can be made smaller and run again.
type program struct {
	seed       uint64
	generation string
	weather    weather
	client     client
	processes  []process
	strangers  []stranger
	patient    bool // nothing goes wrong, and every request takes two seconds
}

// client is how the provider is configured.
type client struct {
	timeout time.Duration
	retries int
	rate    float64
}

// process is a directory with a configuration of its own: its rounds are runs of Terraform, one after another.
type process struct {
	name   string // A, B, …
	rounds []round
}

// round is one run of Terraform: refresh, plan, apply.
type round struct {
	number int
	pause  time.Duration // after the round before
	cancel time.Duration // after so long somebody presses Ctrl-C; 0 for never
	wanted []resource
	reads  []reading
}

// kind is what Terraform calls a type.
type kind string

const (
	user     kind = "emqx_auth_user"
	fleet    kind = "emqx_auth_users"
	rule     kind = "emqx_acl_rule"
	ruleset  kind = "emqx_acl_ruleset"
	rulesets kind = "emqx_acl_rulesets"
	ban      kind = "emqx_blacklist_entry"
)

// resource is one block of a configuration.
type resource struct {
	id       string
	kind     kind
	items    []item // several in the plural kinds
	revision int    // another one has other contents
	delay    time.Duration
	deadline time.Duration // of each call
	bad      bool          // the broker refuses the last item
}

// item is what one entry of a resource is about.
type item struct {
	object
	row // of a single rule; the zero row elsewhere
}

// row tells the rules of a subject apart.
type row = emqxapi.RuleKey

// reading is a read within a round, as a data source or another resource's refresh makes it.
type reading struct {
	delay time.Duration
	items []item // one: a single read; more: a read of many
	burst bool   // of many single reads instead
	list  bool   // a list of all of the kind
}

// stranger is a change that no process makes.
type stranger struct {
	object object
	many   int          // as many more, whose names count up
	rule   emqxapi.Rule // that is added or removed
	what   strange
	mark   string
	// at is when, or, with nth, how long after the nth request about the object: right before the broker has
	// carried it out, or right after.
	at    time.Duration
	nth   int
	after bool
}

// strange is what a stranger does.
type strange int

const (
	makes strange = iota
	changes
	removes
	narrows // gives the subject a rule with a condition
	empties // leaves the subject with an empty list, which is something else than no subject
)

// want is what an item should be.
type want struct {
	mark      string
	superuser bool
	rules     []emqxapi.Rule // of a ruleset
	rule      emqxapi.Rule   // of a single rule
	old       string         // the mark of the ban that it replaces
}

func (r resource) want(process string, i item) want {
	h := fnv.New64a()
	_, _ = fmt.Fprint(h, r.id, r.revision, i)
	random := rand.New(rand.NewPCG(h.Sum64(), 0))
	w := want{mark: fmt.Sprintf("%s/%s/%d/%s", process, r.id, r.revision, i.name)}
	switch r.kind {
	case user, fleet:
		w.superuser = r.superusers() && random.IntN(3) == 0
	case rule:
		w.rule = emqxapi.Rule{Topic: i.Topic, Action: i.Action, Access: emqxapi.Allow}
		if r.revision%2 == 1 {
			w.rule.Access = emqxapi.Deny
		}
		if r.isBad(i) {
			w.rule.QoS = []int{5}
		}
	case ruleset, rulesets:
		w.rules = r.list(random, w.mark)
		switch {
		case r.isBad(i) && r.revision%2 == 0: // more than the broker takes
			for n := range maxRules {
				w.rules = append(w.rules, emqxapi.Rule{Topic: fmt.Sprint("l/", n), Action: emqxapi.ActionPublish, Access: emqxapi.Allow})
			}
		case r.isBad(i):
			w.rules[0].QoS = []int{5}
		}
	case ban:
	}
	return w
}

func (r resource) isBad(i item) bool {
	return r.bad && len(r.items) > 0 && r.items[len(r.items)-1] == i
}

// superusers says whether users of this resource can be superusers: on v5 only, which the id tells.
func (r resource) superusers() bool { return r.id[0] == '5' }

// list is a list of rules that nobody else writes: its mark is the topic of one of them.
func (r resource) list(random *rand.Rand, mark string) []emqxapi.Rule {
	list := []emqxapi.Rule{{Topic: "m/" + mark, Action: emqxapi.ActionPublish, Access: emqxapi.Allow}}
	for _, topic := range topics {
		if random.IntN(2) == 0 {
			access := emqxapi.Allow
			if random.IntN(2) == 0 {
				access = emqxapi.Deny
			}
			list = append(list, emqxapi.Rule{Topic: topic, Action: actions[random.IntN(len(actions))], Access: access})
		}
	}
	random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

var (
	topics  = []string{"t/1", "t/#", "t"}
	actions = []emqxapi.Action{emqxapi.ActionPublish, emqxapi.ActionSubscribe, emqxapi.ActionAll}
)

// clone copies what shrinking changes.
func (p program) clone() program {
	p.processes = slices.Clone(p.processes)
	for i := range p.processes {
		p.processes[i].rounds = slices.Clone(p.processes[i].rounds)
		for j := range p.processes[i].rounds {
			r := &p.processes[i].rounds[j]
			r.wanted, r.reads = slices.Clone(r.wanted), slices.Clone(r.reads)
			for k := range r.wanted {
				r.wanted[k].items = slices.Clone(r.wanted[k].items)
			}
		}
	}
	p.strangers = slices.Clone(p.strangers)
	return p
}
