package bulk_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/bulk"
)

// Users of the same names in no namespace and in two are three lots: what is written
// and read in one says nothing of the others, and each is read by a list of its own.
func TestNamespacesAreApart(t *testing.T) {
	t.Parallel()
	broker := newTable(likeV5)
	d := bulk.New(broker, bulk.Options{})
	names := make([]string, 50)
	credentials := make([]emqxapi.Credential, len(names))
	for i := range names {
		names[i] = fmt.Sprintf("u%d", i)
		credentials[i] = emqxapi.Credential{Name: names[i], Password: "p"}
	}
	places := map[string]emqxapi.Deployment{"": d}
	for _, namespace := range []string{"a", "b"} {
		inside, err := d.In(namespace)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := d.In(namespace); err != nil || again != inside {
			t.Errorf("%s is another deployment when it is asked for again: %v", namespace, err)
		}
		if out, err := inside.In(""); err != nil || out != emqxapi.Deployment(d) {
			t.Errorf("there is no way out of %s: %v", namespace, err)
		}
		places[namespace] = inside
	}
	var all sync.WaitGroup
	for namespace, place := range places {
		if namespace == "b" {
			continue
		}
		all.Go(func() {
			for _, err := range place.CreateUsers(t.Context(), emqxapi.KindUsername, credentials) {
				if err != nil {
					t.Errorf("%q: %s", namespace, err)
				}
			}
		})
	}
	all.Wait()
	tables := map[string]*table{"": broker, "a": broker.inside["a"], "b": broker.inside["b"]}
	for namespace, want := range map[string]int{"": 50, "a": 50, "b": 0} {
		tables[namespace].sent()
		found, err := places[namespace].UsersNamed(t.Context(), emqxapi.KindUsername, names)
		if err != nil || len(found) != want {
			t.Errorf("%q has %d users, %v, want %d", namespace, len(found), err, want)
		}
		if lists := tables[namespace].sent(); want > 0 && !slices.Equal(lists, []string{"list users"}) {
			t.Errorf("%q is read by %v, want one list", namespace, lists)
		}
	}
}
