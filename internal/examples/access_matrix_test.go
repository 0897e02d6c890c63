package examples

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/mqtttest"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/terraformcli"
)

// accessRow is a row of the page of examples/access-matrix.
type accessRow struct {
	Username, ClientID *string
	Connected          bool
	Cells              []map[string]struct{ Decision, Because string } // by action
}

func accessRows(f *folder) (rows []accessRow) {
	f.t.Helper()
	if err := json.Unmarshal([]byte(f.mustRun("output", "-json", "rows")), &rows); err != nil {
		f.t.Fatal(err)
	}
	return rows
}

var accessTopics = []string{"pumps/USERNAME/state", "pumps/pump-1/state", "pumps/pump-1/commands", "alarms/all"}

// TestAccAccessMatrix wants the page to say of each client what the broker does when the client tries.
func TestAccAccessMatrix(t *testing.T) {
	forEachAPI(t, func(t *testing.T, broker *emqxsim.Broker, endpoint string) {
		broker.Tables().SetSources(tables.BuiltInRules) // the page is about these, and not about an acl.conf
		f := copyFolder(t, requireFeatures(t, terraformcli.ProviderFunctions), broker, endpoint, examplesDir+"/access-matrix")
		f.setenv("TF_VAR_emqx_5", fmt.Sprint(f.isV5()))
		f.setenv("TF_VAR_no_match", string(broker.Tables().Settings().NoMatch)) // which v4 does not tell
		f.mustApply()
		odd := connectAs(t, broker, "<b>&\"1\"", "pump-2", "sample-pump-2")
		f.mustRun("apply", "-auto-approve")
		rows := accessRows(f)
		if len(rows) != 3 {
			t.Fatalf("%d rows", len(rows))
		}
		decided := map[string]int{}
		for _, row := range rows {
			client := odd
			if !row.Connected {
				client = connectAs(t, broker, "", *row.Username, "sample-"+*row.Username)
			}
			for i, cell := range row.Cells {
				topic := strings.ReplaceAll(accessTopics[i], "USERNAME", *row.Username)
				for action, allowed := range map[string]bool{
					"publish":   client.Publish(topic, "x") != mqtttest.NotAuthorized,
					"subscribe": client.Subscribe(topic) < 0x80,
				} {
					said := cell[action]
					decided[said.Because]++
					if (said.Decision == "allow") != allowed {
						t.Errorf("%s may %s %s: %t, and the page says %s: %s", *row.Username, action, topic, allowed, said.Decision, said.Because)
					}
				}
			}
		}
		if decided["allow publish pumps/+/state, of username pump-2"] != 2 || decided["no rule"] == 0 {
			t.Errorf("decided by %v", decided)
		}
		page := f.mustRun("output", "-raw", "page")
		mustBePage(t, page, rows)
		f.mustDestroy()
	})
}

// mustBePage reads the page as a browser does: a row for each client, nothing that a client's name has put there, and
// nothing from elsewhere.
func mustBePage(t *testing.T, page string, rows []accessRow) {
	t.Helper()
	document, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	elements := map[string]int{}
	var text strings.Builder
	for node := range document.Descendants() {
		if node.Type == html.ElementNode {
			elements[node.Data]++
		}
		if node.Type == html.TextNode {
			text.WriteString(node.Data)
		}
	}
	answers := 0
	for _, row := range rows {
		answers += 2 * len(row.Cells)
	}
	if elements["tr"] != len(rows)+1 || elements["td"] != answers/2 || elements["b"] != answers || elements["script"]+elements["link"]+elements["img"] > 0 {
		t.Errorf("the page has %v", elements)
	}
	for _, says := range []string{`clientid <b>&"1", connected`, "pump-1not connected", "allow publish pumps/+/state, of username pump-2"} {
		if !strings.Contains(text.String(), says) {
			t.Errorf("the page does not say %q", says)
		}
	}
	if regexp.MustCompile(`(?i)https?:|url\(|@import`).MatchString(page) {
		t.Error("the page loads something")
	}
}

// mustShowPumps looks at the page that the commands of the README have written.
func mustShowPumps(r *reader) {
	if page := r.read("access.html"); !strings.Contains(page, "pump-2") || !strings.Contains(page, "alarms/all") {
		r.t.Errorf("the page has no pump: %.500s", page)
	}
}
