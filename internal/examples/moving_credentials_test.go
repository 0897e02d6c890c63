package examples

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
)

// TestAccMovingCredentials moves a thousand hashed credentials as the guide says. Devices get in with passwords that
// Terraform has never seen.
func TestAccMovingCredentials(t *testing.T) {
	t.Parallel()
	broker := startBroker(t)
	f := emptyFolder(t, requireFeatures(t), broker, broker.V5())
	csv := "username,password_hash,salt,is_superuser\n"
	const moved = 1000
	for i := range moved {
		salt := fmt.Sprintf("salt%d", i)
		csv += fmt.Sprintf("meter-%d,%x,%s,%t\n", i, sha256.Sum256([]byte(passwordOf(i)+salt)), salt, i%100 == 0)
	}
	f.write("credentials.csv", csv)
	for _, b := range readerBlocks(t) {
		if b.page == "moving-credentials.md" && b.isConfiguration() {
			f.writeConfiguration(b.text, f.endpoint)
		}
	}
	broker.ResetRequests()
	f.mustApply()
	if has := recordsOn(broker); has.users != moved {
		t.Errorf("the broker has %+v", has)
	}
	for _, i := range []int{0, 1, moved / 2, moved - 1} {
		name := fmt.Sprintf("meter-%d", i)
		if !mayConnect(broker, name, passwordOf(i)) || mayConnect(broker, name, "another") {
			t.Errorf("%s does not get in with its password and no other", name)
		}
	}
	for _, request := range broker.Requests() {
		if strings.Contains(request.Query, "plain") {
			t.Errorf("%s %s?%s", request.Method, request.Path, request.Query)
		}
	}
	f.mustDestroy()
}

func passwordOf(i int) string { return fmt.Sprintf("known to meter %d alone", i) }
