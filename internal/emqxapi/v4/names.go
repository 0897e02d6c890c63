package v4

import (
	"fmt"
	"unicode/utf8"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/rest"
)

// checkName refuses a name that could be created but not addressed afterwards,
// and one that JSON would silently change.
func checkName(what, name string) error {
	switch {
	case name == "" || name == "." || name == "..":
		return fmt.Errorf("%s %q: %w", what, name, rest.ErrUnaddressable)
	case !utf8.ValidString(name):
		return fmt.Errorf("%s %q is not valid UTF-8", what, name)
	}
	if err := emqxapi.CheckLength(name); err != nil {
		return fmt.Errorf("%s %.40q…: %w", what, name, err)
	}
	return nil
}

// checkSubject refuses what would be a rule for somebody else. EMQX 4 takes a
// rule without a name for a rule for everybody (api/v4.md §3).
func checkSubject(subject emqxapi.Subject) error {
	switch subject.Kind {
	case emqxapi.KindAll:
		if subject.Name != "" {
			return fmt.Errorf("the subject of rules for all clients has no name, not %q", subject.Name)
		}
		return nil
	case emqxapi.KindUsername, emqxapi.KindClientID:
		return checkName(string(subject.Kind), subject.Name)
	}
	return fmt.Errorf("rules are by username, by clientid or for all, not by %q", subject.Kind)
}
