package connect

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
)

// tlsConfig is how the broker's certificate is verified, nil for Go's defaults.
func tlsConfig(config Config) (*tls.Config, error) {
	if len(config.CACertPEM) == 0 && !config.Insecure {
		return nil, nil
	}
	settings := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: config.Insecure, //nolint:gosec // what the user asked for, and was told of
	}
	if len(config.CACertPEM) > 0 {
		roots, err := x509.SystemCertPool()
		if err != nil {
			roots = x509.NewCertPool() // a system without roots has only the given ones
		}
		if !roots.AppendCertsFromPEM(config.CACertPEM) {
			return nil, wrong("ca_cert_file", "The CA certificate cannot be read",
				errors.New("there is no certificate in what ca_cert_file or ca_cert_pem gives: it has to be PEM, with a line -----BEGIN CERTIFICATE-----"))
		}
		settings.RootCAs = roots
	}
	return settings, nil
}
