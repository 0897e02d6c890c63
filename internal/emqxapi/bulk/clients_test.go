package bulk_test

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/bulk"
)

// crowdOf is a broker on which some clients of each of so many usernames are connected.
func crowdOf(usernames, each int) *table {
	broker := newTable(likeV5)
	broker.clients = map[string]emqxapi.Client{}
	for i := range usernames {
		username := fmt.Sprintf("u%d", i)
		for k := range each {
			clientID := fmt.Sprintf("%s-%d", username, k)
			broker.clients[clientID] = emqxapi.Client{ClientID: clientID, Username: &username, Connected: true}
		}
	}
	return broker
}

// Clients of many names come with as few requests as filters or the list of all take.
func TestClientsNamed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		usernames, each, pageSize, named int
		requests                         int
	}{
		"one":                          {1000, 2, 100, 1, 1},
		"none":                         {1000, 2, 100, 0, 0},
		"a few":                        {1000, 2, 100, 5, 5},
		"many, and a short list":       {1000, 2, 100, 500, 20},
		"many, and a list of one page": {50, 2, 100, 10, 1},
		"a long list":                  {1000, 2, 100, 6, 1 + 6},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			broker := crowdOf(test.usernames, test.each)
			broker.pageSize = test.pageSize
			names := make([]string, 0, test.named)
			var want, got []string
			for i := range test.named {
				name := fmt.Sprintf("u%d", i)
				names = append(names, name)
				for k := range test.each {
					want = append(want, fmt.Sprintf("%s-%d", name, k))
				}
			}
			deployment := bulk.New(broker, bulk.Options{})
			for client, err := range deployment.ClientsNamed(t.Context(), emqxapi.KindUsername, names) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, client.ClientID)
			}
			slices.Sort(want)
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("clients (-want +got):\n%s", diff)
			}
			if sent := broker.sent(); len(sent) != test.requests {
				t.Errorf("%d requests, want %d", len(sent), test.requests)
			}
		})
	}
}

// A list or a filter that fails is an error, and never a shorter list.
func TestClientsNamedThatCannotBeFound(t *testing.T) {
	t.Parallel()
	for _, named := range []int{2, 40} {
		broker := crowdOf(100, 1)
		broker.pageSize = 10
		var calls atomic.Int32
		broker.before = func(string) error {
			if calls.Add(1) == 2 {
				return errRefused
			}
			return nil
		}
		var names []string
		for i := range named {
			names = append(names, fmt.Sprintf("u%d", i))
		}
		var failed error
		for _, err := range bulk.New(broker, bulk.Options{}).ClientsNamed(t.Context(), emqxapi.KindUsername, names) {
			failed = err
		}
		if !errors.Is(failed, errRefused) {
			t.Errorf("%d names: %v", named, failed)
		}
	}
}

// v4 gives clients that have no username to who asks for those of "undefined".
func TestClientsNamedAreThose(t *testing.T) {
	t.Parallel()
	broker := crowdOf(1, 1)
	broker.clients["anonymous"] = emqxapi.Client{ClientID: "anonymous"}
	broker.anyUsername = true
	for client, err := range bulk.New(broker, bulk.Options{}).ClientsNamed(t.Context(), emqxapi.KindUsername, []string{"undefined"}) {
		t.Errorf("got %q, %v", client.ClientID, err)
	}
}
