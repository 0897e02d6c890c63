package tables

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
)

// Errors of the methods that create or change one record.
var (
	ErrExists   = errors.New("the record exists already")
	ErrNotFound = errors.New("there is no such record")
)

// User is one credential as an API may show it: the password cannot be read back.
type User struct {
	Kind      Kind
	Name      string
	Superuser bool
	CreatedAt int64 // Unix milliseconds
}

// Password is a password as it is kept: hashed with a salt. One round of SHA-256, as EMQX 4.4.19 does it
// (api/v4.md §2), so that loading many thousand users is cheap.
type Password struct {
	salt   []byte
	hash   []byte
	suffix bool
}

// NewPassword hashes a password with a salt of its own.
func NewPassword(plain string) Password {
	salt := make([]byte, 4)
	_, _ = rand.Read(salt) // never fails, crypto/rand says
	sum := sha256.Sum256(append(append([]byte{}, salt...), plain...))
	return Password{salt: salt, hash: sum[:]}
}

// HashedPassword takes a SHA-256 hash that was made elsewhere, as v5's import_users does; saltAfter tells whether the
// salt was put behind the password.
func HashedPassword(hash, salt []byte, saltAfter bool) Password {
	return Password{salt: salt, hash: hash, suffix: saltAfter}
}

func (p Password) equal(other Password) bool {
	return bytes.Equal(p.hash, other.hash) && bytes.Equal(p.salt, other.salt) && p.suffix == other.suffix
}

func (p Password) matches(plain string) bool {
	var input []byte
	if p.suffix {
		input = append([]byte(plain), p.salt...)
	} else {
		input = append(append([]byte{}, p.salt...), plain...)
	}
	sum := sha256.Sum256(input)
	return subtle.ConstantTimeCompare(sum[:], p.hash) == 1
}

type userRecord struct {
	password  Password
	superuser bool
	createdAt int64
}

type userTable struct {
	records map[string]*userRecord
	names   names
}

func newUserTable() *userTable { return &userTable{records: map[string]*userRecord{}} }

func (u *userTable) user(kind Kind, name string) User {
	r := u.records[name]
	return User{Kind: kind, Name: name, Superuser: r.superuser, CreatedAt: r.createdAt}
}

// CreateUser adds a credential. A credential of that kind and name that is there already stays as it is: ErrExists.
func (t *Tables) CreateUser(kind Kind, name string, password Password, superuser bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	table := t.users[kind]
	if _, ok := table.records[name]; ok {
		return ErrExists
	}
	table.records[name] = &userRecord{password: password, superuser: superuser, createdAt: t.now().UnixMilli()}
	table.names.changed()
	return nil
}

// Imported is what an import did.
type Imported int

// What an import does: it adds, replaces, or finds that there is nothing to change.
const (
	Added Imported = iota
	Replaced
	Skipped
)

// ImportUser adds a credential or replaces the one that is there, unless that is the same.
func (t *Tables) ImportUser(kind Kind, name string, password Password, superuser bool) Imported {
	t.mu.Lock()
	defer t.mu.Unlock()
	table := t.users[kind]
	before, exists := table.records[name]
	if exists && before.password.equal(password) && before.superuser == superuser {
		return Skipped
	}
	table.records[name] = &userRecord{password: password, superuser: superuser, createdAt: t.now().UnixMilli()}
	if exists {
		return Replaced
	}
	table.names.changed()
	return Added
}

// UpdateUser changes the password, and whether it is a superuser when superuser is not nil. When it was created stays.
// ErrNotFound when there is no such credential.
func (t *Tables) UpdateUser(kind Kind, name string, password Password, superuser *bool) (User, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	table := t.users[kind]
	record, ok := table.records[name]
	if !ok {
		return User{}, ErrNotFound
	}
	record.password = password
	if superuser != nil {
		record.superuser = *superuser
	}
	return table.user(kind, name), nil
}

// DeleteUser removes a credential and says whether there was one.
func (t *Tables) DeleteUser(kind Kind, name string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	table := t.users[kind]
	if _, ok := table.records[name]; !ok {
		return false
	}
	delete(table.records, name)
	table.names.changed()
	return true
}

// DeleteUsers removes every credential of a kind, those of all namespaces too, as removing the authenticator does over v5.
func (t *Tables) DeleteUsers(kind Kind) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, each := range t.allSpaces() {
		each.users[kind] = newUserTable()
	}
}

// User gives one credential.
func (t *Tables) User(kind Kind, name string) (User, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	table := t.users[kind]
	if _, ok := table.records[name]; !ok {
		return User{}, false
	}
	return table.user(kind, name), true
}

// UserCount is the number of credentials of a kind.
func (t *Tables) UserCount(kind Kind) int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return len(t.users[kind].records)
}

// UsersScattered gives the credentials of a kind in hash order, in which v4 cuts its pages (api/v4.md §2).
func (t *Tables) UsersScattered(kind Kind) []User {
	t.mu.Lock()
	defer t.mu.Unlock()
	table := t.users[kind]
	return table.list(kind, scatteredKeys(&table.names, table.records))
}

// UsersDescending gives the credentials of a kind in descending order of their names, as v5 lists them (api/v5.md §1.5).
func (t *Tables) UsersDescending(kind Kind) []User {
	t.mu.Lock()
	defer t.mu.Unlock()
	table := t.users[kind]
	return table.list(kind, descendingKeys(&table.names, table.records))
}

func (u *userTable) list(kind Kind, keys []string) []User {
	users := make([]User, len(keys))
	for i, name := range keys {
		users[i] = u.user(kind, name)
	}
	return users
}
