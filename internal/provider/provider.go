// Package provider is Terraform's side of the EMQX provider: schemas, plans,
// state and diagnostics. What a deployment can do comes from
// [emqxapi.Deployment]; nothing here knows a URL, JSON or which API it talks to.
package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/float64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/connect"
)

// Address is the provider's address in the registry.
const Address = "registry.terraform.io/terraform-emqx/emqx"

// docsURL is where readers find the pages of docs/. Descriptions are shown in editors too, where a relative link leads nowhere.
const docsURL = "https://registry.terraform.io/providers/terraform-emqx/emqx/latest/docs/"

// typeName is the prefix of every type name.
const typeName = "emqx"

var (
	_ provider.Provider                  = &emqxProvider{}
	_ provider.ProviderWithFunctions     = &emqxProvider{}
	_ provider.ProviderWithActions       = &emqxProvider{}
	_ provider.ProviderWithListResources = &emqxProvider{}
)

// emqxProvider is the provider as Terraform sees it. Clock and connection are
// those of [New], except in tests.
type emqxProvider struct {
	version string
	now     func() time.Time
	open    Opener
}

// Opener finds the deployment that a configuration means.
type Opener func(context.Context, connect.Config) (emqxapi.Deployment, error)

// New returns the constructor that a provider server needs. The version is the
// provider's own.
func New(version string) func() provider.Provider { return NewWith(version, connect.Open) }

// NewWith is New with another way to the deployment, for measurements.
func NewWith(version string, open Opener) func() provider.Provider {
	return func() provider.Provider { return &emqxProvider{version: version, now: time.Now, open: open} }
}

func (p *emqxProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = typeName
	resp.Version = p.version
}

func (p *emqxProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages credentials, topic rules and bans of an EMQX deployment, and reads what runs in it, over the REST API of " +
			"EMQX 4 (`v4`) or EMQX 5 (`v5`).\n\n" +
			"Every argument but `ca_cert_pem` can be given by an environment variable instead; an argument goes first.",
		Attributes: map[string]schema.Attribute{
			"endpoint": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "API address as the console shows it, e.g. `https://x.emqx.cloud:8443/api` or `http://localhost:18083/api/v5`. " +
					"Required, here or in the environment: `EMQX_ENDPOINT`.",
			},
			"app_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "AppID (v4) or API key (v5). Required, here or in the environment: `EMQX_APP_ID`.",
			},
			"app_secret": schema.StringAttribute{
				Optional:            true,
				Sensitive:           true,
				MarkdownDescription: "AppSecret (v4) or secret key (v5). Required, here or, better, in the environment: `EMQX_APP_SECRET`.",
			},
			"api_version": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "`v4`, `v5` or `auto`, the default, which goes by the path of `endpoint` and asks the broker where that does not tell. " +
					"Environment: `EMQX_API_VERSION`.",
				Validators: []validator.String{stringvalidator.OneOf(apiVersions...)},
			},
			"request_timeout": schema.StringAttribute{
				Optional:   true,
				CustomType: timetypes.GoDurationType{},
				MarkdownDescription: "How long one HTTP request may take, as a number with a unit such as `500ms`, `30s` (the default) or `2m`. What took longer is " +
					"sent again as often as `max_retries` says. Environment: `EMQX_REQUEST_TIMEOUT`.",
			},
			"max_retries": schema.Int64Attribute{
				Optional: true,
				MarkdownDescription: "How often a request that failed for a passing reason, such as a lost connection or a 503, is sent again. Between attempts are " +
					"up to 0.2 seconds, then twice as much each time, up to 10. Default `4`; `0` for never. Environment: `EMQX_MAX_RETRIES`.",
				Validators: []validator.Int64{int64validator.AtLeast(0)},
			},
			"requests_per_second": schema.Float64Attribute{
				Optional: true,
				MarkdownDescription: "The provider's own limit, so that the deployment's quota is not exceeded. Default `100`; `10` for EMQX Cloud Serverless; at " +
					"least `0.1`. Environment: `EMQX_REQUESTS_PER_SECOND`.",
				Validators: []validator.Float64{float64validator.AtLeast(minRequestsPerSecond)},
			},
			"ca_cert_file": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "File with PEM certificates of authorities to trust in addition to the system's. " +
					"Environment: `EMQX_CA_CERT_FILE`.",
			},
			"ca_cert_pem": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "PEM certificates of authorities to trust in addition to the system's, as text. Where `ca_cert_file` is given too, both hold.",
			},
			"insecure": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Do not verify the certificate of `endpoint`. Whoever can answer in its place learns the secret. Default `false`. " +
					"Environment: `EMQX_INSECURE`.",
			},
			"namespace": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "The namespace of the users and rules of every resource, data source and list that names no other (EMQX 6.1 and later). Default: none, " +
					"which are the global ones. A change moves what is managed, so it replaces the resources. Environment: `EMQX_NAMESPACE`.",
				Validators: []validator.String{nameValidator{}},
			},
			"user_id_type": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "By which name the deployment's authenticator knows users, `username` or `clientid` (v5; v4 has both). Left out, the broker is asked " +
					"when it matters; where it refuses that, as EMQX Cloud may, it is taken for `username`. Environment: `EMQX_USER_ID_TYPE`.",
				Validators: []validator.String{stringvalidator.OneOf(userIDTypes...)},
			},
		},
	}
}

// Configure opens the deployment. While an argument depends on something that
// does not exist yet there is nothing to open: whoever then has to ask the broker
// says so.
func (p *emqxProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var model providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	link := &connection{now: p.now, namespace: model.Namespace}
	resp.ResourceData, resp.DataSourceData, resp.ActionData, resp.ListResourceData = link, link, link, link

	if link.unknown = model.unknownArguments(); len(link.unknown) > 0 {
		return
	}
	config := model.connectConfig(&resp.Diagnostics)
	link.namespace = model.effectiveNamespace(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	config.UserAgent = "terraform-provider-emqx/" + p.version + " (+terraform/" + req.TerraformVersion + ")"
	warnOfPlainHTTP(config.Endpoint, &resp.Diagnostics)

	deployment, err := p.open(ctx, config)
	if err != nil {
		resp.Diagnostics.Append(connectDiagnostic(err))
		return
	}
	link.opened = deployment
	if !link.namespace.IsNull() {
		link.supports(emqxapi.FeatureNamespaces, path.Root(namespaceArgument), &resp.Diagnostics)
	}
}

func (p *emqxProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		newAccessSettingsResource,
		newACLRuleResource,
		newACLRulesetResource,
		newACLRulesetsResource,
		newAuthUserResource,
		newAuthUsersResource,
		newBlacklistEntryResource,
		newNamespaceResource,
	}
}

func (p *emqxProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		newAccessSettingsDataSource,
		newACLRulesDataSource,
		newAuthUsersDataSource,
		newBlacklistDataSource,
		newClientDataSource,
		newClientsDataSource,
		newMetricsDataSource,
		newNamespacesDataSource,
		newNodesDataSource,
		newStatsDataSource,
		newSubscriptionsDataSource,
	}
}

func (p *emqxProvider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{
		newACLDecisionFunction,
		newTopicMatchesFunction,
	}
}

func (p *emqxProvider) Actions(context.Context) []func() action.Action {
	return []func() action.Action{
		newACLCacheClearAction,
		newClientKickAction,
		newMessagePublishAction,
		newTopicSubscribeAction,
		newTopicUnsubscribeAction,
	}
}

func (p *emqxProvider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{
		newACLRuleListResource,
		newACLRulesetListResource,
		newAuthUserListResource,
		newBlacklistEntryListResource,
	}
}
