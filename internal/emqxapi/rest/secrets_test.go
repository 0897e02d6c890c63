package rest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

// FuzzMessagesThatRepeatAPassword has the broker say a password in every way in which it
// prints what was sent.
func FuzzMessagesThatRepeatAPassword(f *testing.F) {
	for _, secret := range []string{"hunter2", "a", "päss wörd", `q"u\o'te`, "%$!", "1577", "two\nlines"} {
		f.Add(secret)
	}
	f.Fuzz(func(t *testing.T, secret string) {
		asJSON, err := json.Marshal(secret)
		if err != nil || secret == "" || json.Unmarshal(asJSON, &secret) != nil {
			return
		}
		var bytes []string
		for i := range len(secret) {
			bytes = append(bytes, strconv.Itoa(int(secret[i])))
		}
		numbers := strings.Join(bytes, ", ")
		body := []map[string]any{{"user_id": "u1", "password": "x"}, {"user_id": "u2", "password": secret}}
		for _, message := range []string{
			"bad value " + secret + " of password", "bad value: " + string(asJSON), fmt.Sprintf("bad value: <<%+q>>", secret),
			"bad value: [" + numbers + "]", "bad value: <<" + numbers + ">>",
		} {
			if !rest.Repeats(message, body) {
				t.Errorf("%q would be shown, with the password %q", message, secret)
			}
		}
	})
}

func TestMessagesThatRepeatAPassword(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) })
	client := newClient(t, server, nil)
	send := func(message string) string {
		_, err := client.Do(t.Context(), rest.Request{
			Method: http.MethodPut, Path: []string{"users", "d1"}, Body: map[string]string{"password": "hunter2"},
			Decode: func(rest.Answer) error { return &rest.Error{Message: message, Err: errors.New("refused")} },
		})
		return err.Error()
	}
	if got := send("password: hunter2 is too short"); strings.Contains(got, "hunter2") {
		t.Errorf("the error: %s", got)
	}
	if got := send("password: too short"); !strings.Contains(got, "too short") {
		t.Errorf("the error: %s", got)
	}
}
