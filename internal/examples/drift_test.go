package examples

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// driftPasswords are for what examples/drift-detection has, and for what the tests add to it.
const driftPasswords = `{"dashboard":"s3cret-1","gateway":"s3cret-2","meter-1":"s3cret-3","meter-2":"s3cret-4",` +
	`"meter-3":"s3cret-5","meter-4":"s3cret-6","auditor":"s3cret-7"}`

const nothingDiffers = "# Drift report\n\nNothing differs.\n"

// changeDriftDetection runs the script of the example: when nothing differs, when somebody has changed the broker, when the
// configuration has changed as well, and when the broker does not answer.
func changeDriftDetection(f *folder) {
	f.t.Helper()
	f.mustReport(0, nothingDiffers)
	changeBroker(f.t, f.broker.Tables())
	f.mustReport(2, golden(f.t, "drift.md"))
	f.changeDriftConfiguration()
	f.mustReport(2, golden(f.t, "drift-and-changes.md"))
	f.mustRun("apply", "-auto-approve")
	f.mustReport(2, golden(f.t, "unmanaged.md"))
	removeStrangers(f.broker.Tables())
	f.mustReport(0, nothingDiffers)
	f.mustReport(1, "", "EMQX_ENDPOINT=http://127.0.0.1:1/api/v5", "EMQX_MAX_RETRIES=0")
}

// changeBroker changes something of each kind.
func changeBroker(t *testing.T, stored *tables.Tables) {
	t.Helper()
	stored.DeleteUser(tables.Username, "gateway")
	stored.DeleteUser(tables.Username, "meter-2")
	stored.DeleteUser(tables.Username, "meter-3")

	username := func(name string) tables.Subject { return tables.Subject{Kind: tables.Username, Name: name} }
	rule := func(permission tables.Permission, action tables.Action, topic string) tables.Rule {
		return tables.Rule{Topic: topic, Permission: permission, Action: action, QoS: []int{0, 1, 2}, Retain: tables.RetainAny}
	}
	stored.SetRules(username("dashboard"), []tables.Rule{rule(tables.Deny, tables.Subscribe, "sites/#")})
	stored.SetRules(username("gateway"), []tables.Rule{
		rule(tables.Allow, tables.AnyAction, "gateway/#"),
		rule(tables.Deny, tables.Publish, "gateway/limits"),
		rule(tables.Allow, tables.Publish, "sites/#"),
		rule(tables.Allow, tables.AnyAction, "#"),
	})
	stored.SetRules(username("meter-1"), []tables.Rule{
		rule(tables.Allow, tables.Publish, "sites/berlin/meter-1/#"),
		rule(tables.Allow, tables.Subscribe, "sites/berlin/commands"),
		rule(tables.Allow, tables.Publish, "firmware/|`#"),
		rule(tables.Deny, tables.AnyAction, "#"),
	})
	stored.DeleteRules(username("meter-3"))
	stored.DeleteRules(tables.Everybody)

	stored.DeleteBan(tables.BanClientID, "meter-4711")
	ban := tables.Ban{As: tables.BanClientID, Who: "meter-0815", By: "somebody", Reason: "floods", Until: tables.Forever}
	stranger := tables.Ban{As: tables.BanUsername, Who: "mallory", By: "somebody", Until: tables.Forever}
	if err := errors.Join(
		stored.CreateUser(tables.Username, "intruder", tables.NewPassword("s3cret-8"), false),
		stored.PutBan(ban), stored.PutBan(stranger),
	); err != nil {
		t.Fatal(err)
	}
	stored.SetRules(username("intruder"), []tables.Rule{rule(tables.Allow, tables.AnyAction, "#")})
}

// removeStrangers removes what changeBroker has added and no configuration manages.
func removeStrangers(stored *tables.Tables) {
	stored.DeleteUser(tables.Username, "intruder")
	stored.DeleteRules(tables.Subject{Kind: tables.Username, Name: "intruder"})
	stored.DeleteBan(tables.BanUsername, "mallory")
}

// changeDriftConfiguration adds a credential and a meter, agrees to the absence of another meter, and changes a rule.
func (f *folder) changeDriftConfiguration() {
	f.t.Helper()
	configuration := strings.NewReplacer(
		`    gateway   =`, "    auditor   = \"reads everything\"\n    gateway   =",
		`    meter-3 = "lyon"`, `    meter-4 = "lyon"`,
		`topic    = "sites/#"`, `topic    = "sites/berlin/#"`,
	).Replace(f.read("main.tf"))
	f.write("main.tf", configuration)
}

// mustReport runs drift.sh and compares exit code and report. Neither the report nor the log shows a password.
func (f *folder) mustReport(wantCode int, want string, environment ...string) {
	f.t.Helper()
	script := exec.CommandContext(f.t.Context(), filepath.Join(f.dir, "drift.sh"), "-no-color")
	script.Dir = f.dir
	path := "PATH=" + jqDir(f.t) + string(filepath.ListSeparator) + os.Getenv("PATH")
	script.Env = slices.Concat(f.environment, []string{"TERRAFORM=" + f.cli.Path, path}, environment)
	var report, log bytes.Buffer
	script.Stdout, script.Stderr = &report, &log
	if err := script.Run(); err != nil && script.ProcessState == nil {
		f.t.Fatal(err)
	}
	if bytes.Contains(append(report.Bytes(), log.Bytes()...), []byte("s3cret")) {
		f.t.Fatal("a password is in the report or in the log")
	}
	if code := script.ProcessState.ExitCode(); code != wantCode {
		f.t.Errorf("exit code %d, want %d\n%s%s", code, wantCode, report.String(), log.String())
	}
	if diff := cmp.Diff(want, report.String()); diff != "" {
		f.t.Errorf("report (-want +got):\n%s", diff)
	}
}

func golden(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "drift", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
