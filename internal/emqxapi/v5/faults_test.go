package v5_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxapi"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/faults"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// Whatever gets lost on the way, each write is carried out, is reported as done,
// and touches nothing else. Every 7th request or so meets a fault; how often a
// request is repeated bounds how many in a row it survives, so they are few.
func TestWritesOutlastFaults(t *testing.T) {
	chance := make(map[faults.Kind]float64)
	for _, kind := range []faults.Kind{
		faults.ResetBefore, faults.ResetAfter, faults.BadGatewayAfter, faults.TruncatedJSON, faults.EmptyBody,
		faults.NullData, faults.NumberAsString, faults.ListForObject, faults.WrongContentType, faults.HTMLPage,
	} {
		chance[kind] = 0.015
	}
	b, ctx := startBroker(t, emqxsim.Options{}), t.Context()
	b.faults.Set(faults.Options{Seed: 5, Chance: chance, Limit: 25})
	b.dialect = newPatientClient(t, b.V5())

	fleet := credentials(60)
	created, imported := b.CreateUsers(ctx, byName, fleet[:30]), b.ImportUsers(ctx, byName, fleet[30:])
	for i, err := range append(created, imported...) {
		if err != nil && !errors.Is(err, emqxapi.ErrOutcomeUnknown) { // as no API shows passwords
			t.Errorf("%s: %v", fleet[i].Name, err)
		}
	}
	changes := make([]emqxapi.RuleChange, 30)
	for i := range changes {
		changes[i] = emqxapi.RuleChange{Subject: user(fmt.Sprintf("u%d", i)), To: []emqxapi.Rule{allow("old")}}
	}
	wantAllNil(t, write(ctx, b, changes...))
	for i := range changes {
		changes[i].From, changes[i].To = changes[i].To, []emqxapi.Rule{allow("new"), allow("old")}
	}
	wantAllNil(t, write(ctx, b, changes...))
	for i := range 10 {
		ban := emqxapi.Ban{As: emqxapi.BanClientID, Who: fmt.Sprintf("c%d", i), By: "terraform"}
		changed := ban
		changed.Reason = "changed"
		if err := errors.Join(createBan(ctx, b, ban), b.ReplaceBan(ctx, ban, changed)); err != nil {
			t.Error(err)
		}
	}

	if len(b.faults.Counts()) < 5 {
		t.Errorf("only these faults were met: %v", b.faults.Counts())
	}
	b.faults.Set(faults.Options{})
	for _, credential := range fleet {
		verdict, superuser := b.Tables().Authenticate("c", credential.Name, credential.Password)
		if verdict != tables.Accepted || superuser != credential.Superuser {
			t.Errorf("%s: %v, superuser %v", credential.Name, verdict, superuser)
		}
	}
	for _, change := range changes {
		wantRules(t, b, change.Subject, change.To...)
	}
	if users, bans := collect(t, b.ListUsers(ctx, byName, "")), collect(t, b.ListBans(ctx)); len(users) != 60 || len(bans) != 10 {
		t.Errorf("%d users and %d bans", len(users), len(bans))
	}
}
