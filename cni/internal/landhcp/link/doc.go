// Package link is lan-dhcp's access to interfaces and sockets of Linux: a pod's interface in the pod's network
// namespace, which a machine of package client uses, and the host's bridge, which sends for pods that are gone and
// receives address claims.
//
//	pod, setup   a pod's interface: address, routes, MTU
//	wire         its sockets while messages travel
//	host, port   the host's bridge: who has an address, giving one back
//	watch        one listener on a bridge for all claims of addresses
//
// Sockets are package frame's.
package link
