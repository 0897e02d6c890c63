package v5

import (
	"errors"
	"net/http"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

func seed(f *testing.F) {
	for _, exchange := range recordedExchanges(f) {
		f.Add(exchange.Response.Status, exchange.Response.body())
	}
}

// FuzzDecode shows that no answer makes a decoder panic, that what is accepted can
// be used, and that absence is told by HTTP 404 alone.
func FuzzDecode(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		for name, c := range everyCall() {
			err := c.decode(rest.Answer{Status: status, Body: body})
			switch {
			case errors.Is(err, emqxapi.ErrNotFound) && status != http.StatusNotFound:
				t.Errorf("%s: HTTP %d is absence: %s", name, status, body)
			case err == nil && (status < 200 || status > 299):
				t.Errorf("%s: HTTP %d is success", name, status)
			case err != nil && err.Error() == "":
				t.Errorf("%s: an error without words", name)
			}
		}
	})
}

// everyCall has one call for each shape of answer; a success is converted to what
// the provider sees.
func everyCall() map[string]call {
	return map[string]call{
		"user":    {result: using(func(r userRow) { r.user() }), refused: userAbsent},
		"users":   {result: using(func(a listAnswer[userRow]) { forAll(*a.Data, func(r userRow) { r.user() }) }), refused: pageTooLong},
		"ruleset": {result: using(func(r rulesetRow) { r.list(); r.subject() }), refused: absent("NOT_FOUND", "Not Found")},
		"rulesets": {result: using(func(a listAnswer[listedRulesetRow]) {
			forAll(*a.Data, func(r listedRulesetRow) { r.list(); r.subject() })
		})},
		"ban":           {result: using(func(r banRow) { r.ban() }), refused: banTaken(emqxapi.Ban{As: emqxapi.BanClientID, Who: "c"})},
		"bans":          {result: using(func(a listAnswer[banRow]) { forAll(*a.Data, func(r banRow) { r.ban() }) })},
		"no ban":        {refused: banAbsent(emqxapi.BanClientID)},
		"client":        {result: using(func(r clientRow) { r.client() }), refused: clientAbsent},
		"subscriptions": {result: using(func(a listAnswer[subscriptionRow]) { forAll(*a.Data, func(r subscriptionRow) { r.subscription() }) })},
		"subscribed":    {result: using(func(s subscribed) { _ = s.errorOf("a/1") })},
		"published":     {result: using(func(p published) { p.delivery() })},
		"batch":         {result: using(func(p publishedBulk) { rows, _ := p.of(2); forAll(rows, func(p published) { p.delivery() }) })},
		"counters":      {result: using(func(array[countersRow]) {})},
		"nodes":         {result: using(func(array[nodeRow]) {})},
		"authenticator": {result: using(func(authenticatorRow) {})},
		"sources":       {result: using(func(sourcesAnswer) {})},
		"settings":      {result: using(func(w whole[settingsRow]) { w.known.settings() })},
		"namespace":     {result: using(func(whole[namespaceRow]) {}), refused: namespaceAbsent},
		"names":         {result: using(func(array[string]) {}), refused: knowsNamespaces},
		"imported":      {result: using(func(importCounts) {}), refused: noImport},
		"taken":         {refused: taken},
		"subject gone":  {refused: subjectAbsent},
		"no condition":  {refused: rulesetRefused},
	}
}

// using decodes an answer and uses what came out.
func using[T any](use func(T)) func(rest.Answer) error {
	return func(a rest.Answer) error {
		var target T
		err := into(&target)(a)
		if err == nil {
			use(target)
		}
		return err
	}
}

func forAll[T any](rows []T, do func(T)) {
	for _, row := range rows {
		do(row)
	}
}
