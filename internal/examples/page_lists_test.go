package examples

import (
	"bufio"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/terraformcli"
)

// listPages are the display names that each block of a list resource's example finds of what putListed puts there, by API.
var listPages = map[string]map[string]map[string][]string{
	"emqx_acl_rule": {
		"rules": bothAPIs(`username "d1": allow publish up`, `username "d1": allow subscribe down`, `clientid "c1": deny all #`),
	},
	"emqx_acl_ruleset": {
		"users": bothAPIs(`username "d1"`),
	},
	"emqx_auth_user": {
		"users":   bothAPIs("d1", "d2"),
		"clients": {"v4": {"c1"}},
	},
	"emqx_blacklist_entry": {
		"clients": bothAPIs("clientid stolen"),
	},
}

func bothAPIs(names ...string) map[string][]string {
	return map[string][]string{"v4": names, "v5": names}
}

func putListed(t *testing.T, broker *emqxsim.Broker) {
	t.Helper()
	stored := broker.Tables()
	for name, kind := range map[string]tables.Kind{"d1": tables.Username, "d2": tables.Username, "c1": tables.ClientID} {
		if err := stored.CreateUser(kind, name, tables.NewPassword("pw"), false); err != nil {
			t.Fatal(err)
		}
	}
	stored.AddRow(tables.Subject{Kind: tables.Username, Name: "d1"}, "up", tables.Publish, tables.Allow)
	stored.AddRow(tables.Subject{Kind: tables.Username, Name: "d1"}, "down", tables.Subscribe, tables.Allow)
	stored.AddRow(tables.Subject{Kind: tables.ClientID, Name: "c1"}, "#", tables.AnyAction, tables.Deny)
	for who, as := range map[string]tables.BanKind{"stolen": tables.BanClientID, "192.0.2.7": tables.BanPeerhost} {
		if err := stored.PutBan(tables.Ban{As: as, Who: who, Until: tables.Forever}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestListPages lists with the blocks of the examples as Terraform 1.14 does, whatever CLI there is.
func TestListPages(t *testing.T) {
	for name, wants := range listPages {
		t.Run(name, func(t *testing.T) {
			forEachAPI(t, func(t *testing.T, broker *emqxsim.Broker, endpoint string) {
				putListed(t, broker)
				s := serve(t, broker, endpoint)
				found := map[string][]string{}
				for _, file := range filesOf(t, "list-resources/"+name, "list-resource", endpoint) {
					for _, block := range pageBlocks(t, "list", file) {
						found[block.name] = s.list(name, block)
					}
				}
				mustFind(t, wants, endpoint, found)
			})
		})
	}
}

// TestAccListPages runs terraform query with the examples.
func TestAccListPages(t *testing.T) {
	for name, wants := range listPages {
		t.Run(name, func(t *testing.T) {
			forEachAPI(t, func(t *testing.T, broker *emqxsim.Broker, endpoint string) {
				f := pageFolder(t, requireFeatures(t, terraformcli.Queries), broker, endpoint)
				putListed(t, broker)
				f.copyPage("list-resources/"+name, "list-resource")
				f.mustRun("init")
				mustFind(t, wants, endpoint, foundBy(t, f.mustRun("query", "-json")))
			})
		})
	}
}

// foundBy reads what a query prints: the display names by the name of the block.
func foundBy(t *testing.T, printed string) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	lines := bufio.NewScanner(strings.NewReader(printed))
	for lines.Scan() {
		var event struct {
			Type  string `json:"type"`
			Found struct {
				Address     string `json:"address"`
				DisplayName string `json:"display_name"`
			} `json:"list_resource_found"`
		}
		if err := json.Unmarshal(lines.Bytes(), &event); err != nil {
			t.Fatalf("%s: %s", lines.Text(), err)
		}
		if event.Type == "list_resource_found" {
			block := event.Found.Address[strings.LastIndex(event.Found.Address, ".")+1:]
			found[block] = append(found[block], event.Found.DisplayName)
		}
	}
	return found
}

func mustFind(t *testing.T, wants map[string]map[string][]string, endpoint string, found map[string][]string) {
	t.Helper()
	want := map[string][]string{}
	for block, byAPI := range wants {
		if names, listed := byAPI[filepath.Base(endpoint)]; listed {
			want[block] = names
		}
	}
	if diff := cmp.Diff(want, found, cmpopts.SortSlices(strings.Compare)); diff != "" {
		t.Errorf("found by each block (-want +got):\n%s", diff)
	}
}
