package provider

import "os"

// frameworkLog is the variable by which terraform-plugin-framework takes the level of
// its own log (terraform-plugin-framework v1.19.0, internal/logging/environment_variables.go).
const frameworkLog = "TF_LOG_SDK_FRAMEWORK"

// QuietFramework turns the framework's own log off unless a log was asked for. It is
// called once, before the provider serves.
//
// For each element of each collection the framework makes a log entry, and for that
// looks a logger up in a context that has grown by one value with each element
// before, even when nobody reads the log: 10,000 credentials in a map cost the
// provider 9 s a plan with it and 2 s without.
func QuietFramework() error {
	for _, asked := range []string{"TF_LOG", "TF_LOG_PROVIDER", "TF_LOG_SDK", frameworkLog} {
		if os.Getenv(asked) != "" {
			return nil
		}
	}
	return os.Setenv(frameworkLog, "OFF")
}
