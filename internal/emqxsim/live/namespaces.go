package live

import (
	"slices"
	"strings"

	"github.com/terraform-emqx/terraform-provider-emqx/internal/emqxsim/tables"
)

// namespaceOf gives the namespace that a client says to be in.
func (b *Broker) namespaceOf(clientid, username string) string {
	var name string
	switch b.opts.NamespaceFrom {
	case tables.ClientID:
		name = clientid
	case tables.Username:
		name = username
	}
	namespace, _, found := strings.Cut(name, "-")
	if !found {
		return ""
	}
	return namespace
}

// full tells whether a namespace has as many clients as it may have. One that is back is no further client (EMQX:
// emqx_mt_hookcb.erl, decide).
func (b *Broker) full(namespace, clientid string) bool {
	managed, exists := b.tables.Namespace(namespace)
	if !exists || managed.MaxSessions < 0 {
		return false
	}
	clients := b.ClientsIn(namespace)
	return !slices.Contains(clients, clientid) && int64(len(clients)) >= managed.MaxSessions
}

// ClientsIn gives the clientids in a namespace in ascending order.
func (b *Broker) ClientsIn(namespace string) []string {
	var clientids []string
	for _, c := range b.Clients() {
		if c.Namespace == namespace {
			clientids = append(clientids, c.ClientID)
		}
	}
	return clientids
}

// SeenNamespaces gives the namespaces in which a client was, in ascending order.
func (b *Broker) SeenNamespaces() []string {
	var names []string
	b.namespaces.Range(func(name, _ any) bool {
		names = append(names, name.(string))
		return true
	})
	slices.Sort(names)
	return names
}

// ForgetNamespace ends the sessions of a namespace's clients.
func (b *Broker) ForgetNamespace(namespace string) {
	for _, clientid := range b.ClientsIn(namespace) {
		b.Kick(clientid)
	}
	b.namespaces.Delete(namespace)
}
