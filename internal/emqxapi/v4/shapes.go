package v4

import (
	"bytes"
	"encoding/json"
	"maps"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

// Shapes are the forms in which the same data come: those of EMQX 4.4.19 and those of
// EMQX Cloud's pages, of which tables and examples differ (api/cloud.md §2a). All data
// of answers go through unpack, so one shape more is one line here.

// shapes find in the data of an answer what it is about. The first that fits is taken.
var shapes = []func(data []byte) []byte{
	bare,
	listed, // a user, as the table has it
	single, // the rule of an array of one
	merged, // what became of many users, as the table has it
}

// bare is how EMQX answers.
func bare(data []byte) []byte { return data }

// listed is a list of one.
func listed(data []byte) []byte {
	var entries []json.RawMessage
	if json.Unmarshal(data, &entries) != nil || len(entries) != 1 {
		return nil
	}
	return entries[0]
}

// single is an object in place of a list.
func single(data []byte) []byte {
	if !bytes.HasPrefix(data, []byte("{")) {
		return nil
	}
	return bytes.Join([][]byte{[]byte("["), data, []byte("]")}, nil)
}

// merged is an object whose fields come in a list of objects.
func merged(data []byte) []byte {
	var parts []map[string]json.RawMessage
	if json.Unmarshal(data, &parts) != nil {
		return nil
	}
	whole := map[string]json.RawMessage{}
	for _, part := range parts {
		maps.Copy(whole, part)
	}
	joined, err := json.Marshal(whole)
	if err != nil {
		return nil
	}
	return joined
}

// unpack gives an answer's data as a T, whichever shape they have. JSON of another
// shape is damage.
func unpack[T any](e envelope) (T, error) {
	var none T
	if isNull(e.Data) {
		return none, damaged("it has no data")
	}
	var wrong error
	for _, shape := range shapes {
		data := shape(e.Data)
		if data == nil {
			continue
		}
		var fresh T
		err := json.Unmarshal(data, &fresh)
		if err == nil {
			return fresh, nil
		}
		if wrong == nil {
			wrong = err
		}
	}
	return none, damaged("its data are not as they should be: %w", rest.Misshapen(wrong))
}

// actions are the domain's words for EMQX 4's. What is written as "pubsub" is
// shown as two rows by EMQX, and as one, in older tables called "subpub", in EMQX
// Cloud's pages.
var actions = map[string]emqxapi.Action{
	"pub": emqxapi.ActionPublish, "sub": emqxapi.ActionSubscribe, "pubsub": emqxapi.ActionAll, "subpub": emqxapi.ActionAll,
}

// wireActions is the other direction.
var wireActions = map[emqxapi.Action]string{
	emqxapi.ActionPublish: "pub", emqxapi.ActionSubscribe: "sub", emqxapi.ActionAll: "pubsub",
}

// entryRow is what became of one entry of a batch of messages or subscriptions: a
// code, or the subscription that was made.
type entryRow struct {
	Code     *int64 `json:"code"`
	ClientID string `json:"clientid"`
	Topic    string `json:"topic"`
	QoS      *int64 `json:"qos"`
}

// openEntries reads the results of a batch, which come in the order of the request.
// Where they are subscriptions, what is not among them was not made.
func openEntries(entries []*entry) func(envelope) ([]error, error) {
	return func(e envelope) ([]error, error) {
		results, err := unpack[[]entryRow](e)
		if err != nil {
			return nil, err
		}
		made := map[subscribeBody]bool{}
		codes := 0
		for _, r := range results {
			switch {
			case r.Code != nil:
				codes++
			case r.QoS == nil:
				return nil, damaged("an entry of its data has no code")
			default:
				made[subscribeBody{ClientID: r.ClientID, Topic: r.Topic}] = true
			}
		}
		if len(made) == 0 && codes != len(entries) {
			return nil, damaged("it has %d results for %d entries", codes, len(entries))
		}
		errs := make([]error, len(entries))
		for i := range entries {
			if len(made) == 0 {
				errs[i] = entryError(*results[i].Code)
				continue
			}
			wanted, _ := entries[i].body.(subscribeBody)
			if !made[subscribeBody{ClientID: wanted.ClientID, Topic: wanted.Topic}] {
				errs[i] = errNotSubscribed
			}
		}
		return errs, nil
	}
}
