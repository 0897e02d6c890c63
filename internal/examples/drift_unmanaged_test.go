package examples

const unmanagedTitle = "\n## Not managed by this configuration\n"

// managedHere and foundOnBroker are a resource and a data source in a state.
func managedHere(resourceType string, attributes values) values {
	return values{"mode": "managed", "type": resourceType, "values": attributes}
}

func foundOnBroker(dataSource string, attributes values) values {
	return values{"mode": "data", "type": dataSource, "values": attributes}
}

func state(resources ...any) values {
	return values{"values": values{"root_module": values{"resources": resources}}}
}

// unmanagedReports are of what data sources have found.
var unmanagedReports = map[string]reported{
	"users": {
		plan: plan{State: state(
			managedHere("emqx_auth_user", values{"username": "u1"}),
			managedHere("emqx_auth_users", values{"kind": "username", "users": values{"u2": false}}),
			managedHere("emqx_auth_user", values{"clientid": "u3"}),
			foundOnBroker("emqx_auth_users", values{"kind": "username", "users": values{"u1": false, "u2": true, "u3": false, "u4": true}}),
			foundOnBroker("emqx_auth_users", values{"users": values{"u3": false}}),
		)},
		want: unmanagedTitle + "### Users\n- username `u3`\n- username `u4`, superuser `true`\n",
	},
	"rules": {
		plan: plan{State: state(
			managedHere("emqx_acl_ruleset", values{"username": "u1", "rules": []any{}}),
			managedHere("emqx_acl_rulesets", values{"kind": "clientid", "rulesets": values{"c1": []any{}}}),
			managedHere("emqx_acl_rule", values{"username": "u2", "action": "sub", "topic": "t", "access": "allow"}),
			managedHere("emqx_acl_rule", values{"all": true, "action": "all", "topic": "#", "access": "deny"}),
			foundOnBroker("emqx_acl_rules", values{"rules": []any{
				values{"username": "u1", "action": "all", "topic": "t", "access": "allow"}, // would be a change of the ruleset
				values{"clientid": "c1", "action": "all", "topic": "t", "access": "allow"},
				values{"username": "c1", "action": "all", "topic": "t", "access": "allow"},
				values{"username": "u2", "action": "subscribe", "topic": "t", "access": "allow"},
				values{"username": "u2", "action": "publish", "topic": "t", "access": "allow", "qos": []int{0}, "retain": "false"},
				values{"all": true, "action": "publish", "topic": "#", "access": "deny"}, // half of a rule
			}}),
		)},
		want: unmanagedTitle + "### Rules\n- username `c1`: `allow all t`\n- username `u2`: `allow publish qos=0 retain=false t`\n",
	},
	"bans": {
		plan: plan{State: state(
			managedHere("emqx_blacklist_entry", values{"as": "clientid", "who": "c1"}),
			managedHere("emqx_blacklist_entry", values{"as": "peerhost", "who": "2001:DB8::1", "at": "2026-01-01T00:00:00Z", "by": "terraform", "reason": ""}),
			foundOnBroker("emqx_blacklist", values{"entries": []any{
				values{"as": "clientid", "who": "c1", "expired": false},
				values{"as": "username", "who": "c1", "expired": false, "by": "mgmt_api", "reason": "", "until": "2030-01-01T00:00:00Z"},
				values{"as": "clientid", "who": "c2", "expired": true},
				values{"as": "peerhost", "who": "2001:db8::1", "at": "2026-01-01T00:00:00Z", "by": "terraform", "reason": "", "expired": false},
			}}),
		)},
		want: unmanagedTitle + "### Bans\n- username `c1`, by `mgmt_api`, until `2030-01-01T00:00:00Z`\n",
	},
	"managed in a module": {
		plan: plan{State: values{"values": values{"root_module": values{
			"resources": []any{foundOnBroker("emqx_auth_users", values{"kind": "username", "users": values{"u1": false, "u2": false}})},
			"child_modules": []any{values{"child_modules": []any{values{
				"resources": []any{managedHere("emqx_auth_user", values{"username": "u1"})},
			}}}},
		}}}},
		want: unmanagedTitle + "### Users\n- username `u2`\n",
	},
	"everything is managed": {
		plan: plan{State: state(
			managedHere("emqx_auth_user", values{"username": "u1"}),
			foundOnBroker("emqx_auth_users", values{"kind": "username", "users": values{"u1": false}}),
		)},
	},
}
