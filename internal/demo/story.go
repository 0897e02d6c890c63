package main

// story is what the demo shows. It is the same over both APIs, and so is examples/demo, which it applies.
func story() []step {
	return []step{
		{"The broker, and Terraform with the provider", []check{
			{"emqxsim serves", anything, startBroker},
			{"what runs is", anything, prepareTerraform},
			{"init, without a registry", "done", initialise},
			{"sensor-1 connects, which nobody knows yet", "refused: not authorized", connectAs("sensor-1", "sensor-1")},
		}},
		{"Apply examples/demo", []check{
			{"apply", "8 added, 0 changed, 0 destroyed", apply},
			{"plan", noChanges, plan},
		}},
		{"The credentials hold", []check{
			{"sensor-1 connects", "accepted", connectAs("sensor-1", "sensor-1")},
			{"sensor-2 connects", "accepted", connectAs("sensor-2", "sensor-2")},
			{"dashboard connects", "accepted", connectAs("dashboard", "dashboard")},
			{"an intruder connects as dashboard with a wrong password", "refused: bad username or password", connectWithWrongPassword("intruder", "dashboard")},
			{"an intruder connects without any credential", "refused: not authorized", connectAs("intruder", "")},
		}},
		{"The rules hold", []check{
			{"dashboard subscribes to plant/#", "accepted", subscribe("dashboard", "plant/#")},
			{"sensor-1 publishes 87.5 to plant/boiler/temperature", "accepted", publish("sensor-1", "plant/boiler/temperature", "87.5")},
			{"dashboard receives", "87.5 on plant/boiler/temperature", receive("dashboard")},
			{"sensor-1 publishes to plant/roof/temperature, not its place", "refused: not authorized", publish("sensor-1", "plant/roof/temperature", "87.5")},
			{"sensor-1 subscribes to plant/boiler/limits", "accepted", subscribe("sensor-1", "plant/boiler/limits")},
			{"sensor-1 publishes there: its first rule decides", "refused: not authorized", publish("sensor-1", "plant/boiler/limits", "200")},
			{"dashboard publishes to plant/boiler/temperature", "refused: not authorized", publish("dashboard", "plant/boiler/temperature", "0")},
			{"dashboard subscribes to #", "refused: not authorized", subscribe("dashboard", "#")},
		}},
		{"The bans hold", []check{
			{"sensor-9 connects with the credential of sensor-1", "refused: banned", connectAs("sensor-9", "sensor-1")},
			{"apply, with sensor-2 added to the banned", "1 added, 0 changed, 0 destroyed", addBanned("sensor-2", "floods its topic")},
			{"sensor-2, connected until now, is", "disconnected", awaitEnd("sensor-2")},
			{"sensor-2 connects again", "refused: banned", connectAs("sensor-2", "sensor-2")},
		}},
		{"Somebody changes the broker behind Terraform's back", []check{
			{"the credential of sensor-1 is", "deleted", deleteCredential("sensor-1")},
			{"what dashboard may read is", "denied", denySubscribe("dashboard", "plant/#")},
			{"sensor-1 connects", "refused: not authorized", connectAs("sensor-1", "sensor-1")},
			{"dashboard subscribes to plant/#", "refused: not authorized", subscribe("dashboard", "plant/#")},
			{"plan", changes(
				"# emqx_acl_rule.dashboard will be updated in-place",
				`~ access = "deny" -> "allow"`,
				`# emqx_auth_user.sensor["sensor-1"] will be created`,
			), plan},
		}},
		{"Terraform repairs it", []check{
			{"apply", "1 added, 1 changed, 0 destroyed", apply},
			{"plan", noChanges, plan},
			{"sensor-1 connects", "accepted", connectAs("sensor-1", "sensor-1")},
			{"dashboard subscribes to plant/#", "accepted", subscribe("dashboard", "plant/#")},
		}},
		{"Terraform takes over what somebody else made", []check{
			{"by hand, sensor-7 is", "banned", ban("sensor-7", "in repair")},
			{"apply, with sensor-7 added to the banned", `refused: The ban of clientid "sensor-7" exists already`, addBanned("sensor-7", "in repair")},
			{`import of clientid/sensor-7`, "done", importBan("sensor-7")},
			{"plan", noChanges, plan},
		}},
		{"Destroy", []check{
			{"destroy", "10 destroyed", destroy},
			{"on the broker are left", "0 credentials, 0 subjects with rules, 0 bans", countLeft},
			{"sensor-1 connects", "refused: not authorized", connectAs("sensor-1", "sensor-1")},
		}},
	}
}
