package apiv5

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"slices"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// ban is an entry of the blacklist as the API shows it.
type ban struct {
	As     tables.BanKind `json:"as"`
	Who    string         `json:"who"`
	By     string         `json:"by"`
	Reason string         `json:"reason"`
	At     string         `json:"at"`
	Until  string         `json:"until"`
}

func (a *api) showBan(b tables.Ban) ban {
	return ban{b.As, b.Who, b.By, b.Reason, a.showTime(b.At), a.showTime(b.Until)}
}

var banSchema = structOf(
	field{name: "as", required: true, check: oneOf(banKinds...)},
	field{name: "who", required: true, check: text},
	field{name: "by", check: text, fallback: "mgmt_api"},
	field{name: "reason", check: text, fallback: ""},
	field{name: "at", check: epochSecond},
	field{name: "until", check: untilSecond, fallback: tables.Forever},
)

func (a *api) createBan(r request) answer {
	checked, violations := banSchema("root", r.body)
	if violations != nil {
		return violated(violations)
	}
	wanted, problem := a.readBan(checked.(map[string]any))
	if problem != "" {
		return badRequest(problem)
	}
	if wanted.Expired(a.tables.Now().Unix()) {
		return badRequest(a.cannotCreateExpired(wanted))
	}
	created, err := a.tables.CreateBan(wanted)
	if err != nil { // 400 and not 409, and the old ban as text (api/v5.md §1.8)
		return alreadyExists(http.StatusBadRequest, a.banText(a.showBan(created)))
	}
	return ok(a.showBan(created))
}

// banText is a ban as messages have it, with the keys in each release's order.
func (a *api) banText(b ban) string {
	if a.isEMQX6() {
		return string(encodeJSON(struct {
			By     string         `json:"by"`
			As     tables.BanKind `json:"as"`
			Who    string         `json:"who"`
			Until  string         `json:"until"`
			At     string         `json:"at"`
			Reason string         `json:"reason"`
		}{b.By, b.As, b.Who, b.Until, b.At, b.Reason}))
	}
	return descendingJSON(map[string]any{
		"as": b.As, "who": b.Who, "by": b.By, "reason": b.Reason, "at": b.At, "until": b.Until,
	})
}

func (a *api) readBan(given map[string]any) (tables.Ban, string) {
	as := tables.BanKind(given["as"].(string))
	who, problem := canonicalWho(as, given["who"].(string))
	if problem != "" {
		return tables.Ban{}, problem
	}
	at, isGiven := given["at"].(int64)
	if !isGiven {
		at = a.tables.Now().Unix()
	}
	return tables.Ban{
		As: as, Who: who, At: at,
		By:     given["by"].(string),
		Reason: given["reason"].(string),
		Until:  given["until"].(int64),
	}, ""
}

// cannotCreateExpired is "Cannot create expired banned, AT to UNTIL", which
// 5.8.9 prints as a list of characters, wrapped.
func (a *api) cannotCreateExpired(b tables.Ban) string {
	if a.isEMQX6() {
		return fmt.Sprintf("Cannot create expired banned, %d to %d", b.At, b.Until)
	}
	return fmt.Sprintf("[67,97,110,110,111,116,32,99,114,101,97,116,101,32,101,120,112,105,114,101,\n"+
		` 100,32,98,97,110,110,101,100,44,32,"%d",32,116,111,32,"%d"]`, b.At, b.Until)
}

// deleteBan takes any spelling of who; one that cannot be read crashes.
func (a *api) deleteBan(r request) answer {
	as, violations := oneOf(banKinds...)("as", r.bindings[0])
	if violations != nil {
		return violated(violations)
	}
	kind, given := tables.BanKind(as.(string)), r.bindings[1]
	who, problem := canonicalWho(kind, given)
	if problem != "" {
		return internalError(fmt.Sprintf("function_clause, [{emqx_banned,table,[{error,%s}]}]", problem))
	}
	if !a.tables.DeleteBan(kind, who) {
		return notFound(fmt.Sprintf("%s: %s not found", kind, given))
	}
	return empty(http.StatusNoContent)
}

func (a *api) clearBans(request) answer {
	a.tables.ClearBans()
	return empty(http.StatusNoContent)
}

// listBans takes one filter at most: an exact one, or an expression.
func (a *api) listBans(r request) answer {
	page, violations := pagerOf(r.query, a.opts.MaxLimit)
	if violations != nil {
		return violated(violations)
	}
	var filters []string
	for _, name := range []string{"clientid", "username", "peerhost", "like_clientid", "like_username", "like_peerhost", "like_peerhost_net"} {
		if r.query.Has(name) {
			filters = append(filters, name)
		}
	}
	switch {
	case len(filters) == 0:
		return a.listAllBans(page)
	case len(filters) > 1:
		return badRequest("too_many_filters")
	}
	value, _ := last(r.query, filters[0])
	if kinds, isFuzzy := likeKinds[filters[0]]; isFuzzy {
		return a.listBansLike(page, kinds, value)
	}
	return a.listOneBan(page, tables.BanKind(filters[0]), value)
}

func (a *api) listAllBans(page pager) answer {
	bans := a.orderedBans()
	some := cut(page, bans)
	described := page.describe(len(some), len(bans))
	described.HasNext = nil
	return answerRows(described, some, a.showBan)
}

func (a *api) orderedBans() []tables.Ban {
	bans := a.tables.BansScattered()
	slices.SortStableFunc(bans, func(x, y tables.Ban) int {
		return cmp.Compare(slices.Index(banKinds, string(x.As)), slices.Index(banKinds, string(y.As)))
	})
	return bans
}

func (a *api) listOneBan(page pager, as tables.BanKind, given string) answer {
	who, problem := canonicalWho(as, given)
	if problem != "" {
		return badRequest(problem)
	}
	var found []tables.Ban
	if b, exists := a.tables.Ban(as, who); exists {
		found = append(found, b)
	}
	return answerPage(page, found, false, a.showBan)
}

// likeKinds are the kinds of bans that a fuzzy filter looks at.
var likeKinds = map[string][]tables.BanKind{
	"like_clientid":     {tables.BanClientID, tables.BanClientIDRegex},
	"like_username":     {tables.BanUsername, tables.BanUsernameRegex},
	"like_peerhost":     {tables.BanPeerhost},
	"like_peerhost_net": {tables.BanPeerhostNet},
}

func (a *api) listBansLike(page pager, kinds []tables.BanKind, expression string) answer {
	if reason, position := compileRegex(expression); reason != "" {
		return badRequest(descendingJSON(map[string]any{
			"message": "The filter is not a validation regex expression",
			"reason":  reason, "position": position, "filter": expression,
		}))
	}
	like := regexp.MustCompile(expression)
	bans := slices.DeleteFunc(a.orderedBans(), func(b tables.Ban) bool {
		return !slices.Contains(kinds, b.As) || !like.MatchString(b.Who)
	})
	return answerPage(page, bans, true, a.showBan)
}
