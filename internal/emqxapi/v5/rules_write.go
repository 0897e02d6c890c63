package v5

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

// WriteRules carries changes out. Subjects that have no rules yet travel
// together, as POST takes many and refuses the ones that exist; every other list
// is replaced whole, several at a time. Nothing is ever Confirmed: a PUT asks
// nobody whether the list is still what was read, so the caller reads it back.
func (c *Client) WriteRules(ctx context.Context, changes []emqxapi.RuleChange) []emqxapi.RuleResult {
	errs := make([]error, len(changes))
	fresh := make(map[emqxapi.Kind][]int)
	var tasks [][]int // numbers of the changes that one task writes
	limits := ruleLimits{client: c}
	for i, change := range changes {
		if errs[i] = emqxapi.CheckKnown(change.Subject, change.From); errs[i] == nil {
			errs[i] = limits.allow(ctx, change)
		}
		if errs[i] != nil {
			continue
		}
		if isFresh(change) && isChecked(change) {
			fresh[change.Subject.Kind] = append(fresh[change.Subject.Kind], i)
		} else {
			tasks = append(tasks, []int{i})
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
		results[i].Err = err
	}
	return results
}

// isFresh says whether a change makes a subject that had no rules. The rules for
// all clients are always there, if only as an empty list.
func isFresh(change emqxapi.RuleChange) bool {
	return len(change.From) == 0 && len(change.To) > 0 && change.Subject.Kind != emqxapi.KindAll
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
	if isFresh(batch[0]) {
		return c.createRulesets(ctx, batch)
	}
	return []error{c.replaceRules(ctx, batch[0])}
}

// replaceRules writes one subject's whole list, or removes the subject.
func (c *Client) replaceRules(ctx context.Context, change emqxapi.RuleChange) error {
	write := call{method: http.MethodPut, path: subjectPath(change.Subject), body: rulesBody(change), refused: conditionRefused}
	switch {
	case len(change.To) == 0:
		write = call{method: http.MethodDelete, path: subjectPath(change.Subject), refused: subjectAbsent}
	case change.Subject.Kind == emqxapi.KindAll:
		write.method = http.MethodPost // which replaces; there is no PUT
	}
	_, err := c.do(ctx, write)
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

// createRulesets writes subjects of one kind that had no rules when the caller
// looked, in one request.
func (c *Client) createRulesets(ctx context.Context, batch []emqxapi.RuleChange) []error {
	repeated, err := c.postRulesets(ctx, batch)
	switch {
	case errors.Is(err, emqxapi.ErrExists):
		return c.settleRulesets(ctx, batch, repeated)
	case isUnsupported(err):
		return c.createUnconditional(ctx, batch, err)
	case isBadRequest(err) && len(batch) > 1:
		// One of them is not as it should be and none was stored: find out which,
		// so that the others are.
		half := len(batch) / 2
		return append(c.createRulesets(ctx, batch[:half]), c.createRulesets(ctx, batch[half:])...)
	case errors.Is(err, rest.ErrRefused) && len(batch) > 1:
		err = fmt.Errorf("%w: of %d subjects in one request, those before the one at fault have their rules: %w", emqxapi.ErrOutcomeUnknown, len(batch), err)
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

func (c *Client) postRulesets(ctx context.Context, batch []emqxapi.RuleChange) (repeated bool, err error) {
	body := make([]rulesetRow, len(batch))
	for i, change := range batch {
		body[i] = rulesBody(change)
	}
	answer, err := c.do(ctx, call{
		method:  http.MethodPost,
		path:    rulesPath(batch[0].Subject.Kind),
		body:    body,
		refused: rulesetRefused,
	})
	return answer.Repeated, err
}

// settleRulesets goes on where a batch was refused because some of its subjects
// exist; EMQX has then stored none of them. A subject exists for three reasons:
// it has an empty list, so it looked as if it were not there; our own request has
// made it, and the answer was lost; or another writer was faster.
func (c *Client) settleRulesets(ctx context.Context, batch []emqxapi.RuleChange, repeated bool) []error {
	errs := make([]error, len(batch))
	stored, err := c.storedRules(ctx, batch)
	if err != nil {
		return allFailed(len(batch), unknownIf(repeated, err))
	}
	var missing, empty []int
	for i, change := range batch {
		rules, there := stored[change.Subject]
		switch {
		case !there:
			missing = append(missing, i)
		case len(rules) == 0:
			empty = append(empty, i)
		case repeated && slices.EqualFunc(rules, change.To, emqxapi.Rule.Equal):
		default:
			errs[i] = fmt.Errorf("the rules of %s: %w", change.Subject, emqxapi.ErrConflict)
		}
	}
	for k, err := range each(ctx, len(empty), func(k int) error { return c.replaceRules(ctx, batch[empty[k]]) }) {
		errs[empty[k]] = err
	}
	for k, err := range c.createMissingRulesets(ctx, batch, missing) {
		errs[missing[k]] = err
	}
	return errs
}

// unknownIf makes an error one that leaves open whether the write before it was
// carried out, where that one had to be repeated.
func unknownIf(repeated bool, err error) error {
	if !repeated {
		return err
	}
	return fmt.Errorf("%w: its answer was lost, and to read it back failed: %w", emqxapi.ErrOutcomeUnknown, err)
}

func (c *Client) createMissingRulesets(ctx context.Context, batch []emqxapi.RuleChange, missing []int) []error {
	if len(missing) == 0 {
		return nil
	}
	again := pick(batch, missing)
	_, err := c.postRulesets(ctx, again)
	if errors.Is(err, emqxapi.ErrExists) {
		err = fmt.Errorf("rules of %s and %d other subjects: %w: %w", again[0].Subject, len(again)-1, emqxapi.ErrConflict, err)
	}
	return allFailed(len(again), err)
}

// fewSubjects is up to how many subjects are read one by one rather than by a
// list of them all.
const fewSubjects = 8

// storedRules reads what the subjects of a batch have. Those that are not there
// are not in the result, those with an empty list are.
func (c *Client) storedRules(ctx context.Context, batch []emqxapi.RuleChange) (map[emqxapi.Subject][]emqxapi.Rule, error) {
	stored := make(map[emqxapi.Subject][]emqxapi.Rule, len(batch))
	if len(batch) > fewSubjects {
		for row, err := range emqxapi.Items(c.listRulesets(ctx, batch[0].Subject.Kind)) {
			if err != nil {
				return nil, err
			}
			if subject, ok := row.subject(); ok {
				stored[subject] = row.list()
			}
		}
		return stored, nil
	}
	for _, change := range batch {
		rules, there, err := c.readRules(ctx, change.Subject)
		if err != nil {
			return nil, err
		}
		if there {
			stored[change.Subject] = rules
		}
	}
	return stored, nil
}
