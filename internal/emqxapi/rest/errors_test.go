package rest

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// Whom another try helps is told to try again, and nobody else.
func TestErrorPassing(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err  Error
		want bool
	}{
		"no answer":         {Error{Err: errors.New("connection reset")}, true},
		"too many requests": {Error{Status: http.StatusTooManyRequests}, true},
		"no gateway":        {Error{Status: http.StatusBadGateway}, true},
		"a proxy's page":    {Error{Status: http.StatusOK, Err: fmt.Errorf("%w: HTML", ErrDamaged)}, true},
		"refused":           {Error{Status: http.StatusBadRequest, Code: "BAD_REQUEST"}, false},
		"refused by code":   {Error{Status: http.StatusOK, Code: "108"}, false},
		"not here":          {Error{Status: http.StatusNotFound}, false},
		"certificate":       {Error{Err: &tls.CertificateVerificationError{Err: errors.New("unknown authority")}}, false},
		"redirect":          {Error{Status: http.StatusFound, Err: ErrRedirect}, false},
		"too large":         {Error{Status: http.StatusOK, Err: ErrTooLarge}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := fmt.Errorf("reading: %w", &test.err)
			if got := errors.Is(err, emqxapi.ErrPassing); got != test.want {
				t.Errorf("passing: %v, want %v", got, test.want)
			}
		})
	}
}
