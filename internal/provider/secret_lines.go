package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Terraform shows a diagnostic on an argument together with the lines of the
// configuration that set the argument. Where the argument is a password that is
// written there in clear, these lines would show it, whatever the message says. So
// the server takes diagnostics off arguments that hold secrets, those that the
// framework makes too, and says in words which argument is meant.

// secretArguments are the names of the arguments that hold secrets, by resource
// type; those of the provider itself are under "".
func (s *server) secretArguments(ctx context.Context) map[string]map[string]bool {
	s.secretsOnce.Do(func() {
		s.secrets = map[string]map[string]bool{}
		schemas, err := s.framework.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
		if err != nil {
			return
		}
		s.secrets[""] = secretsOf(schemas.Provider)
		for name, schema := range schemas.ResourceSchemas {
			s.secrets[name] = secretsOf(schema)
		}
	})
	return s.secrets
}

func secretsOf(schema *tfprotov6.Schema) map[string]bool {
	names := map[string]bool{}
	for _, attribute := range schema.Block.Attributes {
		if attribute.Sensitive || attribute.WriteOnly {
			names[attribute.Name] = true
		}
	}
	return names
}

// offSecretLines takes the diagnostics of a resource type, or of the provider where
// that is "", off the arguments that hold secrets.
func (s *server) offSecretLines(ctx context.Context, typeName string, diagnostics []*tfprotov6.Diagnostic) {
	for _, d := range diagnostics {
		if d.Attribute == nil || len(d.Attribute.Steps()) == 0 {
			continue
		}
		root, ok := d.Attribute.Steps()[0].(tftypes.AttributeName)
		if !ok || !s.secretArguments(ctx)[typeName][string(root)] {
			continue
		}
		if !strings.Contains(d.Detail, string(root)) {
			d.Detail = "Argument " + string(root) + ": " + d.Detail
		}
		d.Attribute = nil
	}
}

// ValidateProviderConfig implements tfprotov6.ProviderServer.
func (s *server) ValidateProviderConfig(ctx context.Context, req *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	resp, err := s.framework.ValidateProviderConfig(ctx, req)
	if resp != nil {
		s.offSecretLines(ctx, "", resp.Diagnostics)
	}
	return resp, err
}

// ValidateResourceConfig implements tfprotov6.ProviderServer.
func (s *server) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	resp, err := s.framework.ValidateResourceConfig(ctx, req)
	if resp != nil {
		s.offSecretLines(ctx, req.TypeName, resp.Diagnostics)
	}
	return resp, err
}

// PlanResourceChange implements tfprotov6.ProviderServer.
func (s *server) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	resp, err := s.framework.PlanResourceChange(ctx, req)
	if resp != nil {
		s.offSecretLines(ctx, req.TypeName, resp.Diagnostics)
	}
	return resp, err
}
