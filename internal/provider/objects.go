package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
)

// An attribute that the schema of an object in a list calls required is missed by
// the framework where the whole object is unknown, as every variable is while a
// configuration is validated (terraform-plugin-framework issue 186). So no nested
// attribute is Required: those that have to be there are optional to Terraform, and
// these functions ask for them once the object is known.

// refuseNull leaves an error on an element of a list that is null.
func refuseNull(element attr.Value, at path.Path, diags *diag.Diagnostics) {
	if element.IsNull() {
		diags.AddAttributeError(at, "Missing entry", located(at, "An entry of this list is null. Leave it out, or give it a value."))
	}
}

// requireAttribute leaves an error on an attribute that an object of a list has to have.
func requireAttribute(value attr.Value, at path.Path, diags *diag.Diagnostics) {
	if value.IsNull() {
		diags.AddAttributeError(at, "Missing "+lastStep(at), located(at, "Give it a value: each entry of this list has to have one."))
	}
}
