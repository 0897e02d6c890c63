// Command demo shows the provider at work: a real Terraform or OpenTofu applies examples/demo to the embedded broker, and
// real MQTT clients find out what they may do there. It tells what it does step by step and ends with an error at the
// first step that did not go as expected.
//
//	story.go          the steps, and what has to come of each
//	step.go           carries them out
//	scene.go          what they work on: the folder, the broker, the CLI, the clients
//	terraform.go      what Terraform does
//	devices.go        what MQTT clients do
//	administrator.go  what somebody else does on the broker
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
)

func main() {
	api := flag.String("api", "v4", "the `API` that Terraform manages the broker over: v4 or v5")
	offer := flag.String("offer", string(emqxsim.OfferEMQX), "`what` the broker offers there: emqx or cloud")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // who interrupts again does not want to wait for the tidying up
	if err := run(ctx, os.Stdout, *api, emqxsim.Offer(*offer)); err != nil {
		fmt.Fprintf(os.Stderr, "\ndemo over %s of %s: %s\n", *api, *offer, err)
		os.Exit(1)
	}
}

// deployments say what Terraform manages, by what is offered.
var deployments = map[emqxsim.Offer]string{
	emqxsim.OfferEMQX:  "an MQTT broker over the %s API of EMQX",
	emqxsim.OfferCloud: "an MQTT broker over the %s API, of which only what EMQX Cloud documents is there",
}

func run(ctx context.Context, w io.Writer, api string, offer emqxsim.Offer) (err error) {
	deployment, known := deployments[offer]
	switch {
	case api != "v4" && api != "v5":
		return fmt.Errorf("-api=%s is none of v4 and v5", api)
	case !known:
		return fmt.Errorf("-offer=%s is none of emqx and cloud", offer)
	}
	started := time.Now()
	s, err := newScene(api, offer)
	if err != nil {
		return err
	}
	defer func() {
		if closing := s.close(); err == nil {
			err = closing
		}
	}()
	if _, err := fmt.Fprintf(w, "\nTerraform manages "+deployment+"\n", api); err != nil {
		return err
	}
	if err := tell(ctx, w, s, story(offer)); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("interrupted in %w", err)
		}
		return err
	}
	_, err = fmt.Fprintf(w, "\nEvery step over %s went as expected, in %.0f s.\n", api, time.Since(started).Seconds())
	return err
}
