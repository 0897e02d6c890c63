package rest

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// hidden is shown in place of what the broker says when that repeats a password.
const hidden = "the broker refuses the request (what it says is not shown, as it repeats a password)"

// secretFields are the fields of bodies that hold secrets.
var secretFields = []string{"password", "password_hash", "salt"}

// Repeats says whether a message may show a secret of a body, as it is, escaped in some
// way, in pieces, or as the numbers in which Erlang prints what it takes for no text. In
// doubt it says yes: a message cut short may end within a secret.
func Repeats(message string, body any) bool {
	secrets := secretsOf(body)
	if len(secrets) == 0 || message == "" {
		return false
	}
	letters, numbers := only(message, isWord), only(message, isNumber)
	return strings.HasSuffix(message, "…") || slices.ContainsFunc(secrets, func(secret string) bool {
		if strings.Contains(message, secret) || strings.Contains(numbers, codes(secret)) {
			return true
		}
		bare := only(secret, isWord)
		escaped := strings.ContainsAny(message, `\%`)
		if bare == "" || bare != only(secret, isASCIIWord) {
			return escaped
		}
		return strings.Contains(letters, bare) || escaped && bare != secret
	})
}

func secretsOf(body any) []string {
	encoded, err := json.Marshal(body)
	var plain any
	if err != nil || json.Unmarshal(encoded, &plain) != nil {
		return nil
	}
	return collect(plain)
}

func collect(value any) []string {
	var found []string
	switch value := value.(type) {
	case []any:
		for _, entry := range value {
			found = append(found, collect(entry)...)
		}
	case map[string]any:
		for name, field := range value {
			if text, ok := field.(string); ok && text != "" && slices.Contains(secretFields, name) {
				found = append(found, text)
			}
		}
	}
	return found
}

func only(s string, keep func(rune) bool) string {
	return strings.Map(func(r rune) rune {
		if keep(r) {
			return r
		}
		return -1
	}, s)
}

func isWord(r rune) bool      { return unicode.IsLetter(r) || unicode.IsDigit(r) }
func isASCIIWord(r rune) bool { return r < unicode.MaxASCII && isWord(r) }
func isNumber(r rune) bool    { return r == ',' || r >= '0' && r <= '9' }

// codes are the bytes of a text as Erlang prints them.
func codes(s string) string {
	numbers := make([]string, len(s))
	for i := range len(s) {
		numbers[i] = strconv.Itoa(int(s[i]))
	}
	return strings.Join(numbers, ",")
}
