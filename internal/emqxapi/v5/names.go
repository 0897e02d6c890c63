package v5

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

// addressable refuses the names that cannot be a path segment, and those that JSON would
// change. EMQX would create them, and the first DELETE of ".." would then delete its parent
// (api/v5.md §1.1). Behind a proxy that resolves such steps "a/../b" is the neighbour "b".
func addressable(name string) error {
	switch {
	case name == "" || name == "." || name == "..":
		return fmt.Errorf("the name %q: %w", name, rest.ErrUnaddressable)
	case emqxapi.HasDotSegment(name):
		return fmt.Errorf("the name %q: %w", name, errDotSegment)
	case !utf8.ValidString(name):
		return fmt.Errorf("the name %q is not valid UTF-8, which JSON cannot carry", name)
	}
	if err := emqxapi.CheckLength(name); err != nil {
		return fmt.Errorf("the name %.40q…: %w", name, err)
	}
	return nil
}

var errDotSegment = errors.New(`a name with "." or ".." between slashes is refused on EMQX 5: ` +
	"a proxy that resolves such steps in a path would make it the name of another object")

// storedName is a name as it is stored, in JSON: a string, or a number where
// somebody gave one when the object was created. Such an object can be listed but
// not addressed, and no client can have that name (api/v5.md §1.6).
type storedName []byte

// nameOf is the name as a string.
func nameOf(name string) storedName {
	text, _ := json.Marshal(name) // a string always can be
	return text
}

// text is the name, false where it is no string.
func (n storedName) text() (string, bool) {
	var name string
	ok := json.Unmarshal(n, &name) == nil
	return name, ok
}

// UnmarshalJSON implements json.Unmarshaler.
func (n *storedName) UnmarshalJSON(text []byte) error {
	if text[0] != '"' && text[0] != '-' && (text[0] < '0' || text[0] > '9') {
		return errors.New("a name is neither a string nor a number")
	}
	*n = append(storedName(nil), text...)
	return nil
}

// MarshalJSON implements json.Marshaler.
func (n storedName) MarshalJSON() ([]byte, error) { return n, nil }
