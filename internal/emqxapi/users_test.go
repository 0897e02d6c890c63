package emqxapi_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

func TestPrintedCredentialsHaveNoPassword(t *testing.T) {
	t.Parallel()
	credential := emqxapi.Credential{Name: "u1", Password: "pa55-w0rd", Hash: "pa55-w0rd", Salt: "pa55-w0rd"}
	for _, printed := range []any{credential, &credential, []emqxapi.Credential{credential}, map[string]any{"k": struct{ C emqxapi.Credential }{credential}}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			if text := fmt.Sprintf(verb, printed); strings.Contains(text, credential.Password) || !strings.Contains(text, credential.Name) {
				t.Errorf("%s of a %T prints %s", verb, printed, text)
			}
		}
	}
}
