package emqxapi

import "context"

// Message is what is published.
type Message struct {
	Topic    string
	Payload  []byte
	QoS      int64
	Retain   bool
	ClientID string // in whose name, "" for the API itself
}

// Delivery is what became of a message.
type Delivery struct {
	// NobodySubscribed is true where the API tells that no subscription matched
	// (v5). A retained message was stored nevertheless.
	NobodySubscribed bool
	Err              error
}

// Messages are what the API does in the name of clients. Each call takes many
// and returns one result per entry. No API does all or nothing.
type Messages interface {
	Publish(ctx context.Context, messages []Message) []Delivery
	// Subscribe takes ClientID, Topic (a whole topic filter) and QoS of each.
	Subscribe(ctx context.Context, subscriptions []Subscription) []error
	// Unsubscribe takes ClientID and Topic of each.
	Unsubscribe(ctx context.Context, subscriptions []Subscription) []error
}
