package examples

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/provider"
)

// exampleBlock is a block such as `list "emqx_auth_user" "users" { … }`.
type exampleBlock struct {
	name       string
	attributes map[string]cty.Value
	config     *tfprotov6.DynamicValue // of the block config in it
}

// pageBlocks reads the blocks of a type from an example, for the CLIs that do not know that type.
func pageBlocks(t *testing.T, blockType, file string) (blocks []exampleBlock) {
	t.Helper()
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	parsed, diagnostics := hclsyntax.ParseConfig(source, filepath.Base(file), hcl.InitialPos)
	if diagnostics.HasErrors() {
		t.Fatal(diagnostics)
	}
	for _, block := range parsed.Body.(*hclsyntax.Body).Blocks {
		if block.Type == blockType {
			read := exampleBlock{name: block.Labels[1], attributes: attributeValues(t, block.Body), config: encodedObject(t, nil)}
			for _, inside := range block.Body.Blocks {
				read.config = encodedObject(t, attributeValues(t, inside.Body)) // it is `config`, the only one that there can be
			}
			blocks = append(blocks, read)
		}
	}
	if len(blocks) == 0 {
		t.Fatalf("%s has no block %s", filepath.Base(file), blockType)
	}
	return blocks
}

// attributeValues evaluates attributes with what the examples call and refer to.
func attributeValues(t *testing.T, body *hclsyntax.Body) map[string]cty.Value {
	t.Helper()
	values := map[string]cty.Value{}
	for name, attribute := range body.Attributes {
		value, diagnostics := attribute.Expr.Value(&hcl.EvalContext{
			Variables: map[string]cty.Value{"emqx": cty.StringVal("emqx")}, // in `provider = emqx`
			Functions: map[string]function.Function{"jsonencode": stdlib.JSONEncodeFunc},
		})
		if diagnostics.HasErrors() {
			t.Fatal(diagnostics)
		}
		values[name] = value
	}
	return values
}

// encodedObject is an object as it travels. Attributes that are left out are null there.
func encodedObject(t *testing.T, attributes map[string]cty.Value) *tfprotov6.DynamicValue {
	t.Helper()
	encoded, err := ctyjson.SimpleJSONValue{Value: cty.ObjectVal(attributes)}.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return &tfprotov6.DynamicValue{JSON: encoded}
}

// protocolServer is the provider as Terraform talks to it, in this process.
type protocolServer struct {
	t *testing.T
	tfprotov6.ProviderServer
	tfprotov6.ActionServer
	tfprotov6.ListResourceServer
}

// serve starts the provider for a broker.
func serve(t *testing.T, broker *emqxsim.Broker, endpoint string) *protocolServer {
	t.Helper()
	server := provider.NewServer(provider.New("test")())
	s := &protocolServer{t, server, server.(tfprotov6.ActionServer), server.(tfprotov6.ListResourceServer)}
	config := encodedObject(t, map[string]cty.Value{
		"endpoint": cty.StringVal(endpoint), "app_id": cty.StringVal(broker.AppID()), "app_secret": cty.StringVal(broker.AppSecret()),
	})
	configured, err := s.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{
		Config: config, TerraformVersion: "1.14.0",
	})
	s.must(err)
	s.mustSucceed(configured.Diagnostics)
	return s
}

func (s *protocolServer) validateAction(actionType string, config *tfprotov6.DynamicValue) {
	s.t.Helper()
	validated, err := s.ValidateActionConfig(s.t.Context(), &tfprotov6.ValidateActionConfigRequest{ActionType: actionType, Config: config})
	s.must(err)
	s.mustSucceed(validated.Diagnostics)
}

func (s *protocolServer) invoke(actionType string, config *tfprotov6.DynamicValue) {
	s.t.Helper()
	stream, err := s.InvokeAction(s.t.Context(), &tfprotov6.InvokeActionRequest{ActionType: actionType, Config: config})
	s.must(err)
	for event := range stream.Events {
		if completed, ok := event.Type.(tfprotov6.CompletedInvokeActionEventType); ok {
			s.mustSucceed(completed.Diagnostics)
		}
	}
}

// list gives the display names of what a block finds.
func (s *protocolServer) list(typeName string, block exampleBlock) (names []string) {
	s.t.Helper()
	limit := int64(100)
	if value, ok := block.attributes["limit"]; ok {
		limit, _ = value.AsBigFloat().Int64()
	}
	validated, err := s.ValidateListResourceConfig(s.t.Context(), &tfprotov6.ValidateListResourceConfigRequest{
		TypeName: typeName, Config: block.config,
		IncludeResourceObject: encoded(s.t, tftypes.Bool, false), Limit: encoded(s.t, tftypes.Number, limit),
	})
	s.must(err)
	s.mustSucceed(validated.Diagnostics)
	stream, err := s.ListResource(s.t.Context(), &tfprotov6.ListResourceRequest{TypeName: typeName, Config: block.config, Limit: limit})
	s.must(err)
	for result := range stream.Results {
		s.mustSucceed(result.Diagnostics)
		names = append(names, result.DisplayName)
	}
	return names
}

func (s *protocolServer) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *protocolServer) mustSucceed(diagnostics []*tfprotov6.Diagnostic) {
	s.t.Helper()
	for _, d := range diagnostics {
		s.t.Fatalf("%s: %s", d.Summary, d.Detail)
	}
}

func encoded(t *testing.T, typ tftypes.Type, value any) *tfprotov6.DynamicValue {
	t.Helper()
	dynamic, err := tfprotov6.NewDynamicValue(typ, tftypes.NewValue(typ, value))
	if err != nil {
		t.Fatal(err)
	}
	return &dynamic
}
