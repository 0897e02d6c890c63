package offer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/offer"
)

// question is a call with its body.
type question struct{ call, body string }

// shapeCase is what a shape makes of one call.
type shapeCase struct {
	shape  offer.Shape
	before []question
	question
	status   int
	has, not []string // in the body, without spaces
	empty    bool     // the body
}

var (
	oneUser   = []question{{"POST " + users5, `{"user_id":"u1","password":"p"}`}}
	oneBan    = question{"POST /api/v5/banned", `{"as":"clientid","who":"bad"}`}
	twoUsers4 = []question{{"POST /api/v4/auth_username", `[{"username":"u1","password":"p"},{"username":"u2","password":"p"}]`}}
	bothWays4 = []question{
		{"POST /api/v4/acl", `{"username":"u1","topic":"t","action":"pubsub","access":"allow"}`},
		{"POST /api/v4/acl", `{"username":"u2","topic":"t","action":"pub","access":"allow"}`},
	}
)

var v5Cases = []shapeCase{
	{shape: offer.ImportNoContent, question: question{"POST " + strings.TrimSuffix(users5, "users") + "import_users?type=plain", `[{"user_id":"i","password":"p"}]`}, status: 204, empty: true},
	{shape: offer.UpdateNoContent, before: oneUser, question: question{"PUT " + users5 + "/u1", `{"password":"q"}`}, status: 204, empty: true},
	{shape: offer.UserWrapped, before: oneUser, question: question{"GET " + users5 + "/u1", ""}, status: 200, has: []string{`{"data":{"is_superuser":false,"user_id":"u1"}}`}},
	{shape: offer.UserNameOnly, before: oneUser, question: question{"GET " + users5 + "/u1", ""}, status: 200, has: []string{`{"user_id":"u1"}`}},
	{shape: offer.UserNameOnly, before: oneUser, question: question{"GET " + users5, ""}, status: 200, has: []string{`[{"user_id":"u1"}]`}},
	{shape: offer.BanListed, question: oneBan, status: 200, has: []string{`{"data":[{"as":"clientid",`, `"who":"bad"}]}`}},
	{shape: offer.NoHasNext, question: question{"GET " + users5, ""}, status: 200, has: []string{`"meta":{"count":0,"limit":100,"page":1}`}},
	{shape: offer.NoCount, question: question{"GET /api/v5/clients", ""}, status: 200, has: []string{`"meta":{"hasnext":false,"limit":100,"page":1}`}},
	{shape: offer.SubscriptionsBare, question: question{"GET /api/v5/subscriptions", ""}, status: 200, has: []string{`[{"clientid":"c1",`}, not: []string{"meta"}},
	{shape: offer.SubscriptionsListed, question: question{"GET /api/v5/clients/c1/subscriptions", ""}, status: 200, has: []string{`{"data":[{"clientid":"c1"`}},
	{shape: offer.SubscribedWrapped, question: question{"POST /api/v5/clients/c1/subscribe/bulk", `[{"topic":"b"}]`}, status: 200, has: []string{`{"data":[{"clientid":"c1"`}},
	{shape: offer.PublishedOnce, question: question{"POST /api/v5/publish/bulk", `[{"topic":"a/1","payload":""},{"topic":"x","payload":""}]`}, status: 202, has: []string{`{"message":"no_matching_subscribers","reason_code":16}`}, not: []string{"["}},
	{shape: offer.ClientListed, question: question{"GET /api/v5/clients/c1", ""}, status: 200, has: []string{`{"data":[{`, `"clientid":"c1"`}},
	{shape: offer.TimesWithoutZone, question: question{"GET /api/v5/clients/c1", ""}, status: 200, has: []string{`"connected_at":"20`}, not: []string{"+00:00"}},
	{shape: offer.TimesWithoutZone, question: question{"GET /api/v5/clients", ""}, status: 200, has: []string{`"connected_at":"20`}, not: []string{"+00:00"}},
	{shape: offer.UnderscoredPages, question: question{"GET /api/v5/clients?page=3&limit=7", ""}, status: 200, has: []string{`"page":1`, `"limit":50`}},
	{shape: offer.UnderscoredPages, question: question{"GET /api/v5/clients?_page=3&_limit=7", ""}, status: 200, has: []string{`"page":3`, `"limit":7`}},
	{shape: offer.PagesIgnored, question: question{"GET /api/v5/clients?page=3&limit=7", ""}, status: 200, has: []string{`"page":1`, `"limit":50`, `"clientid":"c1"`}},
	{shape: offer.UnderscoredFilters, question: question{"GET /api/v5/clients?like_clientid=zzz", ""}, status: 200, has: []string{`"clientid":"c1"`}},
	{shape: offer.UnderscoredFilters, question: question{"GET /api/v5/subscriptions?match_topic=zzz", ""}, status: 200, has: []string{`"clientid":"c1"`}},
	{shape: offer.UnderscoredFilters, question: question{"GET /api/v5/subscriptions?_match_topic=zzz", ""}, status: 200, has: []string{`"data":[]`}},
}

var v4Cases = []shapeCase{
	{shape: offer.UserFields, before: twoUsers4, question: question{"GET /api/v4/auth_username", ""}, status: 200, has: []string{`{"username":"u1"}`, `"meta":{"count":2,"limit":10000,"page":1}`}},
	{shape: offer.UserFields, before: twoUsers4, question: question{"GET /api/v4/auth_username/u1", ""}, status: 200, has: []string{`"data":{"username":"u1"}`}},
	{shape: offer.PagesOfTen, question: question{"GET /api/v4/auth_username", ""}, status: 200, has: []string{`"limit":10,`}},
	{shape: offer.PagesOfTen, question: question{"GET /api/v4/banned", ""}, status: 200, has: []string{`"limit":10,`}},
	{shape: offer.PagesIgnored, before: twoUsers4, question: question{"GET /api/v4/auth_username?_page=2&_limit=1", ""}, status: 200, has: []string{`"limit":10`, `"page":1`, `"u1"`, `"u2"`}},
	{shape: offer.NoHasNext, question: question{"GET /api/v4/clients", ""}, status: 200, has: []string{`"meta":{"count":1,"limit":10000,"page":1}`}},
	{shape: offer.NoCount, question: question{"GET /api/v4/clients", ""}, status: 200, has: []string{`"meta":{"hasnext":false,"limit":10000,"page":1}`}},
	{shape: offer.BanComplete, question: question{"POST /api/v4/banned", `{"as":"clientid","who":"bad","reason":"r"}`}, status: 200, has: []string{`{"code":0,"data":{"as":"clientid","at":1700000000,"by":"user","reason":"r","until":1700000300,"who":"bad"}}`}},
	{shape: offer.RulesForAllPath, question: question{"DELETE /api/v4/acl/all/$all/topic/a%2Fb", ""}, status: 200, has: []string{`{"code":0}`}},
	{shape: offer.ResultsListed, question: question{"POST /api/v4/auth_username", `[{"username":"u3","password":"p"}]`}, status: 200, has: []string{`"data":[{"u3":"ok"}]`}},
	{shape: offer.SubscribedRows, question: question{"POST /api/v4/mqtt/subscribe_batch", `[{"clientid":"c1","topic":"b","qos":1}]`}, status: 200, has: []string{`"data":[{"clientid":"c1","node":"emqx4@127.0.0.1","qos":1,"topic":"b"}]`}},
	{shape: offer.Pubsub, before: bothWays4, question: question{"GET /api/v4/acl/username/u1", ""}, status: 200, has: []string{`"data":[{"access":"allow","action":"pubsub","topic":"t","username":"u1"}]`}},
	{shape: offer.Pubsub, before: bothWays4, question: question{"GET /api/v4/acl/username?_limit=1&_page=2", ""}, status: 200, has: []string{`"meta":{"count":2,"limit":1,"page":2}`}},
	{shape: offer.Subpub, before: bothWays4, question: question{"GET /api/v4/acl/username", ""}, status: 200, has: []string{`"action":"subpub"`, `"action":"pub"`, `"count":2,`}, not: []string{`"action":"sub"`}},
	{shape: offer.Subpub, before: bothWays4, question: question{"GET /api/v4/acl/username/u1", ""}, status: 200, has: []string{`"action":"subpub"`}},
}

// TestShapes: each shape alone makes of the state what is documented, and without it EMQX's own answer is another one.
func TestShapes(t *testing.T) {
	cases := slices.Concat(v5Cases, v4Cases)
	for i, c := range cases {
		t.Run(fmt.Sprint(i, " ", c.shape, " ", c.call), func(t *testing.T) {
			if problem := c.problem(c.answer(t, c.shape)); problem != "" {
				t.Error(problem)
			}
			if plain := c.answer(t); c.problem(plain) == "" {
				t.Errorf("without the shape the answer is the same: %v", plain)
			}
		})
	}
	for _, shape := range append(offer.ShapesOf(offer.V4), offer.ShapesOf(offer.V5)...) {
		if !slices.ContainsFunc(cases, func(c shapeCase) bool { return c.shape == shape }) {
			t.Errorf("no case for the shape %s", shape)
		}
	}
}

// answer asks a broker with some shapes.
func (c shapeCase) answer(t *testing.T, shapes ...offer.Shape) reply {
	t.Helper()
	b := start(t, emqxsim.Options{Offer: emqxsim.OfferEMQX5, Shapes: shapes})
	for _, q := range c.before {
		if got := b.ask(t, q.call, q.body); got.status > 299 {
			t.Fatalf("%s: %v", q.call, got)
		}
	}
	return b.ask(t, c.call, c.body)
}

// problem tells what is not as the case wants it.
func (c shapeCase) problem(got reply) string {
	wrong := got.status != c.status || c.empty && got.body != ""
	for _, part := range c.has {
		wrong = wrong || !strings.Contains(got.body, part)
	}
	for _, part := range c.not {
		wrong = wrong || strings.Contains(got.body, part)
	}
	if !wrong {
		return ""
	}
	return fmt.Sprintf("%d %s\nwant %d with %q and without %q", got.status, got.body, c.status, c.has, c.not)
}
