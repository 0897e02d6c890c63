package emqxsim

import (
	"fmt"
	"slices"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/apikey"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/apiv5"
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

// OfferNames lists the offers.
func OfferNames() string {
	names := make([]string, len(offers))
	for i, offer := range offers {
		names[i] = string(offer)
	}
	return strings.Join(names, ", ")
}

func (o Offer) check() error {
	if !slices.Contains(offers, o) {
		return fmt.Errorf("no offer %q; there are %s", o, OfferNames())
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

// SetOffer takes the offer from a command line.
func (o *Options) SetOffer(name string) error {
	o.Offer = Offer(name)
	return o.Offer.check()
}

// Key is a key as EMQX 6 knows it.
type Key = apikey.Key

// AddKey takes a key from a command line, in the form of apikey.Parse.
func (o *Options) AddKey(text string) error {
	key, err := apikey.Parse(text)
	if err != nil {
		return err
	}
	o.Keys = append(o.Keys, key)
	return nil
}
