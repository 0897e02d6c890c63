package tables

import (
	"cmp"
	"hash/fnv"
	"slices"
)

// names keeps the keys of a table in the two orders in which lists are read. Each order is sorted once after a change
// and then serves every page, so that reading 200,000 users in pages does not sort them twenty times.
type names struct {
	scattered  []string
	descending []string
}

func (n *names) changed() { n.scattered, n.descending = nil, nil }

// scatteredKeys gives the keys in a stable order that has nothing to do with their names or age, as a hash table does.
// Callers must not modify the result.
func scatteredKeys[V any](n *names, table map[string]V) []string {
	if n.scattered == nil {
		n.scattered = keysOf(table)
		slices.SortFunc(n.scattered, CompareScattered)
	}
	return n.scattered
}

// descendingKeys gives the keys from the last to the first, byte by byte. Callers must not modify the result.
func descendingKeys[V any](n *names, table map[string]V) []string {
	if n.descending == nil {
		n.descending = keysOf(table)
		slices.SortFunc(n.descending, func(a, b string) int { return cmp.Compare(b, a) })
	}
	return n.descending
}

func keysOf[V any](table map[string]V) []string {
	keys := make([]string, 0, len(table))
	for key := range table {
		keys = append(keys, key)
	}
	return keys
}

// CompareScattered orders names by their hashes: the same every time, and without any meaning. It stands for the hash
// order in which EMQX gives rows that it does not sort.
func CompareScattered(a, b string) int {
	return cmp.Or(cmp.Compare(scatter(a), scatter(b)), cmp.Compare(a, b))
}

func scatter(key string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(key))
	return h.Sum64()
}
