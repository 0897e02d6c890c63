// Package emqxapi holds what an EMQX deployment can do, in the words of the
// field: credentials, topic rules, bans, clients, subscriptions, counters and
// messages. It knows neither Terraform nor HTTP.
//
// Two interfaces meet here. [Deployment] is what the provider works with.
// [Dialect] is what one generation of EMQX's REST API has to offer for it
// (packages v4 and v5). Package bulk turns the second into the first: it
// answers reads from snapshots and lets writes travel together. Package connect
// finds out which dialect a deployment speaks and puts the parts together.
package emqxapi
