package v5

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/mqtttopic"
)

// noMatchingSubscribers is the MQTT 5 reason code for a message that nobody gets.
const noMatchingSubscribers = 16

// messageBody is a message as EMQX takes it. The payload is always sent as base64,
// which carries any bytes.
type messageBody struct {
	Topic    string `json:"topic"`
	Payload  string `json:"payload"`
	Encoding string `json:"payload_encoding"`
	QoS      int64  `json:"qos"`
	Retain   bool   `json:"retain"`
	ClientID string `json:"clientid,omitempty"`
}

func bodyOf(m emqxapi.Message) messageBody {
	return messageBody{
		Topic:    m.Topic,
		Payload:  base64.StdEncoding.EncodeToString(m.Payload),
		Encoding: "base64",
		QoS:      m.QoS,
		Retain:   m.Retain,
		ClientID: m.ClientID,
	}
}

// published is what became of one message: an id, or a reason code.
type published struct {
	ID         string `json:"id"`
	ReasonCode int    `json:"reason_code"`
	Message    string `json:"message"`
}

func (p published) check() error {
	if p.ID == "" && p.ReasonCode == 0 {
		return errors.New("a message has neither id nor reason_code")
	}
	return nil
}

func (p published) delivery() emqxapi.Delivery {
	switch p.ReasonCode {
	case 0:
		return emqxapi.Delivery{}
	case noMatchingSubscribers:
		return emqxapi.Delivery{NobodySubscribed: true}
	}
	return emqxapi.Delivery{Err: fmt.Errorf("the message was not published: %s (reason code %d)", readable(p.Message), p.ReasonCode)}
}

// Publish publishes messages in their order, many with one request. What EMQX
// would refuse is refused before, as it publishes none of a request's messages
// when one is not valid.
func (c *Client) Publish(ctx context.Context, messages []emqxapi.Message) []emqxapi.Delivery {
	deliveries := make([]emqxapi.Delivery, len(messages))
	var valid []int
	for i, message := range messages {
		if deliveries[i].Err = validMessage(message); deliveries[i].Err == nil {
			valid = append(valid, i)
		}
	}
	size := func(i int) int { return len(messages[valid[i]].Payload)*4/3 + len(messages[valid[i]].Topic) + 128 }
	for from, to := range batches(len(valid), maxBatch, size) {
		batch := make([]messageBody, to-from)
		for k, i := range valid[from:to] {
			batch[k] = bodyOf(messages[i])
		}
		for k, delivery := range c.publishBatch(ctx, batch) {
			deliveries[valid[from+k]] = delivery
		}
	}
	return deliveries
}

func validMessage(m emqxapi.Message) error {
	if m.QoS < 0 || m.QoS > 2 {
		return fmt.Errorf("a message cannot have QoS %d", m.QoS)
	}
	return mqtttopic.ValidateName(m.Topic)
}

// publishBatch publishes with one request. Where EMQX refuses it nothing was
// published, and one request for each message tells which one is at fault.
func (c *Client) publishBatch(ctx context.Context, batch []messageBody) []emqxapi.Delivery {
	if len(batch) == 1 {
		return []emqxapi.Delivery{c.publishOne(ctx, batch[0])}
	}
	var results []published
	_, err := c.do(ctx, call{
		method: http.MethodPost,
		path:   []string{"publish", "bulk"},
		body:   batch,
		once:   true, // a repeated message is a second message
		result: func(a rest.Answer) error {
			var answer publishedBulk
			if err := into(&answer)(a); err != nil {
				return err
			}
			var err error
			if results, err = answer.of(len(batch)); err != nil {
				return damaged(a, err)
			}
			return nil
		},
	})
	deliveries := make([]emqxapi.Delivery, len(batch))
	for i := range batch {
		switch {
		case err == nil:
			deliveries[i] = results[i].delivery()
		case isBadRequest(err):
			deliveries[i] = c.publishOne(ctx, batch[i])
		default:
			deliveries[i].Err = err
		}
	}
	return deliveries
}

func (c *Client) publishOne(ctx context.Context, message messageBody) emqxapi.Delivery {
	var result published
	_, err := c.do(ctx, call{
		method: http.MethodPost,
		path:   []string{"publish"},
		body:   message,
		once:   true,
		result: into(&result),
	})
	if err != nil {
		return emqxapi.Delivery{Err: err}
	}
	return result.delivery()
}
