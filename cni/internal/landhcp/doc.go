// Package landhcp gives pods addresses of the house's DHCP server: an IPAM plugin that CNI calls, and the daemon that it
// asks, which keeps leases for as long as pods live.
//
//	conf, options, identity   what a network configuration says, and who a pod is for a server
//	message, terms            DHCP messages of a client, and what servers' answers grant
//	machine, acquire, extend  the life of one lease (RFC 2131), over a wire that tests can fake
//	wire, link, setup         a pod's interface: sockets, address, routes, MTU
//	host, watch               the host's bridge: giving back for pods that are gone, hearing who claims what
//	record                    leases on disk
//	server, add, verbs,       the daemon: who has a lease, who gets one, whose is given back
//	  lease, orphan, serve
//	protocol, plugin          how the two talk
//
// Where it does other than the RFCs, on purpose: retransmissions start after 0.25 s and wait at most 8 s (RFC 2131: 4 s
// and 64 s), because the first frame of a new bridge port is often lost and a house's network is fast; an address is
// probed for 0.2 s (RFC 5227: several seconds), because a pod's start waits for it, and conflicts are watched for as long
// as the pod lives; after a DECLINE the next DISCOVER follows at once, three times, then after RFC 2131's 10 s.
package landhcp
