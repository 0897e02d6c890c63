package examples

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// plan is what the report reads of a plan in JSON.
type plan struct {
	Drift   []resourceChange  `json:"resource_drift,omitempty"`
	Changes []resourceChange  `json:"resource_changes,omitempty"`
	Outputs map[string]change `json:"output_changes,omitempty"`
	Checks  []any             `json:"checks,omitempty"`
	State   any               `json:"prior_state,omitempty"`
}

type resourceChange struct {
	Address string `json:"address"`
	Module  string `json:"module_address,omitempty"`
	Mode    string `json:"mode"`
	Type    string `json:"type"`
	Name    string `json:"name"`
	Deposed string `json:"deposed,omitempty"`
	Reason  string `json:"action_reason,omitempty"`
	Change  change `json:"change"`
}

type change struct {
	Actions         []string `json:"actions"`
	Before          any      `json:"before"`
	After           any      `json:"after"`
	AfterUnknown    any      `json:"after_unknown,omitempty"`
	BeforeSensitive any      `json:"before_sensitive,omitempty"`
	AfterSensitive  any      `json:"after_sensitive,omitempty"`
	Importing       any      `json:"importing,omitempty"`
}

// values are attributes, or anything else that JSON calls an object.
type values = map[string]any

// of is the change of the resource TYPE.a.
func of(resourceType string, c change) resourceChange {
	return resourceChange{Address: resourceType + ".a", Mode: "managed", Type: resourceType, Name: "a", Change: c}
}

func update(before, after values) change {
	return change{Actions: []string{"update"}, Before: before, After: after}
}

// TestDriftReport gives plans to the report that the example does not make.
func TestDriftReport(t *testing.T) {
	t.Parallel()
	for _, tests := range []map[string]reported{driftReports, planReports, unmanagedReports} {
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				for jq, path := range everyJQ(t) {
					if diff := cmp.Diff(strings.TrimLeft(test.want, "\n"), linesOfReport(t, path, test.plan)); diff != "" {
						t.Errorf("%s (-want +got):\n%s", jq, diff)
					}
				}
			})
		}
	}
}

// linesOfReport are the headings below the summary and what is listed under them, without blank lines and explanations.
func linesOfReport(t *testing.T, jq string, p plan) string {
	t.Helper()
	_, below, _ := strings.Cut(driftReport(t, jq, p), "\n## ")
	var lines strings.Builder
	for line := range strings.Lines("## " + below) {
		if strings.HasPrefix(line, "#") || strings.HasPrefix(line, "- ") {
			lines.WriteString(line)
		}
	}
	if below == "" {
		return ""
	}
	return lines.String()
}

func driftReport(t *testing.T, jq string, p plan) string {
	t.Helper()
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	const program = examplesDir + "/drift-detection/report"
	command := exec.CommandContext(t.Context(), jq, "--raw-output", "-L", program, "--from-file", program+"/drift.jq")
	command.Stdin = bytes.NewReader(text)
	var report, log bytes.Buffer
	command.Stdout, command.Stderr = &report, &log
	if err := command.Run(); err != nil {
		t.Fatalf("%s: %s\n%s", jq, err, log.String())
	}
	return report.String()
}

// TestDriftReportOfAnEmptyPlan has nothing to say.
func TestDriftReportOfAnEmptyPlan(t *testing.T) {
	t.Parallel()
	for jq, path := range everyJQ(t) {
		if report := driftReport(t, path, plan{}); report != nothingDiffers {
			t.Errorf("%s: %s", jq, report)
		}
	}
}

// TestDriftReportOfAFleet stays readable when a whole fleet is gone, and shows what is worse first.
func TestDriftReportOfAFleet(t *testing.T) {
	t.Parallel()
	before, after := values{}, values{"meter-99999": true}
	for i := range 10_000 {
		before[fmt.Sprintf("meter-%05d", i)] = false
	}
	before["meter-99999"] = false
	fleet := update(values{"kind": "username", "users": before}, values{"kind": "username", "users": after})

	for jq, path := range everyJQ(t) {
		report := driftReport(t, path, plan{Drift: []resourceChange{of("emqx_auth_users", fleet)}})
		lines := strings.Split(strings.TrimSpace(report), "\n")
		if got, want := lines[2], "- Changed behind Terraform's back: 10,001 users"; got != want {
			t.Errorf("%s: %q, want %q", jq, got, want)
		}
		list := lines[len(lines)-51:]
		want := []string{
			"- **changed** username `meter-99999`: superuser `false` → `true`",
			"- **removed** username `meter-00000`",
			"- **removed** username `meter-00048`",
			"- … and 9,951 more",
		}
		if diff := cmp.Diff(want, []string{list[0], list[1], list[49], list[50]}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", jq, diff)
		}
	}
}
