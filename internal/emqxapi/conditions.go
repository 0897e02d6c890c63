package emqxapi

import (
	"errors"
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"
)

// Conditions narrow a rule down to those clients of its subject for which all of
// them hold; "" is none. They are part of what makes a rule that rule. EMQX has
// them from 5.9 on (api/v6.md §3).
type Conditions struct {
	ClientIDRe string
	IPAddr     string // an address, or a network in CIDR notation
	Listener   string // TYPE:NAME, such as tcp:default
	ListenerRe string
	UsernameRe string
	Zone       string
	ZoneRe     string
}

// The names of conditions that are looked at one by one.
const (
	conditionIPAddr = "ipaddr"
	expressionEnd   = "_re" // of the names of those that are regular expressions
)

// ConditionNames are EMQX's names of the conditions, in alphabetical order.
var ConditionNames = []string{"clientid_re", conditionIPAddr, "listener", "listener_re", "username_re", "zone", "zone_re"}

func (c *Conditions) field(name string) *string {
	return map[string]*string{
		"clientid_re": &c.ClientIDRe, conditionIPAddr: &c.IPAddr, "listener": &c.Listener, "listener_re": &c.ListenerRe,
		"username_re": &c.UsernameRe, "zone": &c.Zone, "zone_re": &c.ZoneRe,
	}[name]
}

// Set sets a condition by its name, which is one of ConditionNames.
func (c *Conditions) Set(name, value string) { *c.field(name) = value }

// All gives the conditions that are set, by their names in alphabetical order.
func (c Conditions) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, name := range ConditionNames {
			if value := *c.field(name); value != "" && !yield(name, value) {
				return
			}
		}
	}
}

// Checked says whether it is certain that a broker takes them. One that finds an
// expression that it cannot compile stores what stands before it in a request and
// nothing behind it (api/v6.md §3), so a rule that is not checked goes in a request
// of its own.
func (c Conditions) Checked() bool {
	for name, value := range c.All() {
		if strings.HasSuffix(name, expressionEnd) && !isPlainExpression(value) {
			return false
		}
	}
	return true
}

// ValidateCondition says what is wrong with a condition.
func ValidateCondition(name, value string) error {
	switch {
	case !slices.Contains(ConditionNames, name):
		return fmt.Errorf("%q is not a condition; the conditions are %s", name, strings.Join(ConditionNames, ", "))
	case value == "":
		return fmt.Errorf("the condition %s is empty; leave it out", name)
	case !utf8.ValidString(value):
		return fmt.Errorf("the condition %s is not UTF-8", name)
	case name == conditionIPAddr:
		_, err := parseClients(value)
		return err
	case strings.HasSuffix(name, expressionEnd):
		return ValidateExpression(value)
	}
	return nil
}

// parseClients reads the ipaddr of a rule. A broker stores a wrong one and has no
// answer any more from that rule on (api/v6.md §2), so it is read more strictly
// than by Erlang, which takes 127.1 and 010.0.0.1 for addresses.
func parseClients(value string) (netip.Prefix, error) {
	address, _, isNetwork := strings.Cut(value, "/")
	addr, err := netip.ParseAddr(address)
	switch {
	case err != nil || addr.Zone() != "":
		return netip.Prefix{}, fmt.Errorf("%q is neither an IP address such as 192.0.2.1 or 2001:db8::1 nor a network such as 10.0.0.0/8", value)
	case !isNetwork:
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	network, err := netip.ParsePrefix(value)
	switch {
	case err != nil:
		return netip.Prefix{}, fmt.Errorf("%q is not a network: what stands behind the slash is a length of 0 to %d", value, addr.BitLen())
	case network.Addr().Is6() && network.Bits() == 48:
		return netip.Prefix{}, errPrefix48
	}
	return network.Masked(), nil
}

// errPrefix48 is about a mistake in the library that reads networks for EMQX
// (esockd_cidr.erl, end_mask).
var errPrefix48 = errors.New("EMQX takes an IPv6 network of the length 48 for one of 32, which is 65,536 times as large; write two of the length 49")
