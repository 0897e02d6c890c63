package terraformcli

import "testing"

func TestLacks(t *testing.T) {
	t.Parallel()
	both := Feature{"write-only arguments", "1.11.0", "1.12.0"}
	one := Feature{"actions", "1.14.0", ""}
	tests := map[string]struct {
		cli      CLI
		features []Feature
		want     string
	}{
		"nothing asked":  {CLI{Version: "1.0.11"}, nil, ""},
		"same version":   {CLI{Version: "1.11.0"}, []Feature{both}, ""},
		"newer":          {CLI{Version: "2.0.0"}, []Feature{both, one}, ""},
		"pre-release":    {CLI{Version: "1.14.0-beta1"}, []Feature{one}, ""},
		"older by parts": {CLI{Version: "1.9.8"}, []Feature{both}, "needs write-only arguments, which Terraform has from 1.11.0 on, and this is 1.9.8"},
		"the second":     {CLI{Version: "1.11.4"}, []Feature{both, one}, "needs actions, which Terraform has from 1.14.0 on, and this is 1.11.4"},
		"OpenTofu counts separately": {
			CLI{Version: "1.11.4", OpenTofu: true}, []Feature{both},
			"needs write-only arguments, which OpenTofu has from 1.12.0 on, and this is 1.11.4",
		},
		"never": {CLI{Version: "9.9.9", OpenTofu: true}, []Feature{one}, "needs actions, which no OpenTofu has"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := test.cli.Lacks(test.features...); got != test.want {
				t.Errorf("Lacks = %q, want %q", got, test.want)
			}
		})
	}
}
