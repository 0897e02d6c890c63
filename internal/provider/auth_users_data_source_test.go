package provider

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim"
	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

func TestAuthUsersDataSource(t *testing.T) {
	forEachAPI(t, func(t *testing.T, b *testBroker) {
		for _, name := range []string{"alice", "bob", "Alina"} {
			if err := b.Tables().CreateUser(tables.Username, name, tables.NewPassword(testPassword), b.api == "v5" && name == "bob"); err != nil {
				t.Fatal(err)
			}
		}
		s := b.serve(t)
		cases := []struct {
			name   string
			config values
			want   values
		}{
			{"all", values{}, values{"kind": "username", "like": nil, "namespace": nil, "users": values{"Alina": false, "alice": false, "bob": b.api == "v5"}}},
			{"like", values{"like": "ali"}, values{"kind": "username", "like": "ali", "namespace": nil, "users": values{"alice": false}}},
			{"none", values{"kind": "username", "like": "x"}, values{"kind": "username", "like": "x", "namespace": nil, "users": values{}}},
		}
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				if diff := cmp.Diff(c.want, s.mustReadData("emqx_auth_users", c.config)); diff != "" {
					t.Errorf("users (-want +got):\n%s", diff)
				}
			})
		}
	})
}

func TestAuthUsersDataSourceByClientID(t *testing.T) {
	t.Parallel()
	for _, api := range []string{"v4", "v5"} {
		b := startBroker(t, api, emqxsim.Options{UserIDType: "clientid"})
		if err := b.Tables().CreateUser(tables.ClientID, "c1", tables.NewPassword(testPassword), false); err != nil {
			t.Fatal(err)
		}
		want := values{"kind": "clientid", "like": nil, "namespace": nil, "users": values{"c1": false}}
		if diff := cmp.Diff(want, b.serve(t).mustReadData("emqx_auth_users", values{"kind": "clientid"})); diff != "" {
			t.Errorf("%s: users (-want +got):\n%s", api, diff)
		}
	}
}
