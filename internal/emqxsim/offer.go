package emqxsim

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/apikey"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/apiv5"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/calls"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/offer"
)

// Offer is what is offered at the management APIs.
type Offer string

// The offers that there are.
const (
	// OfferEMQX is everything: EMQX 4.4.19 under v4, EMQX 6.2.2 under v5.
	OfferEMQX Offer = "emqx"
	// OfferEMQX5 has EMQX 5.8.9 under v5.
	OfferEMQX5 Offer = "emqx5"
	// OfferCloud is what EMQX Cloud documents, with the answers as documented (api/cloud.md).
	OfferCloud Offer = "cloud"
	// OfferServerless is what EMQX Cloud documents of its Serverless deployments.
	OfferServerless Offer = "serverless"
)

var offers = []Offer{OfferEMQX, OfferEMQX5, OfferCloud, OfferServerless}

func offerNames() string {
	names := make([]string, len(offers))
	for i, offer := range offers {
		names[i] = string(offer)
	}
	return strings.Join(names, ", ")
}

func (o Offer) check() error {
	if !slices.Contains(offers, o) {
		return fmt.Errorf("no offer %q; there are %s", o, offerNames())
	}
	return nil
}

// release is the version that the v5 API is like. EMQX Cloud's documentation was made from a broker of the 5.8
// generation (api/cloud.md §2b).
func (o Offer) release() apiv5.Release {
	if o == OfferEMQX {
		return apiv5.EMQX62
	}
	return apiv5.EMQX58
}

// documented gives the calls that an API offers, nil for all, and the shapes in which they are documented. Serverless
// deployments have no v4.
func (o Offer) documented(generation offer.Generation) (calls.List, []offer.Shape) {
	switch {
	case o == OfferCloud && generation == offer.V4:
		return calls.Cloud4, offer.Dedicated4
	case o == OfferCloud:
		return calls.Cloud5, offer.Dedicated5
	case o == OfferServerless && generation == offer.V4:
		return calls.List{}, nil
	case o == OfferServerless:
		return calls.Serverless5, offer.Serverless5
	default:
		return nil, nil
	}
}

// layer puts what is offered in front of an API.
func (b *Broker) layer(generation offer.Generation, api http.Handler) *offer.Layer {
	documented, shapes := b.opts.Offer.documented(generation)
	return &offer.Layer{
		Generation: generation, API: api, Keys: b.keys,
		Calls: documented, Undocumented: b.opts.Undocumented, Shapes: slices.Concat(shapes, b.opts.Shapes),
	}
}

// UndocumentedCall is a call that was asked though it is not offered.
type UndocumentedCall struct {
	Method, Path string // as sent, percent-encoded
	Count        int
}

// UndocumentedCalls are those among Requests, in the order in which they were asked first.
func (b *Broker) UndocumentedCalls() []UndocumentedCall {
	var asked []UndocumentedCall
	for _, request := range b.Requests() {
		if b.documents(request) {
			continue
		}
		i := slices.IndexFunc(asked, func(c UndocumentedCall) bool { return c.Method == request.Method && c.Path == request.Path })
		if i < 0 {
			i = len(asked)
			asked = append(asked, UndocumentedCall{Method: request.Method, Path: request.Path})
		}
		asked[i].Count++
	}
	return asked
}

func (b *Broker) documents(request Request) bool {
	for _, m := range b.mounts {
		if path, ok := m.cut(request.Path); ok {
			return m.layer.Documents(request.Method, path)
		}
	}
	return b.opts.Offer.everything()
}

// everything tells whether there is no call that is not offered.
func (o Offer) everything() bool { return o == OfferEMQX || o == OfferEMQX5 }

// Key is a key as EMQX 6 knows it.
type Key = apikey.Key
