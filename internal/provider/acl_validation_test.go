package provider

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// serveUnconnected starts the provider as long as its endpoint is not known,
// which is enough for whatever is to be said without asking a broker.
func serveUnconnected(t *testing.T) *protocolServer {
	t.Helper()
	return serve(t, New("test")(), values{"endpoint": unknown{}})
}

// with copies attributes and changes some.
func (v values) with(changes values) values {
	changed := maps.Clone(v)
	maps.Copy(changed, changes)
	return changed
}

var validRule = values{"username": "u1", "topic": "t/1", "action": "publish", "access": "allow"}

func TestACLRuleValidation(t *testing.T) {
	t.Parallel()
	s := serveUnconnected(t)
	tests := map[string]struct {
		change    values
		attribute string // where the error is shown
		says      string // part of it; "" where there is none
	}{
		"valid":                       {change: values{}},
		"v4 spelling":                 {change: values{"action": "pubsub"}},
		"placeholders":                {change: values{"topic": "d/%c/${username}/#"}},
		"wildcards":                   {change: values{"topic": "+/+/#"}},
		"exact match":                 {change: values{"topic": "eq t/#"}},
		"all":                         {change: values{"username": nil, "all": true}},
		"unknown subject":             {change: values{"username": unknown{}}},
		"unknown rule":                {change: values{"topic": unknown{}, "action": unknown{}, "access": unknown{}, "qos": unknown{}, "retain": unknown{}}},
		"retain and qos":              {change: values{"retain": "true", "qos": []any{0, 2}}},
		"retain all of subscriptions": {change: values{"action": "subscribe", "retain": "all"}},

		"conditions": {change: values{
			"clientid_re": "^a(?!b)", "username_re": "x", "ipaddr": "10.9.9.9/8", "zone": "z", "zone_re": "z", "listener": "tcp:default", "listener_re": "^tcp:",
		}},
		"unknown condition": {change: values{"ipaddr": unknown{}, "zone_re": unknown{}}},

		"no address":                 {values{"ipaddr": "nope"}, "ipaddr", "neither an IP address"},
		"no network":                 {values{"ipaddr": "10.0.0.0/99"}, "ipaddr", "is not a network"},
		"a network that EMQX widens": {values{"ipaddr": "2001:db8:7::/48"}, "ipaddr", "length 48"},
		"empty condition":            {values{"zone": ""}, "zone", "leave it out"},
		"no expression":              {values{"listener_re": "(["}, "listener_re", "not a regular expression"},
		"no subject":                 {values{"username": nil}, "", "Exactly one"},
		"two subjects":               {values{"clientid": "c1"}, "username", "Exactly one"},
		"a name and all":             {values{"all": true}, "username", "Exactly one"},
		"all is false":               {values{"username": nil, "all": false}, "all", "true"},
		"empty name":                 {values{"username": ""}, "username", "empty"},
		"dot":                        {values{"username": "."}, "username", "cannot be managed"},
		"dots":                       {values{"username": nil, "clientid": ".."}, "clientid", "cannot be managed"},
		"empty topic":                {values{"topic": ""}, "topic", "at least one character"},
		"hash inside":                {values{"topic": "a/#/b"}, "topic", "# may stand only at the end"},
		"hash in a level":            {values{"topic": "a#"}, "topic", "# may stand only at the end"},
		"plus in a level":            {values{"topic": "a/b+/c"}, "topic", "+ has to be a level of its own"},
		"NUL":                        {values{"topic": "a\x00b"}, "topic", "U+0000"},
		"long topic":                 {values{"topic": strings.Repeat("a", 8001)}, "topic", "8000"},
		"hash inside exact match":    {values{"topic": "eq a/#/b"}, "topic", "# may stand only at the end"},
		"unknown action":             {values{"action": "Publish"}, "action", "is not an action"},
		"unknown access":             {values{"access": "permit"}, "access", "permit"},
		"QoS 3":                      {values{"qos": []any{3}}, "qos", "between 0 and 2"},
		"no QoS":                     {values{"qos": []any{}}, "qos", "at least 1"},
		"unknown retain":             {values{"retain": "yes"}, "retain", "yes"},
		"retain of subscriptions":    {values{"action": "sub", "retain": "false"}, "retain", "cannot look at it"},
		"retain of a subscribe all":  {values{"action": "subscribe", "retain": "true"}, "retain", "cannot look at it"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := *s
			s.t = t
			s.mustSay(s.validate(aclRuleType, validRule.with(test.change)), test.attribute, test.says)
		})
	}
}

// mustSay is mustFail, or mustSucceed where nothing is to be said.
func (s *protocolServer) mustSay(diagnostics []*tfprotov6.Diagnostic, attribute, text string) {
	s.t.Helper()
	if text == "" {
		s.mustSucceed(diagnostics)
		return
	}
	s.mustFail(diagnostics, attribute, text)
}

func TestACLRulesetValidation(t *testing.T) {
	t.Parallel()
	s := serveUnconnected(t)
	rule := func(access, action, topic string) values {
		return values{"access": access, "action": action, "topic": topic}
	}
	tests := map[string]struct {
		rules any
		says  string
		at    string // the path of the error
	}{
		"none":                       {rules: []any{}},
		"unknown":                    {rules: unknown{}},
		"unknown topic":              {rules: []any{rule("allow", "publish", "t"), rule("deny", "publish", "t").with(values{"topic": unknown{}})}},
		"same topic, two directions": {rules: []any{rule("allow", "publish", "t"), rule("allow", "subscribe", "t")}},
		"all after publish":          {rules: []any{rule("allow", "publish", "t"), rule("deny", "all", "t")}},
		"same topic, other QoS":      {rules: []any{rule("allow", "publish", "t").with(values{"qos": []any{0}}), rule("deny", "publish", "t")}},
		"same topic, other retain":   {rules: []any{rule("deny", "publish", "t").with(values{"retain": "true"}), rule("allow", "publish", "t")}},

		"again":               {[]any{rule("allow", "publish", "t"), rule("deny", "subscribe", "t"), rule("deny", "pub", "t")}, "never reached", "rules[2]"},
		"publish after all":   {[]any{rule("allow", "all", "t"), rule("deny", "publish", "t")}, "never reached", "rules[1]"},
		"all after both":      {[]any{rule("allow", "publish", "t"), rule("allow", "subscribe", "t"), rule("deny", "all", "t")}, "never reached", "rules[2]"},
		"again with defaults": {[]any{rule("allow", "publish", "t"), rule("allow", "publish", "t").with(values{"qos": []any{2, 1, 0}, "retain": "all"})}, "never reached", "rules[1]"},
		"bad topic":           {[]any{rule("allow", "publish", "t"), rule("allow", "publish", "#/t")}, "# may stand only", "rules[1].topic"},
		"bad action":          {[]any{rule("allow", "read", "t")}, "is not an action", "rules[0].action"},
		"bad QoS":             {[]any{rule("allow", "all", "t").with(values{"qos": []any{7}})}, "between 0 and 2", `rules[0].qos`},
		"other condition":     {rules: []any{rule("allow", "publish", "t").with(values{"zone": "z"}), rule("deny", "publish", "t")}},
		"again with its condition": {
			[]any{rule("allow", "publish", "t").with(values{"zone": "z"}), rule("deny", "publish", "t").with(values{"zone": "z"})}, "never reached", "rules[1]",
		},
		"bad condition":       {[]any{rule("allow", "publish", "t").with(values{"ipaddr": "127.1"})}, "neither an IP address", "rules[0].ipaddr"},
		"retain of subscribe": {[]any{rule("allow", "subscribe", "t").with(values{"retain": "true"})}, "cannot look at it", "rules[0].retain"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := *s
			s.t = t
			diagnostics := s.validate(aclRulesetType, values{"username": "u1", "rules": test.rules})
			s.mustSay(diagnostics, attributeAt(test.at), test.says)
			if test.at != "" && !strings.HasPrefix(pathOf(diagnostics[0]), test.at) {
				t.Errorf("the error is on %s, want %s", pathOf(diagnostics[0]), test.at)
			}
		})
	}
}

// attributeAt is the attribute at the top of a path.
func attributeAt(path string) string {
	name, _, _ := strings.Cut(path, "[")
	return name
}

// pathOf is the path of a diagnostic as Terraform writes it: rules[0].topic.
func pathOf(d *tfprotov6.Diagnostic) string {
	var path string
	for _, step := range d.Attribute.Steps() {
		switch step := step.(type) {
		case tftypes.AttributeName:
			path += "." + string(step)
		case tftypes.ElementKeyInt:
			path += fmt.Sprintf("[%d]", int64(step))
		}
	}
	return strings.TrimPrefix(path, ".")
}
