package emqxsim_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/faults"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// TestRowsMoveBetweenPages: a row that is deleted from page 1 draws one from page 2 to it, and who reads page after page
// never sees that one.
func TestRowsMoveBetweenPages(t *testing.T) {
	injector := faults.New(faults.Options{})
	broker := start(t, emqxsim.Options{Middleware: injector.Wrap})
	for _, name := range []string{"a", "b", "c", "d"} {
		broker.Tables().ImportUser(tables.Username, name, tables.NewPassword("p"), false)
	}
	injector.Set(faults.Options{BetweenPages: func(string, int) { broker.Tables().DeleteUser(tables.Username, "d") }})
	var seen []string
	for page := 1; page <= 2; page++ {
		var list struct {
			Data []struct {
				UserID string `json:"user_id"`
			} `json:"data"`
		}
		url := fmt.Sprintf("%s/authentication/password_based:built_in_database/users?limit=2&page=%d", broker.V5(), page)
		if err := json.Unmarshal(get(t, url, broker), &list); err != nil {
			t.Fatal(err)
		}
		for _, user := range list.Data {
			seen = append(seen, user.UserID)
		}
	}
	if want := []string{"d", "c", "a"}; !slices.Equal(seen, want) {
		t.Errorf("the pages have %v, want %v", seen, want)
	}
}
