package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"net/netip"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/mqtttopic"
)

// The arguments of acl_decision are dynamic, since optional attributes of an
// object may be left out and a rule may be a line, which no static type of a
// function parameter allows.

// decisionRule is a rule with whom it is for, where it says so.
type decisionRule struct {
	emqxapi.Rule
	clientID, username *string
}

// rulesFor keeps the rules that are for the client of a request.
func rulesFor(list []decisionRule, request emqxapi.AccessRequest) []emqxapi.Rule {
	isFor := func(named, own *string) bool { return named == nil || own != nil && *named == *own }
	var rules []emqxapi.Rule
	for _, rule := range list {
		if isFor(rule.clientID, request.ClientID) && isFor(rule.username, request.Username) {
			rules = append(rules, rule.Rule)
		}
	}
	return rules
}

func readDecisionRules(value tftypes.Value) ([]decisionRule, error) {
	if value.Type().Is(tftypes.Set{}) {
		return nil, errors.New("rules is a set, which has no order; the first rule that matches wins, so give a list")
	}
	elements, err := readElements(value)
	if err != nil {
		return nil, fmt.Errorf("rules has to be a list of objects or lines: %w", err)
	}
	rules := make([]decisionRule, len(elements))
	for i, element := range elements {
		if rules[i], err = readDecisionRule(element); err != nil {
			return nil, fmt.Errorf("rules[%d]: %w", i, err)
		}
	}
	return rules, nil
}

func readDecisionRule(value tftypes.Value) (rule decisionRule, err error) {
	if line, err := readText(value); err == nil && line != nil {
		if rule.Rule, err = emqxapi.ParseRuleLine(*line); err != nil {
			return rule, err
		}
	} else if rule, err = readRuleObject(value); err != nil {
		return rule, err
	}
	return rule, errors.Join(rule.Conditions.CanDecide(), mqtttopic.ValidateFilter(strings.TrimPrefix(rule.Topic, exactMatchPrefix)))
}

func readRuleObject(value tftypes.Value) (rule decisionRule, err error) {
	object, err := readObject(value)
	if err != nil {
		return rule, fmt.Errorf("a rule is an object or a line such as \"allow publish devices/d1/up\": %w", err)
	}
	known := append([]string{"topic", "action", "access", "qos", "retain", "username", "clientid", "all", "unknown_fields"}, emqxapi.ConditionNames...)
	if err := object.allow(known...); err != nil {
		return rule, err
	}
	if unknown, err := readElements(object["unknown_fields"]); err == nil && len(unknown) > 0 {
		return rule, errors.New("it has fields on the broker that this provider does not know (unknown_fields), so nobody here can say what it decides")
	}
	var action, access string
	err = errors.Join(
		object.requiredText("topic", &rule.Topic), object.requiredText("action", &action), object.requiredText("access", &access),
		object.optionalText("clientid", &rule.clientID), object.optionalText("username", &rule.username),
		object.qosLevels(&rule.QoS), object.retainScope(&rule.Retain),
	)
	if err != nil {
		return rule, err
	}
	for _, name := range emqxapi.ConditionNames {
		var value *string
		if err := object.optionalText(name, &value); err != nil {
			return rule, err
		}
		if value == nil {
			continue
		}
		if err := emqxapi.ValidateCondition(name, *value); err != nil {
			return rule, err
		}
		rule.Conditions.Set(name, *value)
	}
	if rule.Access = emqxapi.Access(access); rule.Access != emqxapi.Allow && rule.Access != emqxapi.Deny {
		return rule, fmt.Errorf("access is %q, not allow or deny", access)
	}
	rule.Action, err = emqxapi.ParseAction(action)
	return rule, err
}

func readDecisionClient(value tftypes.Value, request *emqxapi.AccessRequest) error {
	object, err := readObject(value)
	if err != nil {
		return fmt.Errorf("client has to be an object with clientid, username, ipaddr, zone and listener: %w", err)
	}
	var address, zone, listener *string
	err = errors.Join(
		object.optionalText("clientid", &request.ClientID), object.optionalText("username", &request.Username),
		object.optionalText("ipaddr", &address), object.optionalText("zone", &zone), object.optionalText("listener", &listener),
	)
	if err == nil && address != nil {
		if request.IPAddr, err = netip.ParseAddr(*address); err != nil {
			err = fmt.Errorf("ipaddr is %q, which is not an IP address such as 192.0.2.1 or 2001:db8::1", *address)
		}
	}
	if zone != nil {
		request.Zone = *zone
	}
	if listener != nil {
		request.Listener = *listener
	}
	return err
}

func readDecisionMessage(ctx context.Context, given types.Tuple, request *emqxapi.AccessRequest) error {
	elements := given.Elements()
	if len(elements) == 0 {
		return nil
	}
	if len(elements) > 1 {
		return errors.New("there is one message at most")
	}
	object, err := readObject(terraformValueOf(ctx, elements[0]))
	if err != nil {
		return fmt.Errorf("message has to be an object with qos, retain and api: %w", err)
	}
	if err := object.allow("qos", "retain", "api"); err != nil {
		return err
	}
	var api *string
	if err := object.optionalText("api", &api); err != nil {
		return err
	}
	if api != nil {
		if request.API = *api; request.API != "v4" && request.API != "v5" {
			return fmt.Errorf("api is %q, not v4 or v5", *api)
		}
	}
	if qos, ok := object["qos"]; ok && !qos.IsNull() {
		if request.QoS, err = readQoS(qos); err != nil {
			return err
		}
	}
	if retain, ok := object["retain"]; ok && !retain.IsNull() {
		if retain.As(&request.Retain) != nil {
			return errors.New("retain of a message is true or false")
		}
	}
	return nil
}

// argumentObject is an object or a map in an argument.
type argumentObject map[string]tftypes.Value

func readObject(value tftypes.Value) (argumentObject, error) {
	if value.IsNull() {
		return nil, errors.New("it is null")
	}
	var object map[string]tftypes.Value
	if err := value.As(&object); err != nil {
		return nil, fmt.Errorf("it is a %s", kindOf(value))
	}
	return object, nil
}

// allow refuses attributes that nobody looks at: a misspelt one would
// silently leave out what a rule is limited to.
func (o argumentObject) allow(names ...string) error {
	for name := range o {
		if !slices.Contains(names, name) {
			return fmt.Errorf("there is no attribute %q; the attributes are %s", name, strings.Join(names, ", "))
		}
	}
	return nil
}

func (o argumentObject) optionalText(name string, into **string) error {
	value, ok := o[name]
	if !ok || value.IsNull() {
		return nil
	}
	text, err := readText(value)
	if err != nil {
		return fmt.Errorf("%s has to be a string: %w", name, err)
	}
	*into = text
	return nil
}

func (o argumentObject) requiredText(name string, into *string) error {
	var text *string
	if err := o.optionalText(name, &text); err != nil {
		return err
	}
	if text == nil {
		return fmt.Errorf("%s is missing; there is %s", name, strings.Join(slices.Sorted(maps.Keys(o)), ", "))
	}
	*into = *text
	return nil
}

func (o argumentObject) qosLevels(into *[]int) error {
	value, ok := o["qos"]
	if !ok || value.IsNull() {
		return nil
	}
	elements, err := readElements(value)
	if err != nil {
		return fmt.Errorf("qos has to be a list of 0, 1 and 2: %w", err)
	}
	levels := make([]int, len(elements))
	for i, element := range elements {
		if levels[i], err = readQoS(element); err != nil {
			return err
		}
	}
	*into = levels
	return nil
}

// retainScope reads retain, which resources write as a text and people as a bool.
func (o argumentObject) retainScope(into *emqxapi.Retain) error {
	value, ok := o["retain"]
	if !ok || value.IsNull() {
		return nil
	}
	var flag bool
	if value.As(&flag) == nil {
		*into = emqxapi.RetainFalse
		if flag {
			*into = emqxapi.RetainTrue
		}
		return nil
	}
	text, err := readText(value)
	if err != nil || !slices.Contains([]string{"all", "true", "false"}, *text) {
		return errors.New("retain of a rule is true, false or \"all\"")
	}
	*into = emqxapi.Retain(*text)
	return nil
}

func readElements(value tftypes.Value) ([]tftypes.Value, error) {
	if value.IsNull() {
		return nil, errors.New("it is null")
	}
	var elements []tftypes.Value
	if err := value.As(&elements); err != nil {
		return nil, fmt.Errorf("it is a %s", kindOf(value))
	}
	return elements, nil
}

// readText gives nil for null.
func readText(value tftypes.Value) (*string, error) {
	var text *string
	if err := value.As(&text); err != nil {
		return nil, fmt.Errorf("it is a %s", kindOf(value))
	}
	return text, nil
}

func readQoS(value tftypes.Value) (int, error) {
	var number *big.Float
	if value.As(&number) != nil || number == nil {
		return 0, fmt.Errorf("a QoS is 0, 1 or 2, not a %s", kindOf(value))
	}
	level, accuracy := number.Int64()
	if accuracy != big.Exact || level < 0 || level > 2 {
		return 0, fmt.Errorf("a QoS is 0, 1 or 2, not %s", number.Text('g', -1))
	}
	return int(level), nil
}

// kindOf names what a value is, for people.
func kindOf(value tftypes.Value) string {
	kind := value.Type()
	switch {
	case value.IsNull():
		return "null"
	case !value.IsKnown():
		return "value that is not known yet"
	case kind.Is(tftypes.String):
		return "string"
	case kind.Is(tftypes.Number):
		return "number"
	case kind.Is(tftypes.Bool):
		return "bool"
	case kind.Is(tftypes.List{}), kind.Is(tftypes.Tuple{}):
		return "list"
	case kind.Is(tftypes.Set{}):
		return "set"
	}
	return "object"
}
