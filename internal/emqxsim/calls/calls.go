// Package calls names what can be asked of a management API: a method of a path.
package calls

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Call is one method of one path, relative to the API's own: GET /clients/{clientid}. What stands in braces is any one
// segment.
type Call struct {
	Method string `json:"method"`
	Path   string `json:"path"`
}

// List is some calls.
type List []Call

//go:embed cloud-calls.json
var cloudCalls []byte

// What EMQX Cloud's documentation lists (api/cloud.md).
var (
	Cloud4      = documented("cloud4")
	Cloud5      = documented("cloud5")
	Serverless5 = documented("serverless5")
)

func documented(deployment string) List {
	var lists map[string]List
	if err := json.Unmarshal(cloudCalls, &lists); err != nil || len(lists[deployment]) == 0 {
		panic(fmt.Sprintf("cloud-calls.json has no calls of %s: %v", deployment, err))
	}
	return lists[deployment]
}

// MustParse reads calls as they are written: "GET /clients/{clientid}". It panics on anything else.
func MustParse(lines ...string) List {
	list := make(List, len(lines))
	for i, line := range lines {
		method, path, _ := strings.Cut(line, " ")
		if method != strings.ToUpper(method) || !strings.HasPrefix(path, "/") {
			panic(fmt.Sprintf("%q is no call; want METHOD /path", line))
		}
		list[i] = Call{method, path}
	}
	return list
}

// String gives METHOD /path.
func (c Call) String() string { return c.Method + " " + c.Path }

// Find gives the call that a request makes whose path was sent as escaped. Each segment is percent-decoded once, so the
// colon of an authenticator's id may come as %3A; empty segments do not count.
func (l List) Find(method, escaped string) (Call, bool) {
	path := segments(escaped)
	for i, segment := range path {
		decoded, err := url.PathUnescape(segment)
		if err != nil {
			return Call{}, false
		}
		path[i] = decoded
	}
	i := slices.IndexFunc(l, func(c Call) bool {
		return c.Method == method && slices.EqualFunc(segments(c.Path), path, func(pattern, segment string) bool {
			return pattern == segment || strings.HasPrefix(pattern, "{")
		})
	})
	if i < 0 {
		return Call{}, false
	}
	return l[i], true
}

func segments(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}
