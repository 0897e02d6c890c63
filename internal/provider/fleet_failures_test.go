package provider

import (
	"net/http"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
)

// Who meets the end of timeouts is told which argument gives more time.
func TestFleetsOutOfTime(t *testing.T) {
	t.Parallel()
	for typeName, config := range map[string]values{
		authUsersType:   {"passwords": devices(0, 3), "timeouts": values{"create": "50ms"}},
		aclRulesetsType: {"rulesets": deviceRules(0, 3), "timeouts": values{"create": "50ms"}},
	} {
		t.Run(typeName, func(t *testing.T) {
			t.Parallel()
			b := startBroker(t, "v5", emqxsim.Options{Middleware: func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Method != http.MethodGet {
						<-r.Context().Done()
						return
					}
					next.ServeHTTP(w, r)
				})
			}})
			s := b.serve(t)
			_, diagnostics := s.apply(typeName, remote{}, config)
			s.mustFail(diagnostics, "", "timeouts")
		})
	}
}
