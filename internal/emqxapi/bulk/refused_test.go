package bulk_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/bulk"
)

// A list only saves requests. Where the key may not list, each object is read by
// itself, and the list is not asked for again.
func TestAListThatIsRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := withUsers(newTable(likeV5), 100)
		broker.before = func(request string) error {
			if request == "list users" {
				return fmt.Errorf("HTTP 403: %w", emqxapi.ErrRefused)
			}
			return nil
		}
		d := bulk.New(broker, bulk.Options{})
		noErrors(t, readTogether(t, d, names(0, 100)))
		found, err := d.UsersNamed(t.Context(), emqxapi.KindUsername, names(0, 90))
		if err != nil || len(found) != 90 {
			t.Errorf("%d users by name, %v", len(found), err)
		}
		lists := slices.DeleteFunc(broker.sent(), func(request string) bool { return request != "list users" })
		if len(lists) != 1 {
			t.Errorf("listed %d times", len(lists))
		}
	})
}
