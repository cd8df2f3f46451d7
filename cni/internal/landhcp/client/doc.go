// Package client is the DHCP client of one pod interface: the life of one lease (RFC 2131), which knows neither sockets nor
// namespaces. What it needs of a pod's interface are Port and Wire, what it tells others are Hooks; tests play server,
// network and pod under testing/synctest.
//
//	machine            the states, and what decides between them
//	acquire, probing   INIT, SELECTING, REQUESTING: an address that nobody uses
//	renew              BOUND, RENEWING, REBINDING: more time, another address, defense of the current one
//	exchange, message  how a message gets its answer, and what stands in it
//	terms, judge       what an answer grants, and whether the plan allows that
//	dispute            how many addresses of a bridge may be declined
//	history, tell      the errors and events when something goes wrong
package client
