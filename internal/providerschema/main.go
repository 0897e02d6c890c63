// Command providerschema prints the provider's schemas in the JSON that `terraform providers schema -json` prints, for
// tfplugindocs to write docs/ from.
//
// It asks the provider's server itself. A CLI would leave out what it is too old to know, such as actions before
// Terraform 1.14, so that docs/ would depend on the machine, and it would have to be taught where the provider is.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/provider"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "print the provider's schemas:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, output io.Writer) error {
	server := providerserver.NewProtocol6(provider.New("docs")())()
	schema, schemaErr := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	identity, identityErr := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err := errors.Join(schemaErr, identityErr); err != nil {
		return fmt.Errorf("asking the provider for its schemas: %w", err)
	}
	if err := firstError(slices.Concat(schema.Diagnostics, identity.Diagnostics)); err != nil {
		return fmt.Errorf("asking the provider for its schemas: %w", err)
	}

	schemas, err := providerSchemas(schema, identity)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(output)
	encoder.SetIndent("", "  ")
	return encoder.Encode(schemas)
}

// firstError returns the first diagnostic that is an error: the framework reports a mistake in a schema that way.
func firstError(diagnostics []*tfprotov6.Diagnostic) error {
	for _, diagnostic := range diagnostics {
		if diagnostic.Severity == tfprotov6.DiagnosticSeverityError {
			return fmt.Errorf("%s: %s", diagnostic.Summary, diagnostic.Detail)
		}
	}
	return nil
}
