package apiv5

import (
	"net/http"
	"slices"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/apikey"
)

// authorize tells why the credentials are not enough (api/v5.md §1.4, api/v6.md §7). A role is looked at before the
// scopes.
func (a *api) authorize(r *http.Request, segments []string) *answer {
	header := r.Header.Get("Authorization")
	if header == "" {
		return unauthorized("AUTHORIZATION_HEADER_ERROR", a.missingHeader())
	}
	if scheme, _, _ := strings.Cut(header, " "); strings.EqualFold(scheme, "Bearer") {
		return unauthorized("BAD_TOKEN", "Get a token by POST /login")
	}
	if _, _, isBasic := r.BasicAuth(); !isBasic {
		malformed := empty(http.StatusBadRequest)
		return &malformed
	}
	key, known := a.knownKeys().Of(r)
	switch {
	case !known:
		return unauthorized("BAD_API_KEY_OR_SECRET", "Check api_key/api_secret")
	case loginOnly[segments[0]]:
		return unauthorized("API_KEY_NOT_ALLOW",
			"Please use bearer Token instead, using API key/secret in "+segments[0]+" path is not permitted")
	case !roleAllows(key, r.Method, segments):
		return forbidden("You don't have permission to access this resource")
	case key.Scopes != nil && !slices.Contains(key.Scopes, scopeOf(segments)):
		return forbidden("This API Key don't have permission to access this resource")
	}
	return nil
}

func (a *api) missingHeader() string {
	if a.isEMQX6() {
		return "Missing authorization header. Use Basic auth with API key/secret, or Bearer token from POST /api/v5/login. " +
			"API keys can be bootstrapped from config (api_key.bootstrap_file) or created via POST /api/v5/api_key"
	}
	return "Support authorization: basic/bearer "
}

// knownKeys are those that are accepted. Those of a namespace go with it.
func (a *api) knownKeys() apikey.Keys {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.keys
}

// loginOnly are the paths that want the token of a login.
var loginOnly = map[string]bool{"api_key": true, "api_key_scopes": true, "users": true}

func unauthorized(code, message string) *answer {
	refusal := fail(http.StatusUnauthorized, code, message)
	refusal.header = http.Header{"Www-Authenticate": {`Basic Realm="emqx-dashboard"`}}
	return &refusal
}

func forbidden(message string) *answer {
	refusal := fail(http.StatusForbidden, "UNAUTHORIZED_ROLE", message)
	return &refusal
}

// roleAllows knows what a key's role may do. The administrator of a namespace reads everything, and writes its users and
// rules (api/v6.md §5).
func roleAllows(key apikey.Key, method string, segments []string) bool {
	namespace, role := key.NamespaceAndRole()
	switch {
	case role == apikey.Publisher:
		return segments[0] == "publish" && method == http.MethodPost
	case method == http.MethodGet:
		return true
	case role == apikey.Viewer:
		return false
	case namespace == "":
		return true
	}
	isUser := len(segments) >= 3 && segments[0] == "authentication" && segments[2] == "users"
	isRule := len(segments) >= 4 && segments[0] == "authorization" && segments[3] == "rules"
	return isUser || isRule
}

// scopeOf gives the scope in which a path is.
func scopeOf(segments []string) string {
	switch segments[0] {
	case "clients", "subscriptions", "topics", "banned", "mqtt":
		return "connections"
	case "authentication", "authorization":
		return "access_control"
	case "metrics", "stats", "monitor_current":
		return "monitoring"
	case "nodes", "mt":
		return "cluster_operations"
	case "publish":
		return "publish"
	default:
		return "system"
	}
}
