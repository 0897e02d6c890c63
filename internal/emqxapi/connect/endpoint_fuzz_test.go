package connect

import (
	"strings"
	"testing"
)

// FuzzEndpoint shows that an endpoint leads to addresses on its own host, of the API
// that was asked for, or to an error that does not repeat it: there may be a
// secret in it.
func FuzzEndpoint(f *testing.F) {
	for _, endpoint := range []string{
		"https://x.emqx.cloud:8443/api", "http://127.0.0.1:18083/api/v5/clients", "https://h/a//b/api/v4/", "https://user:secret@h/api/v5", "https://h/api/v9",
		"//h", "https://", "https://h/%2e%2e/api", "https://[::1]:1/api?x#y", "ftp://h", " https://h ",
	} {
		f.Add(endpoint)
	}
	f.Fuzz(func(t *testing.T, endpoint string) {
		for _, version := range []string{auto, apiV4, apiV5} {
			places, err := placesOf(endpoint, version)
			if err != nil {
				if secret, _, found := strings.Cut(endpoint, "@"); found && len(secret) > 20 && strings.Contains(err.Error(), secret) {
					t.Errorf("the error repeats %q: %s", secret, err)
				}
				continue
			}
			given, err := parseAddress(endpoint)
			if err != nil || len(places) == 0 {
				t.Fatalf("%q is %d places, and %v", endpoint, len(places), err)
			}
			for _, p := range places {
				if p.address.Host != given.Host || p.address.Scheme != given.Scheme || version != auto && p.api != version {
					t.Errorf("%q with %s leads to %s of %s", endpoint, version, p.address, p.api)
				}
			}
		}
	})
}
