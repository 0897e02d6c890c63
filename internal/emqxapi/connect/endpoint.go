package connect

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
)

// The two APIs, and the choice between them.
const (
	apiV4 = "v4"
	apiV5 = "v5"
	auto  = "auto"
)

// place is where an API may be, and which one.
type place struct {
	api     string
	address *url.URL
}

// placesOf reads endpoint and api_version: where the API may be, the likeliest
// place first.
func placesOf(endpoint, version string) ([]place, error) {
	if !slices.Contains([]string{auto, apiV4, apiV5}, version) {
		return nil, wrong("api_version", "There is no such API", fmt.Errorf("api_version is %q; it can be auto, v4 or v5", version))
	}
	address, err := parseAddress(endpoint)
	if err != nil {
		return nil, wrong("endpoint", "The endpoint is not the address of an API", err)
	}
	prefix, named, err := splitPath(address.Path)
	if err != nil {
		return nil, wrong("endpoint", "The endpoint is not the address of an API", err)
	}
	at := func(api, path string) place {
		there := *address
		there.Path = prefix + path
		return place{api, &there}
	}
	found, ok := candidates(at, named, version)
	if !ok {
		return nil, wrong("api_version", "The endpoint and api_version contradict each other",
			fmt.Errorf("the path of endpoint ends in %s, and api_version is %s: leave api_version out, or take the address of the other API", named, version))
	}
	return found, nil
}

// candidates are the places for what the path names ("" for no API at all). EMQX
// Cloud gives the address of the v4 API as /api, EMQX itself serves it at /api/v4.
func candidates(at func(api, path string) place, named, version string) ([]place, bool) {
	switch named + " " + version {
	case "/api/v4 auto", "/api/v4 v4":
		return []place{at(apiV4, "/api/v4")}, true
	case "/api/v5 auto", "/api/v5 v5", "/api v5", " v5":
		return []place{at(apiV5, "/api/v5")}, true
	case "/api v4":
		return []place{at(apiV4, "/api"), at(apiV4, "/api/v4")}, true
	case " v4":
		return []place{at(apiV4, "/api/v4"), at(apiV4, "/api")}, true
	case "/api auto":
		return []place{at(apiV4, "/api"), at(apiV5, "/api/v5"), at(apiV4, "/api/v4")}, true
	case " auto":
		return []place{at(apiV5, "/api/v5"), at(apiV4, "/api/v4"), at(apiV4, "/api")}, true
	}
	return nil, false
}

// parseAddress takes an endpoint apart. Its errors do not repeat it: there may be
// a secret in it.
func parseAddress(endpoint string) (*url.URL, error) {
	const example = "write it as the console shows it, e.g. https://x.emqx.cloud:8443/api/v5"
	endpoint = strings.TrimSpace(endpoint)
	if !strings.Contains(endpoint, "://") {
		return nil, errors.New("it has no scheme (https://): " + example)
	}
	address, err := url.Parse(endpoint)
	switch {
	case err != nil:
		return nil, errors.New("it cannot be read as a URL: " + example)
	case address.Scheme != "https" && address.Scheme != "http":
		return nil, errors.New("its scheme is neither https nor http: " + example)
	case address.Hostname() == "":
		return nil, errors.New("it has no host: " + example)
	case address.User != nil:
		return nil, errors.New("it has user information (before the @): set app_id and app_secret, and leave that out")
	case address.RawQuery != "" || address.ForceQuery:
		return nil, errors.New("it has a query (from the ? on): leave that out")
	case strings.Contains(endpoint, "#"):
		return nil, errors.New("it has a fragment (from the # on), like the address of a Dashboard page: " + example)
	}
	return address, nil
}

var versionSegment = regexp.MustCompile(`^v\d+$`)

// splitPath finds the API's address in a path: what stands before it, and which
// of "/api/v5", "/api/v4", "/api" and "" it is. What stands behind it belongs to
// a call (somebody has pasted …/api/v5/clients) and is left out.
func splitPath(path string) (prefix, named string, err error) {
	segments := strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
	i := slices.Index(segments, "api")
	if i < 0 {
		return joined(segments), "", nil
	}
	prefix = joined(segments[:i])
	if i+1 == len(segments) || !versionSegment.MatchString(segments[i+1]) {
		return prefix, "/api", nil
	}
	switch version := segments[i+1]; version {
	case apiV4, apiV5:
		return prefix, "/api/" + version, nil
	default:
		return "", "", fmt.Errorf("its path names the API %s, and this provider knows v4 (EMQX 4) and v5 (EMQX 5)", version)
	}
}

func joined(segments []string) string {
	if len(segments) == 0 {
		return ""
	}
	return "/" + strings.Join(segments, "/")
}

func wrong(argument, summary string, err error) error {
	return &emqxapi.ConfigurationError{Argument: argument, Summary: summary, Err: err}
}
