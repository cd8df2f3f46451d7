// Package link is what lan-dhcp does with interfaces and sockets of Linux: a pod's interface in the pod's network namespace,
// which a machine of package client speaks through, and the host's bridge, which speaks for pods that are gone and hears
// who claims which address.
//
//	pod, setup   a pod's interface: address, routes, MTU
//	wire         its sockets while messages travel
//	host, port   the host's bridge: who has an address, giving one back
//	watch        one listener on a bridge for all claims of addresses
//
// Sockets are package frame's.
package link
