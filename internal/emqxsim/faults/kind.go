package faults

import "net/http"

// Kind names one fault. Its documentation says whether the broker has acted on
// the request when the client meets the fault; [Kind.Acted] says the same to
// programs.
type Kind string

const (
	// ResetBefore cuts the connection with a TCP reset. The broker has not acted.
	ResetBefore Kind = "reset-before"
	// ResetAfter cuts the connection with a TCP reset. The broker has acted, its answer is lost.
	ResetAfter Kind = "reset-after"

	// TooManyRequests answers 429 without Retry-After. The broker has not acted.
	TooManyRequests Kind = "429"
	// TooManyRequestsSeconds answers 429 with Retry-After in seconds. The broker has not acted.
	TooManyRequestsSeconds Kind = "429-seconds"
	// TooManyRequestsDate answers 429 with Retry-After as an HTTP date. The broker has not acted.
	TooManyRequestsDate Kind = "429-date"

	// InternalError answers 500 with a body that repeats the Authorization
	// header, as EMQX 5.8.9 does after a crash (api/v5.md §1.2). The broker has not acted.
	InternalError Kind = "500"
	// BadGateway answers 502 with JSON. The broker has not acted.
	BadGateway Kind = "502"
	// Unavailable answers 503 with JSON. The broker has not acted.
	Unavailable Kind = "503"
	// GatewayTimeout answers 504 with JSON. The broker has not acted.
	GatewayTimeout Kind = "504"
	// BadGatewayAfter answers 502 with JSON. The broker has acted.
	BadGatewayAfter Kind = "502-after"
	// GatewayTimeoutAfter answers 504 with JSON. The broker has acted.
	GatewayTimeoutAfter Kind = "504-after"

	// TruncatedBody announces the whole answer in Content-Length, sends half
	// of it and closes. The broker has acted.
	TruncatedBody Kind = "truncated-body"
	// TruncatedJSON sends half of the answer as an HTTP message that is
	// complete in itself. The broker has acted.
	TruncatedJSON Kind = "truncated-json"
	// EmptyBody sends the status of the answer without its body. The broker has acted.
	EmptyBody Kind = "empty-body"
	// NullData sends the answer with null for its `data`, or null for all of
	// an answer that has none. The broker has acted.
	NullData Kind = "null-data"
	// NumberAsString sends the answer with its numbers and booleans as
	// strings; one that has none arrives unharmed. The broker has acted.
	NumberAsString Kind = "number-as-string"
	// ListForObject sends the answer as the only element of a list. The broker has acted.
	ListForObject Kind = "list-for-object"
	// WrongContentType sends the answer, unharmed, as text/html. The broker has acted.
	WrongContentType Kind = "wrong-content-type"
	// SlowDrip sends the answer, unharmed, in small pieces over [Options.DripFor]. The broker has acted.
	SlowDrip Kind = "slow-drip"

	// HTMLPage answers 200 with a proxy's HTML page. The broker has not acted.
	HTMLPage Kind = "html-200"
	// HTMLAsJSON is HTMLPage with the content type application/json. The broker has not acted.
	HTMLAsJSON Kind = "html-as-json"
	// HTMLBadGateway answers 502 with a proxy's HTML page. The broker has not acted.
	HTMLBadGateway Kind = "html-502"
	// HugeBody answers 200 with [Options.HugeBytes] of valid JSON. The broker has not acted.
	HugeBody Kind = "huge-body"

	// RedirectSameOrigin answers 307 with an address of the same origin, where
	// the request is served without a further fault. The broker has not acted yet.
	RedirectSameOrigin Kind = "redirect-same-origin"
	// RedirectOtherOrigin answers 307 with an address under [Options.OtherOrigin]. The broker has not acted.
	RedirectOtherOrigin Kind = "redirect-other-origin"

	// Stall leaves the request unanswered until the client gives up or
	// [Options.StallFor] has passed, then closes. The broker has not acted.
	Stall Kind = "stall"
	// StallAfter is Stall after the broker has acted.
	StallAfter Kind = "stall-after"

	// OverQuota answers 429 to what exceeds [Options.QuotaPerSecond]. It is
	// counted like a fault but has no chance of its own. The broker has not acted.
	OverQuota Kind = "over-quota"
)

// behaviour is what a kind does with an exchange.
type behaviour struct {
	kind Kind
	// acts: the broker serves the request before the client is answered.
	acts bool
	// needsBody: there is no such fault for an answer without a body.
	needsBody bool
	inject    func(*exchange)
}

// behaviours has every kind that can be given a chance. The order is part of
// what a seed reproduces.
var behaviours = []behaviour{
	{kind: ResetBefore, inject: (*exchange).reset},
	{kind: ResetAfter, acts: true, inject: (*exchange).reset},
	{kind: TooManyRequests, inject: func(x *exchange) { x.tooMany("") }},
	{kind: TooManyRequestsSeconds, inject: (*exchange).tooManyWithSeconds},
	{kind: TooManyRequestsDate, inject: (*exchange).tooManyWithDate},
	{kind: InternalError, inject: (*exchange).crash},
	{kind: BadGateway, inject: status(http.StatusBadGateway)},
	{kind: Unavailable, inject: status(http.StatusServiceUnavailable)},
	{kind: GatewayTimeout, inject: status(http.StatusGatewayTimeout)},
	{kind: BadGatewayAfter, acts: true, inject: status(http.StatusBadGateway)},
	{kind: GatewayTimeoutAfter, acts: true, inject: status(http.StatusGatewayTimeout)},
	{kind: TruncatedBody, acts: true, needsBody: true, inject: (*exchange).truncateBody},
	{kind: TruncatedJSON, acts: true, needsBody: true, inject: (*exchange).truncateJSON},
	{kind: EmptyBody, acts: true, needsBody: true, inject: (*exchange).empty},
	{kind: NullData, acts: true, needsBody: true, inject: reshape(nullData)},
	{kind: NumberAsString, acts: true, needsBody: true, inject: reshape(scalarsAsStrings)},
	{kind: ListForObject, acts: true, needsBody: true, inject: reshape(inList)},
	{kind: WrongContentType, acts: true, needsBody: true, inject: (*exchange).relabel},
	{kind: SlowDrip, acts: true, needsBody: true, inject: (*exchange).drip},
	{kind: HTMLPage, inject: page(http.StatusOK, "text/html")},
	{kind: HTMLAsJSON, inject: page(http.StatusOK, "application/json")},
	{kind: HTMLBadGateway, inject: page(http.StatusBadGateway, "text/html")},
	{kind: HugeBody, inject: (*exchange).huge},
	{kind: RedirectSameOrigin, inject: (*exchange).redirectToSelf},
	{kind: RedirectOtherOrigin, inject: (*exchange).redirectAway},
	{kind: Stall, inject: (*exchange).stall},
	{kind: StallAfter, acts: true, inject: (*exchange).stall},
}

// Kinds lists every kind that can be given a chance, in the order in which a
// seed draws them.
func Kinds() []Kind {
	kinds := make([]Kind, len(behaviours))
	for i, b := range behaviours {
		kinds[i] = b.kind
	}
	return kinds
}

// Acted reports whether the broker has acted on a request that met this fault.
func (k Kind) Acted() bool {
	b, ok := find(k)
	return ok && b.acts
}

func find(k Kind) (behaviour, bool) {
	for _, b := range behaviours {
		if b.kind == k {
			return b, true
		}
	}
	return behaviour{}, false
}
