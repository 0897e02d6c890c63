package examples

import (
	"maps"
	"path/filepath"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/terraformcli"
)

// resourcePage is the page of a resource.
type resourcePage struct {
	needs     []terraformcli.Feature
	variables map[string]string
	has       map[string]records // what an apply makes, by API; an API that is not there has none of it
	// importing are other values of variables, with which each way to import finds what the configuration has and no more.
	importing map[string]string
	// unknown are the attributes that no import can know, so that the plan after it sets them.
	unknown []string
}

var resourcePages = map[string]resourcePage{
	"emqx_access_settings": {
		has: map[string]records{"v5": {}},
	},
	"emqx_acl_rule": {
		has: map[string]records{"v4": {rules: 5}, "v5": {rules: 9}},
	},
	"emqx_acl_ruleset": {
		has: map[string]records{"v4": {rules: 6}, "v5": {rules: 15}},
	},
	"emqx_acl_rulesets": {
		has: map[string]records{"v4": {rules: 19}, "v5": {rules: 33}},
	},
	"emqx_auth_user": {
		needs:     []terraformcli.Feature{terraformcli.WriteOnlyArguments},
		variables: map[string]string{"backend_password": "pw1", "gateway_password": "pw2", "operator_password": "pw3", "press_password": "pw4"},
		has:       map[string]records{"v4": {users: 2}, "v5": {users: 3}},
		unknown:   []string{"password"},
	},
	"emqx_auth_users": {
		needs: []terraformcli.Feature{terraformcli.WriteOnlyArguments},
		variables: map[string]string{
			"meter_passwords":    `{"meter-1":"pw1","meter-2":"pw2","meter-3":"pw3"}`,
			"service_passwords":  `{"billing":"pw4"}`,
			"operator_passwords": `{"operator-1":"pw5","operator-2":"pw6"}`,
		},
		has:       map[string]records{"v4": {users: 4}, "v5": {users: 6}},
		importing: map[string]string{"service_passwords": "{}"},
		unknown:   []string{"passwords"},
	},
	"emqx_blacklist_entry": {
		has: map[string]records{"v4": {bans: 2}, "v5": {bans: 4}},
	},
	"emqx_namespace": {
		has: map[string]records{"v5": {}},
	},
}

// TestAccResourcePages takes the examples through the life of a configuration, and imports what they made in each way that
// the page shows.
func TestAccResourcePages(t *testing.T) {
	for name, page := range resourcePages {
		t.Run(name, func(t *testing.T) {
			forEachAPI(t, func(t *testing.T, broker *emqxsim.Broker, endpoint string) {
				want, there := page.has[filepath.Base(endpoint)]
				if !there {
					return
				}
				f := pageFolder(t, requireFeatures(t, page.needs...), broker, endpoint)
				f.copyPage("resources/"+name, "resource")
				f.setVariables(page.variables)
				f.mustApply()
				if has := recordsOn(broker); has != want {
					t.Errorf("the broker has %+v, want %+v", has, want)
				}

				f.remove("*_emqx_[56].tf")
				f.setVariables(page.importing)
				f.mustRun("apply", "-auto-approve")
				for _, way := range waysToImport {
					t.Run(way.file, func(t *testing.T) {
						requireFeatures(t, way.needs...)
						way.run(f.in(t), exampleText(t, "resources", name, way.file), page.unknown)
					})
				}
				f.mustDestroy()
			})
		})
	}
}

func (f *folder) setVariables(variables map[string]string) {
	for variable, value := range maps.All(variables) {
		f.setenv("TF_VAR_"+variable, value)
	}
}
