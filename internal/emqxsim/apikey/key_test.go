package apikey

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]Key{
		"id:secret":                            {ID: "id", Secret: "secret"},
		"id:secret:viewer":                     {ID: "id", Secret: "secret", Role: Viewer},
		"id:secret:administrator:publish":      {ID: "id", Secret: "secret", Role: Administrator, Scopes: []string{"publish"}},
		"id:secret::audit,system":              {ID: "id", Secret: "secret", Scopes: []string{"audit", "system"}},
		"id:secret:administrator:":             {ID: "id", Secret: "secret", Role: Administrator, Scopes: []string{}},
		"id:secret:publisher:publish":          {ID: "id", Secret: "secret", Role: Publisher, Scopes: []string{"publish"}},
		"id:secret:ns:n1::viewer":              {ID: "id", Secret: "secret", Role: "ns:n1::viewer"},
		"id:secret:ns:n1::administrator:audit": {ID: "id", Secret: "secret", Role: "ns:n1::administrator", Scopes: []string{"audit"}},
	} {
		got, err := Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", text, diff)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{
		"", "id", "id:", ":secret", "id:secret:root", "id:secret:viewer:everything", "id:secret:publisher:connections",
		"id:secret:ns:n1::publisher", "id:secret:ns:n1", "id:secret:ns:::administrator",
	} {
		if got, err := Parse(text); err == nil {
			t.Errorf("%q is taken for %+v", text, got)
		}
	}
}

func TestNamespaceAndRole(t *testing.T) {
	for role, want := range map[string][2]string{
		"":              {"", Administrator},
		"viewer":        {"", Viewer},
		"ns:n1::viewer": {"n1", Viewer},
	} {
		namespace, got := Key{Role: role}.NamespaceAndRole()
		if namespace != want[0] || got != want[1] {
			t.Errorf("%q: %q in %q, want %q in %q", role, got, namespace, want[1], want[0])
		}
	}
}
