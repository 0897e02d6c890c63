package tables

import (
	"fmt"
	"maps"
	"net/netip"
	"strconv"
	"strings"

	"github.com/dlclark/regexp2/v2"
)

// ConditionNames are the conditions that a rule can have (EMQX 5.9 on, api/v6.md §3).
var ConditionNames = []string{"clientid_re", "username_re", "ipaddr", "zone", "zone_re", "listener", "listener_re"}

// Conditions say for which clients of its subject a rule is: for those of which all of them hold.
type Conditions struct {
	given       map[string]string
	expressions map[string]*regexp2.Regexp
	network     netip.Prefix
	// broken is an ipaddr that is none. EMQX finds out when a client asks, and its source then has no answer at all.
	broken bool
}

// NewConditions makes conditions of their texts by name; of none it makes nil. An error is a *ConditionError.
func NewConditions(given map[string]string) (*Conditions, error) {
	if len(given) == 0 {
		return nil, nil
	}
	c := &Conditions{given: maps.Clone(given), expressions: map[string]*regexp2.Regexp{}}
	for _, name := range ConditionNames {
		text, isGiven := given[name]
		if !isGiven {
			continue
		}
		if text == "" {
			return nil, &ConditionError{Name: name, Problem: "it is empty"}
		}
		if name == "ipaddr" {
			var err error
			c.network, err = parseNetwork(text)
			c.broken = err != nil
		}
		if strings.HasSuffix(name, "_re") {
			// In this mode \w and the like are of ASCII, and there are [[:alpha:]] and (?P<name>…), as in PCRE.
			expression, err := regexp2.Compile(bytesAsLetters(text), regexp2.RE2)
			if err != nil {
				return nil, &ConditionError{Name: name, Problem: err.Error()}
			}
			c.expressions[name] = expression
		}
	}
	return c, nil
}

// ConditionError tells why a condition is not stored.
type ConditionError struct{ Name, Problem string }

func (e *ConditionError) Error() string {
	return fmt.Sprintf("the condition %s of a rule: %s", e.Name, e.Problem)
}

// Given gives the conditions by name, as they were written.
func (c *Conditions) Given() map[string]string {
	if c == nil {
		return nil
	}
	return maps.Clone(c.given)
}

// parseNetwork reads an address, or a network in CIDR notation, whose host bits do not count.
func parseNetwork(text string) (netip.Prefix, error) {
	address, bits, isNetwork := strings.Cut(text, "/")
	addr, err := ParseAddress(address)
	if err != nil {
		return netip.Prefix{}, err
	}
	if !isNetwork {
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	n, err := strconv.Atoi(bits)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is no network: %w", text, err)
	}
	return addr.Prefix(n)
}

// hold tells whether all conditions hold for the client of a request. None always hold.
func (c *Conditions) hold(request Request) bool {
	if c == nil {
		return true
	}
	for name, text := range c.given {
		var holds bool
		switch name {
		case "ipaddr":
			holds = c.network.Contains(request.Peer)
		case "zone":
			holds = text == request.Zone
		case "listener":
			holds = text == request.Listener
		default:
			holds = c.matches(name, request)
		}
		if !holds {
			return false
		}
	}
	return true
}

// matches tells whether an expression is found in what it is about. A client without a username has none.
func (c *Conditions) matches(name string, request Request) bool {
	subject := map[string]string{
		"clientid_re": request.ClientID, "username_re": request.Username,
		"zone_re": request.Zone, "listener_re": request.Listener,
	}[name]
	if name == "username_re" && subject == "" {
		return false
	}
	found, err := c.expressions[name].MatchString(bytesAsLetters(subject))
	return found && err == nil
}

// bytesAsLetters makes a letter of each byte: EMQX compiles expressions without PCRE's option for UTF-8.
func bytesAsLetters(text string) string {
	letters := make([]rune, len(text))
	for i := range len(text) {
		letters[i] = rune(text[i])
	}
	return string(letters)
}
