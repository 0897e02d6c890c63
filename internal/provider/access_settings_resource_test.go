package provider

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
)

const allSettings = `
resource "emqx_access_settings" "this" {
  no_match    = "deny"
  deny_action = "disconnect"
  cache = {
    enable   = true
    max_size = 64
    ttl      = "120s"
  }
}
`

// settingsWith are all settings of a broker after allSettings, one of them otherwise.
func settingsWith(path string, value any) map[string]any {
	cache := map[string]any{"enable": true, "max_size": 64, "ttl": "2m", "excludes": []string{"a/#"}}
	settings := map[string]any{"no_match": "deny", "deny_action": "disconnect", "cache": cache}
	if name, inner := strings.CutPrefix(path, "cache."); inner {
		cache[name] = value
	} else if path != "" {
		settings[path] = value
	}
	return settings
}

// driftOfSettings is another value for each of allSettings.
var driftOfSettings = map[string]any{
	"no_match": "allow", "deny_action": "ignore", "cache.enable": false, "cache.max_size": 65, "cache.ttl": "1h",
}

func TestAccAccessSettings(t *testing.T) {
	needCLI(t)
	t.Parallel()
	for _, offer := range []emqxsim.Offer{emqxsim.OfferEMQX, emqxsim.OfferEMQX5} {
		t.Run(string(offer), func(t *testing.T) {
			t.Parallel()
			b := startBroker(t, "v5", emqxsim.Options{Offer: offer})
			const address = "emqx_access_settings.this"
			steps := []resource.TestStep{
				{
					Config: b.config(`resource "emqx_access_settings" "this" { no_match = "deny" }`),
					ConfigStateChecks: []statecheck.StateCheck{
						statecheck.ExpectKnownValue(address, tfjsonpath.New("id"), knownvalue.StringExact("access_settings")),
						statecheck.ExpectKnownValue(address, tfjsonpath.New("deny_action"), knownvalue.StringExact("ignore")),
						statecheck.ExpectKnownValue(address, tfjsonpath.New("cache").AtMapKey("ttl"), knownvalue.StringExact("1m")),
					},
				},
				{
					PreConfig: func() { b.putSettings(t, settingsWith("cache.excludes", []string{"b/#"})) },
					Config:    b.config(allSettings),
					Check:     b.hasSettings(t, "cache.excludes", []string{"b/#"}),
				},
				{ResourceName: address, ImportState: true, ImportStateId: "access_settings", ImportStateVerify: true, ImportStateVerifyIgnore: []string{"cache.ttl"}},
				{ResourceName: address, ImportState: true, ImportStateId: "settings", ExpectError: regexp.MustCompile("No settings to import")},
			}
			for path, value := range driftOfSettings {
				steps = append(steps, resource.TestStep{
					PreConfig: func() { b.putSettings(t, settingsWith(path, value)) },
					Config:    b.config(allSettings),
					Check:     b.hasSettings(t, "", nil),
					ConfigPlanChecks: resource.ConfigPlanChecks{
						PreApply:             []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate)},
						PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
					},
				})
			}
			steps = append(steps, resource.TestStep{ // what is not given any more stays
				Config: b.config(`resource "emqx_access_settings" "this" {}`),
				ConfigPlanChecks: resource.ConfigPlanChecks{
					PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
				},
			})
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: b.factories(),
				Steps:                    steps,
				CheckDestroy:             b.hasSettings(t, "", nil),
			})
		})
	}
}

func (b *testBroker) putSettings(t *testing.T, settings map[string]any) {
	t.Helper()
	body, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	b.byAPI(t, http.MethodPut, "/authorization/settings", string(body))
}

// hasSettings checks that the broker has settingsWith, its own spelling of the duration aside.
func (b *testBroker) hasSettings(t *testing.T, path string, value any) resource.TestCheckFunc {
	return func(*terraform.State) error {
		got := b.byAPI(t, http.MethodGet, "/authorization/settings", "").(map[string]any)
		delete(got, "include_mountpoint")
		delete(got, "ignore_backend_failures")
		encoded, err := json.Marshal(settingsWith(path, value))
		if err != nil {
			return err
		}
		shown, err := json.Marshal(got)
		if err != nil {
			return err
		}
		if diff := cmp.Diff(string(encoded), strings.Replace(string(shown), `"120s"`, `"2m"`, 1)); diff != "" {
			return fmt.Errorf("settings (-want +got):\n%s", diff)
		}
		return nil
	}
}

// What is given is changed, the rest is shown, and a plan after it is empty whatever the
// broker has; a spelling of a duration is kept.
func TestAccessSettingsLife(t *testing.T) {
	t.Parallel()
	b := startBroker(t, "v5", emqxsim.Options{})
	s := b.serve(t)
	config := values{"no_match": "allow", "cache": values{"ttl": "60s"}}
	made := s.mustApply(accessSettingsType, remote{}, config)
	want := values{
		"id": "access_settings", "no_match": "allow", "deny_action": "ignore",
		"cache": values{"enable": true, "max_size": 32.0, "ttl": "60s"},
	}
	if diff := cmp.Diff(want, made.state); diff != "" {
		t.Errorf("state (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(values{"id": "access_settings"}, made.identity); diff != "" {
		t.Errorf("identity (-want +got):\n%s", diff)
	}
	made = s.mustRead(accessSettingsType, made)
	s.mustPlanNothing(accessSettingsType, made, config)

	b.putSettings(t, settingsWith("no_match", "allow"))
	moved := s.mustRead(accessSettingsType, made)
	planned, _, diagnostics := s.plan(accessSettingsType, moved, config.with(values{"cache": values{"ttl": "60s", "enable": nil, "max_size": nil}}))
	s.mustSucceed(diagnostics)
	if planned.state["deny_action"] != "disconnect" {
		t.Errorf("what is not given is planned as %v, not as the broker has it", planned.state["deny_action"])
	}
	_, _, diagnostics = s.plan(accessSettingsType, moved, nil)
	s.mustSucceed(diagnostics)
	if text := describe(diagnostics); !strings.Contains(text, "stay as they are") {
		t.Errorf("a removal does not say that it changes nothing: %s", text)
	}
	imported, diagnostics := s.importBy(accessSettingsType, "", values{"id": "access_settings"})
	s.mustSucceed(diagnostics)
	s.mustPlanNothing(accessSettingsType, imported, values{"cache": values{"ttl": "120s", "enable": true, "max_size": 64}})
}

func TestAccessSettingsDataSource(t *testing.T) {
	t.Parallel()
	for offer, noMatch := range map[emqxsim.Offer]string{emqxsim.OfferEMQX: "deny", emqxsim.OfferEMQX5: "allow"} {
		s := startBroker(t, "v5", emqxsim.Options{Offer: offer}).serve(t)
		want := values{
			"id": "access_settings", "no_match": noMatch, "deny_action": "ignore",
			"cache": values{"enable": true, "max_size": 32.0, "ttl": "1m"},
		}
		if diff := cmp.Diff(want, s.mustReadData(accessSettingsType, values{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", offer, diff)
		}
	}
}

func TestAccessSettingsNeedV5(t *testing.T) {
	t.Parallel()
	s := startBroker(t, "v4", emqxsim.Options{}).serve(t)
	_, _, diagnostics := s.plan(accessSettingsType, remote{}, values{"no_match": "deny"})
	s.mustFail(diagnostics, "", "emqx_access_settings needs the v5 API")
	_, diagnostics = s.readData(accessSettingsType, values{})
	s.mustFail(diagnostics, "", "emqx_access_settings needs the v5 API")
}

func TestAccessSettingsValidation(t *testing.T) {
	t.Parallel()
	s := serveUnconnected(t)
	for attribute, config := range map[string]values{
		"no_match": {"no_match": "maybe"}, "deny_action": {"deny_action": "kick"},
	} {
		s.mustFail(s.validate(accessSettingsType, config), attribute, "value must be one of")
	}
	for text, cache := range map[string]values{
		"no duration": {"ttl": "soon"}, "between 1 and 1048576": {"max_size": 0},
	} {
		s.mustFail(s.validate(accessSettingsType, values{"cache": cache}), "cache", text)
	}
	s.mustSucceed(s.validate(accessSettingsType, values{"no_match": unknown{}, "cache": unknown{}}))
}
