package provider

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// prepare makes the diagnostics of a resource type, or of the provider and whatever has
// no secrets where that is "", fit to be shown.
func (s *server) prepare(ctx context.Context, typeName string, diagnostics []*tfprotov6.Diagnostic) {
	s.offSecretLines(ctx, typeName, diagnostics)
	for _, d := range diagnostics {
		d.Summary, d.Detail = shortenNames(d.Summary), shortenNames(d.Detail)
	}
}

// maxShown is how many bytes of a name a message shows. A name can have thousands.
const maxShown = 200

// nameInMessage is where a message can have a name: in quotes, or as a segment of a path.
var nameInMessage = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|/[^/\s"]+`)

// shortenNames shortens the names in a message, but for the lines that are to be copied:
// commands and configuration are indented.
func shortenNames(message string) string {
	if len(message) <= maxShown {
		return message
	}
	lines := strings.Split(message, "\n")
	for i, line := range lines {
		if !strings.HasPrefix(line, "  ") {
			lines[i] = nameInMessage.ReplaceAllStringFunc(line, func(name string) string {
				if len(name) <= maxShown+len(`""`) {
					return name
				}
				return fmt.Sprintf("%s… (%d characters in all)", strings.ToValidUTF8(name[:maxShown], ""), utf8.RuneCountInString(name))
			})
		}
	}
	return strings.Join(lines, "\n")
}

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
		s.prepare(ctx, "", resp.Diagnostics)
	}
	return resp, err
}

// ValidateResourceConfig implements tfprotov6.ProviderServer.
func (s *server) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	resp, err := s.framework.ValidateResourceConfig(ctx, req)
	if resp != nil {
		s.prepare(ctx, req.TypeName, resp.Diagnostics)
	}
	return resp, err
}

// PlanResourceChange implements tfprotov6.ProviderServer.
func (s *server) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	resp, err := s.framework.PlanResourceChange(ctx, req)
	if resp != nil {
		s.prepare(ctx, req.TypeName, resp.Diagnostics)
	}
	return resp, err
}
