package apiv5

import (
	"fmt"
	"net/http"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// noNamespace answers for a namespace that is not managed, also to a GET
// (api/v6.md §5).
func noNamespace() *answer {
	refusal := badRequest("Managed namespace not found")
	return &refusal
}

// namespaceFor gives the namespace that a request is about: that of its query,
// and otherwise that of its key. 5.8.9 ignores the query.
func (a *api) namespaceFor(r request) (string, *answer) {
	asked, isAsked := last(r.query, "ns")
	return a.permitNamespace(r, asked, isAsked)
}

// namespaceForUser also looks into the body.
func (a *api) namespaceForUser(r request) (string, *answer) {
	asked, isAsked := last(r.query, "ns")
	body, _ := r.body.(map[string]any)
	if value, isGiven := body["namespace"]; isGiven && a.isEMQX6() {
		given := ""
		if value != nil {
			given = fmt.Sprint(value)
		}
		if isAsked && asked != given {
			refusal := badRequest("Conflicting namespace in the `ns` query parameter and request body")
			return "", &refusal
		}
		asked, isAsked = given, true
	}
	return a.permitNamespace(r, asked, isAsked)
}

func (a *api) permitNamespace(r request, asked string, isAsked bool) (string, *answer) {
	switch {
	case !a.isEMQX6():
		return "", nil
	case !isAsked:
		return r.keyNamespace, nil
	case r.keyNamespace != "" && asked != r.keyNamespace:
		refusal := fail(http.StatusForbidden, "FORBIDDEN", "User not authorized to operate on requested namespace")
		return "", &refusal
	}
	if _, managed := a.tables.Namespace(asked); !managed {
		return asked, noNamespace()
	}
	return asked, nil
}

// scope are the users and rules that a request is about.
type scope struct {
	*tables.Tables
	namespace string // empty for the global ones
}

func (a *api) scopeOf(namespace string) scope { return scope{a.tables.In(namespace), namespace} }

// withRules serves a call to the rules of the namespace asked for. It works
// while the source is disabled too. Without a source it is 404 with the code
// of a missing rule (api/v5.md §1.7).
func (a *api) withRules(serve func(scope, request) answer) endpoint {
	return func(r request) answer {
		if _, configured := a.ruleSource(); !configured {
			return noSource(sourceType)
		}
		namespace, refusal := a.namespaceFor(r)
		if refusal != nil {
			return *refusal
		}
		return serve(a.scopeOf(namespace), r)
	}
}

// userScope is a scope with the kind of names that the authenticator knows
// its users by.
type userScope struct {
	scope
	kind tables.Kind
}

// withUsers serves a call to the users of the authenticator that is named in
// the path, in the namespace asked for. A wrong name is 400 while there is an
// authenticator, and 404 when there is none (api/v5.md §1.6).
func (a *api) withUsers(serve func(userScope, request) answer) endpoint {
	return func(r request) answer {
		a.mu.Lock()
		configured := a.authenticator
		a.mu.Unlock()
		switch {
		case configured == nil:
			return noAuthenticator()
		case r.bindings[0] != authenticatorID:
			return badRequest(fmt.Sprintf(`User error: {not_found,{authenticator,<<"%s">>}}`, r.bindings[0]))
		}
		r.bindings = r.bindings[1:]
		namespace, refusal := a.namespaceForUser(r)
		if refusal != nil && !leftBehind(r, namespace) {
			return *refusal
		}
		return serve(userScope{a.scopeOf(namespace), configured.UserIDType}, r)
	}
}

// leftBehind tells whether a request is to delete a user that a removed
// namespace has left: a key of the whole deployment may (api/v6.md §2).
func leftBehind(r request, namespace string) bool {
	return r.sent.Method == http.MethodDelete && r.keyNamespace == "" && namespace != ""
}
