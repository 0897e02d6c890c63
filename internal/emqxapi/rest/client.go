// Package rest speaks HTTP for both dialects: credentials, TLS, timeouts, retries,
// the rate limit, the limit on sizes, and errors and logs that hold no secret.
package rest

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// maxIdleConns is how many connections stay open between requests: as many as
// Terraform has operations under way with a generous -parallelism.
const maxIdleConns = 64

// idleTime is how long a connection stays open without a request: less than
// brokers and balancers allow, so that they do not close one under a write.
const idleTime = 10 * time.Second

// Config is how to reach an API.
type Config struct {
	Address           *url.URL // of the API, e.g. https://x.emqx.cloud:8443/api/v5
	AppID, AppSecret  string
	UserAgent         string
	RequestTimeout    time.Duration // of one HTTP request with its answer
	MaxRetries        int           // how often a request is sent again
	RequestsPerSecond float64       // of this client, all requests together
	TLS               *tls.Config   // nil for Go's defaults
	// Transport carries single attempts, in place of connections of the client's
	// own. It calls the GotConn of httptrace before anything can have been sent, by
	// which attempts are told apart that cannot have reached the broker.
	Transport http.RoundTripper
}

// Format implements fmt.Formatter: whatever prints the configuration does not
// print its secret.
func (c Config) Format(s fmt.State, _ rune) {
	_, _ = fmt.Fprintf(s, "{%s as %s}", c.Address.Redacted(), c.AppID)
}

// Client sends requests. It is safe for use by many goroutines.
type Client struct {
	config    Config
	http      *http.Client
	pace      *pace
	judgement judgement
}

// New makes a client. It sends nothing.
func New(config Config) *Client {
	if config.Transport == nil {
		config.Transport = connections(config.TLS)
	}
	pace := newPace(config.RequestsPerSecond)
	c := &Client{
		config: config,
		pace:   pace,
		http: &http.Client{
			Transport:     &transport{next: config.Transport, pace: pace, timeout: config.RequestTimeout},
			CheckRedirect: checkRedirect,
		},
	}
	c.judgement.address.Store(config.Address)
	return c
}

// At is a client for another address. It shares connections and pace with c.
func (c *Client) At(address *url.URL) *Client {
	there := &Client{config: c.config, http: c.http, pace: c.pace}
	there.judgement.address.Store(address)
	return there
}

// Judged lets a client's first failures be judged. It is called before any request.
func (c *Client) Judged(judge Judge) *Client {
	c.judgement.judge = judge
	return c
}

func connections(config *tls.Config) http.RoundTripper {
	pool := http.DefaultTransport.(*http.Transport).Clone()
	pool.MaxIdleConnsPerHost = maxIdleConns
	pool.IdleConnTimeout = idleTime
	pool.TLSClientConfig = config
	return pool
}

// Do sends a request until it gets an answer that is one: see Request for what is
// repeated. The error is a *Error, which wraps what Decode said, what is wrong with the
// configuration or, when the caller gave up, the context's error.
func (c *Client) Do(ctx context.Context, request Request) (Answer, error) {
	path, err := escape(request.Path)
	if err != nil {
		return Answer{}, &Error{Method: request.Method, Path: "/" + strings.Join(request.Path, "/"), Err: err}
	}
	for {
		address := c.judgement.address.Load()
		answer, err := c.send(ctx, address, &exchange{client: c, request: request, path: path, gate: emqxapi.PassageOf(ctx)})
		if err == nil || address == c.judgement.address.Load() {
			return answer, err
		}
	}
}

func (c *Client) send(ctx context.Context, address *url.URL, x *exchange) (Answer, error) {
	if fault := c.judgement.fault(); fault != nil {
		return Answer{}, &Error{Method: x.request.Method, Path: x.path, Err: fault}
	}
	wire, err := c.wire(ctx, address, x)
	if err != nil {
		return Answer{}, &Error{Method: x.request.Method, Path: x.path, Err: err}
	}
	sender := retryablehttp.Client{
		HTTPClient:   c.http,
		RetryMax:     1 << 20, // exchange.again decides
		CheckRetry:   x.again,
		Backoff:      x.backoff,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	response, err := sender.Do(wire)
	if response != nil {
		_ = response.Body.Close() // transport has read it to its end
	}
	answer, err := x.outcome(ctx, err)
	return answer, c.judgement.settle(ctx, x.request, err)
}

// wire builds the HTTP request. The exchange travels in its context, so that the
// transport can log the attempt.
func (c *Client) wire(ctx context.Context, address *url.URL, x *exchange) (*retryablehttp.Request, error) {
	target := *address
	target.RawPath = strings.TrimSuffix(target.EscapedPath(), "/") + x.path
	plain, err := url.PathUnescape(target.RawPath)
	if err != nil {
		return nil, err
	}
	target.Path = plain
	target.RawQuery = x.request.Query.Encode()
	var body any
	if x.request.Body != nil {
		encoded, err := encodeJSON(x.request.Body)
		if err != nil {
			return nil, err
		}
		body = encoded
	}
	wire, err := retryablehttp.NewRequestWithContext(context.WithValue(ctx, exchangeKey{}, x), x.request.Method, target.String(), body)
	if err != nil {
		return nil, err
	}
	wire.SetBasicAuth(c.config.AppID, c.config.AppSecret)
	wire.Header.Set("Accept", "application/json")
	wire.Header.Set("User-Agent", c.config.UserAgent)
	if body != nil {
		wire.Header.Set("Content-Type", "application/json")
	}
	return wire, nil
}

// encodeJSON leaves <, > and & as they are: a topic travels as it is written.
func encodeJSON(body any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		return nil, fmt.Errorf("the request cannot be written as JSON: %w", err)
	}
	return b.Bytes(), nil
}

// ErrUnaddressable says that a name cannot be a path segment.
var ErrUnaddressable = errors.New(`a name that is empty, "." or ".." cannot be addressed through the API and is refused: ` +
	`on EMQX 5 such a request would reach the parent object`)

// escape percent-encodes each segment once. url.PathEscape leaves "$" (v4 wants
// "$all" literally), ":" and "@" as they are.
func escape(segments []string) (string, error) {
	var b strings.Builder
	for _, segment := range segments {
		if slices.Contains([]string{"", ".", ".."}, segment) {
			return "", ErrUnaddressable
		}
		b.WriteByte('/')
		b.WriteString(url.PathEscape(segment))
	}
	return b.String(), nil
}

// ErrRedirect says that the answer was a redirect that is not followed.
var ErrRedirect = errors.New("the redirect was not followed")

// checkRedirect follows a redirect within the same origin that keeps the method.
// Anywhere else the credentials must not go, and a POST that became a GET would
// be answered without having done anything.
func checkRedirect(next *http.Request, via []*http.Request) error {
	first := via[0]
	switch {
	case next.URL.Scheme != first.URL.Scheme || next.URL.Host != first.URL.Host:
		return fmt.Errorf("%w: it leads to another origin, %s://%s, which does not get the credentials; set endpoint to the address of the API itself",
			ErrRedirect, next.URL.Scheme, next.URL.Host)
	case next.Method != first.Method:
		return fmt.Errorf("%w: it would turn the %s into a %s; set endpoint to the address of the API itself", ErrRedirect, first.Method, next.Method)
	case len(via) >= 5:
		return fmt.Errorf("%w: there were 5 before it", ErrRedirect)
	}
	return nil
}
