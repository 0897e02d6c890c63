package connect_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// Somebody is there but does not answer as an API does. That is another mistake than a
// wrong host or port.
func TestSomebodyAnswersOtherwise(t *testing.T) {
	cases := map[string]struct {
		answer func(w http.ResponseWriter, r *http.Request)
		says   string
	}{
		"the connection is reset": {func(w http.ResponseWriter, _ *http.Request) {
			connection, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_ = connection.(*net.TCPConn).SetLinger(0)
			_ = connection.Close()
		}, "breaks the connection off"},
		"the answer breaks off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, "[")
		}, "breaks the connection off"},
		"there is no answer": {func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
		}, "in time"},
		"another origin": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://login.invalid/", http.StatusFound)
		}, "sends requests elsewhere"},
		"more than fits": {func(w http.ResponseWriter, _ *http.Request) {
			blank := make([]byte, 1<<20)
			for range 65 {
				if _, err := w.Write(blank); err != nil {
					return
				}
			}
		}, "is not an EMQX API"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(tc.answer))
			t.Cleanup(server.Close)
			for _, path := range []string{"", "/api/v5"} {
				c := config(server.URL + path)
				c.MaxRetries, c.RequestTimeout = 0, time.Minute
				if name == "there is no answer" {
					c.RequestTimeout = 100 * time.Millisecond
				}
				_, err := openAndAsk(t.Context(), c)
				wantArgument(t, "endpoint", tc.says, err)
			}
		})
	}
}
