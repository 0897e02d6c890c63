package apikey

import (
	"crypto/subtle"
	"net/http"
)

// Keys are the keys that an API accepts.
type Keys []Key

// Of gives the key whose ID and secret a request carries.
func (keys Keys) Of(r *http.Request) (Key, bool) {
	id, secret, given := r.BasicAuth()
	for _, key := range keys {
		if given && key.ID == id && subtle.ConstantTimeCompare([]byte(key.Secret), []byte(secret)) == 1 {
			return key, true
		}
	}
	return Key{}, false
}
