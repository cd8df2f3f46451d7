package netlab

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
)

// A Frame is an Ethernet frame, read as far as the tests look. Fields that it does not have are zero.
type Frame struct {
	To, From net.HardwareAddr
	Type     uint16 // EtherType: 0x0800 IPv4, 0x0806 ARP, 0x86dd IPv6
	Src, Dst netip.Addr
	Protocol uint8 // 1 ICMP, 6 TCP, 17 UDP, 58 ICMPv6
	SrcPort  uint16
	DstPort  uint16
	Payload  []byte // what follows the last header that was read
	Outgoing bool   // sent by the interface's own host, not received
}

func (f Frame) String() string {
	direction := "<"
	if f.Outgoing {
		direction = ">"
	}
	return fmt.Sprintf("%s %s -> %s type %04x %s:%d -> %s:%d protocol %d, %d bytes",
		direction, f.From, f.To, f.Type, f.Src, f.SrcPort, f.Dst, f.DstPort, f.Protocol, len(f.Payload))
}

func parseFrame(raw []byte) Frame {
	if len(raw) < 14 {
		return Frame{Payload: raw}
	}
	frame := Frame{To: raw[:6], From: raw[6:12], Type: binary.BigEndian.Uint16(raw[12:]), Payload: raw[14:]}
	switch frame.Type {
	case 0x0800:
		frame.parseIPv4()
	case 0x86dd:
		frame.parseIPv6()
	}
	return frame
}

func (f *Frame) parseIPv4() {
	packet := f.Payload
	if len(packet) < 20 {
		return
	}
	header, total := int(packet[0]&0x0f)*4, int(binary.BigEndian.Uint16(packet[2:]))
	if header < 20 || len(packet) < header || total < header {
		return
	}
	f.Src, _ = netip.AddrFromSlice(packet[12:16])
	f.Dst, _ = netip.AddrFromSlice(packet[16:20])
	f.Protocol = packet[9]
	// Short frames are padded to 60 bytes.
	f.Payload = packet[header:min(total, len(packet))]
	f.parsePorts()
}

func (f *Frame) parseIPv6() {
	packet := f.Payload
	if len(packet) < 40 {
		return
	}
	f.Src, _ = netip.AddrFromSlice(packet[8:24])
	f.Dst, _ = netip.AddrFromSlice(packet[24:40])
	f.Protocol, f.Payload = packet[6], packet[40:]
	f.parsePorts()
}

func (f *Frame) parsePorts() {
	header := map[uint8]int{6: 20, 17: 8}[f.Protocol]
	if header == 0 || len(f.Payload) < header {
		return
	}
	f.SrcPort, f.DstPort = binary.BigEndian.Uint16(f.Payload), binary.BigEndian.Uint16(f.Payload[2:])
	if f.Protocol == 17 {
		f.Payload = f.Payload[header:]
	}
}
