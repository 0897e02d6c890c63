package examples

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
)

// TestAccUntaint is the way of fleets.md out of a first apply that failed half way, to the letter: what was created stays, and
// the rest is created.
func TestAccUntaint(t *testing.T) {
	t.Parallel()
	var refusing atomic.Bool
	var created atomic.Int32
	broker, err := emqxsim.Start(emqxsim.Options{Middleware: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost && created.Add(1) > 1 && refusing.Load() {
				http.Error(w, "", http.StatusForbidden)
				return
			}
			next.ServeHTTP(w, r)
		})
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = broker.Close() })

	refusing.Store(true)
	untaint := walk{
		page: "fleets.md", headings: []string{"When an apply fails half way"},
		before: func(f *folder) {
			f.write("main.tf", requireProvider+`
resource "emqx_auth_users" "meters" {
  passwords = { for meter in setproduct(range(50), range(50)) : join("-", meter) => "pw" }
}
`)
			f.mustRun("init")
			output, exitCode := f.run("apply", "-auto-approve")
			if exitCode == 0 || !strings.Contains(output, "Cannot create") || recordsOn(broker).users == 0 {
				t.Fatalf("%d credentials are there after an apply that ends with %d:\n%s", recordsOn(broker).users, exitCode, output)
			}
			refusing.Store(false)
		},
	}
	untaint.run(t, broker, broker.V4())
	if users := recordsOn(broker).users; users != 2500 {
		t.Errorf("the broker has %d credentials", users)
	}
	for _, request := range broker.Requests() {
		if request.Method == http.MethodDelete {
			t.Fatalf("%s %s removes what was created", request.Method, request.Path)
		}
	}
}
