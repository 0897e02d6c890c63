// Command emqxsim runs the embedded broker until it is interrupted: MQTT, and EMQX's v4 and v5 management APIs on one
// state in memory.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/faults"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "emqxsim:", err)
		os.Exit(1)
	}
}

func run() error {
	var opts emqxsim.Options
	opts.RegisterFlags(flag.CommandLine)
	var faulty faults.Options
	faulty.RegisterFlags(flag.CommandLine)
	flag.Parse()
	opts.Middleware = faults.New(faulty).Wrap
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	broker, err := emqxsim.Start(opts)
	if err != nil {
		return err
	}
	fmt.Printf("emqxsim ready: v4 %s, v5 %s, mqtt %s\n", broker.V4(), broker.V5(), broker.MQTTAddr())
	<-ctx.Done()
	return broker.Close()
}
