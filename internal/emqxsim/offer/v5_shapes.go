package offer

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/calls"
)

// Shapes of the v5 API (api/cloud.md §2b), "spec" from the OpenAPI file of Dedicated deployments, "md" from the pages that
// were written for Serverless ones.
const (
	ImportNoContent     Shape = "import-204"                   // spec and md: import_users tells nothing of what it did
	BanListed           Shape = "ban-listed"                   // spec: a new ban is a list of one
	NoHasNext           Shape = "no-hasnext"                   // spec: meta is page, limit and count
	NoCount             Shape = "no-count"                     // spec, where a filter with like_ is used
	SubscriptionsBare   Shape = "subscriptions-bare"           // spec: the list of subscriptions has no meta
	UpdateNoContent     Shape = "update-204"                   // md: PUT of a user
	UserWrapped         Shape = "user-wrapped"                 // md: a user is under data
	UserNameOnly        Shape = "user-name-only"               // oldest md: nothing of is_superuser unless it is one
	UnderscoredPages    Shape = "underscored-pages"            // md: _page and _limit, pages of 50
	UnderscoredFilters  Shape = "underscored-filters"          // md: _match_topic and share; no filter with like_
	PagesIgnored        Shape = "pages-ignored"                // no parameter of a page is documented: the first page, always
	TimesWithoutZone    Shape = "times-without-zone"           // md: times of clients
	ClientListed        Shape = "client-listed"                // md: one client is a list of one
	SubscriptionsListed Shape = "client-subscriptions-wrapped" // md
	SubscribedWrapped   Shape = "subscribed-wrapped"           // md: what subscribe/bulk did
	PublishedOnce       Shape = "published-once"               // md: publish/bulk says of all messages together that nobody got them
)

const (
	usersPath = "/authentication/password_based:built_in_database/users"
	rulesPath = "/authorization/sources/built_in_database/rules"
)

var (
	v5Lists = calls.MustParse("GET "+usersPath, "GET "+rulesPath+"/users", "GET "+rulesPath+"/clients",
		"GET /banned", "GET /clients", "GET /subscriptions")
	v5OneUser = calls.MustParse("GET " + usersPath + "/{user_id}")
)

var v5Shapes = []shape{
	{ImportNoContent, calls.MustParse("POST /authentication/{id}/import_users"), after(noContent)},
	{BanListed, calls.MustParse("POST /banned"), answering(listed)},
	{UpdateNoContent, calls.MustParse("PUT " + usersPath + "/{user_id}"), after(noContent)},
	{UserNameOnly, calls.MustParse("GET "+usersPath, "POST "+usersPath, "GET "+usersPath+"/{user_id}"), answering(nameOnly)},
	{UserWrapped, v5OneUser, answering(wrapped)},
	{TimesWithoutZone, calls.MustParse("GET /clients", "GET /clients/{clientid}"), answering(timesWithoutZone)},
	{ClientListed, calls.MustParse("GET /clients/{clientid}"), answering(listed)},
	{SubscriptionsListed, calls.MustParse("GET /clients/{clientid}/subscriptions"), answering(wrapped)},
	{SubscribedWrapped, calls.MustParse("POST /clients/{clientid}/subscribe/bulk"), answering(wrapped)},
	{PublishedOnce, calls.MustParse("POST /publish/bulk"), after(publishedOnce)},
	{UnderscoredFilters, calls.MustParse("GET /clients", "GET /subscriptions", "GET "+usersPath,
		"GET "+rulesPath+"/users", "GET "+rulesPath+"/clients"), asking(underscoredFilters)},
	{UnderscoredPages, v5Lists, asking(func(query url.Values) {
		rename(query, "_page", "page")
		rename(query, "_limit", "limit")
		setDefault(query, "limit", "50")
	})},
	{PagesIgnored, v5Lists, asking(func(query url.Values) {
		query.Del("page")
		query.Set("limit", "50")
	})},
	{NoHasNext, v5Lists, withoutMeta("hasnext")},
	{NoCount, v5Lists, withoutMeta("count")},
	{SubscriptionsBare, calls.MustParse("GET /subscriptions"), answering(func(body any) any { return body.(object)["data"] })},
}

// Dedicated5 are the shapes of the spec.
var Dedicated5 = []Shape{ImportNoContent, BanListed, NoHasNext}

// Serverless5 are the shapes of the pages for Serverless deployments, as far as these still offer the calls.
var Serverless5 = []Shape{UnderscoredPages, UnderscoredFilters, SubscriptionsListed, SubscribedWrapped, PublishedOnce}

func setDefault(query url.Values, name, value string) {
	if !query.Has(name) {
		query.Set(name, value)
	}
}

func underscoredFilters(query url.Values) {
	for name := range query {
		if strings.HasPrefix(name, "like_") {
			query.Del(name)
		}
	}
	rename(query, "_match_topic", "match_topic")
	rename(query, "share", "share_group")
	for _, field := range []string{"created_at", "connected_at"} {
		rename(query, "_gte_"+field, "gte_"+field)
		rename(query, "_lte_"+field, "lte_"+field)
	}
}

// nameOnly leaves is_superuser out of a user, or of those in a list.
func nameOnly(body any) any {
	users := rowsOf(body)
	if one, isObject := body.(object); isObject && users == nil {
		users = []object{one}
	}
	for _, user := range users {
		if user["is_superuser"] == false {
			delete(user, "is_superuser")
		}
	}
	return body
}

// timesWithoutZone writes the times of one client or of many as 2006-01-02 15:04:05.
func timesWithoutZone(body any) any {
	clients := rowsOf(body)
	if one, isObject := body.(object); isObject && clients == nil {
		clients = []object{one}
	}
	for _, client := range clients {
		for _, field := range []string{"connected_at", "created_at", "disconnected_at"} {
			written, _ := client[field].(string)
			if at, err := time.Parse(time.RFC3339, written); err == nil {
				client[field] = at.Format(time.DateTime)
			}
		}
	}
	return body
}

// publishedOnce makes one object of what nobody got.
func publishedOnce(a answer) answer {
	body, _ := a.decoded()
	results, _ := body.([]any)
	if a.status != http.StatusAccepted || len(results) == 0 {
		return a
	}
	for _, result := range results {
		if reason, _ := result.(object); reason["reason_code"] != nil {
			return a.with(reason)
		}
	}
	return a
}
