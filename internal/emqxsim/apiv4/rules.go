package apiv4

import (
	"cmp"
	"slices"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

func (a *api) ruleRoutes() []route {
	const list, lookup, remove = "List available mnesia in the cluster", "Lookup mnesia in the cluster", "Delete mnesia in the cluster"
	r := rules{a.tables}
	routes := []route{
		{"GET", "/acl/$all", "list_all", list, r.list(tables.All), nil},
		{"POST", "/acl", "add", "Add mnesia in the cluster", r.add, nil},
		{"DELETE", "/acl/$all/topic/:topic", "delete_all", remove, r.delete(tables.All), nil},
	}
	for _, kind := range []tables.Kind{tables.ClientID, tables.Username} {
		k := string(kind)
		routes = append(routes,
			route{"GET", "/acl/" + k, "list_" + k, list, r.list(kind), nil},
			route{"GET", "/acl/" + k + "/:" + k, "lookup_" + k, lookup, r.lookup(kind), nil},
			route{"DELETE", "/acl/" + k + "/:" + k + "/topic/:topic", "delete_" + k, remove, r.delete(kind), nil},
		)
	}
	return routes
}

// rules serves the rules (api/v4.md §3).
type rules struct {
	tables *tables.Tables
}

var (
	actions = map[string]tables.Action{"pub": tables.Publish, "sub": tables.Subscribe, "pubsub": tables.AnyAction}
	shown   = map[tables.Action]string{tables.Publish: "pub", tables.Subscribe: "sub"}
	access  = map[string]tables.Permission{"allow": tables.Allow, "deny": tables.Deny}
)

func showRow(row tables.Row) object {
	o := object{"topic": row.Topic, "action": shown[row.Action], "access": string(row.Permission)}
	if row.Subject.Kind == tables.All {
		o["all"] = "$all"
	} else {
		o[string(row.Subject.Kind)] = row.Subject.Name
	}
	return o
}

func showRows(rows []tables.Row) []object {
	data := make([]object, len(rows))
	for i, row := range rows {
		data[i] = showRow(row)
	}
	return data
}

// list cuts the page out of the rows in hash order and sorts it then. A limit of 0 crashes EMQX here.
func (s rules) list(kind tables.Kind) func(request) reply {
	return func(r request) reply {
		p, valid := r.pageOf(defaultRuleLimit)
		if !valid || p.limit == 0 {
			return crash()
		}
		rows := slices.DeleteFunc(s.tables.RowsScattered(kind), func(row tables.Row) bool { return !wanted(row, r.query) })
		meta := p.meta(len(rows))
		rows = cut(p, rows)
		slices.SortStableFunc(rows, newestFirst)
		return reply{status: 200, body: object{"meta": meta, "data": showRows(rows), "code": 0}}
	}
}

func wanted(row tables.Row, query map[string]string) bool {
	fields := map[string]string{"topic": row.Topic, "action": shown[row.Action], "access": string(row.Permission)}
	fields[string(row.Subject.Kind)] = row.Subject.Name
	for name, value := range fields {
		if filter, given := query[name]; given && filter != value {
			return false
		}
	}
	return strings.Contains(row.Subject.Name, query["_like_"+string(row.Subject.Kind)])
}

// newestFirst is the order within a page: emqx_acl_mnesia_db, comparing.
func newestFirst(x, y tables.Row) int {
	return cmp.Or(
		cmp.Compare(y.CreatedAt, x.CreatedAt),
		cmp.Compare(y.Subject.Name, x.Subject.Name),
		cmp.Compare(x.Place, y.Place),
	)
}

func (s rules) lookup(kind tables.Kind) func(request) reply {
	return func(r request) reply {
		return withData(showRows(s.tables.Rows(tables.Subject{Kind: kind, Name: r.bindings[string(kind)]})))
	}
}

func (s rules) delete(kind tables.Kind) func(request) reply {
	return func(r request) reply {
		s.tables.DeleteTopic(tables.Subject{Kind: kind, Name: r.bindings[string(kind)]}, r.bindings["topic"])
		return ok()
	}
}

func (s rules) add(r request) reply {
	if items, isList := r.items(); isList {
		return s.addAll(items)
	}
	list, isList := r.body.([]any)
	p := r.params()
	if p == nil && (!isList || len(list) == 0) {
		return crash()
	}
	result, crashed := s.addOne(p)
	switch {
	case crashed:
		return crash()
	case result["result"] != "ok":
		return message("{add," + resultTerm(result) + "}")
	}
	return withData(result)
}

// addAll stores the items one by one. The results come in reverse order; what comes before an item that EMQX crashes on
// stays.
func (s rules) addAll(items []any) reply {
	results := make([]object, 0, len(items))
	for _, item := range items {
		p, isObject := item.(map[string]any)
		if !isObject {
			return crash()
		}
		result, crashed := s.addOne(p)
		if crashed {
			return crash()
		}
		results = append(results, result)
	}
	slices.Reverse(results)
	return withData(results)
}

// addOne stores a rule and gives it back with the result. The fields are checked in the order login, topic, action,
// access, and the first that is wrong is named. A rule that names both logins crashes EMQX.
func (s rules) addOne(p params) (result object, crashed bool) {
	result = object{"result": "ok"}
	for _, field := range []string{"topic", "action", "access"} {
		value, given := p[field]
		if !given {
			value = atom("undefined")
		}
		result[field] = value
	}
	subject, valid, crashed := subjectOf(p, result)
	if crashed {
		return nil, true
	}
	topic, validTopic := nonEmptyString(p, "topic")
	actionName, _ := p["action"].(string)
	action, validAction := actions[actionName]
	accessName, _ := p["access"].(string)
	permission, validAccess := access[accessName]
	for _, check := range []struct {
		field string
		valid bool
	}{{"login", valid}, {"topic", validTopic}, {"action", validAction}, {"access", validAccess}} {
		if !check.valid {
			result["result"] = "{error," + check.field + "}"
			return result, false
		}
	}
	s.tables.AddRow(subject, topic, action, permission)
	return result, false
}

// subjectOf reads whom a rule is for. A rule without a login is for everybody.
func subjectOf(p params, result object) (subject tables.Subject, valid, crashed bool) {
	clientid, hasClientID := p["clientid"]
	username, hasUsername := p["username"]
	switch {
	case hasClientID && hasUsername:
		return subject, false, true
	case hasClientID:
		result["clientid"] = clientid
		subject.Kind = tables.ClientID
	case hasUsername:
		result["username"] = username
		subject.Kind = tables.Username
	default:
		result["all"] = "$all"
		return tables.Everybody, true, false
	}
	subject.Name, valid = nonEmptyString(p, string(subject.Kind))
	return subject, valid, false
}

// resultTerm prints a result as the Erlang map that EMQX repeats in its refusal.
func resultTerm(result object) string {
	var fields []string
	for field, value := range result {
		if field == "all" {
			value = atom("'$all'")
		}
		fields = append(fields, field+" => "+term(value))
	}
	slices.Sort(fields)
	return "#{" + strings.Join(fields, ",") + "}"
}
