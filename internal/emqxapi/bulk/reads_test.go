package bulk_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/bulk"
)

var (
	errRefused = errors.New("refused")
	errBroken  = errors.New("broken")
)

const username = emqxapi.KindUsername

func name(i int) string { return fmt.Sprintf("user-%06d", i) }

func withUsers(t *table, count int) *table {
	for i := range count {
		t.users[name(i)] = emqxapi.User{Name: name(i)}
	}
	return t
}

// readTogether reads users at the same moment and returns the errors by name.
func readTogether(t *testing.T, d emqxapi.Deployment, names []string) map[string]error {
	t.Helper()
	var mu sync.Mutex
	errs := map[string]error{}
	var group sync.WaitGroup
	for _, n := range names {
		group.Go(func() {
			user, err := d.User(t.Context(), username, n)
			if err == nil && user.Name != n {
				err = fmt.Errorf("asked for %s, got %s", n, user.Name)
			}
			mu.Lock()
			defer mu.Unlock()
			errs[n] = err
		})
	}
	group.Wait()
	return errs
}

func names(from, to int) []string {
	var all []string
	for i := from; i < to; i++ {
		all = append(all, name(i))
	}
	return all
}

func noErrors(t *testing.T, errs map[string]error) {
	t.Helper()
	for n, err := range errs {
		if err != nil {
			t.Errorf("%s: %v", n, err)
		}
	}
}

func TestManyReadsAreOneList(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := withUsers(newTable(likeV4), 500)
		d := bulk.New(broker, bulk.Options{})
		for from := 0; from < 500; from += 10 {
			noErrors(t, readTogether(t, d, names(from, from+10)))
		}
		if diff := cmp.Diff([]string{"list users"}, broker.sent()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestReadsOneAfterAnotherBecomeAList(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := withUsers(newTable(likeV4), 100)
		d := bulk.New(broker, bulk.Options{})
		for i := range 100 {
			noErrors(t, readTogether(t, d, names(i, i+1)))
		}
		if sent := broker.sent(); len(sent) > 8 || !slices.Contains(sent, "list users") {
			t.Errorf("100 reads one after another cost %d requests: %v", len(sent), sent)
		}
	})
}

func TestFewReadsOfManyCredentialsAreNotAList(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := withUsers(newTable(likeV4), 200_000)
		noErrors(t, readTogether(t, bulk.New(broker, bulk.Options{}), names(100_000, 100_005)))
		if sent := broker.sent(); len(sent) != 5 || slices.Contains(sent, "list users") {
			t.Errorf("5 reads of 200,000 cost %v", sent)
		}
		noErrors(t, readTogether(t, bulk.New(broker, bulk.Options{}), names(100_000, 100_010)))
		sent := broker.sent()
		if len(sent) > 11 || len(slices.DeleteFunc(sent, func(r string) bool { return r != "list users" })) > 1 {
			t.Errorf("10 reads of 200,000 cost %v", sent)
		}
	})
}

func TestAWriteIsSeenByTheNextRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := withUsers(newTable(likeV5), 20)
		d := bulk.New(broker, bulk.Options{})
		noErrors(t, readTogether(t, d, names(0, 20)))
		broker.sent()
		if err := d.UpdateUser(t.Context(), username, emqxapi.Credential{Name: name(3), Superuser: true}); err != nil {
			t.Fatal(err)
		}
		changed, err := d.User(t.Context(), username, name(3))
		if err != nil || !changed.Superuser {
			t.Errorf("read after the write: %+v, %v", changed, err)
		}
		if err := d.DeleteUser(t.Context(), username, name(4)); err != nil {
			t.Fatal(err)
		}
		if _, err := d.User(t.Context(), username, name(4)); !errors.Is(err, emqxapi.ErrNotFound) {
			t.Errorf("read after the deletion: %v", err)
		}
		noErrors(t, readTogether(t, d, names(5, 20))) // the others are still known
		want := []string{"update user " + name(3), "get user " + name(3), "delete user " + name(4), "get user " + name(4)}
		if diff := cmp.Diff(want, broker.sent()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAListUnderWayDoesNotAnswerForALaterWrite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := withUsers(newTable(likeV5), 20)
		d := bulk.New(broker, bulk.Options{})
		listing, proceed := make(chan struct{}), make(chan struct{})
		var once sync.Once
		broker.before = func(request string) error {
			if request == "list users" {
				once.Do(func() { close(listing); <-proceed })
			}
			return nil
		}
		var group sync.WaitGroup
		group.Go(func() { noErrors(t, readTogether(t, d, names(0, 20))) })
		<-listing
		time.Sleep(time.Millisecond) // the clock of a bubble stands still otherwise
		if err := d.UpdateUser(t.Context(), username, emqxapi.Credential{Name: name(3), Superuser: true}); err != nil {
			t.Fatal(err)
		}
		// The list shows the table from before the write, as a broker's page can.
		broker.locked(func() { broker.users[name(3)] = emqxapi.User{Name: name(3)} })
		close(proceed)
		group.Wait()
		broker.locked(func() { broker.users[name(3)] = emqxapi.User{Name: name(3), Superuser: true} })
		if user, err := d.User(t.Context(), username, name(3)); err != nil || !user.Superuser {
			t.Errorf("the list from before the write answered: %+v, %v", user, err)
		}
	})
}

func TestWhatAListLacksIsAskedForDirectly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := withUsers(newTable(likeV4), 100)
		broker.pageSize = 10
		lists := 0
		broker.before = func(request string) error {
			// Before the second page is cut, a row of the first is deleted: user 10
			// slips onto the first page, which was read already.
			if request == "list users" {
				if lists++; lists == 2 {
					broker.locked(func() { delete(broker.users, name(5)) })
				}
			}
			return nil
		}
		d := bulk.New(broker, bulk.Options{})
		errs := readTogether(t, d, names(0, 100))
		gone := errs[name(5)]
		delete(errs, name(5))
		noErrors(t, errs)
		if gone != nil {
			t.Errorf("user 5 was on the page that was read before its deletion: %v", gone)
		}
		if sent := broker.sent(); !slices.Contains(sent, "get user "+name(10)) {
			t.Errorf("the row that moved was not asked for: %v", sent)
		}
	})
}

func TestAListThatFailsHalfWayIsNone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := withUsers(newTable(likeV4), 100)
		broker.pageSize = 10
		lists := 0
		broker.before = func(request string) error {
			if request == "list users" {
				if lists++; lists == 2 {
					return errBroken
				}
			}
			return nil
		}
		d := bulk.New(broker, bulk.Options{})
		for n, err := range readTogether(t, d, names(0, 100)) {
			if !errors.Is(err, errBroken) {
				t.Errorf("%s: %v", n, err)
			}
		}
		broker.sent()
		noErrors(t, readTogether(t, d, names(0, 100)))
		if sent := broker.sent(); len(sent) != 10 {
			t.Errorf("after the failed list: %v", sent)
		}
	})
}

func TestBansAreListedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := newTable(likeV4)
		for i := range 10 {
			broker.bans["clientid/"+name(i)] = emqxapi.Ban{As: emqxapi.BanClientID, Who: name(i)}
		}
		d := bulk.New(broker, bulk.Options{})
		var group sync.WaitGroup
		for i := range 10 {
			group.Go(func() {
				if _, err := d.Ban(t.Context(), emqxapi.BanClientID, name(i)); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if diff := cmp.Diff([]string{"list bans"}, broker.sent()); diff != "" {
			t.Error(diff)
		}
		// One that came behind our back is found by a fresh list.
		broker.bans["peerhost/::1:2"] = emqxapi.Ban{As: emqxapi.BanPeerHost, Who: "::0.1.0.2"}
		if _, err := d.Ban(t.Context(), emqxapi.BanPeerHost, "0::1:2"); err != nil {
			t.Error(err)
		}
		if _, err := d.Ban(t.Context(), emqxapi.BanUsername, "nobody"); !errors.Is(err, emqxapi.ErrNotFound) {
			t.Errorf("a ban that is not there: %v", err)
		}
	})
}

func TestNothingIsSharedBetweenConfigurations(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := withUsers(newTable(likeV4), 20)
		for range 2 {
			noErrors(t, readTogether(t, bulk.New(broker, bulk.Options{}), names(0, 20)))
		}
		if diff := cmp.Diff([]string{"list users", "list users"}, broker.sent()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestOneCallerLeavesTheOthersTheirList(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := withUsers(newTable(likeV4), 20)
		listing, proceed := make(chan struct{}), make(chan struct{})
		broker.before = func(string) error { close(listing); <-proceed; return nil }
		d := bulk.New(broker, bulk.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		first := make(chan error)
		go func() { _, err := d.User(ctx, username, name(0)); first <- err }()
		others := make(chan map[string]error)
		go func() { others <- readTogether(t, d, names(1, 20)) }()
		<-listing
		cancel()
		if err := <-first; !errors.Is(err, context.Canceled) {
			t.Errorf("the one who left got %v", err)
		}
		close(proceed)
		noErrors(t, <-others)
	})
}

func TestNamedReads(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := withUsers(newTable(likeV4), 1000)
		d := bulk.New(broker, bulk.Options{})
		users, err := d.UsersNamed(t.Context(), username, append(names(0, 900), "gone-1", "gone-2"))
		if err != nil || len(users) != 900 {
			t.Fatalf("%d users, %v", len(users), err)
		}
		if diff := cmp.Diff([]string{"list users"}, broker.sent()); diff != "" {
			t.Error(diff)
		}
		users, err = d.UsersNamed(t.Context(), username, names(990, 1990)) // 990 are gone
		if err != nil || len(users) != 10 {
			t.Fatalf("%d users, %v", len(users), err)
		}
		// One page shows all that there is, so nothing has to be asked for again.
		if diff := cmp.Diff([]string{"list users"}, broker.sent()); diff != "" {
			t.Error(diff)
		}
	})
}

// A row that moved between the pages of the only whole list is not gone.
func TestOneWholeListIsNotTwo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := withUsers(newTable(likeV4), 10_000)
		broker.pageSize = 10
		pages := 0
		broker.before = func(request string) error {
			if request != "list users" {
				return nil
			}
			switch pages++; pages {
			case 2: // of the first list, one page was enough to see how long it is
				broker.locked(func() {
					for i := 100; i < 10_000; i++ {
						delete(broker.users, name(i))
					}
				})
			case 4: // user 20 slips onto the page before
				broker.locked(func() { delete(broker.users, name(15)) })
			}
			return nil
		}
		users, err := bulk.New(broker, bulk.Options{}).UsersNamed(t.Context(), username, names(0, 100))
		if err != nil || users[name(20)].Name == "" {
			t.Errorf("%d users, %v; user 20 is %q", len(users), err, users[name(20)].Name)
		}
	})
}

// On v4 a subject of which another row turns up comes once more, and only then whole.
func TestASubjectThatIsListedAgain(t *testing.T) {
	t.Parallel()
	part, other, whole := ruleset("s", "1"), ruleset("other", "1"), ruleset("s", "2", "1")
	broker := &relisting{newTable(likeV4), [][]emqxapi.Ruleset{{part, other}, {whole}}}
	var got []emqxapi.Ruleset
	for ruleset, err := range bulk.New(broker, bulk.Options{}).ListRules(t.Context(), username) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, ruleset)
	}
	if diff := cmp.Diff([]emqxapi.Ruleset{whole, other}, got); diff != "" {
		t.Error(diff)
	}
}

func ruleset(name string, topics ...string) emqxapi.Ruleset {
	r := emqxapi.Ruleset{Subject: subject(name)}
	for _, topic := range topics {
		r.Rules = append(r.Rules, rule(topic))
	}
	return r
}

// relisting is a table whose list of rules is given.
type relisting struct {
	*table
	pages [][]emqxapi.Ruleset
}

func (r *relisting) ListRules(context.Context, emqxapi.Kind) emqxapi.Pages[emqxapi.Ruleset] {
	return func(yield func(emqxapi.Page[emqxapi.Ruleset], error) bool) {
		for _, page := range r.pages {
			if !yield(emqxapi.Page[emqxapi.Ruleset]{Items: page, Count: -1}, nil) {
				return
			}
		}
	}
}
