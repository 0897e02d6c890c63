package tables

import (
	"math"
	"net/netip"
	"regexp"
	"slices"
)

// BanKind says by what a ban recognises a client. v4 knows the first three.
type BanKind string

// The kinds of bans.
const (
	BanClientID      BanKind = "clientid"
	BanUsername      BanKind = "username"
	BanPeerhost      BanKind = "peerhost"
	BanClientIDRegex BanKind = "clientid_re"
	BanUsernameRegex BanKind = "username_re"
	BanPeerhostNet   BanKind = "peerhost_net"
)

// Forever is the Until of a ban that does not end.
const Forever int64 = math.MaxInt64

// Ban is one entry of the blacklist. Who is in its canonical form: addresses as FormatAddress writes them.
type Ban struct {
	As     BanKind
	Who    string
	By     string
	Reason string
	At     int64 // Unix seconds
	Until  int64 // Unix seconds, or Forever

	// AsPosted holds the fields that v4 was given in another JSON type than the usual one, by their v4 name. v4 stores
	// and shows them as they came (api/v4.md §4). An entry whose who is not a string cannot be addressed.
	AsPosted map[string]any
}

// Expired tells whether the ban has no effect any more at a time, in Unix seconds.
func (b Ban) Expired(now int64) bool { return b.Until <= now }

func (b Ban) key() banKey {
	_, odd := b.AsPosted["who"]
	return banKey{as: b.As, who: b.Who, odd: odd}
}

type banKey struct {
	as  BanKind
	who string
	odd bool // who was not a string, so no string addresses it
}

type banTable struct {
	entries  map[banKey]Ban
	patterns map[banKey]pattern
	order    []banKey
}

// pattern is a ban that is not found by an exact key.
type pattern struct {
	regex  *regexp.Regexp
	prefix netip.Prefix
}

func newBanTable() *banTable {
	return &banTable{entries: map[banKey]Ban{}, patterns: map[banKey]pattern{}}
}

func (b *banTable) put(ban Ban, p pattern) {
	key := ban.key()
	if _, ok := b.entries[key]; !ok {
		b.order = nil
	}
	b.entries[key] = ban
	if p.regex != nil || p.prefix.IsValid() {
		b.patterns[key] = p
	}
}

func (b *banTable) remove(key banKey) bool {
	if _, ok := b.entries[key]; !ok {
		return false
	}
	delete(b.entries, key)
	delete(b.patterns, key)
	b.order = nil
	return true
}

func compilePattern(ban Ban) (p pattern, err error) {
	switch ban.As {
	case BanClientIDRegex, BanUsernameRegex:
		p.regex, err = regexp.Compile(ban.Who)
	case BanPeerhostNet:
		p.prefix, err = netip.ParsePrefix(ban.Who)
	}
	return p, err
}

// PutBan writes a ban over what was there for the same As and Who, as v4 does. A ban by clientid ends the live session.
// An error means that Who is no pattern or network.
func (t *Tables) PutBan(ban Ban) error {
	p, err := compilePattern(ban)
	if err != nil {
		return err
	}
	t.mu.Lock()
	t.bans.put(ban, p)
	onBan := t.onBan
	t.mu.Unlock()
	onBan(ban)
	return nil
}

// CreateBan is PutBan for an As and Who that has no ban in effect; otherwise it returns that ban and ErrExists. An
// expired ban is written over (api/v5.md §1.8).
func (t *Tables) CreateBan(ban Ban) (Ban, error) {
	p, err := compilePattern(ban)
	if err != nil {
		return Ban{}, err
	}
	t.mu.Lock()
	if old, ok := t.bans.entries[ban.key()]; ok && !old.Expired(t.now().Unix()) {
		t.mu.Unlock()
		return old, ErrExists
	}
	t.bans.put(ban, p)
	onBan := t.onBan
	t.mu.Unlock()
	onBan(ban)
	return ban, nil
}

// DeleteBan removes a ban and says whether there was one.
func (t *Tables) DeleteBan(as BanKind, who string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.bans.remove(banKey{as: as, who: who})
}

// ClearBans removes every ban.
func (t *Tables) ClearBans() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.bans = newBanTable()
}

// Ban gives one ban, also an expired one that was not purged yet.
func (t *Tables) Ban(as BanKind, who string) (Ban, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	ban, ok := t.bans.entries[banKey{as: as, who: who}]
	return ban, ok
}

// BansScattered gives all bans, expired ones too, in hash order as both APIs list them.
func (t *Tables) BansScattered() []Ban {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.bans.order == nil {
		for key := range t.bans.entries {
			t.bans.order = append(t.bans.order, key)
		}
		slices.SortFunc(t.bans.order, func(a, b banKey) int {
			return CompareScattered(string(a.as)+"\x00"+a.who, string(b.as)+"\x00"+b.who)
		})
	}
	bans := make([]Ban, len(t.bans.order))
	for i, key := range t.bans.order {
		bans[i] = t.bans.entries[key]
	}
	return bans
}

// PurgeExpiredBans removes the bans that have ended and returns how many. EMQX does so about once a minute, until then
// they are listed (EMQX 4.4.19: emqx_banned.erl).
func (t *Tables) PurgeExpiredBans() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	now, purged := t.now().Unix(), 0
	for key, ban := range t.bans.entries {
		if ban.Expired(now) && t.bans.remove(key) {
			purged++
		}
	}
	return purged
}

// OnBan sets what is told of every ban that is written. The MQTT side uses it to end sessions.
func (t *Tables) OnBan(f func(Ban)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.onBan = f
}

// Banned tells whether a client may not connect. username is empty when it has none.
func (t *Tables) Banned(clientid, username string, peer netip.Addr) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	now := t.now().Unix()
	exact := []banKey{
		{as: BanClientID, who: clientid},
		{as: BanUsername, who: username},
		{as: BanPeerhost, who: FormatAddress(peer)},
	}
	for _, key := range exact {
		if ban, ok := t.bans.entries[key]; ok && !ban.Expired(now) {
			return true
		}
	}
	for key, p := range t.bans.patterns {
		if p.matches(key.as, clientid, username, peer) && !t.bans.entries[key].Expired(now) {
			return true
		}
	}
	return false
}

func (p pattern) matches(as BanKind, clientid, username string, peer netip.Addr) bool {
	switch as {
	case BanClientIDRegex:
		return p.regex.MatchString(clientid)
	case BanUsernameRegex:
		return username != "" && p.regex.MatchString(username)
	default:
		return p.prefix.Contains(peer.Unmap())
	}
}
