package v4

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/mqtttopic"
)

// maxMessagesPerBatch is how many messages or subscriptions travel in one array.
const maxMessagesPerBatch = 500

// messageBody is how a message is published: its payload as base64, which keeps
// every byte.
type messageBody struct {
	Topic    string `json:"topic"`
	Payload  []byte `json:"payload"`
	Encoding string `json:"encoding"`
	QoS      int64  `json:"qos"`
	Retain   bool   `json:"retain"`
	ClientID string `json:"clientid,omitempty"`
}

// Publish implements emqxapi.Messages. No request is sent twice: a message would
// be published again.
func (c *Client) Publish(ctx context.Context, messages []emqxapi.Message) []emqxapi.Delivery {
	entries := newEntries(messages, func(m emqxapi.Message) (any, error) {
		body := messageBody{
			Topic: m.Topic, Payload: m.Payload, Encoding: "base64", QoS: m.QoS, Retain: m.Retain, ClientID: m.ClientID,
		}
		if body.Payload == nil {
			body.Payload = []byte{} // null would be published as the text "null"
		}
		return body, checkMessage(m)
	})
	c.postEntries(ctx, rest.Request{Path: []string{"mqtt", "publish_batch"}, Once: true}, entries)
	deliveries := make([]emqxapi.Delivery, len(messages))
	for i, e := range entries {
		deliveries[i].Err = e.err
	}
	return deliveries
}

func checkMessage(m emqxapi.Message) error {
	if err := mqtttopic.ValidateName(m.Topic); err != nil {
		return err
	}
	return errors.Join(checkCommas(m.Topic), checkQoS(m.QoS))
}

// checkCommas refuses what EMQX 4 would split into several topics.
func checkCommas(topic string) error {
	if strings.Contains(topic, ",") {
		return fmt.Errorf("the topic %q has a comma, at which EMQX 4 would split it into several topics", topic)
	}
	return nil
}

// checkQoS refuses what makes the broker crash, in the middle of a batch.
func checkQoS(qos int64) error {
	if qos < 0 || qos > 2 {
		return fmt.Errorf("QoS %d: %w", qos, errQoS)
	}
	return nil
}

// entry is one of many things that a batch does, with what became of it.
type entry struct {
	body any
	err  error
}

func newEntries[T any](things []T, build func(T) (any, error)) []*entry {
	entries := make([]*entry, len(things))
	for i, thing := range things {
		body, err := build(thing)
		entries[i] = &entry{body: body, err: err}
	}
	return entries
}

func entryErrors(entries []*entry) []error {
	errs := make([]error, len(entries))
	for i, e := range entries {
		errs[i] = e.err
	}
	return errs
}

// postEntries sends the entries that have no error yet, in order: the order of
// messages is theirs.
func (c *Client) postEntries(ctx context.Context, request rest.Request, entries []*entry) {
	var sendable []*entry
	for _, e := range entries {
		if e.err == nil {
			sendable = append(sendable, e)
		}
	}
	request.Method = http.MethodPost
	for _, array := range batches(sendable, maxMessagesPerBatch, func(e *entry) []any { return []any{e.body} }) {
		bodies := make([]any, len(array))
		for i, e := range array {
			bodies[i] = e.body
		}
		request.Body = bodies
		errs, _, err := send(ctx, c, request, openEntries(array))
		for i, e := range array {
			if e.err = err; err == nil {
				e.err = errs[i]
			}
		}
	}
}
