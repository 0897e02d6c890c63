package v5

import (
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

// Fields come and go from one version of EMQX to the next (api/v6.md §1). So every
// recorded answer is read with a field more in each of its objects, which changes
// nothing, and with each of its fields missing.

// reader is what the provider makes of the answers to some calls.
type reader struct {
	calls *regexp.Regexp
	read  func(rest.Answer) (any, error)
	// needs are the fields without which an answer is none.
	needs []string
}

func reading[T any](understood func(T) any) func(rest.Answer) (any, error) {
	return func(a rest.Answer) (any, error) {
		var target T
		if err := into(&target)(a); err != nil {
			return nil, err
		}
		return understood(target), nil
	}
}

// listing converts the rows of a list.
func listing[R, D any](convert func(R) (D, bool)) func(listAnswer[R]) any {
	return func(a listAnswer[R]) any {
		return append([]any{a.Meta.Count, a.Meta.HasNext}, convertRows(*a.Data, convert)...)
	}
}

func convertRows[R, D any](rows []R, convert func(R) (D, bool)) []any {
	var converted []any
	for _, row := range rows {
		if value, ok := convert(row); ok {
			converted = append(converted, value)
		}
	}
	return converted
}

func ruleset(r rulesetRow) (emqxapi.Ruleset, bool) {
	subject, ok := r.subject()
	return emqxapi.Ruleset{Subject: subject, Rules: r.list()}, ok
}

const (
	usersCall = `/authentication/password_based:built_in_database/users`
	rulesCall = `/authorization/sources/built_in_database/rules/`
)

var readers = []reader{
	{regexp.MustCompile(`^GET ` + usersCall + `$`), reading(listing(userRow.user)), []string{"data", "user_id"}},
	{regexp.MustCompile(`^(GET|PUT|POST) ` + usersCall + `(/.+)?$`), reading(func(r userRow) any { u, _ := r.user(); return u }), []string{"user_id"}},
	{regexp.MustCompile(`^GET ` + rulesCall + `(users|clients)$`), reading(listing(func(r listedRulesetRow) (emqxapi.Ruleset, bool) { return ruleset(r.rulesetRow) })),
		[]string{"data", "username", "clientid", "rules", "topic", "permission", "action"}},
	{regexp.MustCompile(`^GET ` + rulesCall), reading(func(r rulesetRow) any { return r.list() }), []string{"rules", "topic", "permission", "action"}},
	{regexp.MustCompile(`^GET /banned$`), reading(listing(banRow.ban)), []string{"data", "as"}},
	{regexp.MustCompile(`^POST /banned$`), reading(func(r banRow) any { b, _ := r.ban(); return b }), []string{"as"}},
	{regexp.MustCompile(`^GET /clients$`), reading(listing(func(r clientRow) (emqxapi.Client, bool) { return r.client(), true })), []string{"data", "clientid"}},
	{regexp.MustCompile(`^GET /clients/[^/]+$`), reading(func(r clientRow) any { return r.client() }), []string{"clientid"}},
	{regexp.MustCompile(`^GET /subscriptions$`), reading(listing(func(r subscriptionRow) (emqxapi.Subscription, bool) { return r.subscription(), true })),
		[]string{"data", "topic"}},
	{regexp.MustCompile(`^GET /(metrics|stats)$`), reading(func(rows array[countersRow]) any { return rows }), []string{"node"}},
	{regexp.MustCompile(`^GET /nodes$`), reading(func(rows array[nodeRow]) any { return rows }), []string{"node"}},
	{regexp.MustCompile(`^GET /authentication/password_based:built_in_database$`), reading(func(r authenticatorRow) any { return r }), []string{"user_id_type"}},
	{regexp.MustCompile(`^GET /authorization/sources$`), reading(func(a sourcesAnswer) any { return *a.Sources }), []string{"sources"}},
	{regexp.MustCompile(`^(GET|PUT) /authorization/settings$`), reading(func(w whole[settingsRow]) any { return w.known.settings() }), nil},
	{regexp.MustCompile(`^(GET|PUT) /mt/ns/[^/]+/config$`), reading(func(w whole[namespaceRow]) any { return w.known.Session.MaxSessions.limit }), nil},
	{regexp.MustCompile(`^POST .*/import_users$`), reading(func(i importCounts) any { return i }), []string{"total"}},
	{regexp.MustCompile(`^POST /publish$`), reading(func(p published) any { return p.delivery() }), []string{"id", "reason_code"}},
	{regexp.MustCompile(`^POST /publish/bulk$`), reading(func(rows array[published]) any { return len(rows) }), []string{"id", "reason_code"}},
	{regexp.MustCompile(`^POST /clients/[^/]+/subscribe/bulk$`), reading(func(s subscribed) any { return s.errorOf("a/1") }), nil},
}

// neverAsked are paths that were recorded and that the provider never asks for.
var neverAsked = regexp.MustCompile(`/\.\.|%2[eE]%2[eE]`)

// recordedAnswers gives each recorded success that the provider reads, with its reader.
func recordedAnswers(t *testing.T, do func(e recordedExchange, r reader, body any)) {
	t.Helper()
	unused := map[int]bool{}
	for i := range readers {
		unused[i] = true
	}
	for _, exchange := range recordedExchanges(t) {
		i := slices.IndexFunc(readers, func(r reader) bool { return r.calls.MatchString(exchange.call()) })
		if exchange.Response.Status/100 != 2 || exchange.Response.JSON == nil || i < 0 || neverAsked.MatchString(exchange.Request.Path) || exchange.Request.Query == "aggregate=true" {
			continue
		}
		delete(unused, i)
		var body any
		if err := json.Unmarshal(exchange.Response.JSON, &body); err != nil {
			t.Fatal(err)
		}
		do(exchange, readers[i], body)
	}
	for i := range unused {
		t.Errorf("no recorded answer is to %s", readers[i].calls)
	}
}

func (r reader) of(t *testing.T, body any) (any, error) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return r.read(rest.Answer{Status: http.StatusOK, ContentType: "application/json", Body: text})
}

const laterField = "a_later_field"

// grown is an answer with a field more in each of its objects.
func grown(body, value any) any {
	switch body := body.(type) {
	case []any:
		elements := make([]any, len(body))
		for i, element := range body {
			elements[i] = grown(element, value)
		}
		return elements
	case map[string]any:
		fields := map[string]any{laterField: value}
		for name, field := range body {
			fields[name] = grown(field, value)
		}
		return fields
	}
	return body
}

// withLater is what is understood of a grown answer: the same, but that rules name the
// field and that a number is one more counter.
func withLater(understood, value any) any {
	switch understood := understood.(type) {
	case []emqxapi.Rule:
		rules := slices.Clone(understood)
		for i := range rules {
			rules[i].Unknown = []string{laterField}
		}
		return rules
	case emqxapi.Ruleset:
		understood.Rules, _ = withLater(understood.Rules, value).([]emqxapi.Rule)
		return understood
	case []any:
		var elements []any
		for _, element := range understood {
			elements = append(elements, withLater(element, value))
		}
		return elements
	case array[countersRow]:
		number, isNumber := value.(float64)
		if !isNumber {
			return understood
		}
		rows := slices.Clone(understood)
		for i := range rows {
			rows[i].Values = maps.Clone(rows[i].Values)
			rows[i].Values[laterField] = int64(number)
		}
		return rows
	}
	return understood
}

func TestAnswersWithLaterFields(t *testing.T) {
	t.Parallel()
	recordedAnswers(t, func(e recordedExchange, r reader, body any) {
		before, err := r.of(t, body)
		if err != nil {
			t.Fatalf("%s: %s", e.call(), err)
		}
		for _, value := range []any{"text", 7.0, true, []any{"x"}, map[string]any{"x": 1.0}} {
			after, err := r.of(t, grown(body, value))
			if err != nil {
				t.Errorf("%s with %s: %v: %s", e.call(), laterField, value, err)
				continue
			}
			if diff := cmp.Diff(withLater(before, value), after, cmp.AllowUnexported(importCounts{})); diff != "" {
				t.Errorf("%s with %s: %v (-want +got):\n%s", e.call(), laterField, value, diff)
			}
		}
	})
}

// A refusal means what it meant.
func TestRefusalsWithLaterFields(t *testing.T) {
	t.Parallel()
	meanings := func(status int, body []byte) map[string]string {
		all := map[string]string{}
		for name, c := range everyCall() {
			if err := c.decode(rest.Answer{Status: status, ContentType: "application/json", Body: body}); err != nil {
				all[name] = err.Error()
			}
		}
		return all
	}
	refusals := 0
	for _, exchange := range recordedExchanges(t) {
		if exchange.Response.Status/100 < 4 || exchange.Response.JSON == nil {
			continue
		}
		refusals++
		var body any
		if err := json.Unmarshal(exchange.Response.JSON, &body); err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(grown(body, "text"))
		if err != nil {
			t.Fatal(err)
		}
		status := exchange.Response.Status
		if diff := cmp.Diff(meanings(status, exchange.Response.JSON), meanings(status, text)); diff != "" {
			t.Errorf("%s, %d (-recorded +with a field more):\n%s", exchange.call(), status, diff)
		}
	}
	if refusals < 100 {
		t.Errorf("only %d refusals are recorded", refusals)
	}
}

// lacking gives every answer that lacks one field of one object, and its name. Of the
// rows of a list the first two will do.
func lacking(body any, do func(name string, left any)) {
	switch body := body.(type) {
	case []any:
		for i := range body[:min(len(body), 2)] {
			lacking(body[i], func(name string, left any) {
				elements := slices.Clone(body)
				elements[i] = left
				do(name, elements)
			})
		}
	case map[string]any:
		for field, value := range body {
			fields := maps.Clone(body)
			delete(fields, field)
			do(field, fields)
			lacking(value, func(name string, left any) {
				fields := maps.Clone(body)
				fields[field] = left
				do(name, fields)
			})
		}
	}
}

// What may be missing may be missing, and what may not is an answer that is none,
// never an object that is not there.
func TestAnswersThatLackFields(t *testing.T) {
	t.Parallel()
	refused := map[string]map[string]bool{}
	recordedAnswers(t, func(e recordedExchange, r reader, body any) {
		lacking(body, func(name string, left any) {
			_, err := r.of(t, left)
			needed := slices.Contains(r.needs, name)
			switch {
			case err != nil && !needed:
				t.Errorf("%s without %s: %s", e.call(), name, err)
			case err != nil:
				if refused[r.calls.String()] == nil {
					refused[r.calls.String()] = map[string]bool{}
				}
				refused[r.calls.String()][name] = true
			}
		})
	})
	for _, r := range readers {
		for _, name := range r.needs {
			if !refused[r.calls.String()][name] {
				t.Errorf("%s is read without %s", r.calls, name)
			}
		}
	}
}
