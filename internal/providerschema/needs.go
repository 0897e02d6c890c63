package main

import (
	"fmt"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi/permission"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/calls"
)

// needsHeading begins the section of a page that says what a key must be allowed. It
// comes behind the description, and the templates of pages put it in its place.
const needsHeading = "## What the key needs"

// addNeeds adds that section to what is described of a kind of things.
func addNeeds[S any](kind string, schemas map[string]S, block func(S) *tfjson.SchemaBlock) error {
	for name, schema := range schemas {
		table, known := permission.Tables()[kind+" "+name]
		if !known {
			return fmt.Errorf("%s %s: the table of permissions does not have it", kind, name)
		}
		described := block(schema)
		described.Description += "\n\n" + needsHeading + "\n\n" + needsText(table)
	}
	return nil
}

func needsText(table permission.Table) string {
	var b strings.Builder
	b.WriteString("Permissions as the console of EMQX Cloud lists them.")
	if len(table.V4.Read)+len(table.V5.Read) > 0 && len(table.V4.Write)+len(table.V5.Write) > 0 {
		b.WriteString(" A plan needs what it reads, an apply all.")
	}
	if kinds := strings.Count(lines(table.V4.All()), "{username}") * strings.Count(lines(table.V4.All()), "{clientid}"); kinds > 0 {
		b.WriteString(" What is about another kind of name than that of your configuration is not needed.")
	}
	if len(table.V4.Helps)+len(table.V5.Helps) > 0 {
		b.WriteString(" What is optional saves requests or tells more, and is done without where it is refused.")
	}
	b.WriteString("\n")
	writeNeeds(&b, "v4", table.V4, calls.Cloud4)
	writeNeeds(&b, "v5", table.V5, calls.Cloud5)
	return strings.TrimSpace(b.String())
}

func lines(list []permission.Call) string {
	texts := make([]string, len(list))
	for i, call := range list {
		texts[i] = call.String()
	}
	return strings.Join(texts, "\n")
}

func writeNeeds(b *strings.Builder, api string, needs permission.Needs, documented calls.List) {
	if len(needs.All()) == 0 {
		return
	}
	fmt.Fprintf(b, "\n**`%s`**%s\n\n| for | permission |\n|---|---|\n", api, rolesAndScopes(api, needs))
	undocumented := false
	for _, part := range []struct {
		of    string
		calls []permission.Call
	}{{"reading", needs.Read}, {"writing", needs.Write}, {"`connected_clients`", needs.Connected}, {"optional", needs.Helps}} {
		for _, call := range part.calls {
			mark := ""
			if !slices.Contains(documented, calls.Call{Method: call.Method, Path: call.Path}) {
				mark, undocumented = " \\*", true
			}
			fmt.Fprintf(b, "| %s | `%s`%s |\n", part.of, call, mark)
		}
	}
	if undocumented {
		b.WriteString("\n\\* not documented for EMQX Cloud\n")
	}
}

// rolesAndScopes says what a key of EMQX 5.10 and later needs.
func rolesAndScopes(api string, needs permission.Needs) string {
	if api == "v4" {
		return ""
	}
	var scopes, roles []string
	for _, call := range needs.All() {
		scopes = append(scopes, "`"+call.Scope()+"`")
		roles = append(roles, call.Role())
	}
	slices.Sort(scopes)
	scopes = slices.Compact(scopes)
	role := "`viewer`"
	switch {
	case slices.Contains(roles, "administrator") && slices.Contains(roles, "viewer"):
		role = "`administrator`, for a plan alone `viewer`,"
	case slices.Contains(roles, "administrator"):
		role = "`administrator`"
	case slices.Contains(roles, "publisher"):
		role = "`publisher`"
	}
	noun := "scope"
	if len(scopes) > 1 {
		noun = "scopes"
	}
	return fmt.Sprintf(" (EMQX 5.10 and later: the role %s and the %s %s)", role, noun, strings.Join(scopes, ", "))
}
