package v5

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxWording bounds what is repeated of a message.
const maxWording = 400

// readable turns a message of EMQX into words. Schema errors come as JSON in a
// string, some as an Erlang list of characters, crashes as a trace. The values
// that schema errors and traces repeat are left out: a password may be among
// them (api/v5.md §1.4).
func readable(message string) string {
	if words, ok := schemaWords(message); ok {
		return shorten(words)
	}
	if before, _, found := strings.Cut(message, "{exception"); found {
		return strings.TrimRight(before, ": ") + ": the broker failed over the request (its trace is not shown, as it repeats what was sent)"
	}
	if text, ok := charList(message); ok {
		return shorten(text)
	}
	return shorten(message)
}

func shorten(s string) string {
	if len(s) <= maxWording {
		return s
	}
	cut := maxWording
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// schemaError is one complaint of EMQX's schema about a body or query.
type schemaError struct {
	Path       string                 `json:"path"`
	Reason     json.RawMessage        `json:"reason"`
	Unknown    string                 `json:"unknown"`
	Mismatches map[string]schemaError `json:"mismatches"`
}

func schemaWords(message string) (string, bool) {
	var text string
	several := schemaErrors(message)
	switch {
	case len(several) > 0:
	case json.Unmarshal([]byte(message), &text) == nil:
		return text, true
	default:
		return "", false
	}
	words := make([]string, len(several))
	for i, e := range several {
		words[i] = e.words()
	}
	return strings.Join(words, "; "), true
}

// schemaErrors are the complaints that a message consists of, if it does.
func schemaErrors(message string) []schemaError {
	var several []schemaError
	var single schemaError
	switch {
	case json.Unmarshal([]byte(message), &several) == nil && len(several) > 0 && several[0].Reason != nil:
		return several
	case json.Unmarshal([]byte(message), &single) == nil && single.Reason != nil:
		return []schemaError{single}
	}
	return nil
}

func (e schemaError) words() string {
	var reasons []string
	for _, mismatch := range e.Mismatches {
		reasons = append(reasons, mismatch.reason())
	}
	slices.Sort(reasons)
	if len(reasons) == 0 {
		reasons = []string{e.reason()}
	}
	if e.Unknown != "" {
		reasons = append(reasons, e.Unknown)
	}
	words := strings.Join(reasons, ", ")
	if path := strings.TrimPrefix(strings.TrimPrefix(e.Path, "root"), "."); path != "" {
		return path + ": " + words
	}
	return words
}

func (e schemaError) reason() string {
	var text string
	if json.Unmarshal(e.Reason, &text) == nil {
		return strings.ReplaceAll(text, "_", " ")
	}
	var object struct {
		Expected string `json:"expected"`
	}
	if json.Unmarshal(e.Reason, &object) == nil && object.Expected != "" {
		return "expected " + object.Expected
	}
	return "refused"
}

var (
	charListShape = regexp.MustCompile(`^\[(\d+|"[^"]*"|[\s,\[\]])+\]$`)
	charListItem  = regexp.MustCompile(`\d+|"[^"]*"`)
)

// charList decodes a printed Erlang list of characters and strings, as in
// [67,97,110,"1577836800"] (the refusal of a ban that is over already).
func charList(message string) (string, bool) {
	if !charListShape.MatchString(message) {
		return "", false
	}
	var b strings.Builder
	for _, item := range charListItem.FindAllString(message, -1) {
		if quoted, ok := strings.CutPrefix(item, `"`); ok {
			b.WriteString(strings.TrimSuffix(quoted, `"`))
			continue
		}
		code, err := strconv.ParseInt(item, 10, 32)
		if err != nil || !utf8.ValidRune(rune(code)) {
			return "", false
		}
		b.WriteRune(rune(code))
	}
	return b.String(), b.Len() > 0
}
