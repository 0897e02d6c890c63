package examples

// planReports are of what a plan does, of other providers, outputs and checks.
var planReports = map[string]reported{
	"removed from the configuration": {
		plan: plan{Changes: []resourceChange{
			of("emqx_auth_user", change{Actions: []string{"delete"}, Before: values{"username": "u", "is_superuser": false, "password": "s3cret"}}),
			of("emqx_acl_rule", change{Actions: []string{"delete"}, Before: values{"all": true, "access": "deny", "action": "all", "topic": "#"}}),
		}},
		want: pendingTitle +
			"### `emqx_acl_rule.a`\n- **remove** all clients: `deny all #`\n" +
			"### `emqx_auth_user.a`\n- **remove** username `u`\n",
	},
	"removed by hand and from the configuration": {
		plan: plan{Drift: []resourceChange{of("emqx_auth_user", change{Before: values{"username": "u"}})}},
		want: driftTitle + "### `emqx_auth_user.a`\n- **removed** username `u`\n",
	},
	"changed by hand to what the configuration says by now": {
		plan: plan{
			Drift: []resourceChange{of("emqx_acl_rule", update(
				values{"username": "u", "access": "deny", "action": "all", "topic": "t"},
				values{"username": "u", "access": "allow", "action": "all", "topic": "t"}))},
			Changes: []resourceChange{of("emqx_acl_rule", change{
				Actions: []string{"no-op"},
				Before:  values{"username": "u", "access": "allow", "action": "all", "topic": "t"},
				After:   values{"username": "u", "access": "allow", "action": "all", "topic": "t"},
			})},
		},
		want: driftTitle + "### `emqx_acl_rule.a`\n- **changed** username `u`: `deny all t` → `allow all t` (as the configuration wants by now)\n",
	},
	"replaced by another": {
		plan: plan{Changes: []resourceChange{of("emqx_auth_user", change{
			Actions: []string{"delete", "create"}, Before: values{"username": "u"}, After: values{"username": "v"}, AfterUnknown: values{"id": true},
		})}},
		want: pendingTitle + "### `emqx_auth_user.a`\n- **add** username `v`\n- **remove** username `u`\n",
	},
	"what no attribute shows": {
		plan: plan{Changes: []resourceChange{
			{
				Address: "emqx_auth_user.a", Mode: "managed", Type: "emqx_auth_user", Name: "a", Reason: "replace_because_tainted",
				Change: change{Actions: []string{"delete", "create"}, Before: values{"username": "u"}, After: values{"username": "u"}},
			},
			{
				Address: "emqx_auth_user.b[0]", Mode: "managed", Type: "emqx_auth_user", Name: "b",
				Change: change{Actions: []string{"no-op"}, Before: values{"username": "v"}, After: values{"username": "v"}, Importing: values{"id": "username/v"}},
			},
			{
				Address: "emqx_auth_user.c", Mode: "managed", Type: "emqx_auth_user", Name: "c", Deposed: "5d2c1b3a",
				Change: change{Actions: []string{"delete"}, Before: values{"username": "w"}},
			},
			{
				Address: "emqx_auth_user.d", Mode: "managed", Type: "emqx_auth_user", Name: "d",
				Change: change{Actions: []string{"forget"}, Before: values{"username": "x"}},
			},
			{
				Address: "data.emqx_acl_rules.e", Mode: "data", Type: "emqx_acl_rules", Name: "e",
				Change: change{Actions: []string{"read"}, AfterUnknown: values{"rules": true}},
			},
		}},
		want: pendingTitle +
			"### `emqx_auth_user.a`\n- **replace** `emqx_auth_user.a`, replace because tainted\n" +
			"### `emqx_auth_user.b`\n- **import** `emqx_auth_user.b[0]`\n" +
			"### `emqx_auth_user.c`\n- **remove** `emqx_auth_user.c`, left over from a replacement\n" +
			"### `emqx_auth_user.d`\n- **forget** `emqx_auth_user.d`\n",
	},
	"a module for each site": {
		plan: plan{Drift: []resourceChange{
			{
				Address: `module.site["lyon"].emqx_auth_user.device["u1"]`, Module: `module.site["lyon"]`, Mode: "managed",
				Type: "emqx_auth_user", Name: "device", Change: change{Before: values{"username": "u1"}},
			},
			{
				Address: `module.site["lyon"].emqx_auth_user.device["u2"]`, Module: `module.site["lyon"]`, Mode: "managed",
				Type: "emqx_auth_user", Name: "device", Change: change{Before: values{"username": "u2"}},
			},
		}},
		want: driftTitle + "### `module.site[\"lyon\"].emqx_auth_user.device`\n- **removed** username `u1`\n- **removed** username `u2`\n",
	},
	"other providers": {
		plan: plan{
			Drift: []resourceChange{of("local_file", change{Actions: []string{"delete"}, Before: values{"filename": "f", "id": "1"}})},
			Changes: []resourceChange{
				of("local_file", change{Actions: []string{"create"}, After: values{"filename": "f"}, AfterUnknown: values{"id": true}}),
				of("dns_record", change{
					Actions: []string{"update"}, Before: values{"ttl": 60, "hosts": []any{"h"}}, After: values{"ttl": 90, "hosts": []any{nil}},
					AfterUnknown: values{"hosts": []any{true}},
				}),
			},
		},
		want: driftTitle + "### `local_file.a`\n- **removed** `local_file.a`\n" +
			pendingTitle[1:] + "### `dns_record.a`\n- **change** `dns_record.a`: hosts `[\"h\"]` → `[\"(known after apply)\"]`, ttl `60` → `90`\n",
	},
	"outputs": {
		plan: plan{Outputs: map[string]change{
			"a_list": {Actions: []string{"update"}, Before: []any{"x", "y"}, After: []any{"y", "z"}},
			"key":    {Actions: []string{"update"}, Before: "s3cret-1", After: "s3cret-2", BeforeSensitive: true, AfterSensitive: true},
			"new":    {Actions: []string{"create"}, After: "v", AfterUnknown: false},
			"same":   {Actions: []string{"no-op"}, Before: "v", After: "v"},
			"when":   {Actions: []string{"update"}, Before: "v", AfterUnknown: true},
		}},
		want: "## Outputs that change\n- **add** `a_list`: `z`\n- **remove** `a_list`: `x`\n" +
			"- **change** `key`: (sensitive) → (sensitive)\n- **change** `new`: (none) → `v`\n- **change** `when`: `v` → (known after apply)\n",
	},
	"checks": {
		plan: plan{Checks: []any{
			values{"address": values{"to_display": "check.policy"}, "status": "fail", "instances": []any{
				values{"status": "fail", "problems": []any{values{"message": "May publish\nto another's topic: d1."}}},
			}},
			values{"address": values{"to_display": "check.other"}, "status": "pass", "instances": []any{values{"status": "pass"}}},
			values{"address": values{"to_display": "check.broken"}, "status": "error"},
		}},
		want: "## Checks that fail\n- `check.policy`: `May publish to another's topic: d1.`\n- `check.broken`: failed\n",
	},
}
