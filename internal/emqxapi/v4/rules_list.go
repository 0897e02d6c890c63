package v4

import (
	"context"
	"slices"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// ListRules implements emqxapi.Dialect. The Count of its pages is what the rows
// read so far let expect: the broker counts rows, of which a subject has several.
//
// When the rules change while several pages of them are read, a subject can turn
// out to have another row after it was given. It is read alone then and given
// again: the later ruleset of a subject is the right one.
func (c *Client) ListRules(ctx context.Context, kind emqxapi.Kind) emqxapi.Pages[emqxapi.Ruleset] {
	if kind == emqxapi.KindAll {
		return c.listRulesForAll(ctx)
	}
	if _, err := usersPath(kind); err != nil {
		return failedPages[emqxapi.Ruleset](err)
	}
	return func(yield func(emqxapi.Page[emqxapi.Ruleset], error) bool) {
		g := newGatherer(kind, func(s emqxapi.Subject) ([]emqxapi.Rule, error) { return c.GetRules(ctx, s) })
		for page, err := range list(ctx, c, nil, ruleRow.key, "acl", string(kind)) {
			first := g.rows == 0
			g.moved = page.Moved
			var complete emqxapi.Page[emqxapi.Ruleset]
			if err == nil {
				complete, err = g.add(page)
			}
			// What the first page has is given with the next one.
			if (!first || err != nil) && !yield(complete, err) || err != nil {
				return
			}
		}
		yield(g.flush())
	}
}

func (c *Client) listRulesForAll(ctx context.Context) emqxapi.Pages[emqxapi.Ruleset] {
	return func(yield func(emqxapi.Page[emqxapi.Ruleset], error) bool) {
		subject := emqxapi.Subject{Kind: emqxapi.KindAll}
		rules, err := c.GetRules(ctx, subject)
		page := emqxapi.Page[emqxapi.Ruleset]{}
		if len(rules) > 0 {
			page.Items = []emqxapi.Ruleset{{Subject: subject, Rules: rules}}
			page.Count = 1
		}
		yield(page, err)
	}
}

// gatherer puts the rows of a list together to rulesets. A list is cut into
// pages first and each page is put in order then, newest first. So a subject
// whose rows are on two pages has no known order and has to be read alone; and
// whether a subject is complete is not known before the next page was read
// (api/v4.md §3).
type gatherer struct {
	kind emqxapi.Kind
	read func(emqxapi.Subject) ([]emqxapi.Rule, error)

	held  []emqxapi.Ruleset // of the last page
	torn  map[string]bool   // subjects seen on several pages, not given since
	given map[string]bool

	rows     int
	subjects map[string]bool
	count    int  // rows on the broker
	moved    bool // the last page says that rows may be missing
}

func newGatherer(kind emqxapi.Kind, read func(emqxapi.Subject) ([]emqxapi.Rule, error)) *gatherer {
	return &gatherer{kind: kind, read: read, torn: map[string]bool{}, given: map[string]bool{}, subjects: map[string]bool{}}
}

// add takes a page and gives the rulesets of the page before that are complete.
func (g *gatherer) add(page emqxapi.Page[ruleRow]) (emqxapi.Page[emqxapi.Ruleset], error) {
	groups := group(g.kind, page.Items)
	here := make(map[string]bool, len(groups))
	for _, ruleset := range groups {
		name := ruleset.Subject.Name
		if name == "" {
			return emqxapi.Page[emqxapi.Ruleset]{}, damaged("it has a rule without a subject")
		}
		here[name], g.subjects[name] = true, true
		if g.given[name] {
			g.torn[name] = true
		}
	}
	g.rows += len(page.Items)
	g.count = page.Count
	g.held = slices.DeleteFunc(g.held, func(ruleset emqxapi.Ruleset) bool {
		name := ruleset.Subject.Name
		if here[name] {
			g.torn[name] = true
		}
		return here[name]
	})
	complete, err := g.flush()
	g.held = groups
	return complete, err
}

// flush gives what is held, the torn ones read alone.
func (g *gatherer) flush() (emqxapi.Page[emqxapi.Ruleset], error) {
	page := emqxapi.Page[emqxapi.Ruleset]{Count: g.expected(), Moved: g.moved}
	for _, ruleset := range g.held {
		name := ruleset.Subject.Name
		if g.torn[name] {
			delete(g.torn, name)
			rules, err := g.read(ruleset.Subject)
			if err != nil {
				return page, err
			}
			if len(rules) == 0 {
				continue // removed meanwhile
			}
			ruleset.Rules = rules
		}
		g.given[name] = true
		page.Items = append(page.Items, ruleset)
	}
	g.held = nil
	return page, nil
}

// expected is how many subjects there will be.
func (g *gatherer) expected() int {
	if g.count < 0 || g.rows == 0 {
		return g.count
	}
	return (g.count*len(g.subjects) + g.rows - 1) / g.rows
}

// group puts the rows of one page together by subject, in the order in which
// the subjects first appear.
func group(kind emqxapi.Kind, page []ruleRow) []emqxapi.Ruleset {
	var groups []emqxapi.Ruleset
	at := make(map[string]int)
	for _, r := range page {
		i, known := at[r.name()]
		if !known {
			i = len(groups)
			at[r.name()] = i
			groups = append(groups, emqxapi.Ruleset{Subject: emqxapi.Subject{Kind: kind, Name: r.name()}})
		}
		groups[i].Rules = append(groups[i].Rules, toRules([]ruleRow{r})...)
	}
	return groups
}
