package examples

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// everything is how many resources a deployment takes that manageByHand has made.
const everything = 8

// manageByHand makes what a deployment has that was managed by hand so far, with names that are hard to write down.
func manageByHand(f *folder) {
	f.t.Helper()
	names := []string{"d1", "a/b c+d", `${x} "%{y}" <ü>`}
	for _, name := range names {
		f.createUser(name)
	}
	for _, name := range names[1:] {
		f.setRules(tables.Subject{Kind: tables.Username, Name: name}, "devices/${clientid}/%c/#", map[string]string{"ipaddr": "10.0.0.0/8", "clientid_re": `^${x} 50%\d+`})
	}
	f.setRules(tables.Everybody, "everybody/#", map[string]string{"zone": "z 1"})
	f.ban(tables.Ban{As: tables.BanClientID, Who: "noisy", By: "admin", Reason: "floods its topic"})
	f.ban(tables.Ban{As: tables.BanPeerhost, Who: "2001:db8::1", By: "admin", Until: time.Now().Add(time.Hour).Unix()})
}

// manageGatewayByHand makes what the guide tells of a gateway.
func manageGatewayByHand(f *folder) {
	f.t.Helper()
	f.createUser("gateway")
	f.setRules(tables.Subject{Kind: tables.Username, Name: "gateway"}, "gateway/#", nil)
	f.ban(tables.Ban{As: tables.BanClientID, Who: "noisy", By: "admin", Reason: "floods its topic"})
}

func (f *folder) createUser(name string) {
	f.t.Helper()
	if err := f.broker.Tables().CreateUser(tables.Username, name, tables.NewPassword("as before"), false); err != nil {
		f.t.Fatal(err)
	}
}

// setRules lets a subject publish to a topic and do nothing else, in the way of the folder's API: over v5 on conditions.
func (f *folder) setRules(subject tables.Subject, topic string, conditions map[string]string) {
	if f.isV5() {
		every := []int{0, 1, 2}
		given, err := tables.NewConditions(conditions)
		if err != nil {
			f.t.Fatal(err)
		}
		f.broker.Tables().SetRules(subject, []tables.Rule{
			{Topic: topic, Permission: tables.Allow, Action: tables.Publish, QoS: every, Retain: tables.RetainAny, Conditions: given},
			{Topic: "#", Permission: tables.Deny, Action: tables.AnyAction, QoS: every, Retain: tables.RetainAny},
		})
		return
	}
	// The second row is tried first, also if both are of the same millisecond: then the greater topic is.
	f.broker.Tables().AddRow(subject, "#", tables.AnyAction, tables.Deny)
	f.broker.Tables().AddRow(subject, topic, tables.Publish, tables.Allow)
}

func (f *folder) ban(ban tables.Ban) {
	f.t.Helper()
	ban.At = time.Now().Unix()
	if ban.Until == 0 {
		ban.Until = tables.Forever
	}
	if err := f.broker.Tables().PutBan(ban); err != nil {
		f.t.Fatal(err)
	}
}

// mustHaveImported checks that the guide brought so many resources under management, and that it wrote nothing to the broker.
func mustHaveImported(resources int) func(*reader) {
	return func(r *reader) {
		r.t.Helper()
		for _, request := range r.broker.Requests() {
			if request.Method != http.MethodGet {
				r.t.Errorf("%s %s changes the broker", request.Method, request.Path)
			}
		}
		var state struct{ Resources []struct{ Mode string } }
		if err := json.Unmarshal([]byte(r.mustRun("state", "pull")), &state); err != nil {
			r.t.Fatal(err)
		}
		managed := 0
		for _, resource := range state.Resources {
			if resource.Mode == "managed" {
				managed++
			}
		}
		if managed != resources {
			r.t.Errorf("%d resources are managed, want %d", managed, resources)
		}
	}
}

// mustShowChanges changes the list of the fleet as the guide says in "What a plan shows", and compares what a plan prints.
func mustShowChanges(r *reader) {
	r.t.Helper()
	r.write("meters.csv", "username,site\nmeter-1,berlin\nmeter-3,lyon\nmeter-4,lyon\n")
	r.setenv("TF_VAR_passwords", `{"meter-1":"new","meter-3":"new","meter-4":"pw4"}`)
	r.shell("terraform plan")
	shown := slices.DeleteFunc(readerBlocks(r.t), func(b block) bool {
		return b.page != "fleets.md" || b.heading != "What a plan shows"
	})
	if len(shown) == 0 {
		r.t.Error("the guide does not show a plan")
	}
	for _, b := range shown {
		r.mustSee(b)
	}
}

// writeConfiguration writes a configuration, with what it leaves to its context, and turns it to the test's broker.
func (f *folder) writeConfiguration(text, endpoint string) {
	f.t.Helper()
	f.write("main.tf", text)
	if !strings.Contains(text, "required_providers") {
		f.write("terraform.tf", requireProvider)
	}
	if strings.Contains(text, "endpoint =") {
		f.write("main_override.tf", fmt.Sprintf("provider \"emqx\" {\n  endpoint = %q\n}\n", endpoint))
	}
}
