package provider

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// protocolServer is the provider as Terraform talks to it, over protocol 6 but
// in this process: for what a CLI is too old for or is too slow for.
type protocolServer struct {
	t          *testing.T
	server     tfprotov6.ProviderServer
	schemas    *tfprotov6.GetProviderSchemaResponse
	identities map[string]*tfprotov6.ResourceIdentitySchema
}

// remote is an object as Terraform keeps it.
type remote struct {
	state    values // nil when there is none
	identity values // nil when there is none
	private  []byte
}

// serve starts the provider and configures it.
func serve(t *testing.T, p provider.Provider, configuration values) *protocolServer {
	t.Helper()
	s := start(t, p)
	s.mustSucceed(s.configure(configuration))
	return s
}

// start starts the provider.
func start(t *testing.T, p provider.Provider) *protocolServer {
	t.Helper()
	s := &protocolServer{t: t, server: NewServer(p)}
	var err error
	if s.schemas, err = s.server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{}); err != nil {
		t.Fatal(err)
	}
	s.mustSucceed(s.schemas.Diagnostics)
	identities, err := s.server.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		t.Fatal(err)
	}
	s.mustSucceed(identities.Diagnostics)
	s.identities = identities.IdentitySchemas
	return s
}

// serve starts the provider for the broker.
func (b *testBroker) serve(t *testing.T) *protocolServer {
	t.Helper()
	return serve(t, b.provider(), b.providerBlock())
}

// providerBlock is the provider block for the broker.
func (b *testBroker) providerBlock() values {
	block := values{"endpoint": b.endpoint(), "app_id": testAppID, "app_secret": testAppSecret, "requests_per_second": 10000}
	if b.cloud {
		block["user_id_type"] = "username"
	}
	return block
}

func (s *protocolServer) configure(configuration values) []*tfprotov6.Diagnostic {
	s.t.Helper()
	config := dynamic(s.t, s.schemas.Provider.ValueType(), configuration)
	validated, err := s.server.ValidateProviderConfig(s.t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: config})
	if err != nil {
		s.t.Fatal(err)
	}
	if hasErrors(validated.Diagnostics) {
		return validated.Diagnostics
	}
	configured, err := s.server.ConfigureProvider(s.t.Context(), &tfprotov6.ConfigureProviderRequest{
		Config: config, TerraformVersion: "1.14.0",
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return configured.Diagnostics
}

// validate is what terraform validate asks about a resource.
func (s *protocolServer) validate(typeName string, config values) []*tfprotov6.Diagnostic {
	s.t.Helper()
	response, err := s.server.ValidateResourceConfig(s.t.Context(), &tfprotov6.ValidateResourceConfigRequest{
		TypeName: typeName, Config: dynamic(s.t, s.resourceType(typeName), config),
		ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return response.Diagnostics
}

// plan is what terraform plan asks about a resource: the planned object, and
// whether it replaces the one before. A nil config is a removal.
func (s *protocolServer) plan(typeName string, before remote, config values) (planned remote, replaces bool, diagnostics []*tfprotov6.Diagnostic) {
	s.t.Helper()
	resourceType := s.resourceType(typeName)
	response, err := s.server.PlanResourceChange(s.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName:         typeName,
		PriorState:       dynamic(s.t, resourceType, before.state),
		ProposedNewState: dynamic(s.t, resourceType, s.proposed(typeName, before.state, config)),
		Config:           dynamic(s.t, resourceType, config),
		PriorPrivate:     before.private,
		PriorIdentity:    s.identityData(typeName, before.identity),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	if hasErrors(response.Diagnostics) {
		return remote{}, false, response.Diagnostics
	}
	planned = s.remote(typeName, response.PlannedState, response.PlannedIdentity, response.PlannedPrivate)
	return planned, len(response.RequiresReplace) > 0, response.Diagnostics
}

// apply plans and applies what was planned, without replacing.
func (s *protocolServer) apply(typeName string, before remote, config values) (remote, []*tfprotov6.Diagnostic) {
	s.t.Helper()
	planned, _, diagnostics := s.plan(typeName, before, config)
	if hasErrors(diagnostics) {
		return before, diagnostics
	}
	return s.applyPlanned(typeName, before, planned, config)
}

// applyPlanned applies a plan.
func (s *protocolServer) applyPlanned(typeName string, before, planned remote, config values) (remote, []*tfprotov6.Diagnostic) {
	s.t.Helper()
	resourceType := s.resourceType(typeName)
	response, err := s.server.ApplyResourceChange(s.t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName:        typeName,
		PriorState:      dynamic(s.t, resourceType, before.state),
		PlannedState:    dynamic(s.t, resourceType, planned.state),
		Config:          dynamic(s.t, resourceType, config),
		PlannedPrivate:  planned.private,
		PlannedIdentity: s.identityData(typeName, planned.identity),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return s.remote(typeName, response.NewState, response.NewIdentity, response.Private), response.Diagnostics
}

// mustApply applies and fails the test on an error.
func (s *protocolServer) mustApply(typeName string, before remote, config values) remote {
	s.t.Helper()
	after, diagnostics := s.apply(typeName, before, config)
	s.mustSucceed(diagnostics)
	return after
}

// mustRead refreshes; the object has no state afterwards when it is gone.
func (s *protocolServer) mustRead(typeName string, before remote) remote {
	s.t.Helper()
	after, diagnostics := s.read(typeName, before)
	s.mustSucceed(diagnostics)
	return after
}

// read refreshes.
func (s *protocolServer) read(typeName string, before remote) (remote, []*tfprotov6.Diagnostic) {
	s.t.Helper()
	response, err := s.server.ReadResource(s.t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName:        typeName,
		CurrentState:    dynamic(s.t, s.resourceType(typeName), before.state),
		Private:         before.private,
		CurrentIdentity: s.identityData(typeName, before.identity),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	if hasErrors(response.Diagnostics) {
		return before, response.Diagnostics
	}
	return s.remote(typeName, response.NewState, response.NewIdentity, response.Private), response.Diagnostics
}

// importBy imports by id, or by identity when the id is empty, and reads as
// Terraform does right after.
func (s *protocolServer) importBy(typeName, id string, identity values) (remote, []*tfprotov6.Diagnostic) {
	s.t.Helper()
	request := &tfprotov6.ImportResourceStateRequest{TypeName: typeName, ID: id}
	if id == "" {
		request.Identity = s.identityData(typeName, identity)
	}
	response, err := s.server.ImportResourceState(s.t.Context(), request)
	if err != nil {
		s.t.Fatal(err)
	}
	if hasErrors(response.Diagnostics) {
		return remote{}, response.Diagnostics
	}
	if len(response.ImportedResources) != 1 {
		s.t.Fatalf("the import gave %d objects", len(response.ImportedResources))
	}
	imported := response.ImportedResources[0]
	return s.read(typeName, s.remote(typeName, imported.State, imported.Identity, imported.Private))
}

func (s *protocolServer) resourceType(typeName string) tftypes.Type {
	s.t.Helper()
	schema, ok := s.schemas.ResourceSchemas[typeName]
	if !ok {
		s.t.Fatalf("the provider has no resource %s", typeName)
	}
	return schema.ValueType()
}

// proposed merges a configuration with the state as Terraform does for
// attributes at the top: computed ones that are not configured keep their value.
func (s *protocolServer) proposed(typeName string, state, config values) values {
	if config == nil {
		return nil
	}
	proposed := values{}
	for _, attribute := range s.schemas.ResourceSchemas[typeName].Block.Attributes {
		value := config[attribute.Name]
		switch {
		case value == nil && attribute.Computed && state == nil:
			value = unknown{}
		case value == nil && attribute.Computed:
			value = state[attribute.Name]
		}
		proposed[attribute.Name] = value
	}
	return proposed
}

func (s *protocolServer) remote(typeName string, state *tfprotov6.DynamicValue, identity *tfprotov6.ResourceIdentityData, private []byte) remote {
	s.t.Helper()
	r := remote{state: plain(s.t, s.resourceType(typeName), state), private: private}
	if schema := s.identities[typeName]; schema != nil && identity != nil {
		r.identity = plain(s.t, schema.ValueType(), identity.IdentityData)
	}
	return r
}

func (s *protocolServer) identityData(typeName string, identity values) *tfprotov6.ResourceIdentityData {
	s.t.Helper()
	if identity == nil {
		return nil
	}
	return &tfprotov6.ResourceIdentityData{IdentityData: dynamic(s.t, s.identities[typeName].ValueType(), identity)}
}

// mustSucceed fails the test on an error.
func (s *protocolServer) mustSucceed(diagnostics []*tfprotov6.Diagnostic) {
	s.t.Helper()
	if hasErrors(diagnostics) {
		s.t.Fatal(describe(diagnostics))
	}
}

// mustFail fails the test unless there is an error on an attribute ("" for none
// in particular) whose text holds what it should say. One about an argument that holds
// a secret is on none, and names the argument in its text.
func (s *protocolServer) mustFail(diagnostics []*tfprotov6.Diagnostic, attribute, text string) {
	s.t.Helper()
	names := ""
	switch attribute {
	case "app_secret", "password", "password_hashes", "password_wo", "passwords", "passwords_wo", "salts":
		attribute, names = "", attribute
	}
	for _, d := range diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError && attributeOf(d) == attribute &&
			strings.Contains(d.Summary+"\n"+d.Detail, text) && strings.Contains(d.Detail, names) {
			return
		}
	}
	s.t.Errorf("no error on attribute %q that says %q, but: %s", attribute, text, describe(diagnostics))
}

func hasErrors(diagnostics []*tfprotov6.Diagnostic) bool {
	for _, d := range diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			return true
		}
	}
	return false
}

func describe(diagnostics []*tfprotov6.Diagnostic) string {
	if len(diagnostics) == 0 {
		return "no diagnostics"
	}
	var b strings.Builder
	for _, d := range diagnostics {
		b.WriteString(d.Severity.String() + " on " + attributeOf(d) + ": " + d.Summary + ": " + d.Detail + "\n")
	}
	return b.String()
}

// attributeOf is the name of the attribute at the top that a diagnostic is shown on.
func attributeOf(d *tfprotov6.Diagnostic) string {
	if d.Attribute == nil || len(d.Attribute.Steps()) == 0 {
		return ""
	}
	name, _ := d.Attribute.Steps()[0].(tftypes.AttributeName)
	return string(name)
}
