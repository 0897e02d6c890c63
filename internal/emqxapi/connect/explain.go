package connect

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

// explain finds the provider argument that is at fault for a failure to reach an
// API, where one is.
func explain(address *url.URL, err error) error {
	var configuration *emqxapi.ConfigurationError
	var certificate *tls.CertificateVerificationError
	var failure *rest.Error
	switch {
	case errors.As(err, &configuration):
		return configuration
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &certificate):
		return wrong("ca_cert_file", "The broker's certificate cannot be verified",
			fmt.Errorf("%w: if the broker has a certificate of your own authority, give that authority's certificate in ca_cert_file or ca_cert_pem; "+
				"if the name does not fit, use in endpoint the name that the certificate is for; "+
				"insecure = true skips the verification, and with it the protection of the secret", err))
	case errors.Is(err, http.ErrSchemeMismatch):
		return wrong("endpoint", "The endpoint says https, and the server there speaks plain http",
			fmt.Errorf("%w: take http, or the port where the broker serves https", err))
	case errors.As(err, &failure) && failure.Status == 0:
		return noAnswer(address, err)
	}
	return fmt.Errorf("the EMQX API at %s cannot be used: %w", address, err)
}

// noAnswer says how far the requests came that brought no answer at all.
func noAnswer(address *url.URL, err error) error {
	const checkAddress = "check host and port of endpoint (EMQX Cloud 8443, EMQX 5 18083, EMQX 4 8081), whether the scheme is right, " +
		"and whether a firewall or an IP allow list is in the way"
	summary, advice := "%s breaks the connection off", checkAddress
	var network *net.OpError
	switch {
	case errors.Is(err, rest.ErrRedirect):
		summary, advice = "%s sends requests elsewhere", "endpoint has to be where the API itself is, not a page that leads to it"
	case errors.Is(err, rest.ErrTooLarge):
		summary, advice = "What answers at %s is not an EMQX API", "check endpoint"
	case errors.Is(err, rest.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		summary, advice = "Nothing answers at %s in time", checkAddress+"; if the broker is only slow, raise request_timeout"
	case errors.As(err, &network) && (network.Op == "dial" || network.Op == "proxyconnect"):
		summary = "Nothing answers at %s"
	}
	return wrong("endpoint", fmt.Sprintf(summary, address.Host), fmt.Errorf("%w: %s", err, advice))
}
