package provider

import (
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// pathSteps are the names that a server takes for steps in the path. On v5 they
// would delete an authenticator with all its users, or every ban (api/v5.md §1.1).
var pathSteps = []string{"", ".", ".."}

// namedResource is an argument that becomes part of a path, with what else its
// resource needs.
type namedResource struct {
	typeName, argument string
	others             values
}

var namedResources = []namedResource{
	{authUserType, "username", values{"password": testPassword}},
	{authUserType, "clientid", values{"password": testPassword}},
	{aclRuleType, "username", values{"topic": "t", "action": "all", "access": "deny"}},
	{aclRuleType, "clientid", values{"topic": "t", "action": "all", "access": "deny"}},
	{aclRulesetType, "username", values{"rules": []any{}}},
	{aclRulesetType, "clientid", values{"rules": []any{}}},
	{blacklistEntryType, "who", values{"as": "clientid"}},
	{blacklistEntryType, "who", values{"as": "username"}},
	{blacklistEntryType, "who", values{"as": "peerhost"}},
}

// Every argument that holds names, with the smallest thing that a name can map to.
var namedMaps = []struct {
	typeName, argument string
	element            any
}{
	{"emqx_auth_users", "passwords", testPassword},
	{"emqx_auth_users", "passwords_wo", testPassword},
	{"emqx_acl_rulesets", "rulesets", []any{"deny all t"}},
}

// Ids that name such a thing, in every way in which an import could spell it.
var unaddressableIDs = map[string][]string{
	authUserType:       {"username/", "username/.", "username/..", "clientid/.."},
	aclRuleType:        {"username//all/t", "username/./all/t", "username/../all/t", "username/%2E%2E/all/t", "clientid/%2e./all/t"},
	aclRulesetType:     {"username/", "username/.", "username/..", "username/%2E%2E", "clientid/.%2e"},
	blacklistEntryType: {"clientid/", "clientid/.", "clientid/..", "username/..", "peerhost/.."},
}

// Every data source that asks about a name.
var namedDataSources = []struct{ typeName, argument string }{
	{"emqx_client", "clientid"},
	{"emqx_acl_rules", "username"},
	{"emqx_acl_rules", "clientid"},
}

// Names that a server takes for steps in the path are refused in every
// configuration and import, before a single request is sent.
func TestPathStepsAreRefusedAsNames(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		s := b.serve(t)
		b.ResetRequests()
		for _, name := range pathSteps {
			for _, r := range namedResources {
				s.mustFail(s.validate(r.typeName, r.others.with(values{r.argument: name})), r.argument, "")
				identity := s.identityOf(r.typeName, r.others.with(values{r.argument: name}))
				if _, diagnostics := s.importBy(r.typeName, "", identity); !hasErrors(diagnostics) {
					t.Errorf("%s was imported by the identity %v", r.typeName, identity)
				}
			}
			for _, m := range namedMaps {
				s.mustFail(s.validate(m.typeName, values{m.argument: values{name: m.element}}), m.argument, "name")
			}
			for _, d := range namedDataSources {
				if diagnostics := s.validateDataSource(d.typeName, values{d.argument: name}); !hasErrors(diagnostics) {
					t.Errorf("the data source %s took the %s %q", d.typeName, d.argument, name)
				}
			}
		}
		for typeName, ids := range unaddressableIDs {
			for _, id := range ids {
				if _, diagnostics := s.importBy(typeName, id, nil); !hasErrors(diagnostics) {
					t.Errorf("%s was imported by the id %q", typeName, id)
				}
			}
		}
		if requests := b.Requests(); len(requests) > 0 {
			t.Errorf("%d requests were sent, the first one %s %s", len(requests), requests[0].Method, requests[0].Path)
		}
	})
}

// A resource that takes a name and is not in the table above would go untested.
func TestEveryNamedResourceIsInTheTable(t *testing.T) {
	t.Parallel()
	s := serveUnconnected(t)
	for typeName, schema := range s.schemas.ResourceSchemas {
		for _, attribute := range schema.Block.Attributes {
			if !slices.Contains([]string{"username", "clientid", "who"}, attribute.Name) {
				continue
			}
			inTable := func(r namedResource) bool { return r.typeName == typeName && r.argument == attribute.Name }
			if !slices.ContainsFunc(namedResources, inTable) {
				t.Errorf("%s of %s is not in the table", attribute.Name, typeName)
			}
		}
	}
}

// identityOf keeps of an object's attributes those of its identity.
func (s *protocolServer) identityOf(typeName string, object values) values {
	identity := values{}
	for _, attribute := range s.identities[typeName].IdentityAttributes {
		identity[attribute.Name] = object[attribute.Name]
	}
	return identity
}

func (s *protocolServer) validateDataSource(typeName string, config values) []*tfprotov6.Diagnostic {
	s.t.Helper()
	schema, ok := s.schemas.DataSourceSchemas[typeName]
	if !ok {
		s.t.Fatalf("the provider has no data source %s", typeName)
	}
	response, err := s.server.ValidateDataResourceConfig(s.t.Context(), &tfprotov6.ValidateDataResourceConfigRequest{
		TypeName: typeName, Config: dynamic(s.t, schema.ValueType(), config),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return response.Diagnostics
}
