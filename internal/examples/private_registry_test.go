package examples

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
)

const (
	registryToken = "token-of-the-platform-team"
	registryKeyID = "32966F3FB5AC1129"
)

// privateRegistry is the part of HCP Terraform's API that publishes a provider, as its documentation tells
// (developer.hashicorp.com/terraform/cloud-docs/api-docs/private-registry): what is asked for and not there is 404, as it is for
// those who may not ask, and a thing says where its files belong as long as they are not there.
type privateRegistry struct {
	*httptest.Server
	mu      sync.Mutex
	writes  []string                     // what was written, in order
	objects map[string]map[string]any    // the attributes of what was made, by its path
	files   map[string]map[string]string // what was uploaded for it, by the name of the link
	refuse  string                       // an upload that fails, once
}

// linksOf are the links that each type has for uploads.
var linksOf = map[string][]string{
	"registry-provider-versions":  {"shasums", "shasums-sig"},
	"registry-provider-platforms": {"provider-binary"},
}

func startRegistry(t *testing.T) *privateRegistry {
	t.Helper()
	r := &privateRegistry{objects: map[string]map[string]any{}, files: map[string]map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/", r.authorized(r.get))
	mux.HandleFunc("POST /api/", r.authorized(r.post))
	mux.HandleFunc("PUT /object/", r.put)
	r.Server = httptest.NewServer(mux)
	t.Cleanup(r.Close)
	return r
}

// refuseOnce lets the next upload of this fail.
func (r *privateRegistry) refuseOnce(write string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refuse = write
}

func (r *privateRegistry) written() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.writes)
}

func (r *privateRegistry) authorized(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, request *http.Request) {
		r.mu.Lock()
		defer r.mu.Unlock()
		if request.Header.Get("Authorization") != "Bearer "+registryToken {
			http.NotFound(w, request)
			return
		}
		next(w, request)
	}
}

func (r *privateRegistry) get(w http.ResponseWriter, request *http.Request) {
	if _, there := r.objects[request.URL.Path]; !there {
		http.NotFound(w, request)
		return
	}
	r.show(w, http.StatusOK, request.URL.Path)
}

func (r *privateRegistry) post(w http.ResponseWriter, request *http.Request) {
	var payload struct {
		Data struct {
			Type       string
			Attributes map[string]any
		}
	}
	if err := json.NewDecoder(request.Body).Decode(&payload); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	attributes := payload.Data.Attributes
	object, parent := placeOf(request.URL.Path, payload.Data.Type, attributes)
	_, hasParent := r.objects[parent]
	_, there := r.objects[object]
	if object == "" || there || parent != "" && !hasParent {
		http.Error(w, `{"errors":[{"status":"422"}]}`, http.StatusUnprocessableEntity)
		return
	}
	if payload.Data.Type == "gpg-keys" {
		attributes["key-id"] = registryKeyID
	}
	attributes["type"] = payload.Data.Type
	r.objects[object] = attributes
	r.writes = append(r.writes, "POST "+strings.TrimPrefix(object, "/api/"))
	r.show(w, http.StatusCreated, object)
}

// placeOf says where what is posted to a collection will be, and what has to be there before.
func placeOf(collection, kind string, attributes map[string]any) (object, parent string) {
	of := func(name string) string { text, _ := attributes[name].(string); return text }
	switch {
	case kind == "gpg-keys" && path.Base(collection) == "gpg-keys":
		return path.Join(collection, of("namespace"), registryKeyID), ""
	case kind == "registry-providers" && path.Base(collection) == "registry-providers":
		return path.Join(collection, of("registry-name"), of("namespace"), of("name")), ""
	case kind == "registry-provider-versions" && path.Base(collection) == "versions":
		return path.Join(collection, of("version")), path.Dir(collection)
	case kind == "registry-provider-platforms" && path.Base(collection) == "platforms":
		return path.Join(collection, of("os"), of("arch")), path.Dir(collection)
	}
	return "", ""
}

// put takes a file, from whoever knows the link: that is the permission, and the token is not for this host.
func (r *privateRegistry) put(w http.ResponseWriter, request *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	object, link := "/"+strings.TrimPrefix(request.URL.Path, "/object/"), request.URL.Query().Get("link")
	write := "PUT " + link + " of " + strings.TrimPrefix(object, "/api/")
	content, err := io.ReadAll(request.Body)
	switch {
	case err != nil, request.Header.Get("Authorization") != "", request.URL.Query().Get("signature") != "s":
		http.Error(w, "not with this link", http.StatusForbidden)
	case r.refuse == write:
		r.refuse = ""
		http.Error(w, "not now", http.StatusInternalServerError)
	default:
		if r.files[object] == nil {
			r.files[object] = map[string]string{}
		}
		r.files[object][link] = string(content)
		r.writes = append(r.writes, write)
	}
}

// show writes an object. The encoder writes the & of a link as \u0026, as the real API may.
func (r *privateRegistry) show(w http.ResponseWriter, status int, object string) {
	attributes, links := maps.Clone(r.objects[object]), map[string]string{}
	for _, link := range linksOf[attributes["type"].(string)] {
		_, uploaded := r.files[object][link]
		attributes[link+"-uploaded"] = uploaded
		if !uploaded {
			links[link+"-upload"] = r.URL + "/object" + object + "?link=" + link + "&signature=s"
		}
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"data": map[string]any{"attributes": attributes, "links": links}})
}
