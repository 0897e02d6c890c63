package main

import "github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"

// The outcomes of what an MQTT client tries, see outcome.
const (
	accepted      = "accepted"
	notAuthorized = "refused: not authorized"
	badPassword   = "refused: bad username or password"
	isBanned      = "refused: banned"
)

// story is what the demo shows. It is the same over both APIs, and so is examples/demo, which it applies. Where EMQX Cloud
// is the offer it ends with what was asked that is not documented.
func story(offer emqxsim.Offer) []step {
	if offer != emqxsim.OfferCloud {
		return chapters()
	}
	return append(chapters(), step{"Nothing else was asked", []check{
		{"calls that EMQX Cloud does not document", "none", listUndocumented},
	}})
}

func chapters() []step {
	return []step{
		{"A broker that nobody may use yet, and Terraform", []check{
			{"start emqxsim", anything, startBroker},
			{"find a CLI and build the provider", anything, prepareTerraform},
			{"init, without a registry", done, initialise},
			{"sensor-1 connects", notAuthorized, connectAs("sensor-1", "sensor-1")},
		}},
		{"Apply examples/demo", []check{
			{"apply", "8 added, 0 changed, 0 destroyed", apply},
			{"plan", noChanges, plan},
		}},
		{"The credentials hold", []check{
			{"sensor-1 connects", accepted, connectAs("sensor-1", "sensor-1")},
			{"sensor-2 connects", accepted, connectAs("sensor-2", "sensor-2")},
			{"dashboard connects", accepted, connectAs("dashboard", "dashboard")},
			{"an intruder connects as dashboard, with a wrong password", badPassword, connectWithWrongPassword("intruder", "dashboard")},
			{"an intruder connects without a credential", notAuthorized, connectAs("intruder", "")},
		}},
		{"The rules hold", []check{
			{"dashboard subscribes to plant/#", accepted, subscribe("dashboard", "plant/#")},
			{"sensor-1 publishes 87.5 to plant/boiler/temperature", accepted, publish("sensor-1", "plant/boiler/temperature", "87.5")},
			{"dashboard receives", "87.5 on plant/boiler/temperature", receive("dashboard")},
			{"dashboard publishes to plant/boiler/temperature", notAuthorized, publish("dashboard", "plant/boiler/temperature", "0")},
			{"dashboard subscribes to #", notAuthorized, subscribe("dashboard", "#")},
			{"sensor-1 publishes to plant/roof/temperature, where sensor-2 is", notAuthorized, publish("sensor-1", "plant/roof/temperature", "87.5")},
			{"sensor-1 subscribes to plant/boiler/limits", accepted, subscribe("sensor-1", "plant/boiler/limits")},
			{"sensor-1 publishes there, which only the first of its rules forbids", notAuthorized, publish("sensor-1", "plant/boiler/limits", "200")},
		}},
		{"The bans hold", []check{
			{"sensor-9 connects with the credential of sensor-1", isBanned, connectAs("sensor-9", "sensor-1")},
			{"apply with a ban of sensor-2, which is connected", "1 added, 0 changed, 0 destroyed", applyBan("sensor-2", "floods its topic")},
			{"sensor-2 is", "disconnected", awaitEnd("sensor-2")},
			{"sensor-2 connects again", isBanned, connectAs("sensor-2", "sensor-2")},
		}},
		{"Somebody changes the broker behind Terraform's back", []check{
			{"an administrator deletes the credential of sensor-1", done, deleteCredential("sensor-1")},
			{"an administrator turns what dashboard may read to deny", done, denySubscribe("dashboard", "plant/#")},
			{"sensor-1 connects", notAuthorized, connectAs("sensor-1", "sensor-1")},
			{"dashboard subscribes to plant/#", notAuthorized, subscribe("dashboard", "plant/#")},
			{"plan", changes(
				"# emqx_acl_rule.dashboard will be updated in-place",
				`~ access = "deny" -> "allow"`,
				`# emqx_auth_user.sensor["sensor-1"] will be created`,
			), plan},
		}},
		{"Terraform repairs it", []check{
			{"apply", "1 added, 1 changed, 0 destroyed", apply},
			{"plan", noChanges, plan},
			{"sensor-1 connects", accepted, connectAs("sensor-1", "sensor-1")},
			{"dashboard subscribes to plant/#", accepted, subscribe("dashboard", "plant/#")},
		}},
		{"Terraform takes over what somebody else has made", []check{
			{"an administrator bans sensor-7", done, ban("sensor-7", "in repair")},
			{"apply with the same ban", `refused: The ban of clientid "sensor-7" exists already`, applyBan("sensor-7", "in repair")},
			{"import clientid/sensor-7", done, importBan("sensor-7")},
			{"plan", noChanges, plan},
		}},
		{"Destroy", []check{
			{"destroy", "10 destroyed", destroy},
			{"the broker has left", "0 credentials, 0 rules, 0 bans", countLeft},
			{"sensor-1 connects", notAuthorized, connectAs("sensor-1", "sensor-1")},
		}},
	}
}
