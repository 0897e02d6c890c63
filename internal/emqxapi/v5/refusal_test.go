package v5_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

const own404 = `<html><head><title>404 - NOT FOUND</title></head><body><h1>404 - NOT FOUND</h1></body></html>`

// Of everything that comes as 404 or looks like it, one thing is absence.
func TestAbsenceIsNeverGuessed(t *testing.T) {
	cases := map[string]struct {
		reply  reply
		absent bool
		says   string
	}{
		"no such user":                 {reply{404, refusal("NOT_FOUND", "User not found")}, true, "no such object"},
		"no authenticator at all":      {reply{404, refusal("NOT_FOUND", "Authenticator not found in the 'global' scope")}, false, "Access Control, Authentication"},
		"no such authenticator":        {reply{404, refusal("NOT_FOUND", "Authenticator 'x' does not exist")}, false, "Access Control, Authentication"},
		"authenticator not in a chain": {reply{400, refusal("BAD_REQUEST", `User error: {not_found,{authenticator,<<"x">>}}`)}, false, "Access Control, Authentication"},
		"no source":                    {reply{404, refusal("NOT_FOUND", "Not found: built_in_database")}, false, "Access Control, Authorization"},
		"no such path":                 {reply{404, own404}, false, "endpoint"},
		"a path that nobody knows":     {reply{404, refusal("NOT_FOUND", "Request Path Not Found")}, false, "decode %2F"},
		"no such method":               {reply{405, ""}, false, "endpoint"},
		"another 404":                  {reply{404, refusal("NOT_FOUND", "Something else")}, false, "Something else"},
		"a proxy's 404":                {reply{404, "<html>gone</html>"}, false, "not one of the EMQX API's"},
		"a gateway's 404":              {reply{404, `{"error":"no route"}`}, false, "not one of the EMQX API's"},
		"404 without a body":           {reply{404, ""}, false, "not one of the EMQX API's"},
		"half an answer":               {reply{404, `{"code":"NOT_FOUND","mess`}, false, "not one of the EMQX API's"},
		"a page with 200":              {reply{200, "<html>Sign in</html>"}, false, "not one of the EMQX API's"},
		"nothing with 200":             {reply{200, ""}, false, "not one of the EMQX API's"},
		"null":                         {reply{200, "null"}, false, "no user_id"},
		"another shape":                {reply{200, `[{"user_id":"u","is_superuser":false}]`}, false, "not one of the EMQX API's"},
		"half a user":                  {reply{200, `{"user_id":"u","is_sup`}, false, "not one of the EMQX API's"},
		"name too long":                {reply{414, ""}, false, "too long"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startStub(t, always(tc.reply.status, tc.reply.body))
			_, err := s.GetUser(t.Context(), emqxapi.KindUsername, "u")
			if err == nil || errors.Is(err, emqxapi.ErrNotFound) != tc.absent || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// Which call the key may not make is what a refusal of it is about. Whether the key is
// known at all is found out above, see package connect.
func TestACallThatTheKeyMayNotMake(t *testing.T) {
	cases := map[string]reply{
		"401":                {401, refusal("BAD_API_KEY_OR_SECRET", "Check api_key/api_secret")},
		"401 without a body": {401, ""},
		"role not allowed":   {403, refusal("UNAUTHORIZED_ROLE", "You don't have permission to access this resource")},
		"403 without a body": {403, ""},
		"a gateway's 403":    {403, "<html>Forbidden</html>"},
	}
	for name, answer := range cases {
		t.Run(name, func(t *testing.T) {
			s := startStub(t, always(answer.status, answer.body))
			_, err := s.Metrics(t.Context())
			denied, ok := errors.AsType[*emqxapi.PermissionError](err)
			if !ok || denied.Method != http.MethodGet || denied.Path != "/metrics" {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestServerErrorsShowNothingOfTheirBody(t *testing.T) {
	for _, status := range []int{http.StatusInternalServerError, http.StatusNotImplemented, 599} {
		s := startStub(t, always(status, refusal("INTERNAL_ERROR", "headers => authorization => Basic Y2lf")))
		_, read := s.Metrics(t.Context())
		write := s.DeleteBan(t.Context(), emqxapi.BanClientID, "c")
		for _, err := range []error{read, write} {
			if err == nil || strings.Contains(err.Error(), "Y2lf") || strings.Contains(err.Error(), "authorization") {
				t.Errorf("HTTP %d: %v", status, err)
			}
		}
	}
}

// A crash of the broker leaves open whether a write was carried out.
func TestAWriteThatCrashesIsMadeOnceMore(t *testing.T) {
	crashes := 1
	s := startStub(t, func(ask) reply {
		crashes--
		if crashes >= 0 {
			return reply{500, refusal("INTERNAL_ERROR", "x")}
		}
		return reply{204, ""}
	})
	if err := s.DeleteBan(t.Context(), emqxapi.BanClientID, "c"); err != nil {
		t.Error(err)
	}
	crashes = 2
	err := s.DeleteBan(t.Context(), emqxapi.BanClientID, "c")
	if !errors.Is(err, emqxapi.ErrOutcomeUnknown) {
		t.Errorf("got %v", err)
	}
}

func TestABodyWhereNoneIsExpectedIsDamage(t *testing.T) {
	s := startStub(t, always(200, "<html>Sign in</html>"))
	err := s.DeleteBan(t.Context(), emqxapi.BanClientID, "c")
	if !errors.Is(err, rest.ErrDamaged) || !errors.Is(err, emqxapi.ErrOutcomeUnknown) {
		t.Errorf("got %v", err)
	}
}
