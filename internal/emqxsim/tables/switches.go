package tables

// The switches follow the v5 API, where the authenticator and the source of the rules can be disabled and removed.

// EnableAuthentication says whether credentials are asked for at all. Without an authenticator EMQX 5 lets everybody in.
func (t *Tables) EnableAuthentication(on bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.authenticationOff = !on
}

// EnableAuthorization says whether the rules hold. Without a source of rules none matches.
func (t *Tables) EnableAuthorization(on bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.authorizationOff = !on
}
