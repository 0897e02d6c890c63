package emqxapi

import (
	"context"
	"fmt"
	"iter"
	"net/netip"
	"time"
)

// BanKind says what a ban looks at.
type BanKind string

// The kinds of bans. The last three need EMQX 5.6 (api/v5.md §1.8).
const (
	BanClientID    BanKind = "clientid"
	BanUsername    BanKind = "username"
	BanPeerHost    BanKind = "peerhost"
	BanClientIDRe  BanKind = "clientid_re"
	BanUsernameRe  BanKind = "username_re"
	BanPeerHostNet BanKind = "peerhost_net"
)

// Ban keeps clients out.
type Ban struct {
	As     BanKind
	Who    string
	Reason string
	By     string
	At     time.Time
	Until  time.Time // the zero time is for ever
}

// Item names a ban within a batch of them.
func (b Ban) Item() string { return string(b.As) + "/" + b.Who }

// Expired says whether a ban is over at a moment.
func (b Ban) Expired(now time.Time) bool { return !b.Until.IsZero() && !b.Until.After(now) }

// CanonicalWho writes a ban's target in one spelling: addresses and networks
// as RFC 5952 has them, a network by its first address, an address where a
// network is meant as the network of that one address. Other targets are what
// they are. Brokers spell addresses differently from RFC 5952 (4.4.19 calls
// ::1:2 "::0.1.0.2"), so targets are compared in this form only.
//
// Spellings that brokers take for another address than people do, such as
// 010.0.0.1 (octal on v4) or 127.1, are errors.
func CanonicalWho(as BanKind, who string) (string, error) {
	switch as {
	case BanPeerHost:
		address, err := netip.ParseAddr(who)
		if err != nil {
			return "", fmt.Errorf("%q is not an IP address: %w", who, err)
		}
		if address.Zone() != "" {
			return "", fmt.Errorf("%q has a zone, which brokers drop; write the address without it", who)
		}
		return address.String(), nil
	case BanPeerHostNet:
		return canonicalNetwork(who)
	default:
		return who, nil
	}
}

func canonicalNetwork(who string) (string, error) {
	if address, err := netip.ParseAddr(who); err == nil && address.Zone() == "" {
		return netip.PrefixFrom(address, address.BitLen()).String(), nil
	}
	network, err := netip.ParsePrefix(who)
	if err != nil {
		return "", fmt.Errorf("%q is not a network in CIDR notation: %w", who, err)
	}
	return network.Masked().String(), nil
}

// Caught says how to find the clients that a ban keeps out: by a filter that lets all
// of them through, and a test of each. An error says that this cannot be told of the
// ban's regular expression, as only the broker can.
func (b Ban) Caught() (filter ClientFilter, test func(Client) bool, err error) {
	switch b.As {
	case BanClientID:
		return ClientFilter{ClientIDs: []string{b.Who}}, func(c Client) bool { return c.ClientID == b.Who }, nil
	case BanUsername:
		return ClientFilter{Username: b.Who}, func(c Client) bool { return c.Username != nil && *c.Username == b.Who }, nil
	case BanPeerHost, BanPeerHostNet:
		return b.caughtByAddress()
	}
	expression, err := compileExpression(b.Who)
	if err != nil || !isPlainExpression(b.Who) {
		return filter, nil, fmt.Errorf("%q means more than can be told outside of the broker", b.Who)
	}
	return filter, func(c Client) bool {
		if b.As == BanClientIDRe {
			return expression.MatchString(bytesAsLetters(c.ClientID))
		}
		return c.Username != nil && expression.MatchString(bytesAsLetters(*c.Username))
	}, nil
}

func (b Ban) caughtByAddress() (filter ClientFilter, test func(Client) bool, err error) {
	canonical, err := canonicalNetwork(b.Who)
	if err != nil {
		return filter, nil, err
	}
	network := netip.MustParsePrefix(canonical)
	if b.As == BanPeerHost {
		filter.IPAddress = network.Addr().String()
	}
	return filter, func(c Client) bool {
		address, err := netip.ParseAddr(c.IPAddress)
		return err == nil && network.Contains(address)
	}, nil
}

// Bans are the broker's blacklist.
type Bans interface {
	// Ban reads one ban; ErrNotFound when there is none (any more). The target
	// may be in any spelling.
	Ban(ctx context.Context, as BanKind, who string) (Ban, error)

	// ListBans gives every ban, each once, in no particular order.
	ListBans(ctx context.Context) iter.Seq2[Ban, error]

	// CreateBan bans; ErrExists when there is such a ban already. The zero At is now.
	CreateBan(ctx context.Context, ban Ban) error

	// ReplaceBan makes a ban of our own, old, what is given; the two have the same As
	// and Who. Where the API cannot change one, it is removed and made again, and put
	// back as it was if that fails.
	ReplaceBan(ctx context.Context, old, ban Ban) error

	// DeleteBan lifts a ban. One that is gone already is no error.
	DeleteBan(ctx context.Context, as BanKind, who string) error
}
