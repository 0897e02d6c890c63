package connect_test

import (
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"sync"
	"testing"
)

// behindProxy is a host that only the proxy of the test can reach. The test
// server's certificate is for this name.
const behindProxy = "example.com:8443"

// proxyAuthority names the variable that makes this test binary a client behind a
// proxy: Go reads HTTPS_PROXY once in a process, so each proxy needs its own.
const proxyAuthority = "EMQX_TEST_BEHIND_PROXY"

// tunnel is an HTTP proxy that lets CONNECT through to one server.
type tunnel struct {
	to string

	mu    sync.Mutex
	asked []string
}

// ServeHTTP implements http.Handler.
func (p *tunnel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked = append(p.asked, fmt.Sprintf("%s %s, credentials %q", r.Method, r.Host, r.Header.Get("Authorization")))
	p.mu.Unlock()
	server, err := net.Dial("tcp", p.to)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer server.Close()
	w.WriteHeader(http.StatusOK)
	client, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer client.Close()
	go func() { _, _ = io.Copy(server, client) }()
	_, _ = io.Copy(client, server)
}

// TestProxyFromEnvironment goes to the API through the proxy that HTTPS_PROXY names.
// The proxy is asked for a tunnel and never sees the credentials.
func TestProxyFromEnvironment(t *testing.T) {
	server := secure(t)
	proxy := &tunnel{to: server.Listener.Addr().String()}
	listening := httptest.NewServer(proxy)
	defer listening.Close()
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})

	client := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestClientBehindProxy$", "-test.v")
	client.Env = append(os.Environ(), "HTTPS_PROXY="+listening.URL, "NO_PROXY=", proxyAuthority+"="+string(authority))
	if output, err := client.CombinedOutput(); err != nil {
		t.Fatalf("%s\n%s", err, output)
	}
	proxy.mu.Lock()
	defer proxy.mu.Unlock()
	if want := "CONNECT " + behindProxy + `, credentials ""`; len(proxy.asked) == 0 || proxy.asked[0] != want {
		t.Errorf("the proxy was asked for %q, want %q", proxy.asked, want)
	}
}

// TestClientBehindProxy is the client of TestProxyFromEnvironment.
func TestClientBehindProxy(t *testing.T) {
	authority := os.Getenv(proxyAuthority)
	if authority == "" {
		t.Skip("is started by TestProxyFromEnvironment")
	}
	c := config("https://" + behindProxy + "/api/v5")
	c.CACertPEM = []byte(authority)
	deployment, err := openAndAsk(t.Context(), c)
	wantAPI(t, "v5", deployment, err)
}
