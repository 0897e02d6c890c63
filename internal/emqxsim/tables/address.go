package tables

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// ParseAddress reads an IP address as EMQX does (Erlang's inet:parse_address): besides the usual forms it takes IPv4
// addresses with fewer than four parts and with octal or hexadecimal parts, and drops an IPv6 zone (api/v4.md §4).
func ParseAddress(text string) (netip.Addr, error) {
	if strings.Contains(text, ":") {
		addr, err := netip.ParseAddr(text)
		return addr.WithZone(""), err
	}
	parts := strings.Split(text, ".")
	if len(parts) > 4 {
		return netip.Addr{}, fmt.Errorf("%q is no IP address", text)
	}
	var value uint64
	for i, part := range parts {
		n, err := strconv.ParseUint(cNumber(part), 0, 32)
		rest := 8 * (4 - len(parts) + 1)
		last := i == len(parts)-1
		if err != nil || strings.Contains(part, "_") || (!last && n > 255) || (last && n>>rest != 0) {
			return netip.Addr{}, fmt.Errorf("%q is no IP address", text)
		}
		if last {
			value = value<<rest | n
		} else {
			value = value<<8 | n
		}
	}
	return netip.AddrFrom4([4]byte{byte(value >> 24), byte(value >> 16), byte(value >> 8), byte(value)}), nil
}

// cNumber keeps Go's own prefixes 0b and 0o from being read as numbers: C knows 0x and a leading 0 only.
func cNumber(part string) string {
	lower := strings.ToLower(part)
	if strings.HasPrefix(lower, "0b") || strings.HasPrefix(lower, "0o") {
		return ""
	}
	return part
}

// FormatAddress writes an IP address as EMQX shows it (Erlang's inet:ntoa). It differs from RFC 5952 for IPv6 addresses
// with six leading zero groups: ::1:2 is shown as ::0.1.0.2.
func FormatAddress(addr netip.Addr) string {
	if !addr.Is6() || addr.Is4In6() {
		return addr.String()
	}
	b := addr.As16()
	for _, octet := range b[:12] {
		if octet != 0 {
			return addr.String()
		}
	}
	last := netip.AddrFrom4([4]byte(b[12:]))
	if addr == netip.IPv6Unspecified() || addr == netip.IPv6Loopback() {
		return addr.String()
	}
	return "::" + last.String()
}
