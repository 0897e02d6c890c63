package emqxapi

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// maxPathNames is how many bytes the names in the path of a request can have together, as
// they are encoded there. 8,100 pass on every broker; with 12,000 an object can be
// created, and answers 414 for ever (api/v4.md §1, api/v5.md §1.3).
const maxPathNames = 8_000

// CheckLength refuses names that are too long for the path of a request.
func CheckLength(names ...string) error {
	length := 0
	for _, name := range names {
		length += len(url.PathEscape(name))
	}
	if length > maxPathNames {
		return fmt.Errorf("it takes %d bytes in the path of a request (a character other than a letter or digit can take three for each of its bytes), "+
			"and more than %d cannot be addressed through the API", length, maxPathNames)
	}
	return nil
}

// HasDotSegment says whether a name has a "." or ".." between slashes. EMQX 5 takes it for
// a name, but a proxy that decodes the path and resolves its steps makes another name of it.
func HasDotSegment(name string) bool {
	return slices.ContainsFunc(strings.Split(name, "/"), func(s string) bool { return s == "." || s == ".." })
}
