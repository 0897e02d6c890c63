package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// A call that comes after an interruption asks the broker for nothing, also when the
// provider is only then configured, until another Terraform begins.
func TestInterruptionHolds(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		planned, _, diagnostics := s.plan(authUserType, remote{}, validUser)
		s.mustSucceed(diagnostics)
		b.ResetRequests()
		for range 2 { // a second Ctrl-C is no harm
			if _, err := s.server.StopProvider(t.Context(), &tfprotov6.StopProviderRequest{}); err != nil {
				t.Fatal(err)
			}
		}
		created, diagnostics := s.applyPlanned(authUserType, remote{}, planned, validUser)
		s.mustFail(diagnostics, "", "Terraform was interrupted")
		if n := len(b.Requests()); n > 0 || created.state != nil {
			t.Errorf("%d requests were sent; state: %v", n, created.state)
		}
		_ = s.configure(b.providerBlock()) // which may need no request
		created, diagnostics = s.applyPlanned(authUserType, remote{}, planned, validUser)
		s.mustFail(diagnostics, "", "")
		if n := len(b.Requests()); n > 0 || created.state != nil {
			t.Errorf("%d requests were sent after a configuration; state: %v", n, created.state)
		}
		if _, err := s.server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{}); err != nil {
			t.Fatal(err)
		}
		s.mustSucceed(s.configure(b.providerBlock()))
		s.mustApply(authUserType, remote{}, validUser)
	})
}
