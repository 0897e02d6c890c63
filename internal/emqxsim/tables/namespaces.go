package tables

import (
	"maps"
	"slices"
)

// space are the users and rules of one namespace, or the global ones.
type space struct {
	users map[Kind]*userTable
	rules map[Kind]*ruleTable
}

func newSpace() *space {
	return &space{
		users: map[Kind]*userTable{Username: newUserTable(), ClientID: newUserTable()},
		rules: map[Kind]*ruleTable{Username: newRuleTable(), ClientID: newRuleTable(), All: newRuleTable()},
	}
}

func (s *space) hasUsers() bool {
	return len(s.users[Username].records)+len(s.users[ClientID].records) > 0
}

// In gives the tables of a namespace: its users and rules are others, and all the rest is the same. They are there whether
// the namespace is managed or not (api/v6.md §2). The empty name means the global ones.
func (t *Tables) In(namespace string) *Tables {
	if namespace == "" {
		return &Tables{t.state, t.global}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	found, exists := t.spaces[namespace]
	if !exists {
		found = newSpace()
		t.spaces[namespace] = found
	}
	return &Tables{t.state, found}
}

// allSpaces gives the global one and those of all namespaces.
func (t *Tables) allSpaces() []*space {
	return append(slices.Collect(maps.Values(t.spaces)), t.global)
}

// Namespace is a managed one: one that was made over the API.
type Namespace struct {
	Name      string
	CreatedAt int64 // Unix seconds
	// Config is what the API was given; of it, MaxSessions decides.
	Config map[string]any
	// MaxSessions is how many clients may be in it, -1 for any number.
	MaxSessions int64
}

// CreateNamespace makes a managed namespace: ErrExists when there is one of that name. Users and rules that an earlier one
// has left are in it again.
func (t *Tables) CreateNamespace(name string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, exists := t.namespaces[name]; exists {
		return ErrExists
	}
	t.namespaces[name] = Namespace{Name: name, CreatedAt: t.now().Unix(), Config: map[string]any{}, MaxSessions: -1}
	return nil
}

// ConfigureNamespace replaces a namespace's configuration: ErrNotFound when it is not managed.
func (t *Tables) ConfigureNamespace(name string, config map[string]any, maxSessions int64) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	n, exists := t.namespaces[name]
	if !exists {
		return ErrNotFound
	}
	n.Config, n.MaxSessions = config, maxSessions
	t.namespaces[name] = n
	return nil
}

// DeleteNamespace makes a namespace an unmanaged one. Its users and rules stay, and still decide (api/v6.md §2).
func (t *Tables) DeleteNamespace(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.namespaces, name)
}

// Namespace gives a managed namespace.
func (t *Tables) Namespace(name string) (Namespace, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	n, exists := t.namespaces[name]
	return n, exists
}

// Namespaces gives the managed namespaces in ascending order.
func (t *Tables) Namespaces() []Namespace {
	t.mu.RLock()
	defer t.mu.RUnlock()
	managed := make([]Namespace, 0, len(t.namespaces))
	for _, name := range slices.Sorted(maps.Keys(t.namespaces)) {
		managed = append(managed, t.namespaces[name])
	}
	return managed
}
