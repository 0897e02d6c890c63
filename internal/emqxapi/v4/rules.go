package v4

import (
	"cmp"
	"context"
	"errors"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// allClients is how EMQX 4 names the subject "everybody". It travels in a path
// literally: %24all is 404 (api/v4.md §1).
const allClients = "$all"

// ruleRow is a rule as it is shown, with its subject.
type ruleRow struct {
	Username string         `json:"username"`
	ClientID string         `json:"clientid"`
	Topic    string         `json:"topic"`
	Action   string         `json:"action"`
	Access   emqxapi.Access `json:"access"`
}

func (r ruleRow) check() error {
	switch {
	case r.Topic == "":
		return errors.New("a rule without a topic")
	case actions[r.Action] == "":
		return errors.New("a rule with an action that is none")
	case r.Access != emqxapi.Allow && r.Access != emqxapi.Deny:
		return errors.New("a rule with an access that is none")
	}
	return nil
}

// name is the name of the rule's subject, "" for a rule for all.
func (r ruleRow) name() string { return cmp.Or(r.Username, r.ClientID) }

func (r ruleRow) rule() emqxapi.Rule {
	return emqxapi.Rule{Topic: r.Topic, Action: actions[r.Action], Access: r.Access}
}

// ruleKey is what EMQX 4 tells rules apart by, within a kind of subjects.
type ruleKey struct{ name, topic, action string }

func (r ruleRow) key() ruleKey { return ruleKey{r.name(), r.Topic, r.Action} }

// toRules gives rows as rules, and what a deployment shows as one row for both directions
// as the two that others show.
func toRules(rows []ruleRow) []emqxapi.Rule {
	rules := make([]emqxapi.Rule, len(rows))
	for i, r := range rows {
		rules[i] = r.rule()
	}
	return emqxapi.SplitHalves(rules)
}

// Parts implements emqxapi.Dialect: a rule for "all" is two rows.
func (c *Client) Parts(rule emqxapi.Rule) []emqxapi.Rule {
	return emqxapi.SplitHalves([]emqxapi.Rule{rule})
}

// GetRules implements emqxapi.Dialect. The rows of one subject come newest
// first, which is the order in which they are tried.
func (c *Client) GetRules(ctx context.Context, subject emqxapi.Subject) ([]emqxapi.Rule, error) {
	if err := checkSubject(subject); err != nil {
		return nil, err
	}
	if subject.Kind == emqxapi.KindAll {
		return c.rulesForAll(ctx)
	}
	found, err := get(ctx, c, openRules(subject.Name), "acl", string(subject.Kind), subject.Name)
	return toRules(found), err
}

func openRules(name string) func(envelope) ([]ruleRow, error) {
	return func(e envelope) ([]ruleRow, error) {
		found, err := rows[ruleRow](e)
		for _, r := range found {
			if r.name() != name {
				return nil, damaged("it has a rule of another subject")
			}
		}
		return found, err
	}
}

// maxTries is how often the rules for all clients are read before their list is
// given up.
const maxTries = 4

// rulesForAll reads the rules for all clients. Unlike those of one name they
// come in pages, and their order is known only within a page. There is no
// largest page (api/v4.md §1), so when they do not fit, a larger one is taken.
func (c *Client) rulesForAll(ctx context.Context) ([]emqxapi.Rule, error) {
	limit := pageLimit
	for range maxTries {
		question := emqxapi.PageQuestion{Number: 1, Limit: limit, BothSpellings: c.spelling.Both()}
		page, err := readPage[ruleRow](ctx, c, nil, question, []string{"acl", allClients})
		if err != nil {
			return nil, err
		}
		got := len(page.Items)
		if got == page.Count || page.Count < got && got < page.Limit {
			return toRules(page.Items), nil
		}
		if page.Limit != limit {
			c.spelling.UseBoth() // it was ignored in one
		}
		limit = 2 * max(limit, page.Count)
	}
	return nil, errors.New("the broker does not show the rules for all clients in one page, so that their order is not known")
}
