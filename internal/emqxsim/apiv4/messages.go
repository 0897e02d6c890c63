package apiv4

import (
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/live"
)

func (a *api) messageRoutes() []route {
	m := messages{a.live}
	return []route{
		{"POST", "/mqtt/subscribe", "mqtt_subscribe", "Subscribe a topic", m.subscribe, nil},
		{"POST", "/mqtt/publish", "mqtt_publish", "Publish a MQTT message", m.publish, nil},
		{"POST", "/mqtt/unsubscribe", "mqtt_unsubscribe", "Unsubscribe a topic", m.unsubscribe, nil},
		{"POST", "/mqtt/subscribe_batch", "mqtt_subscribe_batch", "Batch subscribes topics", m.subscribeBatch, nil},
		{"POST", "/mqtt/publish_batch", "mqtt_publish_batch", "Batch publish MQTT messages", m.publishBatch, nil},
		{"POST", "/mqtt/unsubscribe_batch", "mqtt_unsubscribe_batch", "Batch unsubscribes topics", m.unsubscribeBatch, nil},
	}
}

// messages serves what is done in a client's place: publishing and subscribing (api/v4.md §6).
type messages struct {
	live *live.Broker
}

// refusal is why a request is not carried out; nil means that it is.
type refusal struct {
	code int
	text string
}

var (
	badTopic    = &refusal{codeBadTopic, "bad_topic"}
	badQoS      = &refusal{codeBadQoS, "bad_qos"}
	badParams   = &refusal{codeBadParameter, "bad_params"}
	badClientID = &refusal{codeBadParameter, "bad clientid: must be string"}
	notOnline   = &refusal{codeNotOnline, "channel_not_found"}
)

func (r *refusal) reply() reply {
	if r == nil {
		return ok()
	}
	return failure(r.code, r.text)
}

// result is the refusal in the answer to a batch.
func (r *refusal) result(o object) object {
	o["code"] = 0
	if r != nil {
		o["code"] = r.code
	}
	return o
}

// topicsOf reads "topics", or else "topic"; both are split at commas. What is no text is refused.
func topicsOf(p params) ([]string, *refusal) {
	value, given := p["topics"]
	if !given || value == "" {
		value = p["topic"]
	}
	switch value := value.(type) {
	case nil:
		return nil, badTopic
	case string:
		return strings.Split(value, ","), nil
	default:
		return nil, badParams
	}
}

func clientidOf(p params) (string, *refusal) {
	clientid, isText := p["clientid"].(string)
	if !isText {
		return "", badClientID
	}
	return clientid, nil
}

// qosOf reads a QoS; one that is not given is 0. ok is false for anything else than 0, 1 and 2.
func qosOf(p params) (qos int, ok bool) {
	value, given := p["qos"]
	if !given {
		return 0, true
	}
	for qos := range 3 {
		if value == number3[qos] {
			return qos, true
		}
	}
	return 0, false
}

func (s messages) subscribe(r request) reply {
	return s.subscribeOne(r.params()).reply()
}

func (s messages) subscribeOne(p params) *refusal {
	clientid, refused := clientidOf(p)
	if refused != nil {
		return refused
	}
	topics, refused := topicsOf(p)
	if refused != nil {
		return refused
	}
	for _, topic := range topics {
		if !validFilter(topic) {
			return badTopic
		}
	}
	qos, valid := qosOf(p)
	if !valid {
		return badQoS
	}
	for _, topic := range topics {
		if !s.live.Subscribe(live.Subscription{ClientID: clientid, Filter: topic, QoS: qos}) {
			return notOnline
		}
	}
	return nil
}

func (s messages) unsubscribe(r request) reply {
	return s.unsubscribeOne(r.params()).reply()
}

// unsubscribeOne knows one topic, with any commas in it.
func (s messages) unsubscribeOne(p params) *refusal {
	clientid, refused := clientidOf(p)
	if refused != nil {
		return refused
	}
	topic, _ := p["topic"].(string)
	if !validFilter(topic) {
		return badTopic
	}
	if !s.live.Unsubscribe(clientid, topic) {
		return notOnline
	}
	return nil
}

func (s messages) subscribeBatch(r request) reply   { return batch(r, s.subscribeOne) }
func (s messages) unsubscribeBatch(r request) reply { return batch(r, s.unsubscribeOne) }

// batch does the items in order. A body that is no list crashes EMQX.
func batch(r request, one func(params) *refusal) reply {
	items, isList := r.body.([]any)
	if !isList && r.hasBody {
		return crash()
	}
	results := []object{}
	for _, item := range items {
		p, isObject := item.(map[string]any)
		if !isObject {
			return crash()
		}
		results = append(results, one(p).result(object{"topic": p["topic"], "clientid": p["clientid"]}))
	}
	return withData(results)
}

// validFilter is emqx_topic:validate for a filter: "#" only as the last level, "+" and "#" only alone in their level.
func validFilter(filter string) bool {
	if filter == "" || len(filter) > 65535 || strings.Contains(filter, "\x00") {
		return false
	}
	levels := strings.Split(filter, "/")
	for i, level := range levels {
		if level == "#" && i != len(levels)-1 || len(level) > 1 && strings.ContainsAny(level, "+#") {
			return false
		}
	}
	return true
}

func validName(topic string) bool { return validFilter(topic) && !strings.ContainsAny(topic, "+#") }
