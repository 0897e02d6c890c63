package provider

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

var (
	everybody = emqxapi.Subject{Kind: emqxapi.KindAll}

	// oddNames are names that a careless path or id would take for something else.
	oddNames = map[string]string{ // name → as it stands in an id
		"u1":      "u1",
		"a/b":     "a%2Fb",
		"a b":     "a%20b",
		"a+b":     "a+b",
		"50%":     "50%25",
		"a%2Fb":   "a%252Fb",
		"#":       "%23",
		"?":       "%3F",
		"$all":    "$all",
		"...":     "...",
		"all":     "all",
		"publish": "publish",
		"ünï-✓":   "%C3%BCn%C3%AF-%E2%9C%93",
	}
)

func named(kind emqxapi.Kind, name string) emqxapi.Subject {
	return emqxapi.Subject{Kind: kind, Name: name}
}

func TestIDsOfOddNames(t *testing.T) {
	t.Parallel()
	for name, encoded := range oddNames {
		for _, kind := range []emqxapi.Kind{emqxapi.KindUsername, emqxapi.KindClientID} {
			subject := named(kind, name)
			if got, want := formatSubjectID(subject), string(kind)+"/"+encoded; got != want {
				t.Errorf("the id of %s is %s, want %s", subject, got, want)
			}
			if got, err := parseSubjectID(formatSubjectID(subject)); err != nil || got != subject {
				t.Errorf("%s comes back as %s, %v", subject, got, err)
			}
			rule := ruleID{subject: subject, action: emqxapi.ActionAll, topic: "a/b"}
			if got, want := rule.String(), string(kind)+"/"+encoded+"/all/a/b"; got != want {
				t.Errorf("the id of %+v is %s, want %s", rule, got, want)
			}
		}
	}
}

func TestParseRuleID(t *testing.T) {
	t.Parallel()
	tests := map[string]ruleID{
		"username/u1/publish/t/1":     {"", named(emqxapi.KindUsername, "u1"), emqxapi.ActionPublish, "t/1", emqxapi.Conditions{}},
		"clientid/c1/subscribe/#":     {"", named(emqxapi.KindClientID, "c1"), emqxapi.ActionSubscribe, "#", emqxapi.Conditions{}},
		"all/all/t":                   {"", everybody, emqxapi.ActionAll, "t", emqxapi.Conditions{}},
		"all/publish//t/":             {"", everybody, emqxapi.ActionPublish, "/t/", emqxapi.Conditions{}},
		"all/publish/50%/%41":         {"", everybody, emqxapi.ActionPublish, "50%/%41", emqxapi.Conditions{}},
		"username/all/all/all":        {"", named(emqxapi.KindUsername, "all"), emqxapi.ActionAll, "all", emqxapi.Conditions{}},
		"username/a%2Fb/pub/eq t/#":   {"", named(emqxapi.KindUsername, "a/b"), emqxapi.ActionPublish, "eq t/#", emqxapi.Conditions{}},
		"username/u/pubsub/%c/${a}":   {"", named(emqxapi.KindUsername, "u"), emqxapi.ActionAll, "%c/${a}", emqxapi.Conditions{}},
		"clientid/%2e%2e%2f/sub/t":    {"", named(emqxapi.KindClientID, "../"), emqxapi.ActionSubscribe, "t", emqxapi.Conditions{}},
		"username/ünï-✓/publish/ünï ": {"", named(emqxapi.KindUsername, "ünï-✓"), emqxapi.ActionPublish, "ünï ", emqxapi.Conditions{}},
		"username/u/publish?ipaddr=10.0.0.0%2F8&zone=z1/t/1": {
			"", named(emqxapi.KindUsername, "u"), emqxapi.ActionPublish, "t/1", emqxapi.Conditions{IPAddr: "10.0.0.0/8", Zone: "z1"},
		},
		"ns/a%20b%2Fc/all/publish/ns/t":                    {"a b/c", everybody, emqxapi.ActionPublish, "ns/t", emqxapi.Conditions{}},
		"ns/ns/username/ns/sub/t":                          {"ns", named(emqxapi.KindUsername, "ns"), emqxapi.ActionSubscribe, "t", emqxapi.Conditions{}},
		"all/all?clientid_re=%5Ea%26b%3D%3F%2F+/?zone=z/t": {"", everybody, emqxapi.ActionAll, "?zone=z/t", emqxapi.Conditions{ClientIDRe: "^a&b=?/+"}},
	}
	for id, want := range tests {
		if got, err := parseRuleID(id); err != nil || got != want {
			t.Errorf("%s is %+v, %v; want %+v", id, got, err, want)
		}
	}
}

// Conditions stand in alphabetical order, percent-encoded.
func TestIDsWithConditions(t *testing.T) {
	t.Parallel()
	id := ruleID{"", named(emqxapi.KindUsername, "u"), emqxapi.ActionPublish, "t/1", emqxapi.Conditions{}}
	for want, conditions := range map[string]emqxapi.Conditions{
		"username/u/publish/t/1":                                   {},
		"username/u/publish?ipaddr=10.0.0.0%2F8&zone=z1/t/1":       {Zone: "z1", IPAddr: "10.0.0.0/8"},
		"username/u/publish?listener=tcp:default/t/1":              {Listener: "tcp:default"},
		"username/u/publish?clientid_re=%5E%5Ba&b%5D%25%20%23/t/1": {ClientIDRe: "^[a&b]% #"},
	} {
		id.conditions = conditions
		want = strings.Replace(want, "a&b", "a%26b", 1)
		if got := id.String(); got != want {
			t.Errorf("the id is %s, want %s", got, want)
		}
		if got, err := parseRuleID(want); err != nil || got != id {
			t.Errorf("%s is %+v, %v", want, got, err)
		}
	}
}

func TestParseRuleIDRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]string{ // id → part of what the error says
		"":                          "it begins with",
		"u1/publish/t":              `it begins with "u1"`,
		"Username/u1/publish/t":     `it begins with "Username"`,
		"username":                  "empty",
		"username/":                 "empty",
		"username//publish/t":       "empty",
		"username/./publish/t":      "cannot be managed",
		"username/../publish/t":     "cannot be managed",
		"clientid/%2E%2E/publish/t": "cannot be managed",
		"clientid/%2e/publish/t":    "cannot be managed",
		"username/50%/publish/t":    "not percent-encoded",
		"username/%ff/publish/t":    "UTF-8",
		"username/%00/publish/t":    "NUL",
		"username/u1":               "is not an action",
		"username/u1/t":             "is not an action",
		"username/a/b/publish/t":    `"b" is not an action`,
		"all/Publish/t":             "is not an action",
		"all/publish":               "without a topic",
		"all/publish/":              "without a topic",
		"all/publish/\xff":          "not UTF-8",

		"ns/a":                    "it begins with",
		"ns//all/publish/t":       "NAMESPACE: a name cannot be empty",
		"ns/../all/publish/t":     "NAMESPACE: the name",
		"ns/%2E%2E/all/publish/t": "NAMESPACE: the name",
		"ns/50%/all/publish/t":    "NAMESPACE is not percent-encoded",
		"ns/a/ns/b/all/publish/t": `it begins with "ns"`,

		"all/publish?/t":                     `"" is not a condition`,
		"all/publish?zone/t":                 "zone is empty",
		"all/publish?qos=1/t":                `"qos" is not a condition`,
		"all/publish?zone=a&zone=b/t":        "twice",
		"all/publish?zone=50%/t":             "not percent-encoded",
		"all/publish?ipaddr=10.0.0.0%2F99/t": "is not a network",
		"all/publish?clientid_re=(/t":        "not a regular expression",
		"all/publish?zone=z":                 "without a topic",
		"all?zone=z/publish/t":               "it begins with",
	}
	for id, want := range tests {
		if got, err := parseRuleID(id); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is %+v, %v; want an error that says %q", id, got, err, want)
		}
	}
}

func TestParseSubjectIDRefuses(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"", "u1", "username", "username/", "username/..", "clientid/%2E", "username/a/b", "username/a/", "all/", "all/x", "username/50%"} {
		if got, err := parseSubjectID(id); err == nil {
			t.Errorf("%q is %s; want an error", id, got)
		}
	}
}

// Whatever is read as an id is written as one that means the same, and is
// written the same ever after.
func FuzzParseRuleID(f *testing.F) {
	for _, id := range []string{"username/a%2Fb/publish/t/#", "clientid/../all/t", "all/sub/ünï", "username/%/pub/", "all/all//", "clientid/a+b/pubsub/50%", "all/pub?zone=a%20b&zone_re=%5E/t", "username/u/all?ipaddr=::1/?"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, text string) {
		id, err := parseRuleID(text)
		if err != nil {
			return
		}
		if name := id.subject.Name; id.subject.Kind != emqxapi.KindAll && (name == "" || name == "." || name == ".." || !utf8.ValidString(name)) {
			t.Errorf("%q names the subject %q", text, name)
		}
		again, err := parseRuleID(id.String())
		if err != nil || again != id {
			t.Errorf("%q is %+v, whose id %q is %+v, %v", text, id, id.String(), again, err)
		}
	})
}

func FuzzSubjectID(f *testing.F) {
	for name := range oddNames {
		f.Add(name)
	}
	f.Add("..")
	f.Fuzz(func(t *testing.T, name string) {
		subject := named(emqxapi.KindUsername, name)
		got, err := parseSubjectID(formatSubjectID(subject))
		if refused := validateName(name); (refused == nil) != (err == nil) {
			t.Fatalf("the name %q: %v, its id: %v", name, refused, err)
		}
		if err == nil && got != subject {
			t.Errorf("%q comes back as %q", name, got.Name)
		}
	})
}
