// Package apikey knows the keys with which the management APIs are called, and what each of them may do.
package apikey

import (
	"fmt"
	"slices"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/calls"
)

// The roles of keys (api/v6.md §7). A role "ns:NAMESPACE::administrator" or "ns:NAMESPACE::viewer" is one within a
// namespace.
const (
	Administrator = "administrator"
	Viewer        = "viewer"
	Publisher     = "publisher"
)

// scopes are the scopes that a key can have (api/v6.md §7, api/cloud.md §4).
var scopes = []string{
	"access_control", "audit", "cluster_operations", "connections", "data_integration",
	"gateways", "license", "monitoring", "publish", "system",
}

// Key is one key as EMQX 6 knows it.
type Key struct {
	ID, Secret string
	// Role is what the key may do, Administrator when empty.
	Role string
	// Scopes is where it may do it: nil means everywhere, an empty list nowhere.
	Scopes []string
	// Calls are what the key may do of what its role and scopes allow, as a key of EMQX Cloud is given permissions by
	// method and path; nil means all. Such a key is known to both APIs.
	Calls calls.List
	// Refusal is the status with which any other call is refused, 403 when 0. EMQX Cloud does not say which it is.
	Refusal int
}

// MayCall tells whether a request is among the key's Calls.
func (k Key) MayCall(method, escapedPath string) bool {
	if k.Calls == nil {
		return true
	}
	_, listed := k.Calls.Find(method, escapedPath)
	return listed
}

// Parse reads ID:SECRET[:ROLE[:SCOPE,…]], the form of a line of EMQX's bootstrap file.
func Parse(text string) (Key, error) {
	id, rest, _ := strings.Cut(text, ":")
	secret, rest, hasRole := strings.Cut(rest, ":")
	key := Key{ID: id, Secret: secret}
	if hasRole {
		// The role of a namespace has colons of its own: ns:NAMESPACE::administrator.
		roleStart := 0
		if strings.HasPrefix(rest, "ns:") {
			roleStart = max(0, strings.Index(rest, "::")+len("::"))
		}
		role, list, hasScopes := strings.Cut(rest[roleStart:], ":")
		key.Role = rest[:roleStart] + role
		if hasScopes {
			key.Scopes = strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
		}
	}
	return key, key.Check()
}

// Check tells what is wrong with a key. No message has its secret.
func (k Key) Check() error {
	if k.ID == "" || k.Secret == "" {
		return fmt.Errorf("a key needs an ID and a secret: ID:SECRET[:ROLE[:SCOPE,…]]")
	}
	roles := []string{"", Administrator, Viewer, Publisher}
	if namespace, role := k.NamespaceAndRole(); namespace != "" {
		roles = []string{Administrator, Viewer}
		if !slices.Contains(roles, role) {
			return fmt.Errorf("key %q: a key of a namespace is ns:NAMESPACE::%s, not %q", k.ID, strings.Join(roles, " or ::"), k.Role)
		}
	} else if !slices.Contains(roles, k.Role) {
		return fmt.Errorf("key %q: no role %q; there are %s", k.ID, k.Role, strings.Join(roles[1:], ", "))
	}
	for _, scope := range k.Scopes {
		switch {
		case !slices.Contains(scopes, scope):
			return fmt.Errorf("key %q: no scope %q; there are %s", k.ID, scope, strings.Join(scopes, ", "))
		case k.Role == Publisher && scope != "publish":
			return fmt.Errorf("key %q: a publisher takes the scope publish and no other", k.ID)
		}
	}
	return nil
}

// NamespaceAndRole takes the role apart: the namespace is empty for a key of the whole deployment.
func (k Key) NamespaceAndRole() (namespace, role string) {
	if rest, isNamespaced := strings.CutPrefix(k.Role, "ns:"); isNamespaced {
		if namespace, role, found := strings.Cut(rest, "::"); found {
			return namespace, role
		}
	}
	if k.Role == "" {
		return "", Administrator
	}
	return "", k.Role
}

// Unrestricted keys may do everything.
func (k Key) Unrestricted() bool { return (k.Role == "" || k.Role == Administrator) && k.Scopes == nil }
