// Package connect opens a deployment: it finds out which API answers at an
// endpoint and puts the dialect, the snapshots and the batches together.
//
// The endpoint is read as people paste it (…/api/v5/clients, a trailing slash, no
// path) and becomes a list of places. A path that names an API is taken at its
// word, and so is api_version. Otherwise the places are asked in turn for one row of a
// list that both APIs have and whose shape tells them apart.
package connect

import (
	"context"
	"fmt"
	"slices"
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
	UserIDType        emqxapi.Kind // by which name v5 knows users, "" to ask
	Bulk              bulk.Options // how reads and writes travel together
}

// Format implements fmt.Formatter: whatever prints the configuration does not
// print its secret.
func (c Config) Format(s fmt.State, _ rune) {
	_, _ = fmt.Fprintf(s, "{%s %s as %s}", c.APIVersion, c.Endpoint, c.AppID)
}

// Open returns the deployment that a configuration means. Where api_version or the path
// of endpoint names the API nothing is sent: the first request that the work needs
// shows whether address and credentials are right, and judge whether a failure is
// theirs. Otherwise the places where an API may be are asked. The error is an
// *emqxapi.ConfigurationError where a provider argument is at fault.
func Open(ctx context.Context, config Config) (emqxapi.Deployment, error) {
	places, err := placesOf(config.Endpoint, config.APIVersion)
	if err != nil {
		return nil, err
	}
	tls, err := tlsConfig(config)
	if err != nil {
		return nil, err
	}
	o := opener{client: rest.New(rest.Config{
		Address:           places[0].address,
		AppID:             config.AppID,
		AppSecret:         config.AppSecret,
		UserAgent:         config.UserAgent,
		RequestTimeout:    config.RequestTimeout,
		MaxRetries:        config.MaxRetries,
		RequestsPerSecond: config.RequestsPerSecond,
		TLS:               tls,
	})}
	place, client := places[0], o.client
	if sameAPI(places) {
		client = client.Judged(o.judge(places))
	} else {
		if place, err = o.survey(ctx, places, nil); err != nil {
			return nil, explain(place.address, err)
		}
		client = client.At(place.address)
	}
	tflog.Debug(ctx, "EMQX API chosen", map[string]any{"api": place.api, "address": place.address.String()})
	return bulk.New(place.dialect(client, config.UserIDType), config.Bulk), nil
}

// opener asks on behalf of one configuration.
type opener struct{ client *rest.Client }

// sameAPI says whether the API is known, if not in each case where it is.
func sameAPI(places []place) bool {
	return !slices.ContainsFunc(places, func(p place) bool { return p.api != places[0].api })
}

func (p place) dialect(client *rest.Client, userIDType emqxapi.Kind) emqxapi.Dialect {
	if p.api == apiV4 {
		return v4.New(client)
	}
	dialect := v5.New(client)
	if userIDType != "" {
		dialect.WithUserIDType(userIDType)
	}
	return dialect
}
