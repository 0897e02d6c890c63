package apiv5

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// request is what an endpoint gets to see.
type request struct {
	bindings []string
	query    url.Values
	body     any // decoded JSON with json.Number; an empty object when there was none
	sent     *http.Request
	// keyNamespace is the namespace of the key, empty for one of the whole deployment.
	keyNamespace string
}

// endpoint is what one method of one path does.
type endpoint func(request) answer

// route is one path with its methods.
type route struct {
	pattern pattern
	methods map[string]endpoint
	// open: no credentials are asked for.
	open bool
	// files: the body may be a file.
	files bool
}

// maxRequestLine is the longest request line that cowboy reads (api/v5.md §1.3).
const maxRequestLine = 8000

// ServeHTTP answers one request, with the checks in EMQX's order: path, method,
// credentials, body.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.answer(r).write(w)
}

func (a *api) answer(r *http.Request) answer {
	if len(r.RequestURI) > maxRequestLine {
		return empty(http.StatusRequestURITooLong)
	}
	segments, err := splitPath(r.URL.EscapedPath())
	if err != nil {
		return empty(http.StatusBadRequest)
	}
	route, bindings, found := a.find(segments)
	if !found {
		return noSuchPath()
	}
	serve, allowed := route.methods[r.Method]
	if !allowed {
		return wrongMethod(r.Method, route)
	}
	if !route.open {
		if refusal := a.authorize(r, segments); refusal != nil {
			return *refusal
		}
	}
	if refusal := badBinding(bindings); refusal != nil {
		return *refusal
	}
	body, refusal := readBody(r, route.files)
	if refusal != nil {
		return *refusal
	}
	key, _ := a.knownKeys().Of(r)
	namespace, _ := key.NamespaceAndRole()
	return serve(request{bindings: bindings, query: r.URL.Query(), body: body, sent: r, keyNamespace: namespace})
}

func (a *api) find(segments []string) (route, []string, bool) {
	for _, candidate := range a.routes {
		if bindings, ok := candidate.pattern.bind(segments); ok {
			return candidate, bindings, true
		}
	}
	return route{}, nil, false
}

func wrongMethod(method string, found route) answer {
	if method == http.MethodOptions {
		return empty(http.StatusInternalServerError)
	}
	var allowed []string
	for name := range found.methods {
		allowed = append(allowed, name)
	}
	slices.Sort(allowed)
	return answer{
		status: http.StatusMethodNotAllowed,
		header: http.Header{"Allow": {strings.Join(allowed, ", ")}},
	}
}

// badBinding refuses what Erlang's binary() for names is not (api/v5.md §1.3).
func badBinding(bindings []string) *answer {
	for _, b := range bindings {
		if strings.Contains(b, "\x00") || b != strings.ToValidUTF8(b, "") {
			refusal := badRequest(`{"expected":"binary()"}`)
			return &refusal
		}
	}
	return nil
}

// readBody decodes the body of a request that has one.
func readBody(r *http.Request, files bool) (any, *answer) {
	refuse := func(a answer) (any, *answer) { return nil, &a }
	wrongType := fail(http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", "content-type:application/json Required")
	sent, err := io.ReadAll(r.Body)
	if err != nil {
		return refuse(empty(http.StatusBadRequest))
	}
	if len(sent) == 0 {
		return map[string]any{}, nil
	}
	kind, parameters, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind == "multipart/form-data" && files {
		file, found := readUpload(sent, parameters["boundary"])
		if !found {
			return refuse(badRequest("bad_format"))
		}
		return file, nil
	}
	if kind != "application/json" {
		return refuse(wrongType)
	}
	decoder := json.NewDecoder(bytes.NewReader(sent))
	decoder.UseNumber()
	var body any
	if err := decoder.Decode(&body); err != nil {
		return refuse(badRequest("Invalid json message received"))
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return refuse(badRequest("Invalid json message received"))
	}
	if _, ok := body.(string); ok {
		return refuse(wrongType)
	}
	return body, nil
}
