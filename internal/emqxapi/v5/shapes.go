package v5

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

// Shapes are the forms in which the same answer comes: EMQX's own, and those of EMQX
// Cloud's pages (api/cloud.md §2b). Everything that is read goes through into, so one
// shape more is one line here.

// shapes find in an answer what it is about. The first that fits is taken.
var shapes = []func(body []byte) []byte{
	bare,
	wrapped, // a user, a client's subscriptions, what was subscribed
	listed,  // a ban that was made, a client
	unpaged, // subscriptions
}

// bare is how EMQX answers.
func bare(body []byte) []byte { return body }

// wrapped is {"data": …}.
func wrapped(body []byte) []byte {
	var envelope struct {
		Data json.RawMessage `json:"data"`
	}
	if json.Unmarshal(body, &envelope) != nil {
		return nil
	}
	return envelope.Data
}

// listed is {"data": […]} with one entry.
func listed(body []byte) []byte {
	var entries []json.RawMessage
	if json.Unmarshal(wrapped(body), &entries) != nil || len(entries) != 1 {
		return nil
	}
	return entries[0]
}

// unpaged is a list without the pages that it is of.
func unpaged(body []byte) []byte {
	if !bytes.HasPrefix(bytes.TrimSpace(body), []byte("[")) {
		return nil
	}
	return bytes.Join([][]byte{[]byte(`{"data":`), body, []byte(`}`)}, nil)
}

// into decodes JSON into target, whichever shape it has. Each attempt of a request
// starts with a fresh value, so that nothing of a damaged answer is left. What is said
// of an answer of no shape is what is wrong with it as EMQX's own.
func into[T any](target *T) func(rest.Answer) error {
	return func(a rest.Answer) error {
		var wrong error
		for _, shape := range shapes {
			body := shape(a.Body)
			if body == nil {
				continue
			}
			fresh, err := decode[T](body)
			if err == nil {
				*target = fresh
				return nil
			}
			if wrong == nil {
				wrong = err
			}
		}
		return damaged(a, wrong)
	}
}

func decode[T any](body []byte) (T, error) {
	var fresh T
	if err := json.Unmarshal(body, &fresh); err != nil {
		return fresh, rest.Misshapen(err)
	}
	return fresh, check(fresh)
}

// moment is a time: RFC 3339, or without a zone, which is then taken for UTC.
type moment time.Time

// UnmarshalJSON implements json.Unmarshaler.
func (m *moment) UnmarshalJSON(text []byte) error {
	var t time.Time
	if err := t.UnmarshalJSON(text); err == nil {
		*m = moment(t)
		return nil
	}
	var written string
	if err := json.Unmarshal(text, &written); err != nil {
		return err
	}
	t, err := time.Parse(time.DateTime, written)
	if err != nil {
		return errors.New("a time that is none")
	}
	*m = moment(t)
	return nil
}

// in is the time in UTC, the zero time for none.
func (m *moment) in() time.Time {
	if m == nil {
		return time.Time{}
	}
	return time.Time(*m).UTC()
}

// actionsOfV4 are the actions of rules as older pages have them.
var actionsOfV4 = map[emqxapi.Action]emqxapi.Action{
	"pub": emqxapi.ActionPublish, "sub": emqxapi.ActionSubscribe, "pubsub": emqxapi.ActionAll, "subpub": emqxapi.ActionAll,
}

// publishedBulk is what became of many messages: one entry for each, or one for all
// where nobody got any of them.
type publishedBulk struct {
	each array[published]
	all  *published
}

// UnmarshalJSON implements json.Unmarshaler.
func (p *publishedBulk) UnmarshalJSON(text []byte) error {
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		return json.Unmarshal(text, &p.all)
	}
	return json.Unmarshal(text, &p.each)
}

func (p publishedBulk) check() error {
	if p.all != nil {
		return p.all.check()
	}
	return p.each.check()
}

// of gives the entry of each of n messages.
func (p publishedBulk) of(n int) ([]published, error) {
	if p.all != nil {
		return slices.Repeat([]published{*p.all}, n), nil
	}
	if len(p.each) != n {
		return nil, fmt.Errorf("it has %d results for %d messages", len(p.each), n)
	}
	return p.each, nil
}
