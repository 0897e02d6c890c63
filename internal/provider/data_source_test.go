package provider

import (
	"context"
	"errors"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// recordedDeployment answers what a test put into it, in that order, and keeps
// the filters that it was asked with.
type recordedDeployment struct {
	emqxapi.Deployment
	clients       []emqxapi.Client
	subscriptions []emqxapi.Subscription
	users         map[emqxapi.Kind][]emqxapi.User
	rulesets      map[emqxapi.Kind][]emqxapi.Ruleset
	bans          []emqxapi.Ban
	counters      []emqxapi.Counters
	nodes         []emqxapi.Node
	err           error // of every call, at its end

	clientFilter       emqxapi.ClientFilter
	subscriptionFilter emqxapi.SubscriptionFilter
	like               string
}

func sequence[T any](items []T, err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, item := range items {
			if !yield(item, nil) {
				return
			}
		}
		if err != nil {
			yield(*new(T), err)
		}
	}
}

func (d *recordedDeployment) Clients(_ context.Context, filter emqxapi.ClientFilter) iter.Seq2[emqxapi.Client, error] {
	d.clientFilter = filter
	return sequence(d.clients, d.err)
}

func (d *recordedDeployment) Client(_ context.Context, clientID string) (emqxapi.Client, error) {
	at := slices.IndexFunc(d.clients, func(c emqxapi.Client) bool { return c.ClientID == clientID })
	if at < 0 || d.err != nil {
		return emqxapi.Client{}, d.err
	}
	return d.clients[at], nil
}

func (d *recordedDeployment) Subscriptions(_ context.Context, filter emqxapi.SubscriptionFilter) iter.Seq2[emqxapi.Subscription, error] {
	d.subscriptionFilter = filter
	return sequence(d.subscriptions, d.err)
}

func (d *recordedDeployment) ListUsers(_ context.Context, kind emqxapi.Kind, like string) iter.Seq2[emqxapi.User, error] {
	d.like = like
	return sequence(d.users[kind], d.err)
}

func (d *recordedDeployment) ListRules(_ context.Context, kind emqxapi.Kind) iter.Seq2[emqxapi.Ruleset, error] {
	return sequence(d.rulesets[kind], d.err)
}

func (d *recordedDeployment) Rules(_ context.Context, subject emqxapi.Subject) ([]emqxapi.Rule, error) {
	for _, ruleset := range d.rulesets[subject.Kind] {
		if ruleset.Subject == subject {
			return ruleset.Rules, d.err
		}
	}
	return nil, d.err
}

func (d *recordedDeployment) ListBans(context.Context) iter.Seq2[emqxapi.Ban, error] {
	return sequence(d.bans, d.err)
}

func (d *recordedDeployment) Metrics(context.Context) ([]emqxapi.Counters, error) {
	return d.counters, d.err
}

func (d *recordedDeployment) Stats(context.Context) ([]emqxapi.Counters, error) {
	return d.counters, d.err
}

func (d *recordedDeployment) Nodes(context.Context) ([]emqxapi.Node, error) { return d.nodes, d.err }

// recordedProvider is the provider with a deployment that is open already.
type recordedProvider struct {
	*emqxProvider
	link *connection
}

func (p recordedProvider) Configure(_ context.Context, _ provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	resp.DataSourceData = p.link
}

// now is the time of the tests with recorded answers.
var recordedNow = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

func serveRecorded(t *testing.T, d *recordedDeployment) *protocolServer {
	t.Helper()
	now := func() time.Time { return recordedNow }
	return serve(t, recordedProvider{&emqxProvider{version: "test", now: now}, &connection{opened: d, now: now}}, values{})
}

// readData reads a data source, after it was validated.
func (s *protocolServer) readData(typeName string, config values) (values, []*tfprotov6.Diagnostic) {
	s.t.Helper()
	schema, ok := s.schemas.DataSourceSchemas[typeName]
	if !ok {
		s.t.Fatalf("the provider has no data source %s", typeName)
	}
	encoded := dynamic(s.t, schema.ValueType(), config)
	validated, err := s.server.ValidateDataResourceConfig(s.t.Context(), &tfprotov6.ValidateDataResourceConfigRequest{TypeName: typeName, Config: encoded})
	if err != nil {
		s.t.Fatal(err)
	}
	if hasErrors(validated.Diagnostics) {
		return nil, validated.Diagnostics
	}
	response, err := s.server.ReadDataSource(s.t.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: typeName, Config: encoded})
	if err != nil {
		s.t.Fatal(err)
	}
	if hasErrors(response.Diagnostics) {
		return nil, response.Diagnostics
	}
	return plain(s.t, schema.ValueType(), response.State), response.Diagnostics
}

func (s *protocolServer) mustReadData(typeName string, config values) values {
	s.t.Helper()
	read, diagnostics := s.readData(typeName, config)
	s.mustSucceed(diagnostics)
	return read
}

// column gives one attribute of each object of a list.
func column(t *testing.T, read values, list, attribute string) []any {
	t.Helper()
	var column []any
	for _, element := range read[list].([]any) {
		column = append(column, element.(values)[attribute])
	}
	return column
}

// Whatever a list comes in, it goes out sorted.
func TestDataSourcesSort(t *testing.T) {
	t.Parallel()
	about := func(topic string) emqxapi.Rule {
		return emqxapi.Rule{Topic: topic, Action: emqxapi.ActionAll, Access: emqxapi.Allow}
	}
	s := serveRecorded(t, &recordedDeployment{
		clients:       []emqxapi.Client{{ClientID: "b"}, {ClientID: "a", Node: "n2"}, {ClientID: "a", Node: "n1"}},
		subscriptions: []emqxapi.Subscription{{ClientID: "b", Topic: "t"}, {ClientID: "a", Topic: "u"}, {ClientID: "a", Topic: "t"}},
		nodes:         []emqxapi.Node{{Name: "n2"}, {Name: "n1"}},
		bans:          []emqxapi.Ban{{As: "username", Who: "b"}, {As: "username", Who: "a"}, {As: "clientid", Who: "c"}},
		rulesets: map[emqxapi.Kind][]emqxapi.Ruleset{
			emqxapi.KindAll: {{Subject: emqxapi.Subject{Kind: emqxapi.KindAll}, Rules: []emqxapi.Rule{about("5")}}},
			emqxapi.KindUsername: {
				{Subject: emqxapi.Subject{Kind: emqxapi.KindUsername, Name: "v"}, Rules: []emqxapi.Rule{about("4")}},
				{Subject: emqxapi.Subject{Kind: emqxapi.KindUsername, Name: "u"}, Rules: []emqxapi.Rule{about("3"), about("0")}},
			},
			emqxapi.KindClientID: {{Subject: emqxapi.Subject{Kind: emqxapi.KindClientID, Name: "z"}, Rules: []emqxapi.Rule{about("1")}}},
		},
	})
	cases := []struct {
		typeName, list, attribute string
		want                      []any
	}{
		{"emqx_clients", "clients", "node", []any{"n1", "n2", ""}},
		{"emqx_subscriptions", "subscriptions", "topic", []any{"t", "u", "t"}},
		{"emqx_nodes", "nodes", "name", []any{"n1", "n2"}},
		{"emqx_blacklist", "entries", "who", []any{"c", "a", "b"}},
		{"emqx_acl_rules", "rules", "topic", []any{"1", "3", "0", "4", "5"}},
	}
	for _, c := range cases {
		got := column(t, s.mustReadData(c.typeName, values{}), c.list, c.attribute)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.typeName, diff)
		}
	}
}

// A list that ends with an error is an error, not a shorter list.
func TestDataSourcesFailWhole(t *testing.T) {
	t.Parallel()
	s := serveRecorded(t, &recordedDeployment{
		clients:       []emqxapi.Client{{ClientID: "a"}},
		subscriptions: []emqxapi.Subscription{{ClientID: "a"}},
		users:         map[emqxapi.Kind][]emqxapi.User{emqxapi.KindUsername: {{Name: "a"}}},
		err:           errors.New("the line went dead"),
	})
	for typeName, config := range map[string]values{
		"emqx_clients": {}, "emqx_subscriptions": {}, "emqx_nodes": {}, "emqx_metrics": {}, "emqx_stats": {}, "emqx_auth_users": {},
		"emqx_blacklist": {}, "emqx_acl_rules": {}, "emqx_client": {"clientid": "a"},
	} {
		_, diagnostics := s.readData(typeName, config)
		s.mustFail(diagnostics, "", "The line went dead")
	}
}

func TestDataSourcesRefuse(t *testing.T) {
	t.Parallel()
	s := serveRecorded(t, &recordedDeployment{})
	cases := []struct {
		typeName  string
		config    values
		attribute string
		says      string
	}{
		{"emqx_clients", values{"clientid": ""}, "clientid", "at least 1"},
		{"emqx_clients", values{"like_clientid": ""}, "like_clientid", "at least 1"},
		{"emqx_clients", values{"ip_address": "10.0.0.0/8"}, "ip_address", "not an IP address"},
		{"emqx_clients", values{"conn_state": "away"}, "conn_state", "disconnected"},
		{"emqx_clients", values{"proto_ver": 6}, "proto_ver", "between 3 and 5"},
		{"emqx_client", values{"clientid": ".."}, "clientid", "cannot be managed"},
		{"emqx_subscriptions", values{"topic": ""}, "topic", "at least 1"},
		{"emqx_subscriptions", values{"qos": 3}, "qos", "between 0 and 2"},
		{"emqx_subscriptions", values{"match_topic": "a/#/b"}, "match_topic", "# may stand only at the end"},
		{"emqx_auth_users", values{"kind": "all"}, "kind", "clientid"},
		{"emqx_auth_users", values{"like": ""}, "like", "at least 1"},
		{"emqx_acl_rules", values{"username": "."}, "username", "cannot be managed"},
		{"emqx_acl_rules", values{"all": false}, "all", "true"},
		{"emqx_acl_rules", values{"username": "u", "all": true}, "username", "cannot be configured together"},
		{"emqx_blacklist", values{"as": "ip"}, "as", "peerhost"},
	}
	for _, c := range cases {
		_, diagnostics := s.readData(c.typeName, c.config)
		s.mustFail(diagnostics, c.attribute, c.says)
	}
}
