package frame

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
)

// UDP is a frame with a payload from the DHCP client's port to the server's.
func UDP(ends Ends, payload []byte) ([]byte, error) {
	if !ends.Source.Is4() || !ends.Destination.Is4() {
		return nil, fmt.Errorf("frame from %s to %s: both must be IPv4", ends.Source, ends.Destination)
	}
	if len(payload) > 0xffff-ipv4Length-udpLength {
		return nil, fmt.Errorf("payload of %d bytes does not fit into an IPv4 packet", len(payload))
	}
	source, destination := ends.Source.As4(), ends.Destination.As4()

	segment := make([]byte, udpLength, udpLength+len(payload))
	binary.BigEndian.PutUint16(segment[0:], ClientPort)
	binary.BigEndian.PutUint16(segment[2:], ServerPort)
	binary.BigEndian.PutUint16(segment[4:], uint16(udpLength+len(payload)))
	segment = append(segment, payload...)
	pseudo := append(append([]byte{}, source[:]...), destination[:]...)
	pseudo = append(pseudo, 0, protocolUDP, segment[4], segment[5])
	sum := checksum(pseudo, segment)
	if sum == 0 {
		sum = 0xffff // RFC 768: zero means that there is no checksum
	}
	binary.BigEndian.PutUint16(segment[6:], sum)

	header := make([]byte, ipv4Length)
	header[0] = 0x45
	binary.BigEndian.PutUint16(header[2:], uint16(ipv4Length+len(segment)))
	header[8] = 64
	header[9] = protocolUDP
	copy(header[12:], source[:])
	copy(header[16:], destination[:])
	binary.BigEndian.PutUint16(header[10:], checksum(header))

	frame := ethernet(ends.DestinationMAC, ends.SourceMAC, etherTypeIPv4, len(header)+len(segment))
	return append(append(frame, header...), segment...), nil
}

// ParseUDP is the payload of a frame to the DHCP client's port. The UDP checksum is not looked at: a frame from a server
// on the same machine carries none yet, because the kernel leaves it to hardware that it never reaches.
func ParseUDP(frame []byte) (Ends, []byte, error) {
	var ends Ends
	if len(frame) < etherLength+ipv4Length+udpLength || binary.BigEndian.Uint16(frame[12:]) != etherTypeIPv4 {
		return ends, nil, ErrOther
	}
	packet := frame[etherLength:]
	length := int(packet[0]&0x0f) * 4
	total := int(binary.BigEndian.Uint16(packet[2:]))
	switch {
	case packet[0]>>4 != 4, packet[9] != protocolUDP, length < ipv4Length:
		return ends, nil, ErrOther
	case total > len(packet), total < length+udpLength:
		return ends, nil, fmt.Errorf("IPv4 packet says %d bytes, the frame carries %d", total, len(packet))
	case binary.BigEndian.Uint16(packet[6:])&0x3fff != 0:
		return ends, nil, ErrOther // a fragment: DHCP needs none
	}
	segment := packet[length:total]
	if binary.BigEndian.Uint16(segment[2:]) != ClientPort {
		return ends, nil, ErrOther
	}
	size := int(binary.BigEndian.Uint16(segment[4:]))
	if size < udpLength || size > len(segment) {
		return ends, nil, fmt.Errorf("UDP datagram says %d bytes, the packet carries %d", size, len(segment))
	}
	ends = Ends{
		DestinationMAC: net.HardwareAddr(append([]byte{}, frame[0:6]...)),
		SourceMAC:      net.HardwareAddr(append([]byte{}, frame[6:12]...)),
		Source:         netip.AddrFrom4([4]byte(packet[12:16])),
		Destination:    netip.AddrFrom4([4]byte(packet[16:20])),
	}
	return ends, segment[udpLength:size], nil
}
