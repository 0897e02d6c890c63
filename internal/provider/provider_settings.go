package provider

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/connect"
)

// What holds where neither an argument nor the environment says otherwise.
const (
	defaultAPIVersion        = "auto"
	defaultRequestTimeout    = 30 * time.Second
	defaultMaxRetries        = 4
	defaultRequestsPerSecond = 100

	// minRequestsPerSecond is one request in ten seconds; with less no apply ends.
	minRequestsPerSecond = 0.1
)

var (
	apiVersions = []string{"auto", "v4", "v5"}
	userIDTypes = []string{string(emqxapi.KindUsername), string(emqxapi.KindClientID)}
)

// providerModel is the provider block.
type providerModel struct {
	Endpoint          types.String         `tfsdk:"endpoint"`
	AppID             types.String         `tfsdk:"app_id"`
	AppSecret         types.String         `tfsdk:"app_secret"`
	APIVersion        types.String         `tfsdk:"api_version"`
	RequestTimeout    timetypes.GoDuration `tfsdk:"request_timeout"`
	MaxRetries        types.Int64          `tfsdk:"max_retries"`
	RequestsPerSecond types.Float64        `tfsdk:"requests_per_second"`
	CACertFile        types.String         `tfsdk:"ca_cert_file"`
	CACertPEM         types.String         `tfsdk:"ca_cert_pem"`
	Insecure          types.Bool           `tfsdk:"insecure"`
	Namespace         types.String         `tfsdk:"namespace"`
	UserIDType        types.String         `tfsdk:"user_id_type"`
}

// unknownArguments names the arguments whose values Terraform does not know yet.
func (m *providerModel) unknownArguments() []string {
	arguments := map[string]attr.Value{
		"endpoint": m.Endpoint, "app_id": m.AppID, "app_secret": m.AppSecret, "api_version": m.APIVersion,
		"request_timeout": m.RequestTimeout, "max_retries": m.MaxRetries, "requests_per_second": m.RequestsPerSecond,
		"ca_cert_file": m.CACertFile, "ca_cert_pem": m.CACertPEM, "insecure": m.Insecure, "namespace": m.Namespace, "user_id_type": m.UserIDType,
	}
	var unknown []string
	for name, value := range arguments {
		if value.IsUnknown() {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	return unknown
}

// connectConfig takes each argument from the configuration, else from the
// environment, else its default.
func (m *providerModel) connectConfig(diags *diag.Diagnostics) connect.Config {
	s := settings{diags: diags}
	config := connect.Config{
		Endpoint:          s.required("endpoint", "EMQX_ENDPOINT", m.Endpoint, "the API address that the console shows, e.g. https://x.emqx.cloud:8443/api"),
		AppID:             s.required("app_id", "EMQX_APP_ID", m.AppID, "the AppID or API key"),
		AppSecret:         s.required("app_secret", "EMQX_APP_SECRET", m.AppSecret, "the AppSecret or secret key"),
		APIVersion:        setting(s, "api_version", "EMQX_API_VERSION", m.APIVersion.ValueStringPointer(), defaultAPIVersion, oneOf(apiVersions)),
		MaxRetries:        int(setting(s, "max_retries", "EMQX_MAX_RETRIES", m.MaxRetries.ValueInt64Pointer(), defaultMaxRetries, parseMaxRetries)),
		RequestsPerSecond: setting(s, "requests_per_second", "EMQX_REQUESTS_PER_SECOND", m.RequestsPerSecond.ValueFloat64Pointer(), defaultRequestsPerSecond, parseRequestsPerSecond),
		Insecure:          setting(s, "insecure", "EMQX_INSECURE", m.Insecure.ValueBoolPointer(), false, parseInsecure),
		UserIDType:        emqxapi.Kind(setting(s, "user_id_type", "EMQX_USER_ID_TYPE", m.UserIDType.ValueStringPointer(), "", oneOf(userIDTypes))),
	}
	// The argument is a text like the variable, so that both are parsed alike.
	timeout := setting(s, "request_timeout", "EMQX_REQUEST_TIMEOUT", m.RequestTimeout.ValueStringPointer(), defaultRequestTimeout.String(), asText)
	config.RequestTimeout = s.timeout(timeout)

	file := setting(s, "ca_cert_file", "EMQX_CA_CERT_FILE", m.CACertFile.ValueStringPointer(), "", asText)
	config.CACertPEM = append(s.certificateFile(file), s.certificates("ca_cert_pem", []byte(m.CACertPEM.ValueString()))...)
	return config
}

// effectiveNamespace is that of the users and rules whose resource names none.
func (m *providerModel) effectiveNamespace(diags *diag.Diagnostics) types.String {
	return namespaceValue(setting(settings{diags: diags}, "namespace", "EMQX_NAMESPACE", m.Namespace.ValueStringPointer(), "", parseNamespace))
}

// settings reads provider arguments and puts every mistake on the argument that it is in.
type settings struct{ diags *diag.Diagnostics }

// setting is an argument as configured, else as its environment variable has
// it, else its default. An empty variable is one that is not set.
func setting[T any](s settings, argument, variable string, configured *T, otherwise T, parse func(string) (T, error)) T {
	if configured != nil {
		return *configured
	}
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	value, err := parse(text)
	if err != nil {
		s.diags.AddAttributeError(path.Root(argument), "Invalid "+argument,
			fmt.Sprintf("The environment variable %s is %q: %s. Correct it, or set %s in the provider block.", variable, text, err, argument))
		return otherwise
	}
	return value
}

// required is a text that has to be there. Its value stays out of the message:
// one of these arguments is the secret.
func (s settings) required(argument, variable string, configured types.String, what string) string {
	value := setting(s, argument, variable, configured.ValueStringPointer(), "", asText)
	if value == "" {
		s.diags.AddAttributeError(path.Root(argument), "Missing "+argument,
			fmt.Sprintf("The provider needs %s. Set %s in the provider block or %s in the environment.", what, argument, variable))
	}
	return value
}

func (s settings) timeout(text string) time.Duration {
	timeout, err := time.ParseDuration(text)
	if err == nil && timeout <= 0 {
		err = fmt.Errorf("a request takes longer than %s", timeout)
	}
	if err != nil {
		s.diags.AddAttributeError(path.Root("request_timeout"), "Invalid request_timeout",
			fmt.Sprintf("%q is no time for a request: %s. Use a number with a unit, such as 30s or 1m, in request_timeout or EMQX_REQUEST_TIMEOUT.", text, err))
	}
	return timeout
}

func (s settings) certificateFile(name string) []byte {
	if name == "" {
		return nil
	}
	pem, err := os.ReadFile(name)
	if err != nil {
		s.diags.AddAttributeError(path.Root("ca_cert_file"), "Cannot read ca_cert_file",
			fmt.Sprintf("Reading the certificates to trust: %s. Correct ca_cert_file or EMQX_CA_CERT_FILE.", err))
		return nil
	}
	return append(s.certificates("ca_cert_file", pem), '\n')
}

// certificates checks that there is a certificate to trust: a file of another
// kind would otherwise show only as a certificate that is not trusted.
func (s settings) certificates(argument string, pem []byte) []byte {
	if len(pem) > 0 && !x509.NewCertPool().AppendCertsFromPEM(pem) {
		s.diags.AddAttributeError(path.Root(argument), "Invalid "+argument,
			"There is no PEM certificate in it. It has to hold at least one block that starts with -----BEGIN CERTIFICATE-----.")
	}
	return pem
}

func asText(text string) (string, error) { return text, nil }

func oneOf(texts []string) func(string) (string, error) {
	return func(text string) (string, error) {
		if !slices.Contains(texts, text) {
			return "", fmt.Errorf("it has to be one of %s", strings.Join(texts, ", "))
		}
		return text, nil
	}
}

func parseMaxRetries(text string) (int64, error) {
	retries, err := strconv.ParseInt(text, 10, 32)
	if err != nil || retries < 0 {
		return 0, errors.New("it has to be a whole number from 0")
	}
	return retries, nil
}

func parseRequestsPerSecond(text string) (float64, error) {
	rate, err := strconv.ParseFloat(text, 64)
	if err != nil || !(rate >= minRequestsPerSecond) {
		return 0, fmt.Errorf("it has to be a number from %g", minRequestsPerSecond)
	}
	return rate, nil
}

func parseNamespace(text string) (string, error) { return text, validateName(text) }

func parseInsecure(text string) (bool, error) {
	insecure, err := strconv.ParseBool(text)
	if err != nil {
		return false, errors.New("it has to be true or false")
	}
	return insecure, nil
}

// warnOfPlainHTTP warns when the secret is to travel in the open over a network.
func warnOfPlainHTTP(endpoint string, diags *diag.Diagnostics) {
	address, err := url.Parse(endpoint)
	if err != nil || !strings.EqualFold(address.Scheme, "http") || isLoopback(address.Hostname()) {
		return
	}
	diags.AddAttributeWarning(path.Root("endpoint"), "The secret is sent unencrypted",
		fmt.Sprintf("The endpoint %s is plain http on another machine, so everybody on the way can read the secret and the passwords. "+
			"Use https if the deployment offers it.", address.Redacted()))
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}
