// Package simulation proves the middle layer, and rest and both dialects below it, in virtual time: several
// processes apply, foreign writers change the same objects, requests get lost, and an oracle that knows who made
// what judges every call. There is nothing in it but tests; its README says how to read a story that failed.
package simulation
