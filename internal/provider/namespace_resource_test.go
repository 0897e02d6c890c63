package provider

import (
	"fmt"
	"net/http"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

func namespaceHCL(name, maxSessions string) string {
	return fmt.Sprintf(`
resource "emqx_namespace" "this" {
  name         = %s
  max_sessions = %s
}
data "emqx_namespaces" "all" {
  depends_on = [emqx_namespace.this]
}
`, hclQuote(name), maxSessions)
}

func TestAccNamespace(t *testing.T) {
	needCLI(t)
	t.Parallel()
	const address, odd = "emqx_namespace.this", "a b/c"
	b := startBroker(t, "v5", emqxsim.Options{})
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: b.factories(),
		CheckDestroy: func(*terraform.State) error {
			if left := b.Tables().Namespaces(); len(left) != 1 || left[0].Name != "theirs" {
				return fmt.Errorf("left are %v, want theirs", left)
			}
			return nil
		},
		Steps: []resource.TestStep{
			{
				PreConfig: func() { b.createNamespace(t, "theirs") },
				Config:    b.config(namespaceHCL(odd, "null")),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue(address, tfjsonpath.New("id"), knownvalue.StringExact(odd)),
					statecheck.ExpectKnownValue("data.emqx_namespaces.all", tfjsonpath.New("names"), knownvalue.ListExact([]knownvalue.Check{
						knownvalue.StringExact(odd), knownvalue.StringExact("theirs"),
					})),
				},
			},
			{Config: b.config(namespaceHCL(odd, "10"))},
			{ResourceName: address, ImportState: true, ImportStateVerify: true},
			{
				PreConfig: func() { b.byAPI(t, http.MethodPut, "/mt/ns/a%20b%2Fc/config", `{"session":{"max_sessions":11}}`) },
				Config:    b.config(namespaceHCL(odd, "10")),
				ConfigPlanChecks: resource.ConfigPlanChecks{
					PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate)},
				},
			},
			{Config: b.config(namespaceHCL(odd, "null"))},
			{
				PreConfig: func() { b.Tables().DeleteNamespace(odd) },
				Config:    b.config(namespaceHCL(odd, "null")),
				ConfigPlanChecks: resource.ConfigPlanChecks{
					PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, plancheck.ResourceActionCreate)},
				},
			},
			{
				Config:      b.config(namespaceHCL("theirs", "null")),
				ExpectError: regexp.MustCompile(`(?s)The namespace "theirs" exists already.*terraform import emqx_namespace\.NAME theirs`),
			},
		},
	})
}

func (b *testBroker) createNamespace(t *testing.T, name string) {
	t.Helper()
	if err := b.Tables().CreateNamespace(name); err != nil {
		t.Fatal(err)
	}
}

// A namespace is not removed while it has anything in it, and says what that is.
func TestNamespaceInUse(t *testing.T) {
	t.Parallel()
	b := startBroker(t, "v5", emqxsim.Options{})
	s := b.serve(t)
	made := s.mustApply(namespaceType, remote{}, values{"name": "a", "max_sessions": 3})
	if diff := cmp.Diff(values{"name": "a"}, made.identity); diff != "" {
		t.Errorf("identity (-want +got):\n%s", diff)
	}
	imported, diagnostics := s.importBy(namespaceType, "", made.identity)
	s.mustSucceed(diagnostics)
	if diff := cmp.Diff(made.state, imported.state); diff != "" {
		t.Errorf("imported (-want +got):\n%s", diff)
	}
	inside := b.Tables().In("a")
	if err := inside.CreateUser(tables.Username, "u", tables.NewPassword("p"), false); err != nil {
		t.Fatal(err)
	}
	inside.AddRow(tables.Everybody, "#", tables.AnyAction, tables.Deny)
	_, diagnostics = s.apply(namespaceType, made, nil)
	s.mustFail(diagnostics, "", `"a" is not empty: it has 1 user(s), and rules of 1 subject(s)`)
	if _, there := b.Tables().Namespace("a"); !there {
		t.Error("it is gone")
	}
}

// A namespace whose limit fails is in the state, so that the next apply goes on.
func TestNamespaceWithoutItsLimit(t *testing.T) {
	t.Parallel()
	b := startBroker(t, "v5", emqxsim.Options{Middleware: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPut {
				http.Error(w, `{"code":"BAD_REQUEST","message":"no"}`, http.StatusBadRequest)
				return
			}
			next.ServeHTTP(w, r)
		})
	}})
	s := b.serve(t)
	made, diagnostics := s.apply(namespaceType, remote{}, values{"name": "a", "max_sessions": 3})
	s.mustFail(diagnostics, "", "Cannot limit the sessions of")
	if made.state["name"] != "a" || made.state["max_sessions"] != nil {
		t.Errorf("state: %v", made.state)
	}
}

func TestNamespaceNeedsEMQX61(t *testing.T) {
	t.Parallel()
	s := startBroker(t, "v4", emqxsim.Options{}).serve(t)
	_, _, diagnostics := s.plan(namespaceType, remote{}, values{"name": "a"})
	s.mustFail(diagnostics, "name", "EMQX 6.1")
	b := startBroker(t, "v5", emqxsim.Options{Offer: emqxsim.OfferEMQX5})
	s = b.serve(t)
	_, diagnostics = s.apply(namespaceType, remote{}, values{"name": "a"})
	s.mustFail(diagnostics, "name", "EMQX 6.1")
	_, diagnostics = s.readData("emqx_namespaces", values{})
	s.mustFail(diagnostics, "", "EMQX 6.1")
}

func TestNamespaceValidation(t *testing.T) {
	t.Parallel()
	s := serveUnconnected(t)
	for _, name := range []string{"", ".", "..", "global", "undefined", "null", "none", "a\x00"} {
		s.mustFail(s.validate(namespaceType, values{"name": name}), "name", "Invalid name")
	}
	for _, name := range []string{"", ".", ".."} {
		_, diagnostics := s.importBy(namespaceType, name, values{"name": name})
		s.mustFail(diagnostics, "", "No namespace to import")
	}
	s.mustFail(s.validate(namespaceType, values{"name": "a", "max_sessions": -1}), "max_sessions", "at least 0")
	s.mustSucceed(s.validate(namespaceType, values{"name": unknown{}}))
}

func TestNamespacesDataSource(t *testing.T) {
	t.Parallel()
	b := startBroker(t, "v5", emqxsim.Options{})
	for _, name := range []string{"plant-2", "plant-1", "other"} {
		b.createNamespace(t, name)
	}
	s := b.serve(t)
	want := values{"prefix": "plant-", "names": []any{"plant-1", "plant-2"}}
	if diff := cmp.Diff(want, s.mustReadData("emqx_namespaces", values{"prefix": "plant-"})); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}
