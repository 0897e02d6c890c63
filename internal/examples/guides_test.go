package examples

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/terraformcli"
)

var walks = map[string]walk{
	"README": {
		page: "README.md", headings: []string{"A first credential"},
		// The test has a broker, and the provider from a mirror.
		instead: map[string]func(*folder){"make install": func(*folder) {}, "go run ./cmd/emqxsim": func(*folder) {}},
		after: func(r *reader) {
			if has, want := recordsOn(r.broker), (records{users: 1, rules: 3, bans: 1}); has != want {
				r.t.Errorf("the broker has %+v, want %+v", has, want)
			}
		},
	},
	"GettingStarted": {
		page: "getting-started.md",
		headings: []string{
			"Find the address and the key", "A first credential", "What it may do", "Who is connected",
			"What somebody changed by hand", "Clean up",
		},
		before: func(f *folder) {
			if _, err := exec.LookPath("curl"); err != nil {
				f.t.Skip("needs curl, with which the guide changes the broker by hand")
			}
		},
		instead: map[string]func(*folder){
			// The test has a broker.
			"go run ./cmd/emqxsim": func(*folder) {},
			"mosquitto_sub": func(f *folder) { //nolint:misspell // its name
				connectAs(f.t, f.broker, "kitchen", "sensor-1", "change-me")
			},
		},
		after: func(r *reader) {
			if left := recordsOn(r.broker); left != (records{}) {
				r.t.Errorf("the guide leaves %+v on the broker", left)
			}
		},
	},
	"Query": {
		page:     "existing-deployment.md",
		headings: []string{"Bring an existing deployment under management", "With terraform query"},
		needs:    []terraformcli.Feature{terraformcli.Queries},
		before:   manageByHand,
		after:    mustHaveImported(everything),
	},
	"ImportBlocks": {
		page:     "existing-deployment.md",
		headings: []string{"Bring an existing deployment under management", "With import blocks"},
		needs:    []terraformcli.Feature{terraformcli.ImportBlocks},
		before:   manageByHand,
		after:    mustHaveImported(everything),
	},
	"Fleet": {
		page:        "existing-deployment.md",
		headings:    []string{"Bring an existing deployment under management", "As a fleet"},
		needs:       []terraformcli.Feature{terraformcli.WriteOnlyArguments},
		environment: map[string]string{"TF_VAR_fleet_secret": "a secret of at least 32 characters"},
		before:      manageByHand,
		after:       mustHaveImported(2),
	},
	"ImportCommand": {
		page:     "existing-deployment.md",
		headings: []string{"Bring an existing deployment under management", "Before Terraform 1.5"},
		before:   manageGatewayByHand,
		after:    mustHaveImported(3),
	},
	"SingleToPlural": {
		page:        "fleets.md",
		headings:    []string{"From single resources to plural ones"},
		needs:       []terraformcli.Feature{removedBlocks},
		environment: map[string]string{"TF_VAR_passwords": `{"meter-1":"pw1","meter-2":"pw2","meter-3":"pw3","meter-4":"pw4"}`},
		before: func(f *folder) {
			f.write("terraform.tf", requireProvider)
			f.write("meters.csv", "username,site\nmeter-1,berlin\nmeter-2,berlin\nmeter-3,lyon\n")
		},
		after: mustShowChanges,
	},
}

// removedBlocks are those of Terraform's form.
var removedBlocks = terraformcli.Feature{Name: "removed blocks with destroy = false", Terraform: "1.7.0", OpenTofu: "1.10.0"}

// TestAccGuides walks through the guides.
func TestAccGuides(t *testing.T) {
	for name, walk := range walks {
		t.Run(name, func(t *testing.T) {
			forEachAPI(t, func(t *testing.T, broker *emqxsim.Broker, endpoint string) {
				walk.run(t, broker, endpoint)
			})
		})
	}
}

// configuration is a block that is applied by itself.
type configuration struct {
	page, begins string
	api          string // the one that can do it; empty for both
	needs        []terraformcli.Feature
	files        map[string]string // that it reads, or that declare what it refers to
	environment  map[string]string
}

var meters = map[string]string{"meters.csv": "username,site\nmeter-1,berlin\nmeter-2,lyon\n"}

const meterPasswords = `{"meter-1":"pw1","meter-2":"pw2"}`

// configurations are the blocks that need more than a provider. The others are applied as they are.
var configurations = []configuration{
	{page: "connected-clients.md", begins: "resource \"emqx_acl_rulesets\" \"meters\"", needs: []terraformcli.Feature{terraformcli.Actions}},
	{
		page: "moving-credentials.md", begins: "locals {\n  credentials", api: "v5",
		files: map[string]string{"credentials.csv": "username,password_hash,salt,is_superuser\nmeter-1," + strings.Repeat("0f", 32) + ",,false\n"},
	},
	{
		page: "fleets.md", begins: "locals {\n  # username,site",
		files: map[string]string{
			"meters.csv":    "username,site\nmeter-1,berlin\n",
			"gateways.yaml": "gateway-1: { site: berlin }\n",
			"pumps.json":    `[{"username": "pump-1", "site": "lyon"}]`,
		},
	},
	{
		page: "fleets.md", begins: "variable \"passwords\"",
		needs: []terraformcli.Feature{terraformcli.WriteOnlyArguments},
		files: meters, environment: map[string]string{"TF_VAR_passwords": meterPasswords},
	},
	{page: "fleets.md", begins: "provider \"emqx\"", environment: map[string]string{"TF_VAR_passwords": meterPasswords}},
	{page: "moving-from-4-to-5.md", begins: "resource \"emqx_access_settings\"", api: "v5"},
	{page: "namespaces.md", begins: "resource \"emqx_namespace\"", api: "v5"},
	{page: "namespaces.md", begins: "provider \"emqx\"", api: "v5"},
	{
		page: "secrets.md", begins: "# A password that is in neither plan nor state",
		needs:       []terraformcli.Feature{terraformcli.WriteOnlyArguments},
		environment: map[string]string{"TF_VAR_gateway_password": "pw"},
	},
}

// TestAccGuideConfigurations applies each configuration in the guides and the README that is not part of a walk.
func TestAccGuideConfigurations(t *testing.T) {
	for _, b := range readerBlocks(t) {
		if !b.isConfiguration() || isWalked(b) || isException(b) {
			continue
		}
		t.Run(b.String(), func(t *testing.T) {
			forEachAPI(t, func(t *testing.T, broker *emqxsim.Broker, endpoint string) {
				more := moreOf(b)
				if more.api != "" && more.api != filepath.Base(endpoint) {
					return
				}
				f := emptyFolder(t, requireFeatures(t, more.needs...), broker, endpoint)
				for name, value := range more.environment {
					f.setenv(name, value)
				}
				for name, text := range more.files {
					f.write(name, text)
				}
				f.writeConfiguration(b.text, endpoint)
				f.mustApply()
				f.mustDestroy()
			})
		})
	}
}

func moreOf(b block) configuration {
	i := slices.IndexFunc(configurations, func(c configuration) bool { return b.begins(c.page, c.begins) })
	if i < 0 {
		return configuration{}
	}
	return configurations[i]
}

func isWalked(b block) bool {
	for _, walk := range walks {
		if walk.covers(b) {
			return true
		}
	}
	return false
}
