package offer

import (
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/calls"
)

// Shapes of the v4 API (api/cloud.md §2a). NoHasNext, NoCount and PagesIgnored are there, too.
const (
	PagesOfTen      Shape = "pages-of-10"     // the size of pages of users, rules and bans in all examples
	UserFields      Shape = "user-fields"     // a user is a name; meta of users is page, limit and count
	BanComplete     Shape = "ban-complete"    // a new ban comes with what was not given
	RulesForAllPath Shape = "acl-all-all"     // older pages: /acl/all/$all/topic/{topic}
	Pubsub          Shape = "pubsub"          // a rule for both directions is one rule, of action pubsub
	Subpub          Shape = "subpub"          // older tables: the same, called subpub
	ResultsListed   Shape = "results-listed"  // the table: results of many users are a list of objects
	SubscribedRows  Shape = "subscribed-rows" // the Chinese page: subscribe_batch gives subscriptions, without codes
)

var (
	v4Users = calls.MustParse("GET /auth_username", "GET /auth_clientid")
	v4Rules = calls.MustParse("GET /acl/username", "GET /acl/clientid", "GET /acl/$all")
	v4Small = slices.Concat(v4Users, v4Rules, calls.MustParse("GET /banned"))
	v4Lists = slices.Concat(v4Small, calls.MustParse("GET /clients", "GET /subscriptions"))
	v4OfOne = calls.MustParse("GET /acl/username/{username}", "GET /acl/clientid/{clientid}")
)

var v4Shapes = []shape{
	{UserFields, slices.Concat(v4Users, calls.MustParse("GET /auth_username/{username}", "GET /auth_clientid/{clientid}")), answering(userFields)},
	{BanComplete, calls.MustParse("POST /banned"), banComplete},
	{RulesForAllPath, calls.MustParse("DELETE /acl/all/$all/topic/{topic}"), rulesForAllPath},
	{ResultsListed, calls.MustParse("POST /auth_username", "POST /auth_clientid"), answering(resultsListed)},
	{SubscribedRows, calls.MustParse("POST /mqtt/subscribe_batch"), subscribedRows},
	{Pubsub, v4Rules, joinedList("pubsub")},
	{Pubsub, v4OfOne, answering(joined("pubsub"))},
	{Subpub, v4Rules, joinedList("subpub")},
	{Subpub, v4OfOne, answering(joined("subpub"))},
	{PagesOfTen, v4Small, asking(func(query url.Values) { setDefault(query, "_limit", "10") })},
	{PagesIgnored, v4Small, asking(func(query url.Values) {
		query.Del("_page")
		query.Set("_limit", "10")
	})},
	{NoHasNext, v4Lists, withoutMeta("hasnext")},
	{NoCount, v4Lists, withoutMeta("count")},
}

// Dedicated4 are the shapes of the pages about v4, without those in which they contradict each other.
var Dedicated4 = []Shape{PagesOfTen, UserFields, BanComplete, RulesForAllPath}

func userFields(body any) any {
	for _, user := range rowsOf(body) {
		delete(user, "created_at")
	}
	if meta, isList := body.(object)["meta"].(object); isList {
		delete(meta, "hasnext")
	}
	return body
}

// banComplete looks the new ban up: the API itself gives back what was posted.
func banComplete(next serve) serve {
	return func(r *http.Request) answer {
		created := next(r)
		body, _ := created.decoded()
		posted := rowsOf(body)
		if len(posted) != 1 {
			return created
		}
		list := r.Clone(r.Context())
		list.Method, list.Body = http.MethodGet, http.NoBody
		list.URL.RawQuery = "_limit=100000000"
		bans, _ := next(list).decoded()
		for _, ban := range rowsOf(bans) {
			if ban["as"] == posted[0]["as"] && ban["who"] == posted[0]["who"] {
				return created.with(object{"code": 0, "data": ban})
			}
		}
		return created
	}
}

func rulesForAllPath(next serve) serve {
	return func(r *http.Request) answer {
		asked := r.Clone(r.Context())
		asked.URL.RawPath = strings.Replace(r.URL.EscapedPath(), "/acl/all/", "/acl/", 1)
		asked.URL.Path, _ = url.PathUnescape(asked.URL.RawPath) // it was unescaped before
		return next(asked)
	}
}

func resultsListed(body any) any {
	answer := body.(object)
	results, isObject := answer["data"].(object)
	if !isObject {
		return body
	}
	list := []object{}
	for name, result := range results {
		list = append(list, object{name: result})
	}
	answer["data"] = list
	return answer
}

// subscribedRows gives what was subscribed to, as the list of subscriptions has it.
func subscribedRows(next serve) serve {
	return func(r *http.Request) answer {
		done := next(r)
		body, ok := done.decoded()
		if !ok {
			return done
		}
		rows := []object{}
		for _, result := range rowsOf(body) {
			if clientid, _ := result["clientid"].(string); clientid != "" {
				rows = append(rows, subscriptionsOf(next, r, clientid, result["topic"])...)
			}
		}
		return done.with(object{"code": 0, "data": rows})
	}
}

func subscriptionsOf(next serve, r *http.Request, clientid string, topic any) []object {
	list := r.Clone(r.Context())
	list.Method, list.Body = http.MethodGet, http.NoBody
	list.URL.RawPath = "/subscriptions/" + url.PathEscape(clientid)
	list.URL.Path = "/subscriptions/" + clientid
	body, _ := next(list).decoded()
	return slices.DeleteFunc(rowsOf(body), func(row object) bool { return row["topic"] != topic })
}

// joined makes one rule of the two halves that EMQX 4.4.19 keeps of a rule for both directions. They stand next to each
// other.
func joined(both string) func(any) any {
	return func(body any) any {
		rows := []object{}
		for _, row := range rowsOf(body) {
			if n := len(rows); n > 0 && areHalves(rows[n-1], row) {
				rows[n-1]["action"] = both
				continue
			}
			rows = append(rows, row)
		}
		body.(object)["data"] = rows
		return body
	}
}

func areHalves(x, y object) bool {
	actions := []any{x["action"], y["action"]}
	if !slices.Contains(actions, any("pub")) || !slices.Contains(actions, any("sub")) {
		return false
	}
	other := maps.Clone(y)
	other["action"] = x["action"]
	return reflect.DeepEqual(x, other)
}

// joinedList joins in the whole list and cuts the page out of it then.
func joinedList(both string) change {
	return func(next serve) serve {
		return func(r *http.Request) answer {
			query := r.URL.Query()
			page, size := number(query, "_page", 1), number(query, "_limit", 50)
			query.Set("_page", "1")
			query.Set("_limit", "100000000")
			whole := next(withQuery(r, query))
			body, ok := whole.decoded()
			if !ok || page < 1 || size < 1 {
				return next(r)
			}
			rows := joined(both)(body).(object)["data"].([]object)
			first := min((page-1)*size, len(rows))
			last := min(first+size, len(rows))
			meta := object{"page": page, "limit": size, "count": len(rows)}
			return whole.with(object{"code": 0, "meta": meta, "data": rows[first:last]})
		}
	}
}

func number(query url.Values, name string, missing int) int {
	if !query.Has(name) {
		return missing
	}
	n, _ := strconv.Atoi(query.Get(name)) // 0 is no page either
	return n
}
