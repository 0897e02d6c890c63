package provider

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Whatever is read as an id of an import is written as one that means the same,
// and names only what the API can address.

func FuzzAuthUserID(f *testing.F) {
	for _, id := range []string{"username/u1", "clientid/a/b", "username/", "clientid/..", "username", "all/x", "username/ü\x00", "ns/a%2Fb/username/u", "ns//username/u", "ns/%2e/clientid/c"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		key, err := parseAuthUserID(id)
		if err != nil {
			return
		}
		if err := validateName(key.name); err != nil {
			t.Errorf("%q names %q: %s", id, key.name, err)
		}
		if key.namespace != "" && validateName(key.namespace) != nil {
			t.Errorf("%q is in the namespace %q", id, key.namespace)
		}
		if again, err := parseAuthUserID(key.String()); err != nil || again != key {
			t.Errorf("%q is %v, whose id %q is %v, %v", id, key, key.String(), again, err)
		}
	})
}

func FuzzBanID(f *testing.F) {
	for _, id := range []string{
		"clientid/c1", "username/a/b", "peerhost/2001:DB8::1", "peerhost_net/10.1.2.3/8", "username_re/^a(b", "peerhost/010.0.0.1", "peerhost", "clientid/..",
	} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		key, err := parseBanID(id)
		if err != nil {
			return
		}
		if err := validateName(key.who); err != nil {
			t.Errorf("%q is about %q: %s", id, key.who, err)
		}
		if again, err := parseBanID(key.String()); err != nil || !sameBanTarget(key.as, key.who, again.who) {
			t.Errorf("%q is %v, whose id %q is %v, %v", id, key, key.String(), again, err)
		}
	})
}

func FuzzFleetImport(f *testing.F) {
	for _, id := range []string{`username`, `clientid/["a","b/c"]`, `username/[]`, `username/null`, `username/["\ud800"]`, `username/[1]`, `username/[".."]`, `all`, `ns/a%2Fb/username/["u"]`, `ns/../clientid`} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		wanted, err := parseFleetImport(id)
		if err != nil {
			return
		}
		for _, name := range wanted.names {
			if err := validateName(name); err != nil {
				t.Errorf("%q names %q: %s", id, name, err)
			}
		}
		again, err := parseFleetImport(wanted.String())
		if diff := cmp.Diff(wanted, again, cmp.AllowUnexported(fleetImport{}, fleetKey{})); err != nil || diff != "" {
			t.Errorf("%q is written as %q, which is %v, %v", id, wanted, again, err)
		}
	})
}
