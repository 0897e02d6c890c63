package emqxsim

import (
	"flag"
	"fmt"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/apikey"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/offer"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// RegisterFlags makes the options that fit a command line its flags.
func (o *Options) RegisterFlags(fs *flag.FlagSet) {
	fs.StringVar(&o.APIAddr, "api", "127.0.0.1:18080", "`host:port` of the management APIs")
	fs.StringVar(&o.MQTTAddr, "mqtt", "127.0.0.1:18830", "`host:port` of the MQTT listener")
	fs.StringVar(&o.AppID, "app-id", DefaultAppID, "AppID that the APIs accept")
	fs.StringVar(&o.AppSecret, "app-secret", DefaultAppSecret, "AppSecret that the APIs accept")
	fs.Func("key", "a further key, as `ID:SECRET[:ROLE[:SCOPE,...]]`; repeatable; v4 knows no roles and scopes", func(text string) error {
		key, err := apikey.Parse(text)
		o.Keys = append(o.Keys, key)
		return err
	})
	fs.Func("offer", "`what` is offered: "+offerNames()+" (default "+string(OfferEMQX)+")", func(name string) error {
		o.Offer = Offer(name)
		return o.Offer.check()
	})
	fs.Func("namespace-from", "`name` of MQTT clients that begins with their namespace, up to a dash: clientid or username", func(name string) error {
		o.NamespaceFrom = name
		return o.checkNamespaceFrom()
	})
	fs.Func("undocumented", "`answer` to calls that are not offered: 404 (the default), 404-json, 404-html, 403, 401, 405", func(name string) error {
		o.Undocumented = offer.Undocumented(name)
		return o.Undocumented.Check()
	})
	fs.Func("shape", "one more `shape` in which EMQX Cloud documents answers, see internal/emqxsim/offer; repeatable", func(name string) error {
		shape := offer.Shape(name)
		o.Shapes = append(o.Shapes, shape)
		return shape.Check()
	})
}

func (o Options) checkNamespaceFrom() error {
	if kind := tables.Kind(o.NamespaceFrom); o.NamespaceFrom != "" && kind != tables.ClientID && kind != tables.Username {
		return fmt.Errorf("a namespace is at the beginning of a clientid or a username, not of a %s", o.NamespaceFrom)
	}
	return nil
}
