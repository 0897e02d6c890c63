package examples

const (
	driftTitle   = "\n## Changed behind Terraform's back\n"
	pendingTitle = "\n## Asked for by the configuration and not applied yet\n"
)

// reported is a plan and what the report lists of it.
type reported struct {
	plan plan
	want string
}

// driftReports are of what changed on the broker, or how it is shown.
var driftReports = map[string]reported{
	"names that Markdown would take for its own": {
		plan: plan{Drift: []resourceChange{of("emqx_auth_users", update(
			values{"kind": "clientid", "users": values{
				"a|b": false, "`a``": false, "<b>a</b>": false, "a\n## Not managed": false, "\u202eevil\u200b": false, " a ": false, "": false,
				"grün-*": false,
			}},
			values{"kind": "clientid", "users": values{}},
		))}},
		want: driftTitle + "### `emqx_auth_users.a`\n" +
			"- **removed** clientid (empty)\n" +
			"- **removed** clientid `  a  `\n" +
			"- **removed** clientid `<b>a</b>`\n" +
			"- **removed** clientid `\\u{202e}evil\\u{200b}`\n" +
			"- **removed** clientid ``` `a`` ```\n" +
			"- **removed** clientid `a\\n## Not managed`\n" +
			"- **removed** clientid `a|b`\n" +
			"- **removed** clientid `grün-*`\n",
	},
	"superusers": {
		plan: plan{Drift: []resourceChange{
			of("emqx_auth_user", update(
				values{"username": "ops", "is_superuser": false, "password": "s3cret"},
				values{"username": "ops", "is_superuser": true, "password": "s3cret"})),
			of("emqx_auth_users", update(
				values{"kind": "username", "users": values{"u1": true, "u2": true}, "superusers": []string{"u1", "u2"}},
				values{"kind": "username", "users": values{"u1": true, "u2": false}, "superusers": []string{"u1"}})),
		}},
		want: driftTitle +
			"### `emqx_auth_user.a`\n- **changed** username `ops`: superuser `false` → `true`\n" +
			"### `emqx_auth_users.a`\n- **changed** username `u2`: superuser `true` → `false`\n",
	},
	"passwords that the configuration changes": {
		plan: plan{Changes: []resourceChange{
			of("emqx_auth_user", update(
				values{"username": "u", "is_superuser": false, "password": "s3cret-1", "password_wo_version": nil},
				values{"username": "u", "is_superuser": false, "password": "s3cret-2", "password_wo_version": 1})),
			of("emqx_auth_users", change{
				Actions:         []string{"update"},
				Before:          values{"kind": "username", "users": values{"u1": false, "u2": false}, "passwords": values{"u1": "s3cret-1", "u2": "s3cret-2"}},
				After:           values{"kind": "username", "users": values{"u1": false, "u2": false}, "passwords": values{"u1": "s3cret-1", "u2": "s3cret-3"}},
				BeforeSensitive: values{"passwords": true, "users": values{}}, AfterSensitive: values{"passwords": true, "users": values{}},
			}),
		}},
		want: pendingTitle +
			"### `emqx_auth_user.a`\n- **change** username `u`: `password_wo_version` (none) → `1`, password → (sensitive)\n" +
			"### `emqx_auth_users.a`\n- **change** username `u2`: password → (sensitive)\n",
	},
	"settings of a fleet": {
		plan: plan{Changes: []resourceChange{of("emqx_auth_users", update(
			values{"kind": "username", "users": values{"u1": false}, "passwords_wo_version": 1, "timeouts": nil, "id": "username"},
			values{"kind": "username", "users": values{"u1": false}, "passwords_wo_version": 2, "timeouts": values{"read": "1h"}, "id": "username"}))}},
		want: pendingTitle + "### `emqx_auth_users.a`\n" +
			"- **change** `emqx_auth_users.a`: `passwords_wo_version` `1` → `2`, timeouts (none) → `{\"read\":\"1h\"}`\n",
	},
	"names and rules that are sensitive": {
		plan: plan{Drift: []resourceChange{
			of("emqx_auth_user", change{
				Before: values{"username": "s3cret", "is_superuser": false}, BeforeSensitive: values{"username": true},
			}),
			of("emqx_acl_rule", change{
				Before: values{"username": "u", "access": "allow", "action": "all", "topic": "s3cret"}, BeforeSensitive: values{"topic": true},
				After: values{"username": "u", "access": "deny", "action": "all", "topic": "s3cret"},
			}),
			of("emqx_acl_ruleset", change{
				Before: values{"username": "u", "rules": []any{values{"access": "allow", "action": "all", "topic": "s3cret"}}},
				After:  values{"username": "u", "rules": []any{}}, BeforeSensitive: values{"rules": []any{values{"topic": true}}},
			}),
			of("emqx_acl_rulesets", change{
				Before:         values{"kind": "username", "rulesets": values{"u": []string{"allow all s3cret"}, "v": []string{"deny all #"}}},
				After:          values{"kind": "username", "rulesets": values{"u": []string{"deny all s3cret"}, "v": []string{"allow all #"}}},
				AfterSensitive: values{"rulesets": values{"u": []any{true}}},
			}),
			of("other_thing", change{
				Before: values{"key": values{"private": "s3cret", "size": 1}}, BeforeSensitive: values{"key": values{"private": true}},
				After: values{"key": values{"private": "s3cret", "size": 2}}, AfterSensitive: false,
			}),
		}},
		want: driftTitle +
			"### `emqx_acl_rule.a`\n- **changed** username `u`: `allow all (sensitive)` → `deny all (sensitive)`\n" +
			"### `emqx_acl_ruleset.a`\n- **changed** `emqx_acl_ruleset.a`: rules → (sensitive)\n" +
			"### `emqx_acl_rulesets.a`\n" +
			"- **changed** username `u`: rules → (sensitive)\n" +
			"- **changed** username `v`, rule 1: `deny all #` → `allow all #`\n" +
			"### `emqx_auth_user.a`\n- **removed** username (sensitive)\n" +
			"### `other_thing.a`\n- **changed** `other_thing.a`: key `{\"private\":\"(sensitive)\",\"size\":1}` → `{\"private\":\"(sensitive)\",\"size\":2}`\n",
	},
	"what is not known before the apply": {
		plan: plan{Changes: []resourceChange{
			of("emqx_auth_user", change{
				Actions: []string{"create"}, After: values{"is_superuser": true}, AfterUnknown: values{"username": true, "password": true, "id": true},
			}),
			of("emqx_auth_users", change{
				Actions: []string{"update"}, Before: values{"kind": "username", "users": values{"u": false}},
				After: values{"kind": "username"}, AfterUnknown: values{"users": true},
			}),
			of("emqx_acl_ruleset", change{
				Actions: []string{"create"}, After: values{"username": "u", "rules": []any{values{"access": "deny", "action": "all"}}},
				AfterUnknown: values{"rules": []any{values{"topic": true}}, "id": true},
			}),
			of("emqx_acl_rulesets", change{
				Actions: []string{"create"}, After: values{"kind": "username", "rulesets": values{"u": []any{nil}}},
				AfterUnknown: values{"rulesets": values{"u": []any{true}}},
			}),
		}},
		want: pendingTitle +
			"### `emqx_acl_ruleset.a`\n- **add** username `u`, rule 1: `deny all (known after apply)`\n" +
			"### `emqx_acl_rulesets.a`\n- **add** username `u`, rule 1: `(known after apply)`\n" +
			"### `emqx_auth_user.a`\n- **add** username (known after apply), superuser `true`\n" +
			"### `emqx_auth_users.a`\n- **change** `emqx_auth_users.a`: users `{\"u\":false}` → (known after apply)\n",
	},
	"rules that move": {
		plan: plan{Drift: []resourceChange{of("emqx_acl_rulesets", update(
			values{"kind": "username", "rulesets": values{"u": []string{"deny all a", "allow pub b", "allow all c", "deny all d", "deny all d"}}},
			values{"kind": "username", "rulesets": values{"u": []string{"deny all d", "deny all a", "allow publish b", "allow all c", "allow qos=0 all e"}}},
		))}},
		want: driftTitle + "### `emqx_acl_rulesets.a`\n" +
			"- **moved** username `u`, rule 4 → 1: `deny all d`\n" +
			"- **added** username `u`, rule 5: `allow qos=0 all e`\n" +
			"- **removed** username `u`, rule 5: `deny all d`\n",
	},
	"a rule that moves and says something else": {
		plan: plan{Drift: []resourceChange{of("emqx_acl_rulesets", update(
			values{"kind": "username", "rulesets": values{"u": []string{"deny all a", "allow all b", "allow all c"}}},
			values{"kind": "username", "rulesets": values{"u": []string{"deny all c", "deny all a", "allow all b"}}},
		))}},
		want: driftTitle + "### `emqx_acl_rulesets.a`\n- **changed** username `u`, rule 3 → 1: `allow all c` → `deny all c`\n",
	},
	"QoS levels, retain flags and half a rule": {
		plan: plan{Drift: []resourceChange{
			of("emqx_acl_rule", update(
				values{"clientid": "c", "access": "allow", "action": "pubsub", "topic": "t t", "qos": []int{0, 1, 2}, "retain": "all"},
				values{"clientid": "c", "access": "allow", "action": "publish", "topic": "t t", "qos": []int{1, 0}, "retain": "true"})),
			of("emqx_acl_ruleset", update(
				values{"all": true, "rules": []any{values{"access": "allow", "action": "pub", "topic": "t", "qos": []int{0, 1, 2}, "retain": "all"}}},
				values{"all": true, "rules": []any{values{"access": "allow", "action": "publish", "topic": "t", "qos": []int{2}, "retain": "all"}}})),
		}},
		want: driftTitle +
			"### `emqx_acl_rule.a`\n- **changed** clientid `c`: `allow all t t` → `allow publish qos=0,1 retain=true t t`\n" +
			"### `emqx_acl_ruleset.a`\n- **added** all clients, rule 1: `allow publish qos=2 t`\n- **removed** all clients, rule 1: `allow publish t`\n",
	},
	"a ban that has ended": {
		plan: plan{Drift: []resourceChange{of("emqx_blacklist_entry", update(
			values{"as": "clientid", "who": "c", "reason": "", "expired": false, "at": "2026-01-01T00:00:00Z"},
			values{"as": "clientid", "who": "c", "reason": "", "expired": true, "at": "2026-01-01T00:00:00Z"}))}},
	},
	"a ban that was lifted": {
		plan: plan{Drift: []resourceChange{of("emqx_blacklist_entry", change{
			Before: values{"as": "clientid", "who": "c", "until": "2030-01-01T00:00:00Z", "reason": "stolen", "by": "terraform"},
		})}},
		want: driftTitle + "### `emqx_blacklist_entry.a`\n" +
			"- **removed** clientid `c`, reason `stolen`, by `terraform`, until `2030-01-01T00:00:00Z`\n",
	},
	"a ban with an end": {
		plan: plan{Drift: []resourceChange{of("emqx_blacklist_entry", update(
			values{"as": "peerhost", "who": "10.0.0.1", "reason": "", "by": "terraform", "until": nil},
			values{"as": "peerhost", "who": "10.0.0.1", "reason": "", "by": "terraform", "until": "2030-01-01T00:00:00Z"}))}},
		want: driftTitle + "### `emqx_blacklist_entry.a`\n- **changed** peerhost `10.0.0.1`: until (none) → `2030-01-01T00:00:00Z`\n",
	},
}
