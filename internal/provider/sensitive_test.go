package provider

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// What is sensitive, every CLI leaves out of what it prints.
func TestSecretsAreSensitive(t *testing.T) {
	t.Parallel()
	schemas, err := NewServer(New("test")()).GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		schema *tfprotov6.Schema
		want   []string
	}{
		"provider":    {schemas.Provider, []string{"app_secret"}},
		authUserType:  {schemas.ResourceSchemas[authUserType], []string{"password", "password_wo"}},
		authUsersType: {schemas.ResourceSchemas[authUsersType], []string{"password_hashes", "passwords", "passwords_wo", "salts"}},
	} {
		var got []string
		for _, attribute := range test.schema.Block.Attributes {
			if attribute.Sensitive {
				got = append(got, attribute.Name)
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("sensitive attributes of %s (-want +got):\n%s", name, diff)
		}
	}
}
