package examples

import (
	"fmt"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
)

// TestAccProviderPage applies the examples of the page of the provider. What is changed in them is the endpoint alone.
func TestAccProviderPage(t *testing.T) {
	forEachAPI(t, func(t *testing.T, broker *emqxsim.Broker, endpoint string) {
		f := copyFolder(t, requireFeatures(t), broker, "https://not.used.example/api", examplesDir+"/provider")
		f.write("endpoint_override.tf", fmt.Sprintf("provider \"emqx\" {\n  endpoint = %q\n}\n", endpoint))
		f.setenv("TF_VAR_sensor_password", "pa55-w0rd")
		f.mustApply()
		if !mayConnect(broker, "sensor-1", "pa55-w0rd") {
			t.Error("the sensor cannot connect")
		}
		if has, want := recordsOn(broker), (records{users: 1, rules: 3}); has != want {
			t.Errorf("the broker has %+v, want %+v", has, want)
		}
		f.mustDestroy()
	})
}
