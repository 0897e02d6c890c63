package v4

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

var (
	errPassword     = errors.New("the broker takes no empty password")
	errLogin        = errors.New("the broker takes no empty name")
	errNotConnected = fmt.Errorf("the client is not connected: %w", emqxapi.ErrNotFound)
	errTopic        = errors.New("the topic is not valid")

	errNotSubscribed = errors.New("the broker does not show the subscription that was to be made")
	errQoS           = errors.New("the QoS is not 0, 1 or 2")
)

// codes are the result codes of EMQX 4.4.19 (its emqx_mgmt.hrl) and of the Cloud
// documentation, which has more of them (api/v4.md, first table and §1).
var codes = map[int64]error{
	101: errors.New("a node of the cluster did not answer; try again"),
	102: errors.New("the broker does not say what is wrong"),
	103: errors.New("the user name or the password is wrong"),
	104: errors.New("the broker takes no empty name and no empty password"),
	105: emqxapi.ErrNotFound,
	106: errors.New("the administrator cannot be deleted"),
	107: errors.New("a parameter is missing"),
	108: errors.New("a parameter is not as it should be"),
	109: errors.New("the request is not JSON"),
	110: errors.New("the plugin runs already"),
	111: errors.New("the plugin does not run"),
	112: errNotConnected,
	113: emqxapi.ErrExists,
	114: errors.New("the old password is wrong"),
	115: errTopic,
	116: errQoS,
}

// messages are what 4.4.19 says instead of a code, the second of them misspelt
// by EMQX (api/v4.md §2).
var messages = map[string]error{
	"existed":   emqxapi.ErrExists,
	"noexisted": emqxapi.ErrNotFound,
	"password":  errPassword,
	"login":     errLogin,
	"nodedown":  errors.New("the node is down"),
}

// resultError is a result that is not success. The code may be missing, and so
// may the message.
func resultError(code *int64, message string) error {
	failure := &rest.Error{Message: message, Err: messages[message]}
	if code != nil {
		failure.Code = strconv.FormatInt(*code, 10)
		if failure.Err == nil {
			failure.Err = codes[*code]
		}
	}
	return failure
}

// entryError is the result of one entry of a batch that answers with codes.
func entryError(code int64) error {
	if code == 0 {
		return nil
	}
	if err, known := codes[code]; known {
		return err
	}
	return fmt.Errorf("the broker refused it with code %d", code)
}

// refusedField finds FIELD in {error,FIELD}, which is how a refused rule or
// credential looks, alone or in the middle of an Erlang term whose key order is
// not fixed (api/v4.md §3).
var refusedField = regexp.MustCompile(`\{error,\s*(\w+)\}`)

// entryResult is the result of one entry of a batch that answers with "ok" or an
// Erlang tuple.
func entryResult(result string) error {
	if result == "ok" {
		return nil
	}
	found := refusedField.FindStringSubmatch(result)
	if found == nil {
		return fmt.Errorf("the broker refused it: %q", result)
	}
	if err, known := messages[found[1]]; known {
		return err
	}
	return fmt.Errorf("the broker refused its %s", found[1])
}
