// Package examples tests what a reader copies: everything in the folder examples and the configuration in the guides. The real
// CLI applies it to an embedded broker, with the provider installed by init from a mirror, as users have it. The deployment is
// named by the environment alone, so that what is tested is what is written, to the letter.
package examples
