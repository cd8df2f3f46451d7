// Package landhcp gives pods addresses from the LAN's DHCP server: an IPAM plugin that CNI calls, and the daemon that it
// asks, which keeps leases for as long as pods live. Here are the program's roles and the tests of the whole, with real
// servers; what does the work lies below, each importing only those under it:
//
//	server     the daemon: who has a lease, who gets one, whose is given back
//	link       a pod's interface and the host's bridge: sockets, addresses, routes
//	client     the life of one lease (RFC 2131), over an interface that tests can fake
//	frame      what stands in an Ethernet frame, and the sockets for it
//	dhcptest   answers of servers, for tests
//
// Where it does other than the RFCs, on purpose: retransmissions start after 0.25 s and wait at most 8 s (RFC 2131: 4 s
// and 64 s), because the first frame of a new bridge port is often lost and a LAN is fast; an address is
// probed for 0.2 s (RFC 5227: several seconds), because a pod's start waits for it, and conflicts are watched for as long
// as the pod lives.
package landhcp
