package v4

import (
	"context"
	"net/http"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

// maxRulesPerBatch is how many rules travel in one array.
const maxRulesPerBatch = 2000

// newRule is a rule on its way to the broker.
type newRule struct {
	change int
	body   ruleBody
}

func bodies(rules []newRule) []any {
	bodies := make([]any, len(rules))
	for i, r := range rules {
		bodies[i] = r.body
	}
	return bodies
}

// ruleBody is how a rule is created. A rule without a name is one for
// everybody, so bodies are built in one place only, from a checked subject.
type ruleBody struct {
	Username string         `json:"username,omitempty"`
	ClientID string         `json:"clientid,omitempty"`
	Topic    string         `json:"topic"`
	Action   string         `json:"action"`
	Access   emqxapi.Access `json:"access"`
}

func newRuleBody(subject emqxapi.Subject, r emqxapi.Rule) ruleBody {
	body := ruleBody{Topic: r.Topic, Action: wireActions[r.Action], Access: r.Access}
	switch subject.Kind {
	case emqxapi.KindUsername:
		body.Username = subject.Name
	case emqxapi.KindClientID:
		body.ClientID = subject.Name
	case emqxapi.KindAll:
	}
	return body
}

// key tells the rules of an array apart in its answer.
func (b ruleBody) key() ruleBody {
	b.Access = ""
	if action, known := actions[b.Action]; known {
		b.Action = wireActions[action]
	}
	return b
}

// postRules creates rules, in their order. One that comes more than once says the
// same each time. It gives one error for each and whether they were sent more than
// once.
func (c *Client) postRules(ctx context.Context, rules []newRule) ([]error, bool) {
	request := rest.Request{Method: http.MethodPost, Path: []string{"acl"}}
	open := openOneRule
	if len(rules) == 1 {
		request.Body = rules[0].body
	} else {
		request.Body = bodies(rules)
		open = unpack[[]ruleAnswer]
	}
	errs, answer, err := send(ctx, c, request, func(e envelope) ([]error, error) {
		answers, err := open(e)
		if err != nil {
			return nil, err
		}
		return matchRules(rules, answers)
	})
	if err != nil {
		errs = make([]error, len(rules))
		for i := range errs {
			errs[i] = err
		}
	}
	return errs, answer.Repeated
}

// ruleAnswer is what became of a rule.
type ruleAnswer struct {
	ruleBody
	Result string `json:"result"`
}

func openOneRule(e envelope) ([]ruleAnswer, error) {
	answer, err := unpack[ruleAnswer](e)
	return []ruleAnswer{answer}, err
}

// matchRules finds the answer to each rule. EMQX 4.4.19 answers in reverse
// order, the Cloud documentation says in any.
func matchRules(rules []newRule, answers []ruleAnswer) ([]error, error) {
	results := make(map[ruleBody]string, len(answers))
	for _, a := range answers {
		if before, again := results[a.key()]; !again || before == "ok" {
			results[a.key()] = a.Result
		}
	}
	errs := make([]error, len(rules))
	for i, r := range rules {
		result, found := results[r.body.key()]
		if !found || result == "" {
			return nil, damaged("it does not say what became of each rule")
		}
		errs[i] = entryResult(result)
	}
	return errs, nil
}
