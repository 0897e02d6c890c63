package v5

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

var settingsPath = []string{"authorization", "settings"}

// settingsRow is what is known of the settings of authorization. Any of it may be
// missing: brokers have more of them from version to version.
type settingsRow struct {
	NoMatch    *emqxapi.Access     `json:"no_match"`
	DenyAction *emqxapi.DenyAction `json:"deny_action"`
	Cache      struct {
		Enable  *bool     `json:"enable"`
		MaxSize *int64    `json:"max_size"`
		TTL     *duration `json:"ttl"`
	} `json:"cache"`
}

func (r settingsRow) settings() emqxapi.AccessSettings {
	return emqxapi.AccessSettings{
		NoMatch: r.NoMatch, DenyAction: r.DenyAction,
		Cache: emqxapi.DecisionCache{Enable: r.Cache.Enable, MaxSize: r.Cache.MaxSize, TTL: (*string)(r.Cache.TTL)},
	}
}

// duration is a text such as "1m". A number, which a configuration file may have, is
// one of milliseconds.
type duration string

// UnmarshalJSON implements json.Unmarshaler.
func (d *duration) UnmarshalJSON(text []byte) error {
	if number, err := strconv.ParseInt(string(text), 10, 64); err == nil {
		*d = duration(fmt.Sprintf("%dms", number))
		return nil
	}
	if err := json.Unmarshal(text, (*string)(d)); err != nil {
		return errors.New("a duration is neither a text nor a number")
	}
	return nil
}

// AccessSettings implements emqxapi.Settings.
func (c *Client) AccessSettings(ctx context.Context) (emqxapi.AccessSettings, error) {
	stored, err := c.readSettings(ctx)
	return stored.known.settings(), err
}

func (c *Client) readSettings(ctx context.Context) (stored whole[settingsRow], err error) {
	_, err = c.do(ctx, call{method: http.MethodGet, path: settingsPath, result: into(&stored)})
	return stored, err
}

// ChangeAccessSettings implements emqxapi.Settings. One change of this process is made
// at a time, as each sends back what the others have changed. Of another process the
// answer tells: it shows what the broker has, which is what was sent unless somebody
// else wrote at the same moment.
func (c *Client) ChangeAccessSettings(ctx context.Context, change emqxapi.AccessSettings) (emqxapi.AccessSettings, error) {
	var none emqxapi.AccessSettings
	if err := c.settings.Acquire(ctx, 1); err != nil {
		return none, err
	}
	defer c.settings.Release(1)
	stored, err := c.readSettings(ctx)
	if err != nil {
		return none, err
	}
	wanted := changedSettings(stored.all, change)
	if len(wanted.lacks(stored.all)) == 0 {
		return stored.known.settings(), nil
	}
	var answer whole[settingsRow]
	if _, err := c.do(ctx, call{method: http.MethodPut, path: settingsPath, body: wanted, result: into(&answer)}); err != nil {
		return none, err
	}
	if different := wanted.lacks(answer.all); len(different) > 0 {
		return none, fmt.Errorf("the broker took the settings and shows others than were sent (%s): %w", strings.Join(different, ", "), emqxapi.ErrConflict)
	}
	return answer.known.settings(), nil
}

// changedSettings is everything that was read, with a change in it.
func changedSettings(all object, change emqxapi.AccessSettings) object {
	if change.NoMatch != nil {
		all = all.with(string(*change.NoMatch), "no_match")
	}
	if change.DenyAction != nil {
		all = all.with(string(*change.DenyAction), "deny_action")
	}
	if change.Cache.Enable != nil {
		all = all.with(*change.Cache.Enable, "cache", "enable")
	}
	if change.Cache.MaxSize != nil {
		all = all.with(json.Number(strconv.FormatInt(*change.Cache.MaxSize, 10)), "cache", "max_size")
	}
	if change.Cache.TTL != nil {
		all = all.with(*change.Cache.TTL, "cache", "ttl")
	}
	return all
}
