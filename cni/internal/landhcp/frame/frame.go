// Package frame writes and reads the Ethernet frames that a DHCP client needs before it has an address: DHCP over UDP
// over IPv4, and ARP. The kernel's UDP cannot send from an address that is not there yet, or for an interface that is
// no longer there.
package frame

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
)

const (
	etherTypeIPv4 = 0x0800
	etherTypeARP  = 0x0806

	etherLength = 14
	ipv4Length  = 20
	udpLength   = 8

	protocolUDP = 17

	// ServerPort and ClientPort are DHCP's (RFC 2131, section 4.1).
	ServerPort = 67
	ClientPort = 68
)

// Broadcast is Ethernet's.
var Broadcast = net.HardwareAddr{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// LimitedBroadcast is IPv4's.
var LimitedBroadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})

// ErrOther says that a frame is not of the requested kind. Sockets see frames of other hosts too.
var ErrOther = errors.New("another kind of frame")

// Ends are the two ends of a frame.
type Ends struct {
	SourceMAC, DestinationMAC net.HardwareAddr
	Source, Destination       netip.Addr
}

func ethernet(to, from net.HardwareAddr, etherType uint16, room int) []byte {
	frame := make([]byte, 0, etherLength+room)
	frame = append(frame, to...)
	frame = append(frame, from...)
	return binary.BigEndian.AppendUint16(frame, etherType)
}

// checksum is the Internet checksum (RFC 1071) of the parts, each of an even length but the last.
func checksum(parts ...[]byte) uint16 {
	var sum uint32
	for _, part := range parts {
		for len(part) >= 2 {
			sum += uint32(binary.BigEndian.Uint16(part))
			part = part[2:]
		}
		if len(part) == 1 {
			sum += uint32(part[0]) << 8
		}
	}
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	return ^uint16(sum)
}
