package provider

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
)

func TestLooksLikeHash(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		strings.Repeat("0f", 16): true, strings.Repeat("0F", 32): true, strings.Repeat("a1", 64): true,
		"$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy": true,
		"MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=":                 true,
		"": false, testPassword: false, strings.Repeat("0f", 33): false, "$2b$10$short": false, strings.Repeat("g", 64): true /* base64 of 48 bytes */, "c2hvcnQ=": false,
	} {
		if got := looksLikeHash(text); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
}

// hashesOf are the hashes and salts that an authenticator of SHA-256 with the salt behind
// makes of a password, one pair for each name.
func hashesOf(password string, names ...string) (hashes, salts values) {
	hashes, salts = values{}, values{}
	for _, name := range names {
		salt := "salt-" + name
		salts[name] = salt
		hashes[name] = fmt.Sprintf("%x", sha256.Sum256([]byte(password+salt)))
	}
	return hashes, salts
}

// Who has a hash gets in with the password that nobody has told; a new one changes it; and
// it can be replaced by passwords and back.
func TestAuthUsersByHash(t *testing.T) {
	t.Parallel()
	b := startBroker(t, "v5", emqxsim.Options{RefuseUnknown: true})
	s := b.serve(t)
	hashes, salts := hashesOf(testPassword, "u1", "u2")
	config := values{"password_hashes": hashes, "salts": salts, "superusers": []any{"u2"}}
	fleet := s.mustApply(authUsersType, remote{}, config)
	mayConnect := func(name, password string, want bool) {
		t.Helper()
		if got := b.canConnect(t, "c", name, password); got != want {
			t.Errorf("%s may connect: %t", name, got)
		}
	}
	mayConnect("u1", testPassword, true)
	mayConnect("u1", "another", false)
	if planned, _, diagnostics := s.plan(authUsersType, s.mustRead(authUsersType, fleet), config); hasErrors(diagnostics) || len(diagnostics) > 0 {
		t.Errorf("a plan of the same: %v %s", planned.state, describe(diagnostics))
	}

	others, _ := hashesOf("another", "u1")
	changed := config.with(values{"password_hashes": hashes.with(others)})
	_, _, diagnostics := s.plan(authUsersType, fleet, changed)
	mustWarn(t, diagnostics, "The passwords of 1 credentials", `"u1"`)
	fleet = s.mustApply(authUsersType, fleet, changed)
	mayConnect("u1", "another", true)
	mayConnect("u2", testPassword, true)

	fleet = s.mustApply(authUsersType, fleet, values{"passwords": values{"u1": testPassword, "u2": "another"}})
	mayConnect("u1", testPassword, true)
	mayConnect("u2", "another", true)
	fleet = s.mustApply(authUsersType, fleet, config)
	mayConnect("u2", testPassword, true)
	fleet = s.mustApply(authUsersType, fleet, values{"password_hashes": values{"u1": hashes["u1"]}, "salts": values{"u1": salts["u1"]}})
	mayConnect("u2", testPassword, false)
	s.mustApply(authUsersType, fleet, nil)
	mayConnect("u1", testPassword, false)
}

func TestAuthUsersByHashAreChecked(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		hashes, salts := hashesOf(testPassword, "u1")
		s.mustFail(s.validate(authUsersType, values{"passwords": values{"u1": "x"}, "password_hashes": hashes}), "", "password_hashes")
		s.mustFail(s.validate(authUsersType, values{"passwords": values{"u1": "x"}, "salts": salts}), "", "password_hashes")
		s.mustFail(s.validate(authUsersType, values{"password_hashes": hashes, "salts": values{"u2": "x"}}), "", `"u2" is in salts`)
		s.mustFail(s.validate(authUsersType, values{"password_hashes": values{"u1": ""}}), "", "needs a password")
		odd := s.validate(authUsersType, values{"password_hashes": values{"u1": testPassword, "u2": unknown{}}})
		s.mustSucceed(odd)
		mustWarn(t, odd, "Not the form of a password hash", `"u1"`)
		if strings.Contains(describe(odd), testPassword) {
			t.Error("what was given is shown")
		}
		_, _, diagnostics := s.plan(authUsersType, remote{}, values{"password_hashes": hashes, "salts": salts})
		if b.api == "v4" {
			s.mustFail(diagnostics, "", "password_hashes needs the v5 API")
		} else {
			s.mustSucceed(diagnostics)
		}
	})
}
