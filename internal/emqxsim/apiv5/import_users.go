package apiv5

import (
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// importResult counts what an import did. What fails makes the whole import
// fail, so that Failed is always 0.
type importResult struct {
	Total    int `json:"total"`
	Success  int `json:"success"`
	Override int `json:"override"`
	Skipped  int `json:"skipped"`
	Failed   int `json:"failed"`
}

// importedUser is an entry of an import that was found right.
type importedUser struct {
	id        string
	namespace string
	password  tables.Password
	superuser bool
}

// importUsers takes users with plain passwords (type=plain) or with hashes
// (type=hash, the default), as a JSON array or in a file. It overwrites users
// that exist; one wrong entry and nothing is stored. It does not care whether a
// namespace is managed, nor who is a superuser there (api/v6.md §5, §6).
func (a *api) importUsers(r request) answer {
	a.mu.Lock()
	configured := a.authenticator
	a.mu.Unlock()
	if configured == nil || r.bindings[0] != authenticatorID {
		return noSuchAuthenticator(r.bindings[0])
	}
	entries, problem := entriesOf(r.body)
	if problem == "" && len(entries) == 0 {
		problem = "empty_users"
	}
	if problem != "" {
		return badRequest(problem)
	}
	read := configured.readHashed
	if given, _ := last(r.query, "type"); given == "plain" {
		read = readPlain
	}
	users := make([]importedUser, len(entries))
	for i, entry := range entries {
		imported, problem := a.readImported(entry, read)
		if problem != "" {
			return badRequest(problem)
		}
		users[i] = imported
	}
	result := importResult{Total: len(users)}
	for _, u := range users {
		switch a.tables.In(u.namespace).ImportUser(configured.UserIDType, u.id, u.password, u.superuser) {
		case tables.Added:
			result.Success++
		case tables.Replaced:
			result.Override++
		case tables.Skipped:
			result.Skipped++
		}
	}
	return ok(result)
}

// entriesOf gives the entries of a body, which may be a file.
func entriesOf(body any) ([]map[string]any, string) {
	if file, isFile := body.(upload); isFile {
		return file.entries()
	}
	list, isList := body.([]any)
	if !isList {
		return nil, "function_clause"
	}
	entries := make([]map[string]any, len(list))
	for i, element := range list {
		entries[i], _ = element.(map[string]any)
	}
	return entries, ""
}

// readImported reads an entry. An id that is a number becomes its text, while
// EMQX keeps it as a number that no path addresses.
func (a *api) readImported(entry map[string]any, password func(map[string]any) (tables.Password, string)) (importedUser, string) {
	u := importedUser{superuser: entry["is_superuser"] == true || entry["is_superuser"] == "true"}
	switch id := entry["user_id"].(type) {
	case string:
		u.id = id
	case json.Number:
		u.id = id.String()
	default:
		return u, "bad_format"
	}
	if a.isEMQX6() {
		u.namespace, _ = entry["namespace"].(string)
	}
	var problem string
	u.password, problem = password(entry)
	return u, problem
}

func readPlain(entry map[string]any) (tables.Password, string) {
	switch password := entry["password"].(type) {
	case string:
		return tables.NewPassword(password), ""
	case nil:
		return tables.Password{}, `"plain_import_requires_password_field"`
	default:
		return tables.Password{}, fmt.Sprintf("{password_not_string,%v}", password)
	}
}

// readHashed takes any text for a hash; with what is no hash, nobody logs in.
func (c *authenticator) readHashed(entry map[string]any) (tables.Password, string) {
	given, isText := entry["password_hash"].(string)
	if !isText {
		return tables.Password{}, `"hash_import_requires_password_hash_field"`
	}
	hash, err := hex.DecodeString(given)
	if err != nil {
		hash = []byte(given)
	}
	salt, _ := entry["salt"].(string)
	return tables.HashedPassword(hash, []byte(salt), c.HashAlgorithm["salt_position"] == "suffix"), ""
}
