package apiv4

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

func (a *api) banRoutes() []route {
	b := bans{a.tables}
	return []route{
		{"GET", "/banned/", "list_banned", "List banned", b.list, nil},
		{"POST", "/banned/", "create_banned", "Create banned", b.add, nil},
		// EMQX's index leaves ":as" out of this path.
		{"DELETE", "/banned/:who", "delete_banned", "Delete banned", b.delete, []string{"banned", ":as", ":who"}},
	}
}

// bans serves the blacklist (api/v4.md §4).
type bans struct {
	tables *tables.Tables
}

// defaultBanTime is how long a ban lasts that says nothing of it, in seconds (emqx_mgmt_api_banned.erl).
const defaultBanTime = 300

var banKinds = []tables.BanKind{tables.BanClientID, tables.BanUsername, tables.BanPeerhost}

func badBanKind() reply {
	return failure(codeBadParameter, "value of 'as' must be one of: ['clientid', 'username', 'peerhost']")
}

// list knows no filters; a limit of 0 crashes EMQX here.
func (s bans) list(r request) reply {
	p, valid := r.pageOf(defaultLimit)
	if !valid || p.limit == 0 {
		return crash()
	}
	all := s.tables.BansScattered()
	data := []object{}
	for _, ban := range cut(p, all) {
		data = append(data, showBan(ban))
	}
	return reply{status: 200, body: object{"meta": p.meta(len(all)), "data": data, "code": 0}}
}

func showBan(ban tables.Ban) object {
	o := object{"as": string(ban.As), "who": ban.Who, "by": ban.By, "reason": ban.Reason, "at": ban.At, "until": ban.Until}
	if ban.Until == tables.Forever {
		o["until"] = "infinity"
	}
	maps.Copy(o, ban.AsPosted)
	return o
}

// add writes over a ban that is there, and answers with what was posted and no more.
func (s bans) add(r request) reply {
	p := r.params()
	who, hasWho := p["who"]
	as, hasAs := p["as"]
	if !hasWho || !hasAs {
		return failure(codeMissingParameter, "missing mandatory params: ['who', 'as']")
	}
	name, _ := as.(string)
	kind := tables.BanKind(name)
	if !slices.Contains(banKinds, kind) {
		return badBanKind()
	}
	if _, hasReason := p["reason"]; !hasReason {
		return crash()
	}
	now := s.tables.Now().Unix()
	ban := tables.Ban{As: kind, By: "user", At: now, Until: now + defaultBanTime, AsPosted: map[string]any{}}
	ban.Who = postedText(&ban, p, "who", "")
	ban.By = postedText(&ban, p, "by", ban.By)
	ban.Reason = postedText(&ban, p, "reason", "")
	ban.At = postedSeconds(&ban, p, "at", ban.At)
	ban.Until = postedSeconds(&ban, p, "until", ban.Until)
	if kind == tables.BanPeerhost {
		text, _ := who.(string)
		addr, err := tables.ParseAddress(text)
		if err != nil {
			return crash()
		}
		ban.Who = tables.FormatAddress(addr)
	}
	if err := s.tables.PutBan(ban); err != nil {
		return crash()
	}
	return withData(p)
}

// postedText takes a text field. EMQX stores any JSON type and shows it so; what is compared is a text.
func postedText(ban *tables.Ban, p params, field, missing string) string {
	value, given := p[field]
	if !given {
		return missing
	}
	if s, isText := value.(string); isText {
		return s
	}
	ban.AsPosted[field] = value
	return string(encode(value))
}

// postedSeconds takes a time. EMQX compares whatever was posted by the order of Erlang's terms, in which everything but a
// number is later than any number: such a ban does not end.
func postedSeconds(ban *tables.Ban, p params, field string, missing int64) int64 {
	value, given := p[field]
	if !given {
		return missing
	}
	number, isNumber := value.(json.Number)
	if isNumber {
		if seconds, err := number.Int64(); err == nil {
			return seconds
		}
	}
	ban.AsPosted[field] = value
	if seconds, err := number.Float64(); isNumber && err == nil && seconds < float64(tables.Forever) {
		return int64(seconds)
	}
	return tables.Forever
}

func (s bans) delete(r request) reply {
	kind, who := tables.BanKind(r.bindings["as"]), r.bindings["who"]
	if !slices.Contains(banKinds, kind) {
		return badBanKind()
	}
	if kind == tables.BanPeerhost {
		addr, err := tables.ParseAddress(who)
		if err != nil {
			return crash()
		}
		who = tables.FormatAddress(addr)
	}
	s.tables.DeleteBan(kind, who)
	return ok()
}
