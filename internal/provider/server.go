package provider

import (
	"context"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// server is the framework's server, except that an interruption holds and that no
// diagnostic makes Terraform show a secret (see shown.go). Ctrl-C makes
// Terraform call StopProvider, upon which the framework (1.19.0) ends the calls
// that are under way; but a call that Terraform was about to make comes a moment
// later, and would go on for as long as a broker that does not answer is waited for.
type server struct {
	framework

	mu      sync.Mutex
	stopped chan struct{} // closed by StopProvider

	secretsOnce sync.Once
	secrets     map[string]map[string]bool // see secretArguments
}

// framework is what the framework's server offers.
type framework interface {
	tfprotov6.ProviderServer
	tfprotov6.ActionServer
	tfprotov6.ListResourceServer
}

// NewServer makes a provider one that Terraform can talk to.
func NewServer(p provider.Provider) tfprotov6.ProviderServer {
	return &server{
		framework: providerserver.NewProtocol6(p)().(framework),
		stopped:   make(chan struct{}),
	}
}

// StopProvider implements tfprotov6.ProviderServer.
func (s *server) StopProvider(ctx context.Context, req *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	s.mu.Lock()
	select {
	case <-s.stopped:
	default:
		close(s.stopped)
	}
	s.mu.Unlock()
	return s.framework.StopProvider(ctx, req)
}

// GetProviderSchema implements tfprotov6.ProviderServer. A provider that is being
// debugged serves one Terraform after another, and each begins with this call, which
// it makes once. It may configure the provider after an interruption.
func (s *server) GetProviderSchema(ctx context.Context, req *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	s.mu.Lock()
	select {
	case <-s.stopped:
		s.stopped = make(chan struct{})
	default:
	}
	s.mu.Unlock()
	return s.framework.GetProviderSchema(ctx, req)
}

// ConfigureProvider implements tfprotov6.ProviderServer.
func (s *server) ConfigureProvider(ctx context.Context, req *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	resp, err := s.framework.ConfigureProvider(s.unlessStopped(ctx), req)
	if resp != nil {
		s.prepare(ctx, "", resp.Diagnostics)
	}
	return resp, err
}

// unlessStopped is the context of a call. It ends with StopProvider, also with one
// that came before the call.
func (s *server) unlessStopped(ctx context.Context) context.Context {
	s.mu.Lock()
	stopped := s.stopped
	s.mu.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	select {
	case <-stopped:
		cancel()
	default:
		go func() {
			defer cancel()
			select {
			case <-stopped:
			case <-ctx.Done():
			}
		}()
	}
	return ctx
}

// ReadResource implements tfprotov6.ProviderServer.
func (s *server) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	resp, err := s.framework.ReadResource(s.unlessStopped(ctx), req)
	if resp != nil {
		s.prepare(ctx, req.TypeName, resp.Diagnostics)
	}
	return resp, err
}

// ApplyResourceChange implements tfprotov6.ProviderServer.
func (s *server) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	resp, err := s.framework.ApplyResourceChange(s.unlessStopped(ctx), req)
	if resp != nil {
		s.prepare(ctx, req.TypeName, resp.Diagnostics)
	}
	return resp, err
}

// ImportResourceState implements tfprotov6.ProviderServer.
func (s *server) ImportResourceState(ctx context.Context, req *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	resp, err := s.framework.ImportResourceState(s.unlessStopped(ctx), req)
	if resp != nil {
		s.prepare(ctx, req.TypeName, resp.Diagnostics)
	}
	return resp, err
}

// ReadDataSource implements tfprotov6.ProviderServer.
func (s *server) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	resp, err := s.framework.ReadDataSource(s.unlessStopped(ctx), req)
	if resp != nil {
		s.prepare(ctx, "", resp.Diagnostics)
	}
	return resp, err
}

// ListResource implements tfprotov6.ListResourceServer.
func (s *server) ListResource(ctx context.Context, req *tfprotov6.ListResourceRequest) (*tfprotov6.ListResourceServerStream, error) {
	return s.framework.ListResource(s.unlessStopped(ctx), req)
}

// InvokeAction implements tfprotov6.ActionServer.
func (s *server) InvokeAction(ctx context.Context, req *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	return s.framework.InvokeAction(s.unlessStopped(ctx), req)
}
