package tables

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestBanned(t *testing.T) {
	const clientid, username = "dev-1", "alice"
	peer := netip.MustParseAddr("192.0.2.7")
	tests := map[string]struct {
		ban  Ban
		want bool
	}{
		"clientid":              {Ban{As: BanClientID, Who: clientid}, true},
		"another clientid":      {Ban{As: BanClientID, Who: "dev-2"}, false},
		"username":              {Ban{As: BanUsername, Who: username}, true},
		"address":               {Ban{As: BanPeerhost, Who: "192.0.2.7"}, true},
		"clientids by pattern":  {Ban{As: BanClientIDRegex, Who: "^dev-"}, true},
		"usernames by pattern":  {Ban{As: BanUsernameRegex, Who: "^bob"}, false},
		"network":               {Ban{As: BanPeerhostNet, Who: "192.0.2.0/24"}, true},
		"another network":       {Ban{As: BanPeerhostNet, Who: "198.51.100.0/24"}, false},
		"a who that is no text": {Ban{As: BanClientID, Who: clientid, AsPosted: map[string]any{"who": 5}}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			tables := New(c.now)
			test.ban.Until = c.at.Unix() + 10
			if err := tables.PutBan(test.ban); err != nil {
				t.Fatal(err)
			}
			if got := tables.Banned(clientid, username, peer); got != test.want {
				t.Errorf("banned: %v", got)
			}
			c.tick(10 * time.Second)
			if tables.Banned(clientid, username, peer) {
				t.Error("still banned when the ban has ended")
			}
		})
	}
}

func TestExpiredBansAreListedUntilPurged(t *testing.T) {
	c := newClock()
	tables := New(c.now)
	forever := Ban{As: BanUsername, Who: "u", Until: Forever}
	short := Ban{As: BanClientID, Who: "c", Until: c.at.Unix() + 1}
	for _, ban := range []Ban{forever, short} {
		if err := tables.PutBan(ban); err != nil {
			t.Fatal(err)
		}
	}
	c.tick(time.Hour)
	if got := len(tables.BansScattered()); got != 2 {
		t.Errorf("%d bans are listed before the purge", got)
	}
	if got := tables.PurgeExpiredBans(); got != 1 {
		t.Errorf("%d bans were purged", got)
	}
	if diff := cmp.Diff([]Ban{forever}, tables.BansScattered()); diff != "" {
		t.Errorf("left (-want +got)\n%s", diff)
	}
}

func TestCreateBan(t *testing.T) {
	c := newClock()
	tables := New(c.now)
	first := Ban{As: BanClientID, Who: "c", Reason: "first", Until: c.at.Unix() + 1}
	second := Ban{As: BanClientID, Who: "c", Reason: "second", Until: Forever}
	if _, err := tables.CreateBan(first); err != nil {
		t.Fatal(err)
	}
	if old, err := tables.CreateBan(second); !errors.Is(err, ErrExists) || old.Reason != "first" {
		t.Errorf("over a ban in effect: %+v, %v", old, err)
	}
	c.tick(time.Second)
	if _, err := tables.CreateBan(second); err != nil {
		t.Errorf("over an expired ban: %v", err)
	}
	if got, _ := tables.Ban(BanClientID, "c"); got.Reason != "second" {
		t.Errorf("stored: %+v", got)
	}
	if _, err := tables.CreateBan(Ban{As: BanClientIDRegex, Who: "(", Until: Forever}); err == nil {
		t.Error("a pattern that is none was taken")
	}
}

// The spellings are those of api/v4.md §4 and api/v5.md §1.8.
func TestAddresses(t *testing.T) {
	for posted, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "127.1": "127.0.0.1", "010.0.0.1": "8.0.0.1", "1": "0.0.0.1", "10.1": "10.0.0.1",
		"FE80:0::00ab": "fe80::ab", "2001:DB8::1": "2001:db8::1", "::ffff:102:304": "::ffff:1.2.3.4",
		"fe80::1%eth0": "fe80::1", "::1:2": "::0.1.0.2", "::102:304": "::1.2.3.4", "0:0:0:0:0:0:0:2": "::0.0.0.2",
		"::": "::", "::1": "::1",
	} {
		addr, err := ParseAddress(posted)
		if err != nil {
			t.Errorf("%s: %v", posted, err)
			continue
		}
		if got := FormatAddress(addr); got != want {
			t.Errorf("%s: got %s, want %s", posted, got, want)
		}
	}
	for _, posted := range []string{"", "not-an-ip", "1.2.3.4.5", "256.1.1.1", "1.2.3.4/24", "[::1]", " 1.2.3.4", "0b1", "1.2.65536", "1_0"} {
		if addr, err := ParseAddress(posted); err == nil {
			t.Errorf("%q was taken as %s", posted, addr)
		}
	}
}
