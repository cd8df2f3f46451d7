// Package client is the DHCP client of one pod interface: the life of one lease (RFC 2131), without sockets or
// namespaces. It uses the pod's interface through Port and Wire, and reports through Hooks; tests implement server,
// network and pod under testing/synctest.
//
//	machine            the states, and what decides between them
//	acquire, probing   INIT, SELECTING, REQUESTING: an address that nobody uses
//	renew              BOUND, RENEWING, REBINDING: more time, another address, defense of the current one
//	exchange, message  sending a message until it is replied to, and its contents
//	terms, judge       what a reply grants, and whether the plan allows it
//	dispute            how many addresses of a bridge may be declined
//	history, tell      the errors and events when something goes wrong
package client
