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

// createdUser is what the creation of a user is answered with. The namespace is
// shown here and nowhere else, and is null for a global user (api/v6.md §1).
type createdUser struct {
	UserID      string  `json:"user_id"`
	IsSuperuser bool    `json:"is_superuser"`
	Namespace   *string `json:"namespace"`
}

func (a *api) createUserSchema() check {
	return a.userSchema(
		field{name: "user_id", required: true, check: name},
		field{name: "password", required: true, check: anyScalar},
		field{name: "is_superuser", check: boolean, fallback: false},
	)
}

func (a *api) updateUserSchema() check {
	return a.userSchema(
		field{name: "password", required: true, check: anyScalar},
		field{name: "is_superuser", check: boolean},
	)
}

// userSchema has the namespace where a body may name it; which one it is,
// namespaceForUser has found out.
func (a *api) userSchema(fields ...field) check {
	if a.isEMQX6() {
		fields = append(fields, field{name: "namespace", check: anyScalar})
	}
	return structOf(fields...)
}

// superuserInNamespace refuses what a namespace cannot have (api/v6.md §5).
func superuserInNamespace() answer {
	return badRequest("is_superuser cannot be true for a namespaced user")
}

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

func (a *api) listUsers(in userScope, r request) answer {
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
		users, count := in.UsersPage(in.kind, page.first(), page.limit)
		return answerRows(page.describe(len(users), count), users, showUser)
	}
	users := slices.DeleteFunc(in.UsersDescending(in.kind), func(u tables.User) bool {
		return !strings.Contains(u.Name, like) || byFlag && u.Superuser != wanted
	})
	return answerPage(page, users, isFuzzy, showUser)
}

func (a *api) createUser(in userScope, r request) answer {
	checked, violations := a.createUserSchema()("root", r.body)
	if violations != nil {
		return violated(violations)
	}
	given := checked.(map[string]any)
	id, superuser := given["user_id"].(string), given["is_superuser"].(bool)
	if id == "" {
		return badRequest("User error: invalid_user_id")
	}
	if superuser && in.namespace != "" {
		return superuserInNamespace()
	}
	password, isText := given["password"].(string)
	if !isText {
		return passwordNotString(given["password"])
	}
	if err := in.CreateUser(in.kind, id, tables.NewPassword(password), superuser); err != nil {
		return alreadyExists(http.StatusConflict, "User already exists")
	}
	created := answer{status: http.StatusCreated, body: user{id, superuser}}
	if a.isEMQX6() {
		shown := createdUser{UserID: id, IsSuperuser: superuser}
		if in.namespace != "" {
			shown.Namespace = &in.namespace
		}
		created.body = shown
	}
	return created
}

// passwordNotString is a crash that EMQX reports as the user's error.
func passwordNotString(password any) answer {
	return badRequest("User error: {exception,{error,{password_not_string," + string(encodeJSON(password)) + "}}}")
}

func (a *api) getUser(in userScope, r request) answer {
	found, exists := in.User(in.kind, r.bindings[0])
	if !exists {
		return notFound("User not found")
	}
	return ok(showUser(found))
}

func (a *api) updateUser(in userScope, r request) answer {
	checked, violations := a.updateUserSchema()("root", r.body)
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
		if wanted && in.namespace != "" {
			return superuserInNamespace()
		}
		superuser = &wanted
	}
	updated, err := in.UpdateUser(in.kind, r.bindings[0], tables.NewPassword(password), superuser)
	if err != nil {
		return notFound("User not found")
	}
	return ok(showUser(updated))
}

func (a *api) deleteUser(in userScope, r request) answer {
	if !in.DeleteUser(in.kind, r.bindings[0]) {
		return notFound("User not found")
	}
	return empty(http.StatusNoContent)
}
