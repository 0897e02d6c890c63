package v5

import (
	"strings"
	"testing"
)

func TestReadable(t *testing.T) {
	cases := []struct{ name, message, want string }{
		{"plain", "User already exists", "User already exists"},
		{"one schema error", `{"reason":"required_field","path":"root.password","kind":"validation_error"}`, "password: required field"},
		{
			"several schema errors",
			`[{"reason":"required_field","path":"root.user_id","kind":"validation_error"},{"reason":"required_field","path":"root.password","kind":"validation_error"}]`,
			"user_id: required field; password: required field",
		},
		{"a range", `{"value":0,"reason":{"expected":"1..10000"},"path":"limit","kind":"validation_error"}`, "limit: expected 1..10000"},
		{
			"unknown fields",
			`{"unmatched":"qos,retain","unknown":"clientid_re,ipaddr,...","reason":"unknown_fields","path":"root.1.rules.1","kind":"validation_error"}`,
			"1.rules.1: unknown fields, clientid_re,ipaddr,...",
		},
		{
			"a union",
			`{"reason":"matched_no_union_member","path":"root.until","mismatches":{"infinity":{"value":"soon","reason":"Expected: infinity, got:soon"},` +
				`"epoch_second":{"value":"soon","reason":"bad_rfc3339_timestamp"}},"kind":"validation_error"}`,
			"until: Expected: infinity, got:soon, bad rfc3339 timestamp",
		},
		{"a quoted string", `"bad peerhost"`, "bad peerhost"},
		{
			"a printed list of characters",
			"[67,97,110,110,111,116,32,99,114,101,97,116,101,32,101,120,112,105,114,101,\n 100,32,98,97,110,110,101,100,44,32,\"1577836800\",32,116,111,32,\"1577923200\"]",
			"Cannot create expired banned, 1577836800 to 1577923200",
		},
		{"no list of characters", "[1114112]", "[1114112]"},
		{"an empty list", "[]", "[]"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			if got := readable(tc.message); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestReadableRepeatsNoValues(t *testing.T) {
	for _, message := range []string{
		`{"value":[{"user_id":"x3","password":"hunter2"}],"reason":"bad_value_for_struct","path":"root","kind":"validation_error"}`,
		"User error: {exception,\n  {error,\n  {password_not_string,hunter2},\n  [{emqx_passwd,hash,2}",
	} {
		if got := readable(message); strings.Contains(got, "hunter2") || got == "" {
			t.Errorf("got %q", got)
		}
	}
}

func TestReadableIsShort(t *testing.T) {
	got := readable(strings.Repeat("✓", 1000))
	if len(got) > maxWording+len("…") || !strings.HasPrefix(got, "✓") || !strings.HasSuffix(got, "✓…") {
		t.Errorf("%d bytes: %q", len(got), got)
	}
}
