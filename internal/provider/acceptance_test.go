package provider

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/connect"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/terraformcli"
)

// The secrets of every test. Whatever holds one of these texts, also inside a
// longer one, has given away a secret: see secrets_test.go.
const (
	testAppID     = "acceptance"
	testAppSecret = "0f-the-acceptance-tests"
	testPassword  = "pa55-w0rd"
	testWriteOnly = "wr1te-0nly" // a password that Terraform does not keep
)

// cliUnderTest is the CLI that acceptance tests run; zero when none are to run.
var cliUnderTest terraformcli.CLI

func TestMain(m *testing.M) {
	code, err := runTests(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func runTests(m *testing.M) (int, error) {
	if os.Getenv(resource.EnvTfAcc) == "" {
		return m.Run(), nil
	}
	var err error
	if cliUnderTest, err = terraformcli.Find(context.Background()); err != nil {
		return 0, err
	}
	logs, err := recordLogs()
	if err := errors.Join(err, cliUnderTest.Setenv()); err != nil {
		return 0, err
	}
	code := m.Run()
	if logs == nil {
		return code, nil
	}
	return code, logs.check()
}

// needCLI skips a test where no CLI is to run, or one that lacks what the test is
// about. Everything else has to work from Terraform 1.0 and OpenTofu 1.6 on.
func needCLI(t *testing.T, features ...terraformcli.Feature) {
	t.Helper()
	if os.Getenv(resource.EnvTfAcc) == "" {
		t.Skipf("runs the Terraform CLI, for which %s has to be set", resource.EnvTfAcc)
	}
	if lacks := cliUnderTest.Lacks(features...); lacks != "" {
		t.Skip(lacks)
	}
}

// testBroker is an embedded broker and the API that a test manages it over.
type testBroker struct {
	*emqxsim.Broker
	api   string // v4 or v5
	cloud bool   // only what EMQX Cloud documents
	clock *testClock

	providers atomic.Int32 // that were started for it
}

// testClock is the time of the broker and of the provider. It goes on as the
// real one does, ahead by what a test has let pass.
type testClock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *testClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

// pass lets time pass for the broker and the provider.
func (c *testClock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// forEachAPI runs a test on a broker of its own over each API, on everything that
// EMQX has and on what EMQX Cloud documents.
func forEachAPI(t *testing.T, test func(t *testing.T, b *testBroker)) {
	t.Helper()
	forEachAPIWith(t, emqxsim.Options{}, test)
	for _, api := range []string{"v4", "v5"} {
		t.Run("cloud "+api, func(t *testing.T) {
			t.Parallel()
			b := startBroker(t, api, emqxsim.Options{Offer: emqxsim.OfferCloud})
			test(t, b)
			b.mustDoWithDocumentedCalls(t)
		})
	}
}

// forEachAPIWith is for what needs settings of its own, or what EMQX Cloud does not
// document.
func forEachAPIWith(t *testing.T, options emqxsim.Options, test func(t *testing.T, b *testBroker)) {
	t.Helper()
	t.Parallel()
	for _, api := range []string{"v4", "v5"} {
		t.Run(api, func(t *testing.T) {
			t.Parallel()
			test(t, startBroker(t, api, options))
		})
	}
}

// mustDoWithDocumentedCalls: what only classifies may be asked, and is refused; no
// provider process asks it twice.
func (b *testBroker) mustDoWithDocumentedCalls(t *testing.T) {
	t.Helper()
	for _, call := range b.UndocumentedCalls() {
		if call.Count > int(b.providers.Load()) {
			t.Errorf("%s %s is not documented, and %d providers asked it %d times", call.Method, call.Path, b.providers.Load(), call.Count)
		}
	}
}

// startBroker starts a broker for what holds on one API only or needs settings
// of its own.
func startBroker(t *testing.T, api string, options emqxsim.Options) *testBroker {
	t.Helper()
	clock := &testClock{}
	options.AppID, options.AppSecret, options.Now = testAppID, testAppSecret, clock.now
	broker, err := emqxsim.Start(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := broker.Close(); err != nil {
			t.Errorf("closing the broker: %s", err)
		}
	})
	return &testBroker{Broker: broker, api: api, cloud: options.Offer == emqxsim.OfferCloud, clock: clock}
}

// endpoint is the address of the API that the test is about.
func (b *testBroker) endpoint() string {
	switch {
	case b.api == "v5":
		return b.V5()
	case b.cloud:
		return b.URL() + "/api"
	default:
		return b.V4()
	}
}

// config puts the provider block before a configuration.
func (b *testBroker) config(hcl string) string {
	return fmt.Sprintf(`
provider "emqx" {
  endpoint            = %q
  app_id              = %q
  app_secret          = %q
  requests_per_second = 10000
  user_id_type        = %s
}
%s`, b.endpoint(), testAppID, testAppSecret, b.userIDType(), hcl)
}

// userIDType is what a configuration says of the users of EMQX Cloud, since no documented
// call tells it.
func (b *testBroker) userIDType() string {
	if b.cloud {
		return `"username"`
	}
	return "null"
}

// provider is a provider that goes by the broker's clock.
func (b *testBroker) provider() *emqxProvider {
	b.providers.Add(1)
	return &emqxProvider{version: "test", now: b.clock.now, open: connect.Open}
}

// factories are what resource.TestCase starts as the provider emqx.
func (b *testBroker) factories() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		typeName: func() (tfprotov6.ProviderServer, error) { return NewServer(b.provider()), nil },
	}
}

// requestsTo counts the requests so far whose method and path begin with these
// texts; an empty method is any.
func (b *testBroker) requestsTo(method, pathPrefix string) int {
	n := 0
	for _, request := range b.Requests() {
		if strings.HasPrefix(request.Method, method) && strings.HasPrefix(request.Path, pathPrefix) {
			n++
		}
	}
	return n
}

// hclList writes a list of texts in HCL.
func hclList(texts []string) string {
	quoted := make([]string, 0, len(texts))
	for _, text := range texts {
		quoted = append(quoted, hclQuote(text))
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// instance is the address of the instance for one of the names that a resource
// counts over. Many instances in one configuration cost little; but with
// for_each, terraform-plugin-testing 1.16 cannot read the state.
func instance(address string, names []string, name string) string {
	return fmt.Sprintf("%s[%d]", address, slices.Index(names, name))
}
