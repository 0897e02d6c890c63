package apiv4

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/live"
)

var number3 = [3]json.Number{"0", "1", "2"}

func (s messages) publish(r request) reply {
	p := r.params()
	topics, refused, crashed := s.publishOne(p)
	switch _, asked := p["return"]; {
	case crashed:
		return crash()
	case refused != nil:
		return refused.reply()
	case asked:
		return withData(messageIDs(p, topics))
	}
	return ok()
}

// messageIDs answers "return", with one id or, where "topics" was used, a list of them. The ids say nothing, as EMQX's.
func messageIDs(p params, topics []string) object {
	ids := make([]string, len(topics))
	for i := range ids {
		var id [16]byte
		_, _ = rand.Read(id[:]) // never fails, crypto/rand says
		ids[i] = strings.ToUpper(fmt.Sprintf("%x", id))
	}
	if _, several := p["topics"]; several {
		return object{"msgids": ids}
	}
	return object{"msgid": ids[0]}
}

// publishOne publishes a message to each of its topics that is a valid topic name and gives those. A QoS that is none
// crashes EMQX.
func (s messages) publishOne(p params) (topics []string, refused *refusal, crashed bool) {
	m, refused := messageOf(p)
	if refused != nil {
		return nil, refused, false
	}
	topics, refused = topicsOf(p)
	if refused != nil {
		return nil, refused, false
	}
	topics = slices.DeleteFunc(topics, func(topic string) bool { return !validName(topic) })
	if len(topics) == 0 {
		return nil, badTopic, false
	}
	var valid bool
	if m.QoS, valid = qosOf(p); !valid {
		return nil, nil, true
	}
	for _, topic := range topics {
		m.Topic = topic
		if _, err := s.live.Publish(m); err != nil {
			return nil, nil, true
		}
	}
	return topics, nil, false
}

func messageOf(p params) (m live.Message, refused *refusal) {
	if _, given := p["clientid"]; given {
		if m.ClientID, refused = clientidOf(p); refused != nil {
			return m, refused
		}
	}
	if m.Payload, refused = payloadOf(p); refused != nil {
		return m, refused
	}
	m.Retain = p["retain"] == true || p["retain"] == "true"
	properties, given := p["properties"].(map[string]any)
	if given && !readProperties(&m, properties) {
		return m, badParams
	}
	return m, nil
}

// payloadOf gives the payload: text as it is, anything else as JSON. An unknown encoding is none.
func payloadOf(p params) ([]byte, *refusal) {
	value, given := p["payload"]
	if !given {
		return nil, nil
	}
	text, isText := value.(string)
	if !isText {
		return encode(value), nil
	}
	if p["encoding"] != "base64" {
		return []byte(text), nil
	}
	payload, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, badParams
	}
	return payload, nil
}

// readProperties reads MQTT 5's properties; false means that there is one that EMQX does not know.
func readProperties(m *live.Message, properties params) bool {
	for name, value := range properties {
		text, _ := value.(string)
		number, _ := value.(json.Number)
		n, _ := number.Int64()
		switch name {
		case "payload_format_indicator":
			m.PayloadFormat = byte(n)
		case "message_expiry_interval":
			m.Expiry = uint32(n)
		case "response_topic":
			m.ResponseTopic = text
		case "correlation_data":
			m.CorrelationData = []byte(text)
		case "content_type":
			m.ContentType = text
		case "user_properties":
			pairs, _ := value.(map[string]any)
			for key, value := range pairs {
				m.UserProperties = append(m.UserProperties, [2]string{key, fmt.Sprint(value)})
			}
		default:
			return false
		}
	}
	return true
}

// publishBatch publishes the items in order; what comes before an item that crashes EMQX has gone out. A single object
// gets a refusal for each of its keys.
func (s messages) publishBatch(r request) reply {
	results := []object{}
	if single, isObject := r.body.(map[string]any); isObject {
		for range single {
			results = append(results, object{"code": badParams.code, "message": badParams.text})
		}
		return withData(results)
	}
	items, _ := r.body.([]any)
	for _, item := range items {
		p, _ := item.(map[string]any)
		_, refused, crashed := s.publishOne(p)
		if crashed {
			return crash()
		}
		results = append(results, refused.result(object{"topic": p["topic"]}))
	}
	return withData(results)
}
