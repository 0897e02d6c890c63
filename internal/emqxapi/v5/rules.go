package v5

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// ruleRow is one rule as EMQX shows it and takes it. QoS and Retain are left out
// where they say what EMQX takes them for anyway: versions before 5.1.2 refuse
// them (api/v5.md §1.10).
type ruleRow struct {
	Topic      *string         `json:"topic"`
	Permission emqxapi.Access  `json:"permission"`
	Action     emqxapi.Action  `json:"action"`
	QoS        []int           `json:"qos,omitzero"` // [] is sent: it means no QoS at all
	Retain     json.RawMessage `json:"retain,omitempty"`
	conditionsRow

	unknown []string // names of fields that are none of these
}

// conditionsRow are the conditions of a rule. One that is not given is left out: for
// null and "" EMQX fails (api/v6.md §3).
type conditionsRow struct {
	ClientIDRe string `json:"clientid_re,omitempty"`
	IPAddr     string `json:"ipaddr,omitempty"`
	Listener   string `json:"listener,omitempty"`
	ListenerRe string `json:"listener_re,omitempty"`
	UsernameRe string `json:"username_re,omitempty"`
	Zone       string `json:"zone,omitempty"`
	ZoneRe     string `json:"zone_re,omitempty"`
}

// UnmarshalJSON implements json.Unmarshaler.
func (r *ruleRow) UnmarshalJSON(text []byte) error {
	type plain ruleRow
	var fields map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(text, (*plain)(r)), json.Unmarshal(text, &fields)); err != nil {
		return err
	}
	if action, ok := actionsOfV4[r.Action]; ok {
		r.Action = action
	}
	known := append([]string{"topic", "permission", "action", "qos", "retain"}, emqxapi.ConditionNames...)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		value := string(fields[name])
		if !slices.Contains(known, name) && value != "null" && value != `""` && value != `"all"` {
			r.unknown = append(r.unknown, name)
		}
	}
	return nil
}

// rulesetRow is one subject with its rules. Only one of the names is there, and
// none for all clients.
type rulesetRow struct {
	Username storedName `json:"username,omitempty"`
	ClientID storedName `json:"clientid,omitempty"`
	Rules    *[]ruleRow `json:"rules"`
}

func (r rulesetRow) check() error {
	if r.Rules == nil {
		return errors.New("a subject has no rules")
	}
	return array[ruleRow](*r.Rules).check()
}

// listedRulesetRow is a rulesetRow of a list, in which each has a name: without one it
// would be taken for the rules for all clients.
type listedRulesetRow struct{ rulesetRow }

func (r listedRulesetRow) check() error {
	if r.Username == nil && r.ClientID == nil {
		return errors.New("a subject has no name")
	}
	return r.rulesetRow.check()
}

func (r ruleRow) check() error {
	_, err := r.retain()
	switch {
	case r.Topic == nil:
		return errors.New("a rule has no topic")
	case r.Permission != emqxapi.Allow && r.Permission != emqxapi.Deny:
		return fmt.Errorf("a rule has the permission %q", r.Permission)
	case r.Action != emqxapi.ActionPublish && r.Action != emqxapi.ActionSubscribe && r.Action != emqxapi.ActionAll:
		return fmt.Errorf("a rule has the action %q", r.Action)
	}
	return err
}

// retain reads the flag, which comes as "all", true or false.
func (r ruleRow) retain() (emqxapi.Retain, error) {
	switch text := strings.Trim(string(r.Retain), `"`); text {
	case "", "null", string(emqxapi.RetainAll):
		return "", nil
	case string(emqxapi.RetainTrue), string(emqxapi.RetainFalse):
		return emqxapi.Retain(text), nil
	default:
		return "", errors.New("a rule has a retain flag that is neither all nor true nor false")
	}
}

func (r ruleRow) rule() emqxapi.Rule {
	retain, _ := r.retain()
	return emqxapi.Rule{
		Topic:  *r.Topic,
		Action: r.Action,
		Access: r.Permission,
		QoS:    levels(r.QoS),
		Retain: retain,

		Conditions: emqxapi.Conditions(r.conditionsRow),
		Unknown:    r.unknown,
	}
}

// levels sorts the QoS levels of a rule; nil stands for all three. EMQX keeps an
// empty list, by which a rule never matches.
func levels(qos []int) []int {
	if qos == nil {
		return nil
	}
	sorted := slices.Clone(qos)
	slices.Sort(sorted)
	sorted = slices.Compact(sorted)
	if slices.Equal(sorted, []int{0, 1, 2}) {
		return nil
	}
	return sorted
}

func (r rulesetRow) list() []emqxapi.Rule {
	rules := make([]emqxapi.Rule, len(*r.Rules))
	for i, row := range *r.Rules {
		rules[i] = row.rule()
	}
	return rules
}

// subject is whom the rules are about, false for a name that is no text.
func (r rulesetRow) subject() (emqxapi.Subject, bool) {
	switch {
	case r.Username != nil:
		name, ok := r.Username.text()
		return emqxapi.Subject{Kind: emqxapi.KindUsername, Name: name}, ok
	case r.ClientID != nil:
		name, ok := r.ClientID.text()
		return emqxapi.Subject{Kind: emqxapi.KindClientID, Name: name}, ok
	}
	return emqxapi.Subject{Kind: emqxapi.KindAll}, true
}

// listRulesets lists the subjects of a kind as EMQX shows them.
func (c *Client) listRulesets(ctx context.Context, kind emqxapi.Kind) emqxapi.Pages[listedRulesetRow] {
	return pages(ctx, c, list[listedRulesetRow, string]{
		path: rulesPath(kind),
		key:  func(r listedRulesetRow) string { return string(r.Username) + string(r.ClientID) },
	})
}

// rulesPath is the path of a kind's rules, or of one subject's.
func rulesPath(kind emqxapi.Kind, name ...string) []string {
	segment := map[emqxapi.Kind]string{
		emqxapi.KindUsername: "users",
		emqxapi.KindClientID: "clients",
		emqxapi.KindAll:      "all",
	}[kind]
	return append([]string{"authorization", "sources", "built_in_database", "rules", segment}, name...)
}

func subjectPath(s emqxapi.Subject) []string {
	if s.Kind == emqxapi.KindAll {
		return rulesPath(s.Kind)
	}
	return rulesPath(s.Kind, s.Name)
}

// Parts implements emqxapi.Dialect: EMQX 5 stores a rule as it is.
func (c *Client) Parts(rule emqxapi.Rule) []emqxapi.Rule { return []emqxapi.Rule{rule} }

// GetRules reads one subject's rules. A subject that is not there has none.
func (c *Client) GetRules(ctx context.Context, subject emqxapi.Subject) ([]emqxapi.Rule, error) {
	rules, _, err := c.readRules(ctx, subject)
	return rules, err
}

// readRules also tells a subject that is not there from one with an empty list.
func (c *Client) readRules(ctx context.Context, subject emqxapi.Subject) (rules []emqxapi.Rule, there bool, err error) {
	if subject.Kind != emqxapi.KindAll {
		if err := addressable(subject.Name); err != nil {
			return nil, false, err
		}
	}
	var row rulesetRow
	_, err = c.do(ctx, call{
		method:  http.MethodGet,
		path:    subjectPath(subject),
		result:  into(&row),
		refused: absent("NOT_FOUND", "Not Found"),
	})
	switch {
	case errors.Is(err, emqxapi.ErrNotFound):
		return nil, false, nil
	case err != nil:
		return nil, false, err
	}
	if shown, _ := row.subject(); shown != subject {
		return nil, false, fmt.Errorf("the broker was asked for the rules of %s and shows those of %s", subject, shown)
	}
	return row.list(), true, nil
}

// ListRules lists the subjects of a kind that have rules.
func (c *Client) ListRules(ctx context.Context, kind emqxapi.Kind) emqxapi.Pages[emqxapi.Ruleset] {
	if kind == emqxapi.KindAll {
		return c.listRulesForAll(ctx)
	}
	return emqxapi.ConvertPages(c.listRulesets(ctx, kind), func(r listedRulesetRow) (emqxapi.Ruleset, bool) {
		subject, ok := r.subject()
		return emqxapi.Ruleset{Subject: subject, Rules: r.list()}, ok && len(*r.Rules) > 0
	})
}

func (c *Client) listRulesForAll(ctx context.Context) emqxapi.Pages[emqxapi.Ruleset] {
	return func(yield func(emqxapi.Page[emqxapi.Ruleset], error) bool) {
		all := emqxapi.Subject{Kind: emqxapi.KindAll}
		rules, err := c.GetRules(ctx, all)
		var page emqxapi.Page[emqxapi.Ruleset]
		if len(rules) > 0 {
			page = emqxapi.Page[emqxapi.Ruleset]{Items: []emqxapi.Ruleset{{Subject: all, Rules: rules}}, Count: 1}
		}
		yield(page, err)
	}
}
