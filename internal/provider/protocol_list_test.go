package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// listResult is one object that a list found.
type listResult struct {
	name     string
	identity values
	state    values // nil when it was not asked for
}

// listing is a question for a list: with nothing else said, everything without its state.
type listing struct {
	config    values
	limit     int64
	withState bool
}

// list asks for a list, after its configuration was validated. The diagnostics of
// all results are together.
func (s *protocolServer) list(typeName string, l listing) ([]listResult, []*tfprotov6.Diagnostic) {
	s.t.Helper()
	server, ok := s.server.(tfprotov6.ListResourceServer)
	schema, known := s.schemas.ListResourceSchemas[typeName]
	if !ok || !known {
		s.t.Fatalf("the provider does not list %s", typeName)
	}
	config := dynamic(s.t, schema.ValueType(), l.config.with(nil))
	validated, err := server.ValidateListResourceConfig(s.t.Context(), &tfprotov6.ValidateListResourceConfigRequest{
		TypeName: typeName, Config: config,
		IncludeResourceObject: encoded(s.t, tftypes.Bool, l.withState), Limit: encoded(s.t, tftypes.Number, l.limit),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	if hasErrors(validated.Diagnostics) {
		return nil, validated.Diagnostics
	}
	stream, err := server.ListResource(s.t.Context(), &tfprotov6.ListResourceRequest{
		TypeName: typeName, Config: config, IncludeResource: l.withState, Limit: l.limit,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	var results []listResult
	var diagnostics []*tfprotov6.Diagnostic
	for result := range stream.Results {
		diagnostics = append(diagnostics, result.Diagnostics...)
		if result.Identity == nil {
			continue
		}
		results = append(results, listResult{
			name:     result.DisplayName,
			identity: plain(s.t, s.identities[typeName].ValueType(), result.Identity.IdentityData),
			state:    plain(s.t, s.resourceType(typeName), result.Resource),
		})
	}
	return results, diagnostics
}

// mustList asks for a list that has to come whole and without a warning.
func (s *protocolServer) mustList(typeName string, l listing) []listResult {
	s.t.Helper()
	results, diagnostics := s.list(typeName, l)
	if len(diagnostics) > 0 {
		s.t.Fatal(describe(diagnostics))
	}
	return results
}

// names gives the display names of results.
func names(results []listResult) []string {
	var names []string
	for _, result := range results {
		names = append(names, result.name)
	}
	return names
}

func encoded(t *testing.T, typ tftypes.Type, value any) *tfprotov6.DynamicValue {
	t.Helper()
	dynamic, err := tfprotov6.NewDynamicValue(typ, tftypes.NewValue(typ, value))
	if err != nil {
		t.Fatal(err)
	}
	return &dynamic
}
