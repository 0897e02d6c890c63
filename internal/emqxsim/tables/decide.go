package tables

import (
	"net/netip"
	"slices"
	"strings"
)

// Verdict is what the credentials say of a client that connects.
type Verdict int

// The verdicts. Unknown means that there is a record neither of the clientid nor of the username: whether such a client
// may connect is the broker's setting.
const (
	Unknown Verdict = iota
	Accepted
	BadPassword
)

// Authenticate checks a client's password. It is accepted if the password matches the record of its clientid or that of
// its username (api/v4.md §2); superuser is that of the record that matched. username is empty when there is none. The
// global records count for the clients of a namespace as long as it has none at all (api/v6.md §5).
func (t *Tables) Authenticate(clientid, username, password string) (verdict Verdict, superuser bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if t.authenticationOff {
		return Accepted, false
	}
	defer func() { t.authentications.countVerdict(verdict) }()
	users := t.users
	if !t.hasUsers() {
		users = t.global.users
	}
	candidates := []*userRecord{users[ClientID].records[clientid]}
	if username != "" {
		candidates = append(candidates, users[Username].records[username])
	}
	for _, record := range candidates {
		if record == nil {
			continue
		}
		if record.password.matches(password) {
			return Accepted, record.superuser
		}
		verdict = BadPassword
	}
	return verdict, false
}

// Request is what a client wants to do.
type Request struct {
	ClientID  string
	Username  string // empty when it has none
	Superuser bool
	Action    Action // Publish or Subscribe
	Topic     string // the topic name, or for Subscribe the filter without $share/GROUP/
	QoS       int
	Retain    bool // for Publish

	// Where the client is connected from and to, for rules with conditions.
	Peer           netip.Addr
	Zone, Listener string
}

// Decision is what is said of a request.
type Decision int

// The decisions. NoMatch means that nothing speaks of the request. Ignored is only said by the rules themselves: a rule
// that cannot be read was met before one that decides.
const (
	NoMatch Decision = iota
	Allowed
	Denied
	Ignored
)

// Authorize asks the sources in their order, and the first that decides does. NoMatch is for the settings to decide.
// Superusers may do everything.
func (t *Tables) Authorize(request Request) Decision {
	if request.Superuser {
		return Allowed
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	for _, source := range t.sources {
		switch source {
		case AllowsAll:
			return Allowed
		case DeniesAll:
			return Denied
		case BuiltInRules:
			decided := t.askRules(request)
			t.authorizations.countDecision(decided)
			if decided == Allowed || decided == Denied {
				return decided
			}
		}
	}
	return NoMatch
}

// askRules asks first the rules of the clientid, then those of the username, then those for all, each in their order,
// and the first that matches decides. The order of subjects is the same in all versions (api/v4.md §3, EMQX 5.8.9:
// emqx_authz_mnesia.erl, authorize). A rule whose ipaddr is none ends it (api/v6.md §2). The global rules count for a
// client of a namespace that has none for it there (api/v6.md §5).
func (t *Tables) askRules(request Request) Decision {
	lists := t.rulesFor(request)
	if lists == nil {
		lists = t.global.rulesFor(request)
	}
	for _, records := range lists {
		for _, record := range records {
			switch {
			case record.Conditions != nil && record.Conditions.broken:
				return Ignored
			case record.matches(request):
				return decision(record.Permission)
			}
		}
	}
	return NoMatch
}

// rulesFor gives the rules of each subject that the client of a request is; nil when there are none.
func (s *space) rulesFor(request Request) (lists [][]ruleRecord) {
	subjects := []Subject{{ClientID, request.ClientID}, {Username, request.Username}, Everybody}
	for _, subject := range subjects {
		if subject.Kind == Username && request.Username == "" {
			continue
		}
		if records := s.rules[subject.Kind].subjects[subject.Name]; len(records) > 0 {
			lists = append(lists, records)
		}
	}
	return lists
}

func decision(p Permission) Decision {
	if p == Allow {
		return Allowed
	}
	return Denied
}

func (r ruleRecord) matches(request Request) bool {
	if r.Action != AnyAction && r.Action != request.Action {
		return false
	}
	if !slices.Contains(r.QoS, request.QoS) {
		return false
	}
	if request.Action == Publish && r.Retain != RetainAny && (r.Retain == RetainTrue) != request.Retain {
		return false
	}
	return r.Conditions.hold(request) && r.topicMatches(request)
}

// topicMatches compares a rule's topic with the one asked for, as the version does in which it was written. A rule with a
// placeholder for a username does not match a client without one.
func (r ruleRecord) topicMatches(request Request) bool {
	placeholders := fillV5
	if r.byTime {
		placeholders = fillV4
	} else if literal, isLiteral := strings.CutPrefix(r.Topic, "eq "); isLiteral {
		return literal == request.Topic
	}
	filter, ok := placeholders(r.Topic, request)
	// A name with a slash in it becomes several levels, as in EMQX, which puts the names in before it splits.
	return ok && Covers(filter, request.Topic)
}

// fillV4 puts a client's names into whole levels (EMQX 4.4.19: emqx_acl_mnesia.erl, feed_var).
func fillV4(topic string, request Request) (filter string, ok bool) {
	levels := strings.Split(topic, "/")
	for i, level := range levels {
		switch {
		case level == "%u" && request.Username == "":
			return "", false
		case level == "%c":
			levels[i] = request.ClientID
		case level == "%u":
			levels[i] = request.Username
		}
	}
	return strings.Join(levels, "/"), true
}

// fillV5 puts a client's names anywhere.
func fillV5(topic string, request Request) (filter string, ok bool) {
	if request.Username == "" && strings.Contains(topic, "${username}") {
		return "", false
	}
	return strings.NewReplacer("${clientid}", request.ClientID, "${username}", request.Username).Replace(topic), true
}

// Covers tells whether a topic filter matches a topic name, or all that another filter matches.
func Covers(filter, topic string) bool {
	return levelsMatch(strings.Split(filter, "/"), strings.Split(topic, "/"))
}

// levelsMatch is MQTT's topic matching (MQTT 3.1.1 §4.7) with a filter allowed on both sides. The wildcards of the one asked
// for are levels like others, so the rule "a/+" lets a subscription to "a/#" through (EMQX 4.4.19 and 5.8.9:
// emqx_topic.erl, match/2).
func levelsMatch(rule, asked []string) bool {
	if len(asked) > 0 && strings.HasPrefix(asked[0], "$") && (rule[0] == "#" || rule[0] == "+") {
		return false
	}
	for i, level := range rule {
		switch {
		case level == "#":
			return true
		case i >= len(asked):
			return false
		case level != "+" && level != asked[i]:
			return false
		}
	}
	return len(asked) == len(rule)
}
