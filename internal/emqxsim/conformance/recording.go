// Package conformance plays recordings of a real EMQX against the embedded broker and compares the answers. A recording
// is one scenario that was played, exchange after exchange, against a broker that was empty at the start.
//
// What differs between two plays of the same scenario is masked: a Mask names the places in an answer and says what a
// value there must look like. A value that looks so is replaced by a placeholder on both sides; any other stays and is
// found by the comparison.
package conformance

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
)

// Recording is one file of recorded exchanges.
type Recording struct {
	Name      string     `json:"name"`
	About     string     `json:"about"`
	Exchanges []Exchange `json:"exchanges"`
}

// Exchange is one request and what the real broker answered.
type Exchange struct {
	Note     string   `json:"note"`
	Request  Request  `json:"request"`
	Response Response `json:"response"`
}

// Request is a request as it went on the wire: Path and Query are its bytes, relative to the address of the API.
type Request struct {
	Method      string          `json:"method"`
	Path        string          `json:"path"`
	Query       string          `json:"query"`
	JSON        json.RawMessage `json:"json"`
	Raw         *string         `json:"raw"`          // the body where it is not JSON
	ContentType string          `json:"content_type"` // of the body, application/json when empty
	Auth        string          `json:"auth"`         // "" right, "wrong", "none", or the name of a key
}

func (r Request) String() string {
	if r.Query == "" {
		return r.Method + " " + r.Path
	}
	return r.Method + " " + r.Path + "?" + r.Query
}

// Response is an answer. ContentType is empty when there was none.
type Response struct {
	Status      int             `json:"status"`
	ContentType string          `json:"content_type"`
	JSON        json.RawMessage `json:"json"`
	Text        string          `json:"text"`
}

// Load reads a recording.
func Load(file string) (*Recording, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("loading a recording: %w", err)
	}
	var recording Recording
	if err := json.Unmarshal(data, &recording); err != nil {
		return nil, fmt.Errorf("loading the recording %s: %w", file, err)
	}
	return &recording, nil
}

// Target is the API that a recording is played against.
type Target struct {
	URL       string // with the API's path, without a slash at the end
	AppID     string
	AppSecret string
	Keys      map[string]string // secrets of the keys that requests name
}

// httpRequest makes the request with the recorded bytes as its target: url.Parse and the like would clean them.
func (t Target) httpRequest(ctx context.Context, r Request) (*http.Request, error) {
	base, err := url.Parse(t.URL)
	if err != nil {
		return nil, fmt.Errorf("the target's address: %w", err)
	}
	var body []byte
	if r.Raw != nil {
		body = []byte(*r.Raw)
	} else {
		body = r.JSON
	}
	request, err := http.NewRequestWithContext(ctx, r.Method, t.URL, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("making the request %s: %w", r, err)
	}
	request.URL = &url.URL{Scheme: base.Scheme, Host: base.Host, Opaque: base.Path + r.Path, RawQuery: r.Query}
	if len(body) > 0 {
		request.Header.Set("Content-Type", cmp.Or(r.ContentType, "application/json"))
	}
	switch r.Auth {
	case "":
		request.SetBasicAuth(t.AppID, t.AppSecret)
	case "wrong":
		request.SetBasicAuth(t.AppID, "not-"+t.AppSecret)
	case "none":
	default:
		secret, known := t.Keys[r.Auth]
		if !known {
			return nil, fmt.Errorf("making the request %s: there is no key %q", r, r.Auth)
		}
		request.SetBasicAuth(r.Auth, secret)
	}
	return request, nil
}
