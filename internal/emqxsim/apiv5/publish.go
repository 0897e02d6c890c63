package apiv5

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/live"
)

// MQTT 5 reason codes that POST /publish answers with.
const (
	reasonNoMatchingSubscribers = 16
	reasonImplementationError   = 131
	reasonTopicNameInvalid      = 144
	reasonPacketTooLarge        = 151
)

// maxPacketSize is EMQX's stock mqtt.max_packet_size, in which topic, payload and 9
// bytes for the packet count (EMQX 5.8.9: emqx_message.erl, estimate_size).
const maxPacketSize = 1 << 20

// reason is an error of /publish, which has no code as other errors have
// (api/v5.md §1.9).
type reason struct {
	ReasonCode int    `json:"reason_code"`
	Message    string `json:"message"`
}

type published struct {
	ID string `json:"id"`
}

var publishSchema = structOf(
	field{name: "topic", required: true, check: text},
	field{name: "qos", check: qos, fallback: 0},
	field{name: "clientid", check: text, fallback: ""},
	field{name: "payload", required: true, check: text},
	field{name: "payload_encoding", check: oneOf("plain", "base64"), fallback: "plain"},
	field{name: "retain", check: boolean, fallback: false},
	field{name: "properties", check: structOf(
		field{name: "payload_format_indicator", check: integer},
		field{name: "message_expiry_interval", check: integer},
		field{name: "response_topic", check: text},
		field{name: "correlation_data", check: text},
		field{name: "user_properties", check: anyObject},
		field{name: "content_type", check: text},
	)},
)

func anyObject(path string, value any) (any, []violation) {
	if _, isObject := value.(map[string]any); !isObject {
		return nil, []violation{violationAt(path, "bad_value_for_struct", value)}
	}
	return value, nil
}

func (a *api) publish(r request) answer {
	checked, violations := publishSchema("root", r.body)
	if violations != nil {
		return violated(violations)
	}
	message, wrong := readMessage(checked.(map[string]any))
	if wrong != nil {
		return answer{status: http.StatusBadRequest, body: wrong}
	}
	result, matched, failed := a.send(message)
	switch {
	case failed != nil:
		return *failed
	case !matched:
		return answer{status: http.StatusAccepted, body: result}
	}
	return ok(result)
}

// publishBulk publishes all messages, or none when one of them is wrong.
func (a *api) publishBulk(r request) answer {
	checked, violations := listOf(publishSchema)("root", r.body)
	if violations != nil {
		return violated(violations)
	}
	elements := checked.([]any)
	if len(elements) == 0 {
		return r.crash("emqx_mgmt_api_publish", "publish_batch")
	}
	messages := make([]live.Message, len(elements))
	for i, element := range elements {
		message, wrong := readMessage(element.(map[string]any))
		if wrong != nil {
			return answer{status: http.StatusBadRequest, body: wrong}
		}
		messages[i] = message
	}
	results, status := make([]any, len(messages)), http.StatusOK
	for i, message := range messages {
		result, matched, failed := a.send(message)
		if failed != nil {
			return *failed
		}
		if !matched {
			status = http.StatusAccepted
		}
		results[i] = result
	}
	return answer{status: status, body: results}
}

// send publishes one message. A message that nobody gets is retained all the same.
func (a *api) send(m live.Message) (result any, matched bool, failed *answer) {
	subscribers, err := a.live.Publish(m)
	if err != nil {
		problem := internalError(err.Error())
		return nil, false, &problem
	}
	if subscribers == 0 {
		return reason{reasonNoMatchingSubscribers, "no_matching_subscribers"}, false, nil
	}
	return published{newMessageID()}, true, nil
}

func newMessageID() string {
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails, crypto/rand says
	return strings.ToUpper(hex.EncodeToString(id))
}

func readMessage(given map[string]any) (live.Message, *reason) {
	payload := []byte(given["payload"].(string))
	if given["payload_encoding"] == "base64" {
		decoded, err := base64.StdEncoding.DecodeString(string(payload))
		if err != nil {
			return live.Message{}, &reason{reasonImplementationError, fmt.Sprintf(`{decode_base64_payload_failed,<<"%s">>}`, payload)}
		}
		payload = decoded
	}
	m := live.Message{
		Topic: given["topic"].(string), Payload: payload, QoS: given["qos"].(int),
		Retain: given["retain"].(bool), ClientID: given["clientid"].(string),
	}
	if properties, isGiven := given["properties"].(map[string]any); isGiven {
		readProperties(&m, properties)
	}
	switch {
	case m.Topic == "" || strings.ContainsAny(m.Topic, "+#\x00"):
		return m, &reason{reasonTopicNameInvalid, "topic_name_invalid"}
	case len(m.Topic)+len(m.Payload)+9 > maxPacketSize:
		return m, &reason{reasonPacketTooLarge, "packet_too_large"}
	}
	return m, nil
}

func readProperties(m *live.Message, given map[string]any) {
	if indicator, isGiven := given["payload_format_indicator"].(int64); isGiven {
		m.PayloadFormat = byte(indicator)
	}
	if seconds, isGiven := given["message_expiry_interval"].(int64); isGiven {
		m.Expiry = uint32(seconds)
	}
	m.ResponseTopic, _ = given["response_topic"].(string)
	m.ContentType, _ = given["content_type"].(string)
	if data, isGiven := given["correlation_data"].(string); isGiven {
		m.CorrelationData = []byte(data)
	}
	pairs, _ := given["user_properties"].(map[string]any)
	for key, value := range pairs {
		m.UserProperties = append(m.UserProperties, [2]string{key, fmt.Sprint(value)})
	}
}

func (a *api) deleteRetained(r request) answer {
	if !slices.Contains(a.live.Retained(), r.bindings[0]) {
		return notFound("Viewed message doesn't exist")
	}
	a.live.DeleteRetained(r.bindings[0])
	return empty(http.StatusNoContent)
}
