package connect_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestPrintedConfigurationHasNoSecret(t *testing.T) {
	t.Parallel()
	c := config("https://example.com/api/v5")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(verb, []any{c, &c}); strings.Contains(text, c.AppSecret) || !strings.Contains(text, c.Endpoint) {
			t.Errorf("%s prints a secret, or not the endpoint", verb)
		}
	}
}
