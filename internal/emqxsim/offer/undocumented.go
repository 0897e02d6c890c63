package offer

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Undocumented is the answer to a call that is not documented. EMQX Cloud says nowhere what it is (api/cloud.md §1).
type Undocumented string

// The answers that there are.
const (
	// NotFound is 404 as the API itself says it: text of v4, JSON of v5.
	NotFound     Undocumented = "404"
	NotFoundJSON Undocumented = "404-json"
	NotFoundHTML Undocumented = "404-html"
	Forbidden    Undocumented = "403"
	Unauthorized Undocumented = "401"
	NotAllowed   Undocumented = "405"
)

// Undocumenteds are all of them.
var Undocumenteds = []Undocumented{NotFound, NotFoundJSON, NotFoundHTML, Forbidden, Unauthorized, NotAllowed}

// Check tells whether there is such an answer. Empty is NotFound.
func (u Undocumented) Check() error {
	if u != "" && !slices.Contains(Undocumenteds, u) {
		return fmt.Errorf("no answer %q to undocumented calls; there are %s", u, join(Undocumenteds))
	}
	return nil
}

func (u Undocumented) answer(g Generation) answer {
	switch {
	case u == Forbidden:
		return refused(g, http.StatusForbidden)
	case u == Unauthorized:
		return refused(g, http.StatusUnauthorized)
	case u == NotAllowed:
		return text(http.StatusMethodNotAllowed, "", "")
	case u == NotFoundHTML:
		return text(http.StatusNotFound, "text/html", "<html><head><title>404 Not Found</title></head><body></body></html>")
	case u == NotFoundJSON || g == V5:
		return failure(http.StatusNotFound, "NOT_FOUND", "Request Path Not Found")
	default:
		return text(http.StatusNotFound, "text/plain", "Not found.")
	}
}

// refused is the answer to a key that may not do something. Where that is 401 it is the one to a wrong key. 403 is in no
// documentation of a deployment's API, so v4's is the same as v5's.
func refused(g Generation, status int) answer {
	switch {
	case status != http.StatusUnauthorized:
		return failure(http.StatusForbidden, "FORBIDDEN", "This key may not do that")
	case g == V4:
		a := text(status, "", "UNAUTHORIZED")
		a.header.Set("WWW-Authenticate", `Basic Realm="minirest-server"`)
		return a
	default:
		a := failure(status, "BAD_API_KEY_OR_SECRET", "Check api_key/api_secret")
		a.header.Set("WWW-Authenticate", `Basic Realm="emqx-dashboard"`)
		return a
	}
}

func failure(status int, code, message string) answer {
	return text(status, "application/json", "").with(object{"code": code, "message": message})
}

// join lists names of a command line.
func join[T ~string](names []T) string {
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = string(name)
	}
	return strings.Join(texts, ", ")
}
