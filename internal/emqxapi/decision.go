package emqxapi

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/mqtttopic"
)

// literalPrefix starts the topic of a rule in which nothing is a wildcard or a
// placeholder (EMQX 5.8.9: emqx_authz_rule.erl, compile_topic).
const literalPrefix = "eq "

// AccessRequest is what a client wants to do.
type AccessRequest struct {
	ClientID *string // nil when there is none
	Username *string // nil when there is none
	Action   Action  // ActionAll wants both
	Topic    string  // a topic name; to subscribe, a topic filter
	QoS      int
	Retain   bool // of a message to publish
	// Where the client is connected from and to: what the conditions of rules look
	// at, zero where it is not known. A rule with a condition on that does not match.
	IPAddr         netip.Addr
	Zone, Listener string
	// API is the one whose rules these are, "v4" or "v5", for what only one of
	// them has in topics; "" takes everything for what it means in either.
	API string
}

// Decide says what the first rule that speaks of a request says, and whether
// there is one. The rules are in the order in which they are tried. Of a wish for
// both actions, a denial of one denies it, and it needs the permission of both.
func Decide(rules []Rule, request AccessRequest) (decision Access, found bool) {
	if request.Action != ActionAll {
		return decideOne(rules, request)
	}
	request.Action = ActionPublish
	publish, _ := decideOne(rules, request)
	request.Action = ActionSubscribe
	subscribe, _ := decideOne(rules, request)
	switch {
	case publish == Deny || subscribe == Deny:
		return Deny, true
	case publish == Allow && subscribe == Allow:
		return Allow, true
	}
	return "", false
}

func decideOne(rules []Rule, request AccessRequest) (decision Access, found bool) {
	// The group of a shared subscription plays no part in rules (EMQX 5.8.9:
	// emqx_channel.erl, do_check_sub_authzs2).
	if request.Action == ActionSubscribe {
		request.Topic = mqtttopic.Unshared(request.Topic)
	}
	for _, rule := range rules {
		if rule.speaksOf(request) {
			return rule.Access, true
		}
	}
	return "", false
}

// speaksOf says whether a rule is about a publish or a subscribe.
func (r Rule) speaksOf(request AccessRequest) bool {
	if r.Action != ActionAll && r.Action != request.Action {
		return false
	}
	if !slices.Contains(r.qos(), request.QoS) {
		return false
	}
	if request.Action == ActionPublish && r.retain() != RetainAll && (r.retain() == RetainTrue) != request.Retain {
		return false
	}
	return r.Conditions.hold(request) && r.coversTopic(request)
}

// hold says whether all conditions hold for the client of a request. An expression
// that cannot be tried here, see CanDecide, holds for nobody.
func (c Conditions) hold(request AccessRequest) bool {
	clients, _ := parseClients(c.IPAddr)
	return (c.IPAddr == "" || clients.Contains(request.IPAddr)) &&
		(c.Zone == "" || c.Zone == request.Zone) &&
		(c.Listener == "" || c.Listener == request.Listener) &&
		foundIn(c.ClientIDRe, text(request.ClientID)) && foundIn(c.UsernameRe, text(request.Username)) &&
		foundIn(c.ZoneRe, request.Zone) && foundIn(c.ListenerRe, request.Listener)
}

// foundIn says whether an expression is found in a text; in no text, none is.
func foundIn(expression, in string) bool {
	if expression == "" {
		return true
	}
	compiled, err := compileExpression(expression)
	return err == nil && in != "" && compiled.MatchString(bytesAsLetters(in))
}

// CanDecide says what stands in the way of trying a rule's conditions here: one that
// is wrong, or an expression that only a broker understands.
func (c Conditions) CanDecide() error {
	for name, value := range c.All() {
		if err := ValidateCondition(name, value); err != nil {
			return err
		}
		if _, err := compileExpression(value); err != nil && strings.HasSuffix(name, expressionEnd) {
			return fmt.Errorf("%s cannot be tried here, as it has what only PCRE knows: %w", name, err)
		}
	}
	return nil
}

func (r Rule) coversTopic(request AccessRequest) bool {
	if literal, ok := strings.CutPrefix(r.Topic, literalPrefix); ok && request.API != "v4" {
		return literal == request.Topic
	}
	filter, ok := fillPlaceholders(r.Topic, request)
	return ok && mqtttopic.MatchUnshared(filter, request.Topic)
}

// fillPlaceholders puts a client's names into the topic of a rule; it fails
// where the client has no such name. v5 replaces ${clientid} and ${username}
// anywhere, v4 the levels %c and %u (EMQX 4.4: emqx_acl_mnesia.erl, feed_var). A
// name with wildcards or slashes in it brings them along, as on the broker.
func fillPlaceholders(topic string, request AccessRequest) (filter string, ok bool) {
	levels := strings.Split(topic, "/")
	for i, level := range levels {
		switch {
		case level == "%c" && request.API != "v5":
			level = "${clientid}"
		case level == "%u" && request.API != "v5":
			level = "${username}"
		case request.API == "v4":
			continue
		}
		if request.ClientID == nil && strings.Contains(level, "${clientid}") ||
			request.Username == nil && strings.Contains(level, "${username}") {
			return "", false
		}
		levels[i] = strings.NewReplacer("${clientid}", text(request.ClientID), "${username}", text(request.Username)).Replace(level)
	}
	return strings.Join(levels, "/"), true
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
