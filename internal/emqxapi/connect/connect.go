// Package connect opens a deployment: it finds out which API answers at an
// endpoint and puts the dialect, the snapshots and the batches together.
//
// The endpoint is read as people paste it (…/api/v5/clients, a trailing slash, no
// path) and becomes a list of places. A path that names an API is taken at its
// word. Otherwise the places are asked in turn with GET /nodes, which both APIs
// have, which changes nothing, and whose shape tells them apart. Then the dialect's
// Check asks for the version, so that a wrong secret is an error on the provider's
// argument and not on some resource.
package connect

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/url"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/bulk"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
	v4 "github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/v4"
	v5 "github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/v5"
)

// Config is the provider's configuration, with every default in place.
type Config struct {
	Endpoint          string // as the console shows it
	AppID, AppSecret  string
	APIVersion        string // auto, v4, v5
	RequestTimeout    time.Duration
	MaxRetries        int
	RequestsPerSecond float64
	CACertPEM         []byte // roots in addition to the system's
	Insecure          bool   // do not verify the broker's certificate
	UserAgent         string
	Bulk              bulk.Options // how reads and writes travel together
}

// Format implements fmt.Formatter: whatever prints the configuration does not
// print its secret.
func (c Config) Format(s fmt.State, _ rune) {
	_, _ = fmt.Fprintf(s, "{%s %s as %s}", c.APIVersion, c.Endpoint, c.AppID)
}

// Open finds out which API answers and returns the deployment behind it. It asks
// for the broker's version, so that a wrong address or secret shows here and not
// on some resource. Nothing that it sends changes anything. The error is an
// *emqxapi.ConfigurationError where a provider argument is at fault.
func Open(ctx context.Context, config Config) (emqxapi.Deployment, error) {
	places, err := placesOf(config.Endpoint, config.APIVersion)
	if err != nil {
		return nil, err
	}
	o := opener{config: config}
	if o.tls, err = tlsConfig(config); err != nil {
		return nil, err
	}
	place, err := o.choose(ctx, places)
	if err != nil {
		return nil, explain(place.address, err)
	}
	dialect := o.dialect(place)
	version, err := dialect.Check(ctx)
	if err != nil {
		return nil, explain(place.address, place.orElsewhere(err))
	}
	tflog.Debug(ctx, "EMQX API found", map[string]any{
		"api": place.api, "broker_version": version, "address": place.address.String(),
	})
	return bulk.New(dialect, config.Bulk), nil
}

// opener is what all attempts to reach an API have in common.
type opener struct {
	config Config
	tls    *tls.Config
}

func (o opener) client(address *url.URL) *rest.Client {
	return rest.New(rest.Config{
		Address:           address,
		AppID:             o.config.AppID,
		AppSecret:         o.config.AppSecret,
		UserAgent:         o.config.UserAgent,
		RequestTimeout:    o.config.RequestTimeout,
		MaxRetries:        o.config.MaxRetries,
		RequestsPerSecond: o.config.RequestsPerSecond,
		TLS:               o.tls,
	})
}

func (o opener) dialect(p place) emqxapi.Dialect {
	if p.api == apiV4 {
		return v4.New(o.client(p.address))
	}
	return v5.New(o.client(p.address))
}
