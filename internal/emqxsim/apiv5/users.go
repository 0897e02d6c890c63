package apiv5

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// user is a credential as the API shows it.
type user struct {
	UserID      string `json:"user_id"`
	IsSuperuser bool   `json:"is_superuser"`
}

func showUser(u tables.User) user { return user{u.Name, u.Superuser} }

var createUserSchema = structOf(
	field{name: "user_id", required: true, check: name},
	field{name: "password", required: true, check: anyScalar},
	field{name: "is_superuser", check: boolean, fallback: false},
)

var updateUserSchema = structOf(
	field{name: "password", required: true, check: anyScalar},
	field{name: "is_superuser", check: boolean},
)

// name is text without NUL (api/v5.md §1.3).
func name(path string, value any) (any, []violation) {
	checked, violations := text(path, value)
	if given, isText := checked.(string); isText && strings.Contains(given, "\x00") {
		v := violationAt(path, "", value)
		v["reason"] = map[string]any{"expected": "binary()"}
		return nil, []violation{v}
	}
	return checked, violations
}

// anyScalar lets numbers pass as they are. EMQX finds out about a password
// that is a number only when it hashes it.
func anyScalar(path string, value any) (any, []violation) {
	if number, isNumber := value.(json.Number); isNumber {
		return number, nil
	}
	return text(path, value)
}

func (a *api) listUsers(kind tables.Kind, r request) answer {
	page, violations := pagerOf(r.query, a.opts.MaxLimit)
	like, isFuzzy := last(r.query, "like_user_id")
	flag, byFlag := last(r.query, "is_superuser")
	var wanted any
	if byFlag {
		checked, found := boolean("is_superuser", flag)
		wanted, violations = checked, append(violations, found...)
	}
	switch {
	case violations != nil:
		return violated(violations)
	case isFuzzy && like == "":
		return badRequest("User error: {exception,{error,badarg,[{binary,match,[<<>>]}]}}")
	}
	if !isFuzzy && !byFlag {
		users, count := a.tables.UsersPage(kind, page.first(), page.limit)
		return answerRows(page.describe(len(users), count), users, showUser)
	}
	users := slices.DeleteFunc(a.tables.UsersDescending(kind), func(u tables.User) bool {
		return !strings.Contains(u.Name, like) || byFlag && u.Superuser != wanted
	})
	return answerPage(page, users, isFuzzy, showUser)
}

func (a *api) createUser(kind tables.Kind, r request) answer {
	checked, violations := createUserSchema("root", r.body)
	if violations != nil {
		return violated(violations)
	}
	given := checked.(map[string]any)
	id, superuser := given["user_id"].(string), given["is_superuser"].(bool)
	if id == "" {
		return badRequest("User error: invalid_user_id")
	}
	password, isText := given["password"].(string)
	if !isText {
		return passwordNotString(given["password"])
	}
	if err := a.tables.CreateUser(kind, id, tables.NewPassword(password), superuser); err != nil {
		return alreadyExists(http.StatusConflict, "User already exists")
	}
	return answer{status: http.StatusCreated, body: user{id, superuser}}
}

// passwordNotString is a crash that EMQX reports as the user's error.
func passwordNotString(password any) answer {
	return badRequest("User error: {exception,{error,{password_not_string," + string(encodeJSON(password)) + "}}}")
}

func (a *api) getUser(kind tables.Kind, r request) answer {
	found, exists := a.tables.User(kind, r.bindings[0])
	if !exists {
		return notFound("User not found")
	}
	return ok(showUser(found))
}

func (a *api) updateUser(kind tables.Kind, r request) answer {
	checked, violations := updateUserSchema("root", r.body)
	if violations != nil {
		return violated(violations)
	}
	given := checked.(map[string]any)
	password, isText := given["password"].(string)
	if !isText {
		return passwordNotString(given["password"])
	}
	var superuser *bool
	if wanted, isGiven := given["is_superuser"].(bool); isGiven {
		superuser = &wanted
	}
	updated, err := a.tables.UpdateUser(kind, r.bindings[0], tables.NewPassword(password), superuser)
	if err != nil {
		return notFound("User not found")
	}
	return ok(showUser(updated))
}

func (a *api) deleteUser(kind tables.Kind, r request) answer {
	if !a.tables.DeleteUser(kind, r.bindings[0]) {
		return notFound("User not found")
	}
	return empty(http.StatusNoContent)
}
