package apiv5

import (
	"fmt"
	"net/http"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

const authenticatorID = "password_based:built_in_database"

// authenticator is the built-in authentication database's configuration as the
// API shows it. The users are in the tables.
type authenticator struct {
	ID            string         `json:"id"`
	Backend       string         `json:"backend"`
	BootstrapFile string         `json:"bootstrap_file"`
	BootstrapType string         `json:"bootstrap_type"`
	Enable        bool           `json:"enable"`
	Mechanism     string         `json:"mechanism"`
	HashAlgorithm map[string]any `json:"password_hash_algorithm"`
	UserIDType    tables.Kind    `json:"user_id_type"`
	Precondition  *string        `json:"precondition,omitempty"` // of 5.9 and later
}

func (a *api) stockAuthenticator(kind tables.Kind) *authenticator {
	stock := &authenticator{
		ID:            authenticatorID,
		Backend:       "built_in_database",
		BootstrapFile: "${EMQX_ETC_DIR}/auth-built-in-db-bootstrap.csv",
		BootstrapType: "plain",
		Enable:        true,
		Mechanism:     "password_based",
		HashAlgorithm: map[string]any{"name": "sha256", "salt_position": "suffix"},
		UserIDType:    kind,
	}
	if a.isEMQX6() {
		stock.Precondition = new(string)
	}
	return stock
}

// authenticatorSchema is the part of the configuration that can be set here.
var authenticatorSchema = structOf(
	field{name: "mechanism", required: true, check: oneOf("password_based")},
	field{name: "backend", required: true, check: oneOf("built_in_database")},
	field{name: "enable", check: boolean, fallback: true},
	field{name: "user_id_type", check: oneOf("username", "clientid"), fallback: "username"},
	field{name: "password_hash_algorithm", check: structOf(
		field{name: "name", required: true, check: oneOf("sha256")},
		field{name: "salt_position", check: oneOf("prefix", "suffix"), fallback: "prefix"},
	), fallback: map[string]any{"name": "sha256", "salt_position": "prefix"}},
)

// configure reads an authenticator from a body.
func (a *api) configure(body any) (*authenticator, []violation) {
	if object, isObject := body.(map[string]any); isObject && object["mechanism"] == nil {
		return nil, []violation{withoutValue("root", "missing_mechanism_field")}
	}
	checked, violations := authenticatorSchema("root", body)
	if len(violations) > 0 {
		return nil, violations
	}
	settings := checked.(map[string]any)
	configured := a.stockAuthenticator(tables.Kind(settings["user_id_type"].(string)))
	configured.Enable = settings["enable"].(bool)
	configured.HashAlgorithm = settings["password_hash_algorithm"].(map[string]any)
	return configured, nil
}

func (a *api) listAuthenticators(request) answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	chain := []authenticator{}
	if a.authenticator != nil {
		chain = append(chain, *a.authenticator)
	}
	return ok(chain)
}

func (a *api) createAuthenticator(r request) answer {
	configured, violations := a.configure(r.body)
	if violations != nil {
		return violated(violations)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.authenticator != nil {
		return alreadyExists(http.StatusConflict, "Authenticator 'password_based:built_in_database' already exists")
	}
	a.setAuthenticator(configured)
	return ok(*configured)
}

func (a *api) getAuthenticator(r request) answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.authenticator == nil || r.bindings[0] != authenticatorID {
		return noSuchAuthenticator(r.bindings[0])
	}
	return ok(*a.authenticator)
}

func (a *api) updateAuthenticator(r request) answer {
	configured, violations := a.configure(r.body)
	if violations != nil {
		return violated(violations)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.authenticator == nil:
		return noAuthenticator()
	case r.bindings[0] != authenticatorID:
		return noSuchAuthenticator(r.bindings[0])
	}
	a.setAuthenticator(configured)
	return ok(*configured)
}

// deleteAuthenticator takes its users with it, as EMQX does.
func (a *api) deleteAuthenticator(r request) answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.authenticator == nil:
		return noAuthenticator()
	case r.bindings[0] != authenticatorID:
		return noSuchAuthenticator(r.bindings[0])
	}
	a.tables.DeleteUsers(a.authenticator.UserIDType)
	a.setAuthenticator(nil)
	return empty(http.StatusNoContent)
}

// setAuthenticator lets everybody in while there is none or it is disabled.
func (a *api) setAuthenticator(configured *authenticator) {
	a.authenticator = configured
	a.tables.EnableAuthentication(configured != nil && configured.Enable)
}

// orderAuthenticators takes the ids of all; there is one at most.
func (a *api) orderAuthenticators(r request) answer {
	checked, violations := listOf(structOf(field{name: "id", required: true, check: text}))("root", r.body)
	if violations != nil {
		return violated(violations)
	}
	for _, element := range checked.([]any) {
		id := element.(map[string]any)["id"].(string)
		a.mu.Lock()
		exists := a.authenticator != nil && id == authenticatorID
		a.mu.Unlock()
		if !exists {
			return noSuchAuthenticator(id)
		}
	}
	return empty(http.StatusNoContent)
}

func noSuchAuthenticator(id string) answer {
	return notFound(fmt.Sprintf("Authenticator '%s' does not exist", id))
}

// noAuthenticator is what a call that would change something meets while the
// chain is empty.
func noAuthenticator() answer { return notFound("Authenticator not found in the 'global' scope") }
