package v5

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

// WriteRules implements emqxapi.Dialect. New subjects travel together, as POST takes many
// and refuses the ones that exist; every other list is replaced whole or removed, several at
// a time. An edit that is a PUT is never Confirmed: it asks nobody whether the list is
// still what was read, so the caller reads it back.
func (c *Client) WriteRules(ctx context.Context, changes []emqxapi.RuleChange) []emqxapi.RuleResult {
	errs := make([]error, len(changes))
	fresh := make(map[emqxapi.Kind][]int)
	taken := make(map[emqxapi.Subject]bool)
	var tasks [][]int // numbers of the changes that one task writes
	var later []int   // changes of subjects that another change may have made by then
	limits := ruleLimits{client: c}
	for i, change := range changes {
		if errs[i] = emqxapi.CheckKnown(change.Subject, change.From); errs[i] == nil {
			errs[i] = limits.allow(ctx, change)
		}
		switch {
		case errs[i] != nil:
		case !isFresh(change):
			tasks = append(tasks, []int{i})
		case taken[change.Subject]: // EMQX would keep the last one
			later = append(later, i)
		case !isChecked(change):
			taken[change.Subject] = true
			tasks = append(tasks, []int{i})
		default:
			taken[change.Subject] = true
			fresh[change.Subject.Kind] = append(fresh[change.Subject.Kind], i)
		}
	}
	for _, numbers := range fresh {
		size := func(i int) int { return rulesSize(changes[numbers[i]]) }
		for from, to := range batches(len(numbers), maxBatch, size) {
			tasks = append(tasks, numbers[from:to])
		}
	}
	eachGroup(ctx, errs, tasks, func(task []int) []error { return c.writeTask(ctx, pick(changes, task)) })
	results := make([]emqxapi.RuleResult, len(changes))
	for i, err := range errs {
		results[i] = emqxapi.RuleResult{Err: err, Confirmed: err == nil && isFresh(changes[i]), Untouched: changesNothing(err)}
	}
	if len(later) > 0 {
		for k, result := range c.WriteRules(ctx, pick(changes, later)) {
			results[later[k]] = result
		}
	}
	return results
}

// changesNothing says whether a write that failed so has stored nothing: all but one that
// EMQX crashed over, or whose answer was lost.
func changesNothing(err error) bool {
	return err != nil && !errors.Is(err, emqxapi.ErrOutcomeUnknown) && !errors.Is(err, rest.ErrRefused)
}

// isFresh says whether a change makes a subject that has no rules. The rules for all
// clients are always there, if only as an empty list.
func isFresh(change emqxapi.RuleChange) bool {
	switch change.Op {
	case emqxapi.CreateRuleset:
		return true
	case emqxapi.EditRules:
		return len(change.From) == 0 && len(change.To) > 0 && change.Subject.Kind != emqxapi.KindAll
	}
	return false
}

// there is the error of a change of a subject that was to have no rules and has some.
func there(change emqxapi.RuleChange) error {
	if change.Op == emqxapi.CreateRuleset {
		return fmt.Errorf("the rules of %s: %w", change.Subject, emqxapi.ErrExists)
	}
	return fmt.Errorf("the rules of %s: %w", change.Subject, emqxapi.ErrConflict)
}

// isChecked says whether nothing in a change is for the broker alone to judge.
func isChecked(change emqxapi.RuleChange) bool {
	return !slices.ContainsFunc(change.To, func(r emqxapi.Rule) bool { return !r.Conditions.Checked() })
}

// rulesSize is about how long a change is as JSON.
func rulesSize(change emqxapi.RuleChange) int {
	size := len(change.Subject.Name) + 32
	for _, rule := range change.To {
		size += len(rule.Topic) + 96
		for name, value := range rule.Conditions.All() {
			size += len(name) + len(value) + 8
		}
	}
	return size
}

func (c *Client) writeTask(ctx context.Context, batch []emqxapi.RuleChange) []error {
	switch {
	case !isFresh(batch[0]):
		return []error{c.replaceRules(ctx, batch[0])}
	case batch[0].Subject.Kind == emqxapi.KindAll:
		return []error{c.createForAll(ctx, batch[0])}
	}
	return c.createRulesets(ctx, batch)
}

// replaceRules writes one subject's whole list, or removes the subject.
func (c *Client) replaceRules(ctx context.Context, change emqxapi.RuleChange) error {
	write := call{method: http.MethodPut, path: subjectPath(change.Subject), body: rulesBody(change), refused: conditionRefused}
	switch {
	case change.Op == emqxapi.RemoveRuleset, change.Op == emqxapi.EditRules && len(change.To) == 0:
		write = call{method: http.MethodDelete, path: subjectPath(change.Subject), refused: subjectAbsent}
	case change.Subject.Kind == emqxapi.KindAll:
		write.method = http.MethodPost // which replaces; there is no PUT
	}
	_, err := c.do(emqxapi.About(ctx, change.Subject.Name), write)
	return unlessGone(err)
}

// conditionRefused recognises what EMQX says of a condition: before 5.9 that it does not
// know the field (api/v5.md §1.10), and of an expression that it cannot compile, with
// HTTP 500, that it is invalid (api/v6.md §3).
func conditionRefused(r refusal) error {
	if slices.Contains(emqxapi.ConditionNames, r.condition) {
		return fmt.Errorf("%w: %w", rest.ErrRefused, &emqxapi.ConditionError{Name: r.condition})
	}
	for _, complaint := range schemaErrors(r.message) {
		name, _, _ := strings.Cut(complaint.Unknown, ",")
		if slices.Contains(emqxapi.ConditionNames, name) {
			return &emqxapi.UnsupportedError{Feature: emqxapi.Feature(name), API: "v5", Needs: "EMQX 5.9 or later"}
		}
	}
	return nil
}

func rulesetRefused(r refusal) error {
	if err := taken(r); err != nil {
		return err
	}
	return conditionRefused(r)
}

// createForAll looks first, as POST replaces the rules for all clients. The caller sees to
// it that nobody else in this process comes between.
func (c *Client) createForAll(ctx context.Context, change emqxapi.RuleChange) error {
	rules, _, err := c.readRules(ctx, change.Subject)
	switch {
	case err != nil:
		return err
	case len(rules) > 0:
		return there(change)
	}
	return c.replaceRules(ctx, change)
}

// subjectAbsent recognises what DELETE answers for a subject without rules.
func subjectAbsent(r refusal) error {
	if err := absent("NOT_FOUND", "Username Not Found")(r); err != nil {
		return err
	}
	return absent("NOT_FOUND", "ClientID Not Found")(r)
}

// rulesBody is the wanted list with its subject, which EMQX wants in the body
// although it is in the path.
func rulesBody(change emqxapi.RuleChange) rulesetRow {
	rows := make([]ruleRow, len(change.To))
	for i, rule := range change.To {
		rows[i] = ruleRow{Topic: &rule.Topic, Permission: rule.Access, Action: rule.Action, QoS: levels(rule.QoS), conditionsRow: conditionsRow(rule.Conditions)}
		if rule.Retain != "" && rule.Retain != emqxapi.RetainAll && rule.Action != emqxapi.ActionSubscribe {
			rows[i].Retain = json.RawMessage(rule.Retain)
		}
	}
	body := rulesetRow{Rules: &rows}
	switch change.Subject.Kind {
	case emqxapi.KindUsername:
		body.Username = nameOf(change.Subject.Name)
	case emqxapi.KindClientID:
		body.ClientID = nameOf(change.Subject.Name)
	}
	return body
}

// createRulesets creates subjects of one kind in one request.
func (c *Client) createRulesets(ctx context.Context, batch []emqxapi.RuleChange) []error {
	if len(batch) == 0 {
		return nil
	}
	body, names := make([]rulesetRow, len(batch)), make([]string, len(batch))
	for i, change := range batch {
		body[i], names[i] = rulesBody(change), change.Subject.Name
	}
	answer, err := c.do(emqxapi.About(ctx, names...), call{
		method:  http.MethodPost,
		path:    rulesPath(batch[0].Subject.Kind),
		body:    body,
		refused: rulesetRefused,
	})
	lost := errors.Is(err, emqxapi.ErrOutcomeUnknown)
	switch {
	case errors.Is(err, emqxapi.ErrExists), lost && ctx.Err() == nil:
		return c.settleRulesets(ctx, batch, answer.Repeated || lost, err)
	case isUnsupported(err):
		return c.createUnconditional(ctx, batch, err)
	case isBadRequest(err) && len(batch) > 1:
		return c.createHalves(ctx, batch) // none was stored, one of them is at fault
	case errors.Is(err, rest.ErrRefused) && len(batch) > 1:
		// Those before the one at fault were stored.
		return c.settleRulesets(ctx, batch, true, err)
	}
	return allFailed(len(batch), err)
}

// createUnconditional writes those of a batch that have no conditions, on a broker that
// knows none. The others fail.
func (c *Client) createUnconditional(ctx context.Context, batch []emqxapi.RuleChange, err error) []error {
	errs := make([]error, len(batch))
	var plain []int
	for i, change := range batch {
		if slices.ContainsFunc(change.To, func(r emqxapi.Rule) bool { return r.Conditions != emqxapi.Conditions{} }) {
			errs[i] = err
		} else {
			plain = append(plain, i)
		}
	}
	switch len(plain) {
	case 0:
		return errs
	case len(batch): // it is something else that the broker does not know
		return allFailed(len(batch), err)
	}
	for k, err := range c.createRulesets(ctx, pick(batch, plain)) {
		errs[plain[k]] = err
	}
	return errs
}

func isUnsupported(err error) bool {
	_, unsupported := errors.AsType[*emqxapi.UnsupportedError](err)
	return unsupported
}

// createHalves creates a batch that was refused for one of its subjects in two requests,
// so that in the end only that one fails.
func (c *Client) createHalves(ctx context.Context, batch []emqxapi.RuleChange) []error {
	if len(batch) == 1 {
		return allFailed(1, fmt.Errorf("the rules of %s: %w", batch[0].Subject, emqxapi.ErrConflict))
	}
	half := len(batch) / 2
	errs := make([]error, len(batch))
	_ = each(ctx, 2, func(i int) error {
		if i == 0 {
			copy(errs, c.createRulesets(ctx, batch[:half]))
		} else {
			copy(errs[half:], c.createRulesets(ctx, batch[half:]))
		}
		return nil
	})
	return errs
}

// settleRulesets goes on where a batch was refused because some of its subjects exist,
// in which case EMQX has stored none of them, or where its answers were lost. A subject
// exists because it has an empty list, which is nobody's; because our own request has made
// it; or it is somebody else's. What is missing is created without the others.
func (c *Client) settleRulesets(ctx context.Context, batch []emqxapi.RuleChange, lost bool, cause error) []error {
	errs := make([]error, len(batch))
	stored, unread := c.storedRules(ctx, batch)
	var missing, empty []int
	for i, change := range batch {
		rules, exists := stored[change.Subject]
		switch {
		case unread[i] != nil:
			errs[i] = unknownIf(lost, unread[i])
		case !exists:
			missing = append(missing, i)
		case len(rules) == 0 && len(change.To) > 0:
			empty = append(empty, i)
		case lost && slices.EqualFunc(rules, change.To, emqxapi.Rule.Equal), len(change.To) == 0 && len(rules) == 0:
		case lost && hasAll(rules, change.To):
			errs[i] = fmt.Errorf("%w: the answer was lost, and %s has these rules among others", emqxapi.ErrOutcomeUnknown, change.Subject)
		default:
			errs[i] = there(change)
		}
	}
	for k, err := range each(ctx, len(empty), func(k int) error { return c.replaceRules(ctx, batch[empty[k]]) }) {
		errs[empty[k]] = err
	}
	for k, err := range c.createMissingRulesets(ctx, pick(batch, missing), len(missing) == len(batch), cause) {
		errs[missing[k]] = err
	}
	return errs
}

// hasAll says whether a list has all rules of another, which somebody may have added to.
func hasAll(list, rules []emqxapi.Rule) bool {
	lacks := func(r emqxapi.Rule) bool { return !slices.ContainsFunc(list, r.Equal) }
	return !slices.ContainsFunc(rules, lacks)
}

// createMissingRulesets creates what is left of a batch. Where that is all of it, the cause is
// not one of its subjects: a request that is lost each time is not made for ever, and
// one that crashes the broker may do so over one subject.
func (c *Client) createMissingRulesets(ctx context.Context, left []emqxapi.RuleChange, all bool, cause error) []error {
	switch {
	case len(left) == 0:
		return nil
	case !all:
		return c.createRulesets(ctx, left)
	case isCrash(cause) && len(left) > 1:
		return c.createHalves(ctx, left)
	case errors.Is(cause, emqxapi.ErrExists): // and is gone again
		return c.createHalves(ctx, left)
	}
	return allFailed(len(left), cause)
}

// unknownIf makes an error one that leaves open whether the write before it was
// carried out, where that one had to be repeated.
func unknownIf(repeated bool, err error) error {
	if !repeated {
		return err
	}
	return fmt.Errorf("%w: its answer was lost, and to read it back failed: %w", emqxapi.ErrOutcomeUnknown, err)
}

// fewSubjects is up to how many subjects are read one by one rather than by a
// list of them all.
const fewSubjects = 8

// storedRules reads what the subjects of a batch have. Those that are not there
// are not in the result, those with an empty list are.
func (c *Client) storedRules(ctx context.Context, batch []emqxapi.RuleChange) (map[emqxapi.Subject][]emqxapi.Rule, []error) {
	stored := make(map[emqxapi.Subject][]emqxapi.Rule, len(batch))
	if len(batch) > fewSubjects {
		for row, err := range emqxapi.Items(c.listRulesets(ctx, batch[0].Subject.Kind)) {
			if err != nil {
				return nil, allFailed(len(batch), err)
			}
			if subject, ok := row.subject(); ok {
				stored[subject] = row.list()
			}
		}
		return stored, make([]error, len(batch))
	}
	var mu sync.Mutex
	return stored, each(ctx, len(batch), func(i int) error {
		rules, exists, err := c.readRules(ctx, batch[i].Subject)
		mu.Lock()
		defer mu.Unlock()
		if exists {
			stored[batch[i].Subject] = rules
		}
		return err
	})
}
