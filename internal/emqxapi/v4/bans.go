package v4

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// EMQX 4 needs a number to be sent, or a ban ends after five minutes. Anything
// that is no number is stored as it is and bans for ever, since the broker
// compares by Erlang's order of terms (api/v4.md §4).
const (
	// forEver is what is sent for a ban without an end, in the year 5138.
	forEver = 99999999999
	// farthestEnd, the beginning of the year 2500, is the last end that is taken
	// for one.
	farthestEnd = 16725225600
)

// banBody is how a ban is created. All keys are sent always: without a reason
// the broker crashes, and the others have defaults of their own.
type banBody struct {
	As     emqxapi.BanKind `json:"as"`
	Who    string          `json:"who"`
	Reason string          `json:"reason"`
	By     string          `json:"by"`
	At     int64           `json:"at"`
	Until  int64           `json:"until"`
}

// banRow is a ban as it is shown. The broker stores whatever JSON was posted.
type banRow struct {
	As     emqxapi.BanKind `json:"as"`
	Who    json.RawMessage `json:"who"`
	Reason json.RawMessage `json:"reason"`
	By     json.RawMessage `json:"by"`
	At     json.RawMessage `json:"at"`
	Until  json.RawMessage `json:"until"`
}

func (r banRow) check() error {
	if r.As == "" || r.Who == nil {
		return errors.New("a ban without its target")
	}
	return nil
}

func (r banRow) key() [2]string { return [2]string{string(r.As), string(r.Who)} }

// ban gives the domain's ban. A ban whose target is no text or empty can be
// made, but no request reaches it again, and no client has that name.
func (r banRow) ban() (emqxapi.Ban, bool) {
	var who string
	if json.Unmarshal(r.Who, &who) != nil || who == "" {
		return emqxapi.Ban{}, false
	}
	if canonical, err := emqxapi.CanonicalWho(r.As, who); err == nil {
		who = canonical
	}
	ban := emqxapi.Ban{As: r.As, Who: who, Reason: text(r.Reason), By: text(r.By)}
	if at, ok := seconds(r.At); ok {
		ban.At = time.Unix(at, 0).UTC()
	}
	if until, ok := seconds(r.Until); ok && until < farthestEnd {
		ban.Until = time.Unix(until, 0).UTC()
	}
	return ban, true
}

// text is a value as text, whatever its type.
func text(raw json.RawMessage) string {
	var s string
	if isNull(raw) || json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

// seconds is a time in Unix seconds. Anything but a number is none.
func seconds(raw json.RawMessage) (int64, bool) {
	var n float64
	if isNull(raw) || json.Unmarshal(raw, &n) != nil {
		return 0, false
	}
	return int64(min(max(n, math.MinInt32), forEver)), true
}

// ListBans implements emqxapi.Dialect. The broker ignores filters here.
func (c *Client) ListBans(ctx context.Context) emqxapi.Pages[emqxapi.Ban] {
	return emqxapi.ConvertPages(list(ctx, c, nil, banRow.key, "banned"), banRow.ban)
}

// GetBan implements emqxapi.Dialect. EMQX 4 can only list.
func (c *Client) GetBan(ctx context.Context, as emqxapi.BanKind, who string) (emqxapi.Ban, error) {
	who, err := target(as, who)
	if err != nil {
		return emqxapi.Ban{}, err
	}
	for ban, err := range emqxapi.Items(c.ListBans(ctx)) {
		if err != nil {
			return emqxapi.Ban{}, err
		}
		if ban.As == as && ban.Who == who {
			return ban, nil
		}
	}
	return emqxapi.Ban{}, emqxapi.ErrNotFound
}

// CreateBans implements emqxapi.Dialect. To create a ban is to overwrite it, so it looks
// first, once for all. The caller sees to it that nobody else in this process comes
// between.
func (c *Client) CreateBans(ctx context.Context, bans []emqxapi.Ban) []error {
	errs := make([]error, len(bans))
	wanted := make(map[[2]string]int) // the first of each target
	var later []int                   // bans of targets that another one of them bans
	for i, ban := range bans {
		who, err := target(ban.As, ban.Who)
		key := [2]string{string(ban.As), who}
		if errs[i] = err; err != nil {
			continue
		}
		if _, again := wanted[key]; again {
			later = append(later, i)
			continue
		}
		wanted[key] = i
	}
	if len(wanted) == 0 {
		return errs
	}
	for ban, err := range emqxapi.Items(c.ListBans(ctx)) {
		if err != nil {
			return fill(errs, err)
		}
		key := [2]string{string(ban.As), ban.Who}
		if i, asked := wanted[key]; asked && !ban.Expired(time.Now()) {
			errs[i] = fmt.Errorf("the ban of %s %q: %w", ban.As, ban.Who, emqxapi.ErrExists)
			delete(wanted, key)
		}
	}
	free := slices.Sorted(maps.Values(wanted))
	for n, err := range emqxapi.Each(ctx, inFlight, len(free), func(n int) error { return c.putBan(ctx, bans[free[n]]) }) {
		errs[free[n]] = err
	}
	if len(later) > 0 {
		for n, err := range c.CreateBans(ctx, pick(bans, later)) {
			errs[later[n]] = err
		}
	}
	return errs
}

// putBan makes a ban what is given, whether it is there or not.
func (c *Client) putBan(ctx context.Context, ban emqxapi.Ban) error {
	who, err := target(ban.As, ban.Who)
	if err != nil {
		return err
	}
	body := banBody{As: ban.As, Who: who, Reason: ban.Reason, By: ban.By, At: ban.At.Unix(), Until: ban.Until.Unix()}
	if ban.At.IsZero() {
		body.At = time.Now().Unix()
	}
	if ban.Until.IsZero() {
		body.Until = forEver
	}
	return c.do(emqxapi.About(ctx, ban.Item()), http.MethodPost, body, "banned")
}

// ReplaceBan implements emqxapi.Dialect.
func (c *Client) ReplaceBan(ctx context.Context, _, ban emqxapi.Ban) error { return c.putBan(ctx, ban) }

// DeleteBan implements emqxapi.Dialect. The broker takes any spelling of an
// address, and reports success also for a ban that is not there.
func (c *Client) DeleteBan(ctx context.Context, as emqxapi.BanKind, who string) error {
	who, err := target(as, who)
	if err != nil {
		return err
	}
	return c.do(ctx, http.MethodDelete, nil, "banned", string(as), who)
}

// target checks a ban's target and gives its one spelling.
func target(as emqxapi.BanKind, who string) (string, error) {
	switch as {
	case emqxapi.BanClientIDRe, emqxapi.BanUsernameRe:
		return "", unsupported(emqxapi.FeatureBanByRe)
	case emqxapi.BanPeerHostNet:
		return "", unsupported(emqxapi.FeatureBanByNet)
	case emqxapi.BanClientID, emqxapi.BanUsername, emqxapi.BanPeerHost:
	}
	if err := checkName(string(as), who); err != nil {
		return "", err
	}
	return emqxapi.CanonicalWho(as, who)
}
