package apiv5

import (
	"encoding/hex"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// importResult counts what an import did. EMQX's stock settings skip nothing,
// and what fails makes the whole import fail.
type importResult struct {
	Total    int `json:"total"`
	Success  int `json:"success"`
	Override int `json:"override"`
	Skipped  int `json:"skipped"`
	Failed   int `json:"failed"`
}

// importedUser is an element of an import that was found right.
type importedUser struct {
	id        string
	password  tables.Password
	superuser bool
}

// importUsers takes a JSON array of users with plain passwords (type=plain) or
// with hashes (type=hash, the default). It overwrites users that exist; one
// wrong element and nothing is stored (api/v5.md §1.6).
func (a *api) importUsers(kind tables.Kind, r request) answer {
	elements, isList := r.body.([]any)
	if !isList {
		return badRequest("bad_format")
	}
	if len(elements) == 0 {
		return badRequest("empty_users")
	}
	read := readHashed
	if given, _ := last(r.query, "type"); given == "plain" {
		read = readPlain
	}
	users := make([]importedUser, len(elements))
	for i, element := range elements {
		fields, _ := element.(map[string]any)
		imported, problem := read(fields)
		if problem != "" {
			return badRequest(problem)
		}
		users[i] = imported
	}
	result := importResult{Total: len(users)}
	for _, u := range users {
		if a.tables.ImportUser(kind, u.id, u.password, u.superuser) {
			result.Override++
		} else {
			result.Success++
		}
	}
	return ok(result)
}

func readPlain(fields map[string]any) (importedUser, string) {
	password, isText := fields["password"].(string)
	if !isText {
		return importedUser{}, `"plain_import_requires_password_field"`
	}
	return readImported(fields, tables.NewPassword(password))
}

func readHashed(fields map[string]any) (importedUser, string) {
	encoded, isText := fields["password_hash"].(string)
	hash, err := hex.DecodeString(encoded)
	if !isText || err != nil {
		return importedUser{}, `"hash_import_requires_password_hash_field"`
	}
	salt, _ := fields["salt"].(string)
	return readImported(fields, tables.HashedPassword(hash, []byte(salt), true))
}

func readImported(fields map[string]any, password tables.Password) (importedUser, string) {
	id, isText := fields["user_id"].(string)
	if !isText || id == "" {
		return importedUser{}, "bad_format"
	}
	superuser := fields["is_superuser"] == true || fields["is_superuser"] == "true"
	return importedUser{id: id, password: password, superuser: superuser}, ""
}
