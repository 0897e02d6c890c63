package emqxsim_test

import (
	"flag"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/offer"
)

func parse(arguments ...string) (emqxsim.Options, error) {
	var opts emqxsim.Options
	flags := flag.NewFlagSet("emqxsim", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	opts.RegisterFlags(flags)
	return opts, flags.Parse(arguments)
}

func TestFlags(t *testing.T) {
	got, err := parse("-offer", "cloud", "-undocumented", "403", "-shape", "user-wrapped", "-shape", "update-204",
		"-namespace-from", "clientid", "-key", "a:b", "-key", "c:d:viewer:connections")
	if err != nil {
		t.Fatal(err)
	}
	want := emqxsim.Options{
		APIAddr: "127.0.0.1:18080", MQTTAddr: "127.0.0.1:18830", AppID: emqxsim.DefaultAppID, AppSecret: emqxsim.DefaultAppSecret,
		NamespaceFrom: "clientid",
		Offer:         emqxsim.OfferCloud, Undocumented: offer.Forbidden, Shapes: []offer.Shape{offer.UserWrapped, offer.UpdateNoContent},
		Keys: []emqxsim.Key{{ID: "a", Secret: "b"}, {ID: "c", Secret: "d", Role: "viewer", Scopes: []string{"connections"}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestFlagsRefuse(t *testing.T) {
	for flag, value := range map[string]string{"-offer": "all", "-undocumented": "200", "-shape": "round", "-key": "a:b:root", "-namespace-from": "peerhost"} {
		if opts, err := parse(flag, value); err == nil {
			t.Errorf("%s %s is taken for %+v", flag, value, opts)
		}
	}
}

// TestStartRefuses what no command line would let pass.
func TestStartRefuses(t *testing.T) {
	for name, opts := range map[string]emqxsim.Options{
		"offer":        {Offer: "all"},
		"undocumented": {Undocumented: "200"},
		"shape":        {Shapes: []offer.Shape{"round"}},
		"namespace":    {NamespaceFrom: "peerhost"},
		"key":          {Keys: []emqxsim.Key{{ID: "a"}}},
	} {
		if broker, err := emqxsim.Start(opts); err == nil {
			t.Errorf("%s: the broker starts", name)
			_ = broker.Close()
		}
	}
}
