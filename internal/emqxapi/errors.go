package emqxapi

import (
	"errors"
	"fmt"
	"sync/atomic"
)

var (
	// ErrNotFound says that the broker answered, and that it has no such
	// object. Whatever else went wrong (an address where no API is, an
	// authenticator that is gone, a broken connection) is never ErrNotFound:
	// an object may leave the state only for this one.
	ErrNotFound = errors.New("no such object on the broker")

	// ErrExists says that what was to be created is there already.
	ErrExists = errors.New("exists on the broker already")

	// ErrNoNamespace says that what was asked for is in a namespace that the broker does
	// not have. What was in it is gone with it for every reader; a writer has to have
	// it made first.
	ErrNoNamespace = errors.New("no such namespace on the broker")

	// ErrConflict says that another writer changed the same object at the same
	// time, so that the change has to be made again on what is there now.
	ErrConflict = errors.New("changed by another writer at the same time")
)

// Feature is something that not every generation of the API can do.
type Feature string

// The features that differ between the generations of the API. Each of ConditionNames is
// one too.
const (
	FeatureSuperuser  Feature = "is_superuser"
	FeatureQoS        Feature = "qos"
	FeatureRetain     Feature = "retain"
	FeatureBanByRe    Feature = "bans by clientid_re and username_re"
	FeatureBanByNet   Feature = "bans by peerhost_net"
	FeatureTopicComma Feature = "a topic with a comma" // in Publish and Subscribe
	FeatureTopicDots  Feature = "a rule of the topic \".\" or \"..\""

	FeaturePasswordHashes Feature = "password_hashes"
	FeatureAccessSettings Feature = "emqx_access_settings"
	FeatureNamespaces     Feature = "a namespace"
)

// UnsupportedError says that a deployment's API cannot do what a
// configuration asks for, and which one can.
type UnsupportedError struct {
	Feature Feature
	API     string // the API that the deployment speaks, "v4" or "v5"; "" where another version of it could do it
	Needs   string // what can do it, e.g. "the v5 API (EMQX 5)"
}

func (e *UnsupportedError) Error() string {
	if e.API == "" {
		return fmt.Sprintf("%s needs %s; this deployment has an older version", e.Feature, e.Needs)
	}
	return fmt.Sprintf("%s needs %s; this deployment speaks the %s API", e.Feature, e.Needs, e.API)
}

// ConditionError says that the broker refuses a condition of a rule, which is one that
// only it can judge: see Conditions.Checked.
type ConditionError struct{ Name string }

func (e *ConditionError) Error() string {
	return fmt.Sprintf("%s is not a regular expression of PCRE, whose the broker has", e.Name)
}

// ConfigurationError says that a provider argument, not an object, is what
// has to change: a wrong secret, an address where no EMQX API answers. It is found
// once, and then every request fails with the same one.
type ConfigurationError struct {
	Argument string // the provider argument's name, e.g. "app_id"
	Summary  string
	Err      error

	told atomic.Bool
}

func (e *ConfigurationError) Error() string { return e.Summary + ": " + e.Err.Error() }

func (e *ConfigurationError) Unwrap() error { return e.Err }

// Tell is true the first time: who is told first tells the user all of it.
func (e *ConfigurationError) Tell() bool { return !e.told.Swap(true) }

// PermissionError says that the broker knows the key and does not let it make a call.
type PermissionError struct {
	Method, Path string // as EMQX Cloud's console lists the call
	Role, Scope  string // which allow it from EMQX 5.10 on; "" on EMQX 4, which has none
	Serverless   bool   // EMQX Cloud Serverless offers it
	Reason       string // what the broker says, "" for nothing of use
}

func (e *PermissionError) Error() string {
	text := fmt.Sprintf("this API key (app_id) may not %s %s", e.Method, e.Path)
	if e.Reason != "" {
		text += fmt.Sprintf(" (%s)", e.Reason)
	}
	text += fmt.Sprintf(": give it the permission %s %s in the console of EMQX Cloud", e.Method, e.Path)
	if e.Role == "" {
		return text
	}
	text += fmt.Sprintf("; on your own EMQX 5.10 or later it needs the role %s, or one that may do more, and the scope %s", e.Role, e.Scope)
	if !e.Serverless {
		text += "; EMQX Cloud Serverless offers clients, subscriptions and publishing only"
	}
	return text
}

// ErrRefused says that a call is not offered here, or not to this key, whatever it is
// about. A call that only saves others is done without then.
var ErrRefused = errors.New("the call is not offered to this key")

// ErrOutcomeUnknown says that a write was sent and that it could not be found
// out whether the broker carried it out: no answer came, also not to the
// repetitions and to the read that should have settled it.
var ErrOutcomeUnknown = errors.New("it is not known whether the broker carried it out")

// ErrPassing says that a request failed for what may pass by itself: no answer, one
// that is not the API's, too many requests, a broker that fails.
var ErrPassing = errors.New("this may pass by itself")
