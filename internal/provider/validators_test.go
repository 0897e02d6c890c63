package provider

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

func TestValidateName(t *testing.T) {
	t.Parallel()
	for _, name := range append(slices.Collect(maps.Keys(oddNames)), "a?b&c=d", `"q"`, strings.Repeat("x", 8000)) {
		if err := validateName(name); err != nil {
			t.Errorf("validateName(%.20q): %s", name, err)
		}
	}
	for _, name := range []string{"", ".", "..", "a\x00b", "\xff", strings.Repeat("x", 8001), strings.Repeat("ü", 1334)} {
		if validateName(name) == nil {
			t.Errorf("validateName(%.20q) found nothing wrong", name)
		}
	}
}

func TestValidateBanTarget(t *testing.T) {
	t.Parallel()
	tests := []struct {
		as  emqxapi.BanKind
		who string
		ok  bool
	}{
		{emqxapi.BanClientID, "010.0.0.1", true},
		{emqxapi.BanUsername, "..", false},
		{emqxapi.BanPeerHost, "10.0.0.1", true},
		{emqxapi.BanPeerHost, "2001:DB8::1", true},
		{emqxapi.BanPeerHost, "010.0.0.1", false}, // octal on v4
		{emqxapi.BanPeerHost, "127.1", false},
		{emqxapi.BanPeerHost, "fe80::1%eth0", false},
		{emqxapi.BanPeerHost, "10.0.0.0/8", false},
		{emqxapi.BanPeerHost, "host.example.com", false},
		{emqxapi.BanPeerHostNet, "10.0.0.0/8", true},
		{emqxapi.BanPeerHostNet, "10.1.2.3", true},
		{emqxapi.BanPeerHostNet, "10.0.0.0/33", false},
		{emqxapi.BanClientIDRe, "^dev-[0-9]+$", true},
		{emqxapi.BanClientIDRe, "^(?!good)", true}, // PCRE has what RE2 has not
		{emqxapi.BanClientIDRe, "a++", true},
		{emqxapi.BanClientIDRe, "(", false},
		{emqxapi.BanUsernameRe, "[a", false},
		{emqxapi.BanUsernameRe, "*", false},
		{emqxapi.BanUsernameRe, ".", false}, // a step in the API's path
		{"", "x", true},                     // as is not known yet
		{"", "", false},
	}
	for _, test := range tests {
		if err := validateBanTarget(test.as, test.who); (err == nil) != test.ok {
			t.Errorf("validateBanTarget(%s, %q) = %v, want ok = %t", test.as, test.who, err, test.ok)
		}
	}
}

func TestSameBanTarget(t *testing.T) {
	t.Parallel()
	tests := []struct {
		as   emqxapi.BanKind
		a, b string
		want bool
	}{
		{emqxapi.BanPeerHost, "2001:DB8::1", "2001:db8:0::1", true},
		{emqxapi.BanPeerHost, "::1:2", "::0.1.0.2", true}, // 4.4.19's spelling
		{emqxapi.BanPeerHost, "10.0.0.1", "10.0.0.2", false},
		{emqxapi.BanPeerHostNet, "172.16.5.9/12", "172.16.0.0/12", true},
		{emqxapi.BanPeerHostNet, "1.2.3.4", "1.2.3.4/32", true},
		{emqxapi.BanClientID, "::1", "::01", false},
		{emqxapi.BanPeerHost, "nonsense", "nonsense", true},
		{emqxapi.BanPeerHost, "nonsense", "other", false},
	}
	for _, test := range tests {
		if got := sameBanTarget(test.as, test.a, test.b); got != test.want {
			t.Errorf("sameBanTarget(%s, %q, %q) = %t", test.as, test.a, test.b, got)
		}
	}
}
