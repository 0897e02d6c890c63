package provider

import (
	"encoding/base64"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// The forms of what the common algorithms make of a password. EMQX compares MD5, SHA and
// PBKDF2 in hexadecimal (EMQX 5.8.9: emqx_passwd.erl); other brokers write the last in
// base64.
var (
	hexHash    = regexp.MustCompile(`^(?:[0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{96}|[0-9A-Fa-f]{128})$`)
	bcryptHash = regexp.MustCompile(`^\$2[abxy]\$\d{2}\$[./A-Za-z0-9]{53}$`)
)

// looksLikeHash says whether a text has the form of what a common algorithm makes.
func looksLikeHash(text string) bool {
	const shortest = 20 // bytes of a SHA-1
	if hexHash.MatchString(text) || bcryptHash.MatchString(text) {
		return true
	}
	decoded, err := base64.StdEncoding.DecodeString(text)
	return err == nil && len(decoded) >= shortest
}

// checkHashes warns of what looks like no hash, such as a password, and wants each salt
// to be that of a hash. It shows neither.
func checkHashes(config authUsersModel, diags *diag.Diagnostics) {
	hashes := config.PasswordHashes.Elements()
	var odd []string
	for _, name := range slices.Sorted(maps.Keys(hashes)) {
		if hash := hashes[name].(types.String); !hash.IsUnknown() && !looksLikeHash(hash.ValueString()) {
			odd = append(odd, name)
		}
	}
	if len(odd) > 0 {
		diags.AddWarning("Not the form of a password hash", fmt.Sprintf("What password_hashes has for %d names is neither hexadecimal digits of the length that MD5, SHA or "+
			"PBKDF2 give, nor bcrypt's $2b$…, nor base64: %s. EMQX stores it as it is, and if its authenticator does not make such a text of a password, nobody gets in "+
			"with these names. A password belongs into passwords or passwords_wo.", len(odd), someNames(odd)))
	}
	salts := config.Salts.Elements()
	for _, name := range slices.Sorted(maps.Keys(salts)) {
		at := path.Root("salts").AtMapKey(name)
		salt := salts[name].(types.String)
		if _, listed := hashes[name]; !listed {
			diags.AddAttributeError(at, "Salt without a hash", located(at, fmt.Sprintf("%q is in salts and has no entry in password_hashes.", name)))
		} else if salt.IsNull() {
			diags.AddAttributeError(at, "Missing salt", located(at, fmt.Sprintf("The salt of %q is null. Leave it out, or give it a value.", name)))
		}
	}
}
