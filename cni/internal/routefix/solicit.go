package routefix

import (
	"net"

	"golang.org/x/sys/unix"
)

// solicit asks the LAN's routers for an advertisement. The kernel does so by itself when an interface comes up, but only
// if accept_ra was on at that moment, and routers by themselves may stay silent for half an hour (RFC 4861, section 6.2.1).
//
// It only saves time: nothing can be sent during duplicate address detection of the link-local address, and after it
// the kernel sends a solicitation by itself, since accept_ra is on by now. So failures are ignored.
func solicit(ifName string) {
	device, err := net.InterfaceByName(ifName)
	if err != nil {
		return
	}
	socket, err := unix.Socket(unix.AF_INET6, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_ICMPV6)
	if err != nil {
		return
	}
	defer unix.Close(socket)
	// Routers drop what may have been forwarded: the hop limit must be 255 (RFC 4861, section 6.1.1).
	if unix.SetsockoptInt(socket, unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_HOPS, 255) != nil {
		return
	}
	const routerSolicitation = 133
	allRouters := &unix.SockaddrInet6{ZoneId: uint32(device.Index)}
	copy(allRouters.Addr[:], net.ParseIP("ff02::2"))
	// Type, code, checksum (the kernel fills it), reserved.
	_ = unix.Sendto(socket, []byte{routerSolicitation, 0, 0, 0, 0, 0, 0, 0}, 0, allRouters)
}
