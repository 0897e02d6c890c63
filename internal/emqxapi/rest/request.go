package rest

import "net/url"

// Request is one call of the API.
type Request struct {
	Method string
	// Path are the segments below the API's address, unescaped. Each is
	// percent-encoded exactly once. A segment "", "." or ".." is refused before
	// anything is sent: EMQX 5 decodes a path first and resolves dot segments
	// then, so that DELETE …/users/.. deletes the authenticator (api/v5.md §1.1).
	Path  []string
	Query url.Values
	// Body is sent as JSON unless it is nil.
	Body any
	// Once forbids to send the request again when it may have been carried out
	// already. Without it a request whose answer was lost is repeated, and
	// Answer.Repeated tells; one that crashed the broker (HTTP 500) is repeated
	// once, if it is a write.
	Once bool
	// Optional says that the work can do without the answer: a refusal says nothing of the
	// provider's configuration.
	Optional bool
	// Decode takes the answer apart. It decides what the answer means: an error
	// that wraps ErrDamaged says that this was no answer of the API (a proxy's
	// page, half a body, another shape), which counts as a lost answer; one that
	// wraps ErrRefused, that HTTP 500 is a refusal here and no failure. May be nil.
	Decode func(Answer) error
}

// Answer is what came back, whatever the status.
type Answer struct {
	Status      int
	ContentType string
	Body        []byte
	// Repeated says that an earlier attempt of the same request may have been
	// carried out although its answer was lost. So "exists already" may be
	// about what the request itself has made.
	Repeated bool
}
