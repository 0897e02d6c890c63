package examples

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

const fleetSecret = "not-a-secret-but-of-the-length-of-one"

// changeFleet takes a device out of the list and adds another. What the example is about, that the plan names both, is the same
// on either API, and a third apply of 10,000 devices for it takes long.
func changeFleet(f *folder) {
	f.t.Helper()
	if !f.isV5() {
		return
	}
	const gone, joined = "meter-00002,porto\n", "meter-10001,lyon\n"
	devices := f.read("devices.csv")
	if !strings.Contains(devices, gone) {
		f.t.Fatalf("devices.csv has no line %q", gone)
	}
	f.write("devices.csv", strings.Replace(devices, gone, "", 1)+joined)

	f.broker.ResetRequests()
	plan := f.mustRun("apply", "-auto-approve")
	want := []string{
		`- "meter-00002" = [`, `+ "meter-10001" = [`, // rules
		`- "meter-00002" = false -> null`, `+ "meter-10001" = false`, // credentials
	}
	if diff := cmp.Diff(want, changedDevices(plan)); diff != "" {
		f.t.Errorf("devices in the plan (-want +got):\n%s", diff)
	}
	// A request for each device would be 10,000.
	if n := len(f.broker.Requests()); n > 20 {
		f.t.Errorf("the change of two devices took %d requests", n)
	}
	mustUseFleet(f)
}

var changedDevice = regexp.MustCompile(`(?m)^ +([-+~] "meter-.*)$`)

func changedDevices(plan string) (lines []string) {
	for _, match := range changedDevice.FindAllStringSubmatch(plan, -1) {
		lines = append(lines, match[1])
	}
	return lines
}

// mustUseFleet tries devices on the broker, with passwords that are made as the README says.
func mustUseFleet(f *folder) {
	f.t.Helper()
	for name, may := range map[string]bool{"meter-00001": true, "meter-00002": false, "meter-10001": true} {
		password := fleetPassword(name)
		if mayConnect(f.broker, name, password) != may {
			f.t.Errorf("%s: may connect is %t, want %t", name, !may, may)
		}
		if strings.Contains(f.read("terraform.tfstate"), password) {
			f.t.Errorf("the state holds the password of %s", name)
		}
	}
	for topic, want := range map[string]tables.Decision{
		"sites/lyon/meter-10001/up": tables.Allowed,
		"sites/lyon/meter-00001/up": tables.Denied,
	} {
		request := tables.Request{ClientID: "any", Username: "meter-10001", Action: tables.Publish, Topic: topic}
		if got := f.broker.Tables().Authorize(request); got != want {
			f.t.Errorf("meter-10001 publishes to %s: %v, want %v", topic, got, want)
		}
	}
}

func fleetPassword(name string) string {
	return sha256Hex(fleetSecret + ":" + sha256Hex(fleetSecret+":"+name))
}

func sha256Hex(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// read gives the text of a file of the folder.
func (f *folder) read(name string) string {
	f.t.Helper()
	text, err := os.ReadFile(filepath.Join(f.dir, name))
	if err != nil {
		f.t.Fatal(err)
	}
	return string(text)
}
