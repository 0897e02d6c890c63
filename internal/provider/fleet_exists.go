package provider

import "fmt"

// A wayIn tells how objects that the broker has already come under the management
// of a resource of a type.
type wayIn func(resourceType string, existing fleetImport) string

// importExisting is the way into a resource that is to be created.
func importExisting(resourceType string, existing fleetImport) string {
	return fmt.Sprintf("If they are to be managed from here, as when an apply was killed before it could save its state, import them, with the address of this "+
		"resource in place of NAME; the next apply goes on from there:\n\n  terraform import %s %s\n\n"+
		"If they are in this state under another address, because a block or a key was renamed, write a moved block from that address to this one in its place. "+
		"Otherwise remove them from the broker, or from this configuration.",
		shellQuote(resourceType+".NAME"), shellQuote(existing.String()))
}

// forgetAndImport is the way into a resource that Terraform has: it imports only
// into one that it does not have. The names of thousands need no second list
// here, the error of the next apply has them.
func forgetAndImport(resourceType string, _ fleetImport) string {
	return fmt.Sprintf("If they are to be managed from here, make Terraform forget this resource, with its address in place of NAME, and apply:\n\n"+
		"  terraform state rm %s\n  terraform apply\n\n"+
		"That apply changes nothing of this resource on the broker, and says how to import it as a whole. "+
		"Otherwise remove them from the broker, or from this configuration.", shellQuote(resourceType+".NAME"))
}
