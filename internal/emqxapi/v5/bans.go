package v5

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

// forever is how EMQX writes a ban without an end.
const forever = "infinity"

// foreverOnV4 is the end, in the year 5138, that package v4 gives a ban without
// one, as EMQX 4 knows no other way. A deployment that moved from 4 brings it along.
const foreverOnV4 = 99999999999

// banRow is a ban as EMQX shows it and takes it.
type banRow struct {
	As     emqxapi.BanKind `json:"as"`
	Who    string          `json:"who"`
	By     string          `json:"by"`
	Reason string          `json:"reason"`
	At     *time.Time      `json:"at,omitempty"`
	// Until is always sent: what EMQX takes an absent one for differs between
	// versions, from five minutes to for ever (api/v5.md §1.8).
	Until until `json:"until"`
}

func (r banRow) check() error {
	if r.As == "" {
		return errors.New("a ban has no as")
	}
	return nil
}

// until is the end of a ban; the zero time is for ever.
type until time.Time

// UnmarshalJSON implements json.Unmarshaler.
func (u *until) UnmarshalJSON(text []byte) error {
	if string(text) == `"`+forever+`"` {
		*u = until{}
		return nil
	}
	var t time.Time
	if err := t.UnmarshalJSON(text); err != nil {
		return err
	}
	if t.Unix() != foreverOnV4 {
		*u = until(t)
	}
	return nil
}

// MarshalJSON implements json.Marshaler.
func (u until) MarshalJSON() ([]byte, error) {
	if time.Time(u).IsZero() {
		return json.Marshal(forever)
	}
	return json.Marshal(seconds(time.Time(u)))
}

// seconds is a time as EMQX keeps it.
func seconds(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

func (r banRow) ban() (emqxapi.Ban, bool) {
	ban := emqxapi.Ban{As: r.As, Who: r.Who, By: r.By, Reason: r.Reason, At: instant(r.At)}
	if end := time.Time(r.Until); !end.IsZero() {
		ban.Until = end.UTC()
	}
	return ban, true
}

func rowOf(ban emqxapi.Ban) banRow {
	row := banRow{As: ban.As, Who: ban.Who, By: ban.By, Reason: ban.Reason, Until: until(ban.Until)}
	if !ban.At.IsZero() {
		at := seconds(ban.At)
		row.At = &at
	}
	return row
}

// instant is a time that came in the broker's zone, in UTC.
func instant(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// target is a ban's target in the one spelling in which targets are compared and
// sent. It refuses what cannot be addressed.
func target(as emqxapi.BanKind, who string) (string, error) {
	if err := addressable(who); err != nil {
		return "", err
	}
	return emqxapi.CanonicalWho(as, who)
}

// sameTarget says whether a ban is about a canonical target.
func sameTarget(ban emqxapi.Ban, as emqxapi.BanKind, who string) bool {
	if ban.As != as {
		return false
	}
	canonical, err := emqxapi.CanonicalWho(ban.As, ban.Who)
	return err == nil && canonical == who
}

// hasFilter says whether the list has a filter that compares whole targets of a
// kind. It compares text, and EMQX spells IPv6 addresses in its own way.
func hasFilter(as emqxapi.BanKind, who string) bool {
	switch as {
	case emqxapi.BanClientID, emqxapi.BanUsername:
		return true
	case emqxapi.BanPeerHost:
		return !strings.Contains(who, ":")
	}
	return false
}

// GetBan asks for one ban by a filter of the list: there is no GET for one.
// Where there is no such filter, and on versions before 5.8.1, which ignore it,
// the list is searched.
func (c *Client) GetBan(ctx context.Context, as emqxapi.BanKind, who string) (emqxapi.Ban, error) {
	who, err := target(as, who)
	if err != nil {
		return emqxapi.Ban{}, err
	}
	if hasFilter(as, who) {
		ban, searched, err := c.filterBan(ctx, as, who)
		if searched || err != nil {
			return ban, err
		}
	}
	for ban, err := range emqxapi.Items(c.ListBans(ctx)) {
		if err != nil || sameTarget(ban, as, who) {
			return ban, err
		}
	}
	return emqxapi.Ban{}, emqxapi.ErrNotFound
}

// filterBan asks by a filter. It has searched nothing when the broker gives bans
// that the filter would have kept out.
func (c *Client) filterBan(ctx context.Context, as emqxapi.BanKind, who string) (ban emqxapi.Ban, searched bool, err error) {
	var answer listAnswer[banRow]
	_, err = c.do(ctx, call{
		method: http.MethodGet,
		path:   []string{"banned"},
		query:  url.Values{string(as): {who}},
		result: into(&answer),
	})
	if err != nil {
		return emqxapi.Ban{}, false, err
	}
	for _, row := range *answer.Data {
		if ban, _ := row.ban(); sameTarget(ban, as, who) {
			return ban, true, nil
		}
	}
	if len(*answer.Data) > 0 {
		return emqxapi.Ban{}, false, nil
	}
	return emqxapi.Ban{}, true, emqxapi.ErrNotFound
}

// ListBans lists every ban.
func (c *Client) ListBans(ctx context.Context) emqxapi.Pages[emqxapi.Ban] {
	rows := pages(ctx, c, list[banRow, [2]string]{
		path: []string{"banned"},
		key:  func(r banRow) [2]string { return [2]string{string(r.As), r.Who} },
	})
	return emqxapi.ConvertPages(rows, banRow.ban)
}

// CreateBans implements emqxapi.Dialect, with a request for each: POST takes one, and
// refuses one that is there already.
func (c *Client) CreateBans(ctx context.Context, bans []emqxapi.Ban) []error {
	return each(ctx, len(bans), func(i int) error { return c.createBan(ctx, bans[i]) })
}

func (c *Client) createBan(ctx context.Context, ban emqxapi.Ban) error {
	who, err := target(ban.As, ban.Who)
	if err != nil {
		return err
	}
	ban.Who = who
	var row banRow
	answer, err := c.do(ctx, call{
		method:  http.MethodPost,
		path:    []string{"banned"},
		body:    rowOf(ban),
		result:  into(&row),
		refused: banTaken(ban),
	})
	switch {
	case answer.Repeated && errors.Is(err, errOurBan):
		return nil
	case errors.Is(err, emqxapi.ErrExists):
		return rest.Settled(err) // and is somebody else's
	case errors.Is(err, emqxapi.ErrOutcomeUnknown) && ctx.Err() == nil:
		return c.settleBan(ctx, ban, err)
	case err != nil:
		return err
	}
	return c.checkBan(ctx, ban, row)
}

// settleBan finds out what became of a create whose answers were all lost. The moment at
// which a ban was made is as good as a signature.
func (c *Client) settleBan(ctx context.Context, ban emqxapi.Ban, lost error) error {
	there, err := c.GetBan(ctx, ban.As, ban.Who)
	switch {
	case err == nil && sameBan(there, ban):
		return nil
	case err == nil:
		return fmt.Errorf("the ban of %s %q: %w", ban.As, ban.Who, emqxapi.ErrExists)
	}
	return lost
}

// checkBan compares the target that the broker shows with the one that was asked for,
// and lifts a ban that became another: EMQX 5 takes an IPv6 network of the length 48 for
// one of 32 (api/v5.md §1.8), which bans others and cannot be found under its name.
func (c *Client) checkBan(ctx context.Context, ban emqxapi.Ban, row banRow) error {
	made, _ := row.ban()
	if sameTarget(made, ban.As, ban.Who) {
		return nil
	}
	err := fmt.Errorf("the broker made a ban of %s %q of one of %s %q; it was lifted again", made.As, made.Who, ban.As, ban.Who)
	if lift := c.DeleteBan(context.WithoutCancel(ctx), made.As, made.Who); lift != nil {
		err = fmt.Errorf("the broker made a ban of %s %q of one of %s %q, which could not be lifted again: %w", made.As, made.Who, ban.As, ban.Who, lift)
	}
	return err
}

// errOurBan says that the ban that exists is the one that was to be made: after a
// create whose answer was lost, its own.
var errOurBan = fmt.Errorf("it is as it was to be made: %w", emqxapi.ErrExists)

// banTaken recognises what POST answers for a target that is banned already: a
// 400 whose message is the ban that is there, as JSON (api/v5.md §1.8).
func banTaken(wanted emqxapi.Ban) func(refusal) error {
	return func(r refusal) error {
		if r.code != "ALREADY_EXISTS" {
			return nil
		}
		var row banRow
		if json.Unmarshal([]byte(r.message), &row) != nil {
			return emqxapi.ErrExists
		}
		if there, _ := row.ban(); sameBan(there, wanted) {
			return errOurBan
		}
		return emqxapi.ErrExists
	}
}

// sameBan compares everything, the beginning only where it was given: otherwise the
// broker has chosen it.
func sameBan(there, wanted emqxapi.Ban) bool {
	return sameTarget(there, wanted.As, wanted.Who) && there.By == wanted.By && there.Reason == wanted.Reason &&
		there.Until.Equal(seconds(wanted.Until)) && (wanted.At.IsZero() || there.At.Equal(seconds(wanted.At)))
}

// DeleteBan lifts a ban.
func (c *Client) DeleteBan(ctx context.Context, as emqxapi.BanKind, who string) error {
	who, err := target(as, who)
	if err != nil {
		return err
	}
	_, err = c.do(ctx, call{
		method:  http.MethodDelete,
		path:    []string{"banned", string(as), who},
		refused: banAbsent(as),
	})
	return unlessGone(err)
}

// banAbsent recognises "clientid: c1 not found". The target is not compared:
// EMQX spells addresses in its own way.
func banAbsent(as emqxapi.BanKind) func(refusal) error {
	return func(r refusal) error {
		if r.status == http.StatusNotFound && r.code == "NOT_FOUND" &&
			strings.HasPrefix(r.message, string(as)+": ") && strings.HasSuffix(r.message, " not found") {
			return emqxapi.ErrNotFound
		}
		return nil
	}
}
