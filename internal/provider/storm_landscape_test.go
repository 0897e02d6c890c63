package provider

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// landscape is a whole configuration: what each resource says, by address.
type landscape map[string]values

// resourceTypeOf is the type in a resource's address.
func resourceTypeOf(address string) string {
	resourceType, _, _ := strings.Cut(address, ".")
	return resourceType
}

// The sizes of the landscape that storms go over: 60 resources, of which two have
// many objects each.
const (
	stormUsers    = 15
	stormRules    = 15
	stormRulesets = 14
	stormBans     = 14
	stormFleet    = 24
)

// stormLandscape has every type of resource. A third of the resources, and of
// what is in the plural ones, differs between the two versions 0 and 1.
func stormLandscape(version int) landscape {
	of := func(i int) int { // the version of the i-th
		if i%3 == 0 {
			return version
		}
		return 0
	}
	wanted := landscape{}
	for i := range stormUsers {
		wanted[fmt.Sprintf("%s.u%d", authUserType, i)] = stormUser(i, of(i))
	}
	for i := range stormRules {
		wanted[fmt.Sprintf("%s.r%d", aclRuleType, i)] = values{
			"username": fmt.Sprintf("storm-rule-%d", i/3), "topic": fmt.Sprintf("%d/#", i),
			"action": []string{"publish", "subscribe", "all"}[i/3%3], "access": []string{"allow", "deny"}[of(i)],
		}
	}
	for i := range stormRulesets {
		wanted[fmt.Sprintf("%s.s%d", aclRulesetType, i)] = stormRuleset(i, of(i))
	}
	for i := range stormBans {
		wanted[fmt.Sprintf("%s.b%d", blacklistEntryType, i)] = stormBan(i, of(i))
	}
	passwords, rulesets := values{}, values{}
	for i := range stormFleet {
		name := fmt.Sprintf("storm-fleet-%d", i)
		if i%6 == 0 { // comes and goes
			name = fmt.Sprintf("storm-fleet-%d-%d", i, of(i))
		}
		passwords[name] = stormPassword(of(i))
		rulesets[name] = []any{"allow all own/" + name, []string{"deny publish #", "deny all #"}[of(i)]}
	}
	wanted[authUsersType+".fleet"] = values{"passwords": passwords}
	wanted[aclRulesetsType+".fleet"] = values{"rulesets": rulesets}
	return wanted
}

func stormPassword(version int) string { return testPassword + strings.Repeat("-new", version) }

// stormUser has its password in the state or not, and may get another name.
func stormUser(i, version int) values {
	name := fmt.Sprintf("storm-user-%d", i)
	switch i % 5 {
	case 0:
		return values{"username": name, "password_wo": testWriteOnly + fmt.Sprint(version), "password_wo_version": version}
	case 1:
		return values{"username": fmt.Sprintf("%s-%d", name, version), "password": stormPassword(version)}
	}
	return values{"username": name, "password": stormPassword(version)}
}

// stormRuleset changes by a rule on top and by two that change places.
func stormRuleset(i, version int) values {
	rules := []any{configuredRule("allow", "publish", "a"), configuredRule("deny", "subscribe", "+/b"), configuredRule("deny", "all", "#")}
	if version == 1 {
		rules = []any{configuredRule("allow", "all", "new"), rules[1], rules[0], rules[2]}
	}
	return values{"clientid": fmt.Sprintf("storm-ruleset-%d", i), "rules": rules}
}

// stormBan changes its reason or, now and then, whom it is about.
func stormBan(i, version int) values {
	who := fmt.Sprintf("storm-ban-%d", i)
	if i%4 == 0 {
		who += fmt.Sprintf("-%d", version)
	}
	return values{"as": []string{"clientid", "username"}[i%2], "who": who, "reason": fmt.Sprintf("version %d", version)}
}

// bystanders puts objects on the broker that no configuration speaks of, and
// says what they look like as records.
func (b *testBroker) bystanders(t *testing.T) []string {
	t.Helper()
	b.createUser(t, tables.Username, "bystander", testPassword)
	b.Tables().AddRow(tables.Subject{Kind: tables.ClientID, Name: "bystander"}, "a", tables.Publish, tables.Allow)
	if err := b.Tables().PutBan(tables.Ban{As: tables.BanUsername, Who: "bystander-2", Until: tables.Forever}); err != nil {
		t.Fatal(err)
	}
	return b.records(nil)
}

// records are everything that a broker has, one line for each credential, for
// each subject's rules in a direction and for each ban. The landscape tells which
// passwords are right, and where rules have no order.
func (b *testBroker) records(wanted landscape) []string {
	passwords, unordered := map[string]string{}, map[tables.Subject]bool{}
	for address, config := range wanted {
		maps.Copy(passwords, passwordsIn(config))
		if resourceTypeOf(address) == aclRuleType {
			unordered[tables.Subject{Kind: tables.Username, Name: config["username"].(string)}] = true
		}
	}
	var lines []string
	for _, kind := range []tables.Kind{tables.Username, tables.ClientID} {
		for _, user := range b.Tables().UsersDescending(kind) {
			verdict, _ := b.Tables().Authenticate("", user.Name, cmp.Or(passwords[user.Name], testPassword))
			lines = append(lines, userRecord(user.Name, verdict == tables.Accepted))
		}
	}
	for _, kind := range []tables.Kind{tables.Username, tables.ClientID, tables.All} {
		subjects := map[tables.Subject]bool{}
		for _, row := range b.Tables().RowsScattered(kind) {
			subjects[row.Subject] = true
		}
		for subject := range subjects {
			rules, _ := b.Tables().Rules(subject)
			lines = append(lines, ruleRecords(subject, rules, unordered[subject])...)
		}
		if empty := b.Tables().SubjectCount(kind) - len(subjects); empty > 0 {
			lines = append(lines, fmt.Sprintf("%d subjects of kind %s with an empty list", empty, kind))
		}
	}
	for _, ban := range b.Tables().BansScattered() {
		lines = append(lines, banRecord(string(ban.As), ban.Who, ban.Reason))
	}
	slices.Sort(lines)
	return lines
}

// recordsOf are the records that a broker with just this landscape has.
func recordsOf(wanted landscape) []string {
	var lines []string
	rulesOfSubject := map[tables.Subject][]tables.Rule{}
	for address, config := range wanted {
		for name := range passwordsIn(config) {
			lines = append(lines, userRecord(name, true))
		}
		switch resourceTypeOf(address) {
		case blacklistEntryType:
			lines = append(lines, banRecord(config["as"].(string), config["who"].(string), config["reason"].(string)))
		case aclRuleType:
			subject := tables.Subject{Kind: tables.Username, Name: config["username"].(string)}
			rulesOfSubject[subject] = append(rulesOfSubject[subject], tableRule(config))
		case aclRulesetType:
			var rules []tables.Rule
			for _, rule := range config["rules"].([]any) {
				rules = append(rules, tableRule(rule.(values)))
			}
			lines = append(lines, ruleRecords(tables.Subject{Kind: tables.ClientID, Name: config["clientid"].(string)}, rules, false)...)
		case aclRulesetsType:
			for name, written := range config["rulesets"].(values) {
				lines = append(lines, ruleRecords(tables.Subject{Kind: tables.Username, Name: name}, tableRules(written.([]any)), false)...)
			}
		}
	}
	for subject, rules := range rulesOfSubject {
		lines = append(lines, ruleRecords(subject, rules, true)...)
	}
	slices.Sort(lines)
	return lines
}

// passwordsIn are the passwords of a resource's credentials, by name.
func passwordsIn(config values) map[string]string {
	passwords := map[string]string{}
	if many, ok := config["passwords"].(values); ok {
		for name, password := range many {
			passwords[name] = password.(string)
		}
	}
	for _, argument := range []string{"password", "password_wo"} {
		if password, ok := config[argument].(string); ok {
			passwords[config["username"].(string)] = password
		}
	}
	return passwords
}

func tableRule(config values) tables.Rule {
	return tables.Rule{
		Permission: tables.Permission(config["access"].(string)), Action: tables.Action(config["action"].(string)), Topic: config["topic"].(string),
	}
}

func tableRules(written []any) []tables.Rule {
	rules := make([]tables.Rule, len(written))
	for i, line := range written {
		rule, err := emqxapi.ParseRuleLine(line.(string))
		if err != nil {
			panic(err) // the landscape is a constant
		}
		rules[i] = tables.Rule{Permission: tables.Permission(rule.Access), Action: tables.Action(rule.Action), Topic: rule.Topic}
	}
	return rules
}

func userRecord(name string, rightPassword bool) string {
	if rightPassword {
		return fmt.Sprintf("credential %q", name)
	}
	return fmt.Sprintf("credential %q with another password", name)
}

func banRecord(as, who, reason string) string {
	return fmt.Sprintf("ban of %s %q: %q", as, who, reason)
}

// ruleRecords are the rules of a subject for each direction on its own: v4 stores
// a rule for both as two, and only within a direction has their order a meaning.
func ruleRecords(subject tables.Subject, rules []tables.Rule, unordered bool) []string {
	var lines []string
	for _, direction := range []tables.Action{tables.Publish, tables.Subscribe} {
		var written []string
		for _, rule := range rules {
			if rule.Action == direction || rule.Action == tables.AnyAction {
				written = append(written, fmt.Sprintf("%s %q", rule.Permission, rule.Topic))
			}
		}
		if unordered {
			slices.Sort(written)
		}
		if len(written) > 0 {
			lines = append(lines, fmt.Sprintf("%s of %s %q: %s", direction, subject.Kind, subject.Name, strings.Join(written, ", ")))
		}
	}
	return lines
}
