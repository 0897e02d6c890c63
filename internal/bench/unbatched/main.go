// Command unbatched is the provider without snapshots and batches: each read and each
// write is a request of its own. The benchmarks compare the provider with it.
package main

import (
	"context"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/bulk"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/connect"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/provider"
)

func main() {
	open := func(ctx context.Context, config connect.Config) (emqxapi.Deployment, error) {
		config.Bulk = bulk.Options{NoSnapshots: true, NoBatches: true}
		return connect.Open(ctx, config)
	}
	if err := provider.QuietFramework(); err != nil {
		log.Fatal(err)
	}
	err := providerserver.Serve(context.Background(), provider.NewWith("unbatched", open),
		providerserver.ServeOpts{Address: provider.Address, ProtocolVersion: 6})
	if err != nil {
		log.Fatal(err)
	}
}
