package emqxsim

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/apiv4"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/apiv5"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/offer"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// handler puts the APIs under their paths, the middleware in front of them and the request log in front of all.
//
// http.ServeMux is not used: it cleans paths and redirects, while what ".." and "//" do is part of the behaviour. A
// handler gets the request with its API's path taken off, as bytes: r.URL.EscapedPath() is what the client sent, for
// example /auth_username/a%2Fb or /banned/clientid/.. .
func (b *Broker) handler() http.Handler {
	v4 := apiv4.New(b.tables, b.live, apiv4.Options{Keys: b.keys})
	v5 := apiv5.New(b.tables, b.live, apiv5.Options{
		Release: b.opts.Offer.release(), Keys: b.keys,
		UserIDType: tables.Kind(b.opts.UserIDType), Zone: b.opts.Zone, MaxLimit: b.opts.MaxLimit,
	})
	layer4, layer5 := b.layer(offer.V4, v4), b.layer(offer.V5, v5)
	b.mounts = []mount{{"/api/v5", layer5}, {"/api/v4", layer4}, {"/api", layer4}}
	var apis http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, m := range b.mounts {
			if inner, ok := m.inner(r); ok {
				m.layer.ServeHTTP(w, inner)
				return
			}
		}
		w.Header()["Content-Type"] = nil
		w.WriteHeader(http.StatusNotFound)
	})
	if b.opts.Middleware != nil {
		apis = b.opts.Middleware(apis)
	}
	return b.logged(apis)
}

type mount struct {
	prefix string
	layer  *offer.Layer
}

// cut takes the API's path off a path, both percent-encoded.
func (m mount) cut(escaped string) (string, bool) {
	rest, ok := strings.CutPrefix(escaped, m.prefix)
	return rest, ok && (rest == "" || rest[0] == '/')
}

// inner gives the request as the mounted API sees it.
func (m mount) inner(r *http.Request) (*http.Request, bool) {
	raw, ok := m.cut(r.URL.EscapedPath())
	if !ok {
		return nil, false
	}
	path, err := url.PathUnescape(raw)
	if err != nil {
		return nil, false
	}
	inner := *r
	u := *r.URL
	u.Path, u.RawPath = path, raw
	inner.URL = &u
	return &inner, true
}
