package emqxapi_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// A ban catches the clients that the broker would keep out with it, and no others.
func TestBanCaught(t *testing.T) {
	t.Parallel()
	client := func(clientID, username, address string) emqxapi.Client {
		c := emqxapi.Client{ClientID: clientID, IPAddress: address}
		if username != "" {
			c.Username = &username
		}
		return c
	}
	clients := []emqxapi.Client{
		client("a", "u1", "10.0.0.1"), client("u1", "b", "10.0.0.10"), client("c.1", "", "2001:db8::1"), client("cx1", "gerät", ""),
	}
	for name, test := range map[string]struct {
		ban    emqxapi.Ban
		filter emqxapi.ClientFilter
		want   []string
	}{
		"clientid":        {emqxapi.Ban{As: emqxapi.BanClientID, Who: "u1"}, emqxapi.ClientFilter{ClientIDs: []string{"u1"}}, []string{"u1"}},
		"username":        {emqxapi.Ban{As: emqxapi.BanUsername, Who: "u1"}, emqxapi.ClientFilter{Username: "u1"}, []string{"a"}},
		"address":         {emqxapi.Ban{As: emqxapi.BanPeerHost, Who: "10.0.0.1"}, emqxapi.ClientFilter{IPAddress: "10.0.0.1"}, []string{"a"}},
		"IPv6 address":    {emqxapi.Ban{As: emqxapi.BanPeerHost, Who: "2001:DB8:0::1"}, emqxapi.ClientFilter{IPAddress: "2001:db8::1"}, []string{"c.1"}},
		"network":         {emqxapi.Ban{As: emqxapi.BanPeerHostNet, Who: "10.0.0.0/24"}, emqxapi.ClientFilter{}, []string{"a", "u1"}},
		"small network":   {emqxapi.Ban{As: emqxapi.BanPeerHostNet, Who: "10.0.0.10"}, emqxapi.ClientFilter{}, []string{"u1"}},
		"clientid_re":     {emqxapi.Ban{As: emqxapi.BanClientIDRe, Who: `^c\.`}, emqxapi.ClientFilter{}, []string{"c.1"}},
		"a part":          {emqxapi.Ban{As: emqxapi.BanClientIDRe, Who: `1`}, emqxapi.ClientFilter{}, []string{"u1", "c.1", "cx1"}},
		"username_re":     {emqxapi.Ban{As: emqxapi.BanUsernameRe, Who: `^[ub]`}, emqxapi.ClientFilter{}, []string{"a", "u1"}},
		"letters":         {emqxapi.Ban{As: emqxapi.BanUsernameRe, Who: `^ger.t$`}, emqxapi.ClientFilter{}, nil}, // a dot is a byte
		"bytes of letter": {emqxapi.Ban{As: emqxapi.BanUsernameRe, Who: `^ger..t$`}, emqxapi.ClientFilter{}, []string{"cx1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			filter, caught, err := test.ban.Caught()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.filter, filter); diff != "" {
				t.Errorf("filter (-want +got):\n%s", diff)
			}
			var got []string
			for _, c := range clients {
				if caught(c) {
					got = append(got, c.ClientID)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("caught (-want +got):\n%s", diff)
			}
		})
	}
	if _, _, err := (emqxapi.Ban{As: emqxapi.BanClientIDRe, Who: `^(?=c)`}).Caught(); err == nil {
		t.Error("an expression of PCRE is taken for one of Go")
	}
}
