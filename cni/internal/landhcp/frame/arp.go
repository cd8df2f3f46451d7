package frame

import (
	"encoding/binary"
	"net"
	"net/netip"
)

const (
	arpLength  = 28
	arpRequest = 1
)

// ARP is what an ARP frame says.
type ARP struct {
	SenderMAC net.HardwareAddr
	Sender    netip.Addr
	Target    netip.Addr
}

// ARPProbe asks whether anybody has an address, without claiming it: its sender address is zero (RFC 5227, section 2.1.1).
func ARPProbe(mac net.HardwareAddr, address netip.Addr) []byte {
	return arp(mac, netip.IPv4Unspecified(), address)
}

// ARPAnnouncement claims an address (RFC 5227, section 2.3).
func ARPAnnouncement(mac net.HardwareAddr, address netip.Addr) []byte {
	return arp(mac, address, address)
}

func arp(mac net.HardwareAddr, sender, target netip.Addr) []byte {
	from, to := sender.As4(), target.As4()
	frame := ethernet(Broadcast, mac, etherTypeARP, arpLength)
	frame = append(frame, 0, 1, 8, 0, 6, 4, 0, arpRequest)
	frame = append(frame, mac...)
	frame = append(frame, from[:]...)
	frame = append(frame, 0, 0, 0, 0, 0, 0)
	return append(frame, to[:]...)
}

// ParseARP reads requests and replies for IPv4 over Ethernet.
func ParseARP(frame []byte) (ARP, error) {
	if len(frame) < etherLength+arpLength || binary.BigEndian.Uint16(frame[12:]) != etherTypeARP {
		return ARP{}, ErrOther
	}
	body := frame[etherLength:]
	if [6]byte(body[0:6]) != [6]byte{0, 1, 8, 0, 6, 4} {
		return ARP{}, ErrOther
	}
	return ARP{
		SenderMAC: net.HardwareAddr(append([]byte{}, body[8:14]...)),
		Sender:    netip.AddrFrom4([4]byte(body[14:18])),
		Target:    netip.AddrFrom4([4]byte(body[24:28])),
	}, nil
}
