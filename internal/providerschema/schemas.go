package main

import (
	"encoding/json"
	"errors"
	"fmt"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
)

// docsName is the key under which tfplugindocs looks for the schemas (terraform-plugin-docs v0.25.0,
// internal/provider/schema.go).
const docsName = "emqx"

// errBlock says that a schema has a nested block. The provider uses nested attributes throughout, and leaving a block out
// of the docs without a word would be worse than stopping.
var errBlock = errors.New("has nested blocks, which this command does not convert; use a nested attribute")

// providerSchemas converts what the provider's server answers. The version of the format is the one of the JSON that
// Terraform prints.
func providerSchemas(
	protocol *tfprotov6.GetProviderSchemaResponse, identity *tfprotov6.GetResourceIdentitySchemasResponse,
) (*tfjson.ProviderSchemas, error) {
	var converted tfjson.ProviderSchema
	var errs [7]error
	converted.ConfigSchema, errs[0] = schema(protocol.Provider)
	converted.ResourceSchemas, errs[1] = each(protocol.ResourceSchemas, schema)
	converted.DataSourceSchemas, errs[2] = each(protocol.DataSourceSchemas, schema)
	converted.ActionSchemas, errs[3] = each(protocol.ActionSchemas, actionSchema)
	converted.ListResourceSchemas, errs[4] = each(protocol.ListResourceSchemas, schema)
	converted.Functions, errs[5] = each(protocol.Functions, signature)
	converted.ResourceIdentitySchemas, errs[6] = each(identity.IdentitySchemas, identitySchema)
	ofSchema := func(s *tfjson.Schema) *tfjson.SchemaBlock { return s.Block }
	err := errors.Join(errors.Join(errs[:]...),
		addNeeds("resource", converted.ResourceSchemas, ofSchema),
		addNeeds("data source", converted.DataSourceSchemas, ofSchema),
		addNeeds("action", converted.ActionSchemas, func(s *tfjson.ActionSchema) *tfjson.SchemaBlock { return s.Block }),
		addNeeds("list resource", converted.ListResourceSchemas, ofSchema))
	if err != nil {
		return nil, err
	}
	return &tfjson.ProviderSchemas{
		FormatVersion: "1.0",
		Schemas:       map[string]*tfjson.ProviderSchema{docsName: &converted},
	}, nil
}

// each converts every value of a map and puts the name before its error.
func each[From, To any](from map[string]From, convert func(From) (To, error)) (map[string]To, error) {
	to := make(map[string]To, len(from))
	for name, value := range from {
		converted, err := convert(value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		to[name] = converted
	}
	return to, nil
}

func schema(from *tfprotov6.Schema) (*tfjson.Schema, error) {
	converted, err := block(from.Block)
	if err != nil {
		return nil, err
	}
	return &tfjson.Schema{Version: uint64(from.Version), Block: converted}, nil
}

func actionSchema(from *tfprotov6.ActionSchema) (*tfjson.ActionSchema, error) {
	converted, err := block(from.Schema.Block)
	if err != nil {
		return nil, err
	}
	return &tfjson.ActionSchema{Block: converted}, nil
}

func block(from *tfprotov6.SchemaBlock) (*tfjson.SchemaBlock, error) {
	if len(from.BlockTypes) > 0 {
		return nil, errBlock
	}
	converted, err := attributes(from.Attributes)
	if err != nil {
		return nil, err
	}
	return &tfjson.SchemaBlock{
		Attributes:      converted,
		Description:     from.Description,
		DescriptionKind: descriptionKind(from.DescriptionKind),
		Deprecated:      from.Deprecated,
	}, nil
}

func attributes(from []*tfprotov6.SchemaAttribute) (map[string]*tfjson.SchemaAttribute, error) {
	named := make(map[string]*tfprotov6.SchemaAttribute, len(from))
	for _, attribute := range from {
		named[attribute.Name] = attribute
	}
	return each(named, attribute)
}

func attribute(from *tfprotov6.SchemaAttribute) (*tfjson.SchemaAttribute, error) {
	to := &tfjson.SchemaAttribute{
		Description:     from.Description,
		DescriptionKind: descriptionKind(from.DescriptionKind),
		Deprecated:      from.Deprecated,
		Required:        from.Required,
		Optional:        from.Optional,
		Computed:        from.Computed,
		Sensitive:       from.Sensitive,
		WriteOnly:       from.WriteOnly,
	}
	var err error
	if from.NestedType != nil {
		to.AttributeNestedType, err = nestedType(from.NestedType)
	} else {
		to.AttributeType, err = valueType(from.Type)
	}
	return to, err
}

func nestedType(from *tfprotov6.SchemaObject) (*tfjson.SchemaNestedAttributeType, error) {
	modes := map[tfprotov6.SchemaObjectNestingMode]tfjson.SchemaNestingMode{
		tfprotov6.SchemaObjectNestingModeSingle: tfjson.SchemaNestingModeSingle,
		tfprotov6.SchemaObjectNestingModeList:   tfjson.SchemaNestingModeList,
		tfprotov6.SchemaObjectNestingModeSet:    tfjson.SchemaNestingModeSet,
		tfprotov6.SchemaObjectNestingModeMap:    tfjson.SchemaNestingModeMap,
	}
	mode, known := modes[from.Nesting]
	if !known {
		return nil, fmt.Errorf("nests in a way that this command does not know: %s", from.Nesting)
	}
	converted, err := attributes(from.Attributes)
	if err != nil {
		return nil, err
	}
	return &tfjson.SchemaNestedAttributeType{Attributes: converted, NestingMode: mode}, nil
}

func identitySchema(from *tfprotov6.ResourceIdentitySchema) (*tfjson.IdentitySchema, error) {
	to := &tfjson.IdentitySchema{
		Version:    uint64(from.Version),
		Attributes: make(map[string]*tfjson.IdentityAttribute, len(from.IdentityAttributes)),
	}
	for _, attribute := range from.IdentityAttributes {
		converted, err := valueType(attribute.Type)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", attribute.Name, err)
		}
		to.Attributes[attribute.Name] = &tfjson.IdentityAttribute{
			IdentityType:      converted,
			Description:       attribute.Description,
			RequiredForImport: attribute.RequiredForImport,
			OptionalForImport: attribute.OptionalForImport,
		}
	}
	return to, nil
}

// valueType converts a type by its JSON, which both libraries write alike.
func valueType(from tftypes.Type) (cty.Type, error) {
	encoded, err := json.Marshal(from)
	if err != nil {
		return cty.NilType, fmt.Errorf("encoding type %s: %w", from, err)
	}
	var to cty.Type
	if err := json.Unmarshal(encoded, &to); err != nil {
		return cty.NilType, fmt.Errorf("decoding type %s: %w", encoded, err)
	}
	return to, nil
}

func descriptionKind(from tfprotov6.StringKind) tfjson.SchemaDescriptionKind {
	if from == tfprotov6.StringKindMarkdown {
		return tfjson.SchemaDescriptionKindMarkdown
	}
	return tfjson.SchemaDescriptionKindPlain
}
