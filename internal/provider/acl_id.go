package provider

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// The forms of an id, as errors show them.
const (
	subjectIDForms = "username/NAME, clientid/NAME or all, with ns/NAMESPACE/ in front in a namespace"
	ruleIDForms    = "username/NAME/ACTION/TOPIC, clientid/NAME/ACTION/TOPIC or all/ACTION/TOPIC, with the conditions of the rule behind ACTION as in publish?zone=z1, " +
		"and with ns/NAMESPACE/ in front in a namespace"
)

// subjectKey is whose rules are meant, and in which namespace.
type subjectKey struct {
	namespace string // "" for none
	subject   emqxapi.Subject
}

// String is the id that parseSubjectKey reads.
func (k subjectKey) String() string { return formatNamespaced(k.namespace, formatSubjectID(k.subject)) }

// describe names the subject in messages.
func (k subjectKey) describe() string { return inNamespace(k.subject.String(), k.namespace) }

func parseSubjectKey(id string) (key subjectKey, err error) {
	namespace, rest, err := cutNamespace(id)
	if err != nil {
		return key, err
	}
	subject, err := parseSubjectID(rest)
	return subjectKey{namespace, subject}, err
}

// formatSubjectID writes the id of what belongs to one subject of rules. The
// name is percent-encoded, so that one with a slash cannot be taken for more
// than a name.
func formatSubjectID(subject emqxapi.Subject) string {
	if subject.Kind == emqxapi.KindAll {
		return string(emqxapi.KindAll)
	}
	return string(subject.Kind) + "/" + url.PathEscape(subject.Name)
}

// parseSubjectID reads what formatSubjectID wrote.
func parseSubjectID(id string) (emqxapi.Subject, error) {
	subject, rest, err := cutSubject(id)
	if err == nil && rest != "" {
		err = errors.New("a NAME is percent-encoded, a slash in it is %2F")
	}
	if err != nil {
		return emqxapi.Subject{}, fmt.Errorf("the id %q is not of the form %s: %w", id, subjectIDForms, err)
	}
	return subject, nil
}

// cutSubject reads the subject that an id begins with. What follows keeps the
// slash that it begins with.
func cutSubject(id string) (subject emqxapi.Subject, rest string, err error) {
	kind, rest := cutSegment(id)
	switch subject.Kind = emqxapi.Kind(kind); subject.Kind {
	case emqxapi.KindAll:
		return subject, rest, nil
	case emqxapi.KindUsername, emqxapi.KindClientID:
	default:
		return subject, "", fmt.Errorf("it begins with %q", kind)
	}
	encoded, rest := cutSegment(strings.TrimPrefix(rest, "/"))
	if subject.Name, err = url.PathUnescape(encoded); err != nil {
		return subject, "", fmt.Errorf("NAME is not percent-encoded: %w", err)
	}
	return subject, rest, validateName(subject.Name)
}

// cutSegment cuts before the first slash.
func cutSegment(s string) (segment, rest string) {
	if i := strings.IndexByte(s, '/'); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}

// ruleID is what makes a rule that rule and no other. Neither API has an id for
// a rule; v4 keys rules by just this (api/v4.md §3).
type ruleID struct {
	namespace  string // "" for none
	subject    emqxapi.Subject
	action     emqxapi.Action
	topic      string
	conditions emqxapi.Conditions
}

func (id ruleID) key() emqxapi.RuleKey {
	return emqxapi.RuleKey{Topic: id.topic, Action: id.action, Conditions: id.conditions}
}

// String writes an id that parseRuleID reads. A topic is the rest of the id as
// it is: it may hold slashes, and people should recognise it.
func (id ruleID) String() string {
	action, separator := string(id.action), "?"
	for name, value := range id.conditions.All() {
		action += separator + name + "=" + strings.ReplaceAll(url.PathEscape(value), "&", "%26")
		separator = "&"
	}
	return formatNamespaced(id.namespace, formatSubjectID(id.subject)+"/"+action+"/"+id.topic)
}

// parseRuleID reads the id of a rule. An action may be in v4's spelling.
func parseRuleID(s string) (ruleID, error) {
	id, err := splitRuleID(s)
	if err != nil {
		return ruleID{}, fmt.Errorf("the id %q is not of the form %s: %w", s, ruleIDForms, err)
	}
	return id, nil
}

func splitRuleID(s string) (id ruleID, err error) {
	var rest string
	if id.namespace, rest, err = cutNamespace(s); err != nil {
		return id, err
	}
	if id.subject, rest, err = cutSubject(rest); err != nil {
		return id, err
	}
	action, rest := cutSegment(strings.TrimPrefix(rest, "/"))
	action, conditions, conditional := strings.Cut(action, "?")
	if id.action, err = emqxapi.ParseAction(action); err != nil {
		return id, err
	}
	if conditional {
		if id.conditions, err = parseConditions(conditions); err != nil {
			return id, err
		}
	}
	if id.topic = strings.TrimPrefix(rest, "/"); id.topic == "" {
		return id, errors.New("it ends without a topic")
	}
	if !utf8.ValidString(id.topic) {
		return id, errors.New("the topic is not UTF-8")
	}
	return id, nil
}

// parseConditions reads the conditions in an id, NAME=VALUE&NAME=VALUE.
func parseConditions(text string) (conditions emqxapi.Conditions, err error) {
	seen := map[string]bool{}
	for part := range strings.SplitSeq(text, "&") {
		name, encoded, _ := strings.Cut(part, "=")
		value, err := url.PathUnescape(encoded)
		switch {
		case err != nil:
			return conditions, fmt.Errorf("the condition %s is not percent-encoded: %w", name, err)
		case seen[name]:
			return conditions, fmt.Errorf("the condition %s is there twice", name)
		}
		if err := emqxapi.ValidateCondition(name, value); err != nil {
			return conditions, err
		}
		seen[name] = true
		conditions.Set(name, value)
	}
	return conditions, nil
}
