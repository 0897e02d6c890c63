package emqxapi_test

import (
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// FuzzCanonicalWho shows that the one spelling of a target is the one spelling of
// itself, and that what an address is, a network of that one address is too.
func FuzzCanonicalWho(f *testing.F) {
	for _, who := range []string{
		"10.0.0.1", "010.0.0.1", "127.1", "2001:DB8:0::1", "::ffff:10.0.0.1", "::0.1.0.2", "fe80::1%eth0", "10.1.2.3/8", "2001:db8::1/33", "10.0.0.0/33", "::/0", "c1", "",
	} {
		f.Add(who)
	}
	f.Fuzz(func(t *testing.T, who string) {
		for _, as := range []emqxapi.BanKind{emqxapi.BanClientID, emqxapi.BanPeerHost, emqxapi.BanPeerHostNet} {
			one, err := emqxapi.CanonicalWho(as, who)
			if err != nil {
				continue
			}
			if again, err := emqxapi.CanonicalWho(as, one); err != nil || again != one {
				t.Errorf("%s %q is %q, and that is %q, %v", as, who, one, again, err)
			}
			if _, err := emqxapi.CanonicalWho(emqxapi.BanPeerHostNet, one); as == emqxapi.BanPeerHost && err != nil {
				t.Errorf("the address %q is no network: %s", one, err)
			}
		}
	})
}
