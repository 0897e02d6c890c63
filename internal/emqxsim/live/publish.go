package live

import (
	"fmt"
	"strings"

	"github.com/mochi-mqtt/server/v2/packets"
)

// Message is a message that a management API publishes.
type Message struct {
	Topic    string
	Payload  []byte
	QoS      int
	Retain   bool
	ClientID string // the sender it is published as, may be empty

	PayloadFormat   byte
	Expiry          uint32 // seconds, 0 for none
	ResponseTopic   string
	ContentType     string
	CorrelationData []byte
	UserProperties  [][2]string
}

// Publish publishes without asking the rules and returns how many subscriptions match; a message that none matches is
// still retained if it asks for it.
func (b *Broker) Publish(m Message) (matched int, err error) {
	sender := b.server.NewClient(nil, "api", m.ClientID, true)
	defer sender.Stop(nil)
	sender.Properties.ProtocolVersion = 5
	pk := packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: byte(m.QoS), Retain: m.Retain},
		TopicName:   m.Topic,
		Payload:     m.Payload,
		PacketID:    uint16(m.QoS), // mochi wants one exactly when the QoS is not 0
		Properties: packets.Properties{
			PayloadFormat: m.PayloadFormat, PayloadFormatFlag: m.PayloadFormat != 0,
			MessageExpiryInterval: m.Expiry, ResponseTopic: m.ResponseTopic, ContentType: m.ContentType,
			CorrelationData: m.CorrelationData, User: userProperties(m.UserProperties),
		},
	}
	if err := b.server.InjectPacket(sender, pk); err != nil {
		return 0, fmt.Errorf("publishing to %q: %w", m.Topic, err)
	}
	return b.subscribers(m.Topic), nil
}

func userProperties(pairs [][2]string) []packets.UserProperty {
	var properties []packets.UserProperty
	for _, pair := range pairs {
		properties = append(properties, packets.UserProperty{Key: pair[0], Val: pair[1]})
	}
	return properties
}

// subscribers is the number of subscriptions, and share groups, that a topic name matches.
func (b *Broker) subscribers(topic string) int {
	found := b.server.Topics.Subscribers(topic)
	return len(found.Subscriptions) + len(found.Shared)
}

// Retained gives the topics that hold a retained message.
func (b *Broker) Retained() []string {
	var topics []string
	for topic := range b.server.Topics.Retained.GetAll() {
		if !strings.HasPrefix(topic, "$SYS/") { // mochi's own
			topics = append(topics, topic)
		}
	}
	return topics
}

// DeleteRetained removes the retained message of a topic.
func (b *Broker) DeleteRetained(topic string) {
	b.server.Topics.RetainMessage(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Publish, Retain: true}, TopicName: topic})
	b.server.Topics.Retained.Delete(topic)
}
