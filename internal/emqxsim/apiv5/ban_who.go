package apiv5

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// banKinds are what `as` can be, in the order in which listBans gives them.
// The two tables behind it are hash tables; only that the rules come first is
// a fact (api/v5.md §1.5).
var banKinds = []string{"username_re", "clientid_re", "peerhost_net", "peerhost", "clientid", "username"}

// canonicalWho gives the one spelling under which EMQX keeps a `who`, or a
// problem in EMQX's words.
func canonicalWho(as tables.BanKind, who string) (canonical, problem string) {
	switch as {
	case tables.BanPeerhost:
		addr, err := tables.ParseAddress(who)
		if err != nil {
			return "", `"bad peerhost"`
		}
		return tables.FormatAddress(addr), ""
	case tables.BanPeerhostNet:
		return canonicalNet(who)
	case tables.BanClientIDRegex, tables.BanUsernameRegex:
		if reason, position := compileRegex(who); reason != "" {
			return "", fmt.Sprintf(`{"%s",%d}`, reason, position)
		}
	}
	return who, ""
}

// canonicalNet takes an address for a network of its own, and zeroes what is
// behind the prefix.
func canonicalNet(who string) (canonical, problem string) {
	if addr, err := netip.ParseAddr(who); err == nil {
		return netip.PrefixFrom(addr, addr.BitLen()).String(), ""
	}
	prefix, err := netip.ParsePrefix(who)
	if err != nil {
		return "", "function_clause"
	}
	return prefix.Masked().String(), ""
}

// compileRegex tells in PCRE's words what is wrong with an expression; a
// reason that has no such word is given in Go's.
func compileRegex(expression string) (reason string, position int) {
	_, err := regexp.Compile(expression)
	if err == nil {
		return "", 0
	}
	var detail *syntax.Error
	if !errors.As(err, &detail) {
		return err.Error(), 0
	}
	switch detail.Code {
	case syntax.ErrMissingBracket:
		return "missing terminating ] for character class", len(expression)
	case syntax.ErrMissingParen:
		return "missing )", len(expression)
	case syntax.ErrMissingRepeatArgument:
		return "nothing to repeat", strings.Index(expression, detail.Expr)
	default:
		return detail.Code.String(), 0
	}
}
