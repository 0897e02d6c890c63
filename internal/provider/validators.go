package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// maxMQTTString is the most bytes that a string in an MQTT packet can have
// (MQTT 5.0, section 1.5.4), and so a username, a clientid or a password.
const maxMQTTString = 65535

var _ validator.String = nameValidator{}

// nameValidator refuses what cannot be the name of a credential, of a subject
// of rules or of a ban.
type nameValidator struct{}

func (nameValidator) Description(context.Context) string {
	return `a name of 1 to 8000 bytes as a request carries it (percent-encoded), not "." or "..", without NUL`
}

func (v nameValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateString implements validator.String.
func (nameValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if err := validateName(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid name", upperFirst(err.Error())+".")
	}
}

// validateName refuses the names that the API cannot address. A name becomes a
// segment of a path, and EMQX 5 resolves "." and "..", also percent-encoded:
// deleting the user ".." would delete every user (api/v5.md §1.1).
func validateName(name string) error {
	switch {
	case name == "":
		return errors.New("a name cannot be empty")
	case name == "." || name == "..":
		return fmt.Errorf("the name %q cannot be managed: EMQX takes it for a step in the path of its API, not for a name", name)
	case strings.ContainsRune(name, 0):
		return errors.New("a name cannot contain NUL, which MQTT forbids")
	case !utf8.ValidString(name):
		return errors.New("a name has to be UTF-8")
	case len(name) > maxMQTTString:
		return fmt.Errorf("a name has at most %d bytes in MQTT, and this one has %d", maxMQTTString, len(name))
	}
	if err := emqxapi.CheckLength(name); err != nil {
		return fmt.Errorf("the name is too long: %w", err)
	}
	return nil
}

var _ validator.String = durationValidator{}

// durationValidator refuses what EMQX does not take for a duration.
type durationValidator struct{}

func (durationValidator) Description(context.Context) string {
	return "a duration such as 30s, 1m or 1h30m"
}

func (v durationValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateString implements validator.String.
func (durationValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if _, err := emqxapi.ParseDuration(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid duration", located(req.Path, sentence(err)))
	}
}

var _ validator.String = newNamespaceValidator{}

// newNamespaceValidator refuses what no namespace can be called.
type newNamespaceValidator struct{}

func (newNamespaceValidator) Description(context.Context) string {
	return `a name that is neither "." nor ".." nor one that EMQX has for itself`
}

func (v newNamespaceValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

// reservedNamespaces are refused by EMQX 6.3, and taken by versions before it
// (api/v6.md §5).
var reservedNamespaces = []string{"global", "undefined", "null", "none"}

// ValidateString implements validator.String.
func (newNamespaceValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	name := req.ConfigValue.ValueString()
	err := validateName(name)
	if slices.Contains(reservedNamespaces, name) {
		err = fmt.Errorf("EMQX has the name %q for itself", name)
	}
	if err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid name", sentence(err))
	}
}
