package provider

import (
	"encoding/pem"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/connect"
)

// environment sets the variables of the provider, and no others.
func environment(t *testing.T, variables map[string]string) {
	t.Helper()
	for _, name := range []string{
		"EMQX_ENDPOINT", "EMQX_APP_ID", "EMQX_APP_SECRET", "EMQX_API_VERSION", "EMQX_REQUEST_TIMEOUT", "EMQX_MAX_RETRIES",
		"EMQX_REQUESTS_PER_SECOND", "EMQX_CA_CERT_FILE", "EMQX_INSECURE", "EMQX_USER_ID_TYPE",
	} {
		t.Setenv(name, variables[name])
	}
}

// given are the three settings without which nothing works.
var given = map[string]string{"EMQX_ENDPOINT": "https://x/api", "EMQX_APP_ID": "id", "EMQX_APP_SECRET": "secret"}

// with adds variables to those that are always given.
func with(variables map[string]string) map[string]string {
	all := maps.Clone(given)
	maps.Copy(all, variables)
	return all
}

func TestConnectConfig(t *testing.T) {
	defaults := connect.Config{
		Endpoint: "https://x/api", AppID: "id", AppSecret: "secret",
		APIVersion: "auto", RequestTimeout: 30 * time.Second, MaxRetries: 4, RequestsPerSecond: 100,
	}
	everything := connect.Config{
		Endpoint: "https://y/api/v5", AppID: "i", AppSecret: "s",
		APIVersion: "v5", RequestTimeout: 90 * time.Second, MaxRetries: 0, RequestsPerSecond: 10, Insecure: true,
		UserIDType: emqxapi.KindClientID,
	}
	tests := map[string]struct {
		environment map[string]string
		model       providerModel
		want        connect.Config
	}{
		"defaults": {environment: given, want: defaults},
		"environment": {
			environment: map[string]string{
				"EMQX_ENDPOINT": "https://y/api/v5", "EMQX_APP_ID": "i", "EMQX_APP_SECRET": "s", "EMQX_API_VERSION": "v5",
				"EMQX_REQUEST_TIMEOUT": "1m30s", "EMQX_MAX_RETRIES": "0", "EMQX_REQUESTS_PER_SECOND": "10", "EMQX_INSECURE": "true",
				"EMQX_USER_ID_TYPE": "clientid",
			},
			want: everything,
		},
		"arguments before the environment": {
			environment: with(map[string]string{
				"EMQX_API_VERSION": "v4", "EMQX_REQUEST_TIMEOUT": "nonsense", "EMQX_MAX_RETRIES": "nonsense",
				"EMQX_REQUESTS_PER_SECOND": "50", "EMQX_INSECURE": "false",
				"EMQX_USER_ID_TYPE": "username",
			}),
			model: providerModel{
				Endpoint: types.StringValue("https://y/api/v5"), AppID: types.StringValue("i"), AppSecret: types.StringValue("s"),
				APIVersion: types.StringValue("v5"), RequestTimeout: timetypes.NewGoDurationValueFromStringMust("90s"),
				MaxRetries: types.Int64Value(0), RequestsPerSecond: types.Float64Value(10), Insecure: types.BoolValue(true),
				UserIDType: types.StringValue("clientid"),
			},
			want: everything,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			environment(t, test.environment)
			var diags diag.Diagnostics
			got := test.model.connectConfig(&diags)
			if len(diags) > 0 {
				t.Errorf("diagnostics: %v", diags)
			}
			if diff := cmp.Diff(test.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("config (-want +got):\n%s", diff)
			}
		})
	}
}

func TestConnectConfigMistakes(t *testing.T) {
	notPEM := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(notPEM, []byte("not a certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		environment map[string]string
		model       providerModel
		argument    string
		says        string
	}{
		"no endpoint":          {map[string]string{"EMQX_APP_ID": "id", "EMQX_APP_SECRET": "s"}, providerModel{}, "endpoint", "EMQX_ENDPOINT"},
		"id without secret":    {map[string]string{"EMQX_ENDPOINT": "https://x/api", "EMQX_APP_ID": "id"}, providerModel{}, "app_secret", "EMQX_APP_SECRET"},
		"secret without id":    {map[string]string{"EMQX_ENDPOINT": "https://x/api", "EMQX_APP_SECRET": "s"}, providerModel{}, "app_id", "EMQX_APP_ID"},
		"empty argument":       {given, providerModel{AppID: types.StringValue("")}, "app_id", "Set app_id"},
		"api version":          {with(map[string]string{"EMQX_API_VERSION": "v3"}), providerModel{}, "api_version", "auto, v4, v5"},
		"timeout without unit": {with(map[string]string{"EMQX_REQUEST_TIMEOUT": "30"}), providerModel{}, "request_timeout", "with a unit"},
		"no time at all":       {given, providerModel{RequestTimeout: timetypes.NewGoDurationValue(0)}, "request_timeout", "takes longer"},
		"negative retries":     {with(map[string]string{"EMQX_MAX_RETRIES": "-1"}), providerModel{}, "max_retries", "from 0"},
		"no requests":          {with(map[string]string{"EMQX_REQUESTS_PER_SECOND": "NaN"}), providerModel{}, "requests_per_second", "from 0.1"},
		"user id type":         {with(map[string]string{"EMQX_USER_ID_TYPE": "name"}), providerModel{}, "user_id_type", "username, clientid"},
		"insecure":             {with(map[string]string{"EMQX_INSECURE": "maybe"}), providerModel{}, "insecure", "true or false"},
		"no such file":         {with(map[string]string{"EMQX_CA_CERT_FILE": "/does/not/exist"}), providerModel{}, "ca_cert_file", "/does/not/exist"},
		"file without PEM":     {given, providerModel{CACertFile: types.StringValue(notPEM)}, "ca_cert_file", "BEGIN CERTIFICATE"},
		"argument without PEM": {given, providerModel{CACertPEM: types.StringValue("x")}, "ca_cert_pem", "BEGIN CERTIFICATE"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			environment(t, test.environment)
			var diags diag.Diagnostics
			test.model.connectConfig(&diags)
			if len(diags) != 1 {
				t.Fatalf("diagnostics: %v, want one", diags)
			}
			d, onArgument := diags[0].(diag.DiagnosticWithPath)
			if !onArgument || d.Path().String() != test.argument || !strings.Contains(d.Detail(), test.says) {
				t.Errorf("diagnostic %v, want one on %s that says %q", diags[0], test.argument, test.says)
			}
		})
	}
}

func TestCertificatesAddUp(t *testing.T) {
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	environment(t, with(map[string]string{"EMQX_CA_CERT_FILE": file}))

	var diags diag.Diagnostics
	model := providerModel{CACertPEM: types.StringValue(string(certificate))}
	got := model.connectConfig(&diags).CACertPEM
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	if n := strings.Count(string(got), "-----BEGIN CERTIFICATE-----"); n != 2 {
		t.Errorf("%d certificates, want the file's and the argument's", n)
	}
}

func TestUnknownArguments(t *testing.T) {
	t.Parallel()
	model := providerModel{Endpoint: types.StringUnknown(), AppSecret: types.StringUnknown(), Insecure: types.BoolUnknown()}
	if got, want := model.unknownArguments(), []string{"app_secret", "endpoint", "insecure"}; !slices.Equal(got, want) {
		t.Errorf("unknown arguments %q, want %q", got, want)
	}
}

func TestWarnOfPlainHTTP(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{
		"http://emqx.example.com:8081/api/v4":  true,
		"HTTP://10.1.2.3/api":                  true,
		"http://user:pw@emqx.example.com/api":  true,
		"https://emqx.example.com:8443/api":    false,
		"http://localhost:18083/api/v5":        false,
		"http://127.0.0.2:18083/api/v5":        false,
		"http://[::1]:18083/api/v5":            false,
		"http://localhost.example.com/api/v5":  true,
		"http://127.0.0.1.example.com/api/v5/": true,
	}
	for endpoint, want := range tests {
		var diags diag.Diagnostics
		warnOfPlainHTTP(endpoint, &diags)
		if got := diags.WarningsCount() == 1 && !diags.HasError(); got != want {
			t.Errorf("warning about %s: %t, want %t", endpoint, got, want)
		}
		if strings.Contains(endpoint, "pw") && strings.Contains(diags[0].Detail(), "pw") {
			t.Errorf("the warning shows the password in the endpoint")
		}
	}
}
