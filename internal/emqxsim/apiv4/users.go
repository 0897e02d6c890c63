package apiv4

import (
	"cmp"
	"slices"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

func (a *api) userRoutes() []route {
	var routes []route
	for _, kind := range []tables.Kind{tables.ClientID, tables.Username} {
		u := users{tables: a.tables, kind: kind}
		k := string(kind)
		one := "/auth_" + k + "/:" + k
		routes = append(routes,
			route{"GET", "/auth_" + k, "list_" + k, "List available " + k + " in the cluster", u.list, nil},
			route{"GET", one, "lookup_" + k, "Lookup " + k + " in the cluster", u.lookup, nil},
			route{"POST", "/auth_" + k, "add_" + k, "Add " + k + " in the cluster", u.add, nil},
			route{"PUT", one, "update_" + k, "Update " + k + " in the cluster", u.update, nil},
			route{"DELETE", one, "delete_" + k, "Delete " + k + " in the cluster", u.delete, nil},
		)
	}
	return routes
}

// users serves the credentials of one kind (api/v4.md §2).
type users struct {
	tables *tables.Tables
	kind   tables.Kind
}

func (u users) show(user tables.User) object {
	return object{string(u.kind): user.Name, "created_at": user.CreatedAt}
}

func (u users) list(r request) reply {
	p, valid := r.pageOf(defaultLimit)
	if !valid {
		return crash()
	}
	rows := u.tables.UsersScattered(u.kind)
	exact, isExact := r.query[string(u.kind)]
	part, isPart := r.query["_like_"+string(u.kind)]
	count := len(rows)
	if isExact || isPart {
		count = -1
		rows = slices.DeleteFunc(rows, func(user tables.User) bool {
			return isExact && user.Name != exact || isPart && !strings.Contains(user.Name, part)
		})
	}
	meta := p.metaWithNext(count, len(rows))
	rows = cut(p, rows)
	slices.SortStableFunc(rows, func(x, y tables.User) int { return cmp.Compare(y.CreatedAt, x.CreatedAt) })
	data := make([]object, len(rows))
	for i, user := range rows {
		data[i] = u.show(user)
	}
	return reply{status: 200, body: object{"meta": meta, "data": data, "code": 0}}
}

// lookup says of a credential that is not there that it is an empty object.
func (u users) lookup(r request) reply {
	user, found := u.tables.User(u.kind, r.bindings[string(u.kind)])
	if !found {
		return withData(object{})
	}
	return withData(u.show(user))
}

func (u users) add(r request) reply {
	if items, isList := r.items(); isList {
		return u.addAll(items)
	}
	list, isList := r.body.([]any)
	p := r.params()
	if p == nil && (!isList || len(list) == 0) {
		return crash()
	}
	if problem := u.addOne(p); problem != "" {
		return message(problem)
	}
	return ok()
}

// addOne returns what EMQX objects to, or nothing.
func (u users) addOne(p params) string {
	name, valid := nonEmptyString(p, string(u.kind))
	if !valid {
		return "login"
	}
	password, valid := nonEmptyString(p, "password")
	if !valid {
		return "password"
	}
	if err := u.tables.CreateUser(u.kind, name, tables.NewPassword(password), false); err != nil {
		return "existed"
	}
	return ""
}

// addAll stores the items one by one: what comes before an item that fails stays. Results are keyed by name; of two
// items with one name the first one's is shown.
func (u users) addAll(items []any) reply {
	results := object{}
	encodable := true
	for _, item := range items {
		p, isObject := item.(map[string]any)
		if !isObject {
			return crash()
		}
		result := "ok"
		if problem := u.addOne(p); problem != "" {
			result = "{error," + problem + "}"
		}
		name, given := p[string(u.kind)]
		if !given {
			name = "undefined"
		}
		key, isText := name.(string)
		encodable = encodable && isText
		if _, shown := results[key]; !shown {
			results[key] = result
		}
	}
	if !encodable {
		return unencodable()
	}
	return withData(results)
}

func (u users) update(r request) reply {
	password, valid := nonEmptyString(r.params(), "password")
	if !valid {
		return message("password")
	}
	if _, err := u.tables.UpdateUser(u.kind, r.bindings[string(u.kind)], tables.NewPassword(password), nil); err != nil {
		return message("noexisted")
	}
	return ok()
}

func (u users) delete(r request) reply {
	u.tables.DeleteUser(u.kind, r.bindings[string(u.kind)])
	return ok()
}
