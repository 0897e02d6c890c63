package apiv5

import (
	"fmt"
	"net/http"
)

// crash answers as minirest does when a handler has no clause for its
// arguments: with the arguments, and so with the caller's credentials and body
// (api/v5.md §1.2).
func (r request) crash(module, function string) answer {
	return fail(http.StatusInternalServerError, "INTERNAL_ERROR", fmt.Sprintf(
		"error, function_clause, [{%s,%s,[#{body => %s,headers => #{<<\"authorization\">> => <<%q>>}}],[]},"+
			"{minirest_handler,apply_callback,4,[{file,\"lib/minirest/src/minirest_handler.erl\"},{line,192}]}]",
		module, function, encodeJSON(r.body), r.sent.Header.Get("Authorization")))
}

// internalError is a crash whose arguments do not have the request in them.
func internalError(text string) answer {
	return fail(http.StatusInternalServerError, "INTERNAL_ERROR", "error, "+text)
}
