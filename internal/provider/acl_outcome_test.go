package provider

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
)

// cut is a connection that breaks after a write of rules was carried out, before
// its answer is on the way, and stays broken until it is mended.
type cut struct {
	armed, broken atomic.Bool
}

func (c *cut) middleware(api http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && c.armed.CompareAndSwap(true, false) {
			api.ServeHTTP(httptest.NewRecorder(), r)
			c.broken.Store(true)
		}
		if c.broken.Load() {
			panic(http.ErrAbortHandler)
		}
		api.ServeHTTP(w, r)
	})
}

// What may have been created is in the state, tainted by the error, so that it
// is neither forgotten nor taken for somebody else's.
func TestACLCreationWithUnknownOutcome(t *testing.T) {
	t.Parallel()
	configs := map[string]values{
		aclRuleType:    validRule,
		aclRulesetType: {"username": "u1", "rules": []any{configuredRule("allow", "all", "a"), configuredRule("deny", "all", "#")}},
	}
	for _, api := range []string{"v4", "v5"} {
		for typeName, config := range configs {
			t.Run(api+" "+typeName, func(t *testing.T) {
				t.Parallel()
				var connection cut
				b := startBroker(t, api, emqxsim.Options{Middleware: connection.middleware})
				block := b.providerBlock().with(values{"max_retries": 0})
				s := serve(t, b.provider(), block)
				connection.armed.Store(true)
				created, diagnostics := s.apply(typeName, remote{}, config)
				s.mustFail(diagnostics, attributeOf(diagnostics[0]), "keeps it in the state as tainted")
				if created.state == nil {
					t.Fatal("not in the state")
				}
				connection.broken.Store(false)
				s = serve(t, b.provider(), block)
				seen := s.mustRead(typeName, created)
				if seen.state == nil {
					t.Fatal("the broker carried it out, and a refresh does not find it")
				}
				s.mustApply(typeName, seen, nil)
				if err := b.hasNoRules(nil); err != nil {
					t.Error(err)
				}
			})
		}
	}
}
