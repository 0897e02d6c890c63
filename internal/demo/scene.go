package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
)

// appID is whom Terraform and the administrator are to the broker.
const appID = "demo"

// scene is what the steps work on. The steps fill it; whatever they got to, close tidies up.
type scene struct {
	api       string // v4 or v5
	offer     emqxsim.Offer
	dir       string // everything that is written
	passwords map[string]string

	broker    *emqxsim.Broker
	terraform *workspace
	devices   map[string]*device // by clientid
}

func newScene(api string, offer emqxsim.Offer) (*scene, error) {
	dir, err := os.MkdirTemp("", "emqx-demo-")
	if err != nil {
		return nil, fmt.Errorf("making a temporary folder: %w", err)
	}
	return &scene{
		api:   api,
		offer: offer,
		dir:   dir,
		passwords: map[string]string{
			"sensor-1": rand.Text(), "sensor-2": rand.Text(), "dashboard": rand.Text(),
		},
		devices: map[string]*device{},
	}, nil
}

// close ends what still runs and removes the folder.
func (s *scene) close() error {
	for _, d := range s.devices {
		d.disconnect()
	}
	var closing error
	if s.broker != nil {
		closing = s.broker.Close()
	}
	return errors.Join(closing, os.RemoveAll(s.dir))
}

// startBroker starts what cmd/emqxsim would, on free ports and set to refuse clients without a credential.
func startBroker(_ context.Context, s *scene) (string, error) {
	broker, err := emqxsim.Start(emqxsim.Options{Offer: s.offer, AppID: appID, AppSecret: rand.Text(), RefuseUnknown: true})
	if err != nil {
		return "", err
	}
	s.broker = broker
	return fmt.Sprintf("%s and mqtt://%s", s.endpoint(), broker.MQTTAddr()), nil
}

// endpoint is the address of the API that the demo is about, as EMQX Cloud's console shows it where that is the offer.
func (s *scene) endpoint() string {
	switch {
	case s.api == "v5":
		return s.broker.V5()
	case s.offer == emqxsim.OfferCloud:
		return s.broker.URL() + "/api"
	default:
		return s.broker.V4()
	}
}
