package routefix

import (
	"encoding/binary"
	"net"
	"slices"
)

// ethernet is a frame as a program with NET_RAW writes it.
func ethernet(to, from net.HardwareAddr, kind uint16, parts ...[]byte) []byte {
	return slices.Concat(append([][]byte{to, from, binary.BigEndian.AppendUint16(nil, kind)}, parts...)...)
}

func ipv4(from, to string, protocol byte, payload []byte) []byte {
	return fragment(from, to, protocol, 0, payload)
}

// The second word of IPv4's header: more fragments are to come, and the offset in eights of bytes.
const moreToCome = 0x2000

func fragment(from, to string, protocol byte, place uint16, payload []byte) []byte {
	header := []byte{0x45, 0, 0, 0, 0, 7, 0, 0, 64, protocol, 0, 0}
	binary.BigEndian.PutUint16(header[2:], uint16(20+len(payload)))
	binary.BigEndian.PutUint16(header[6:], place)
	header = slices.Concat(header, address(from).AsSlice(), address(to).AsSlice())
	sum := uint32(0)
	for index := 0; index < len(header); index += 2 {
		sum += uint32(binary.BigEndian.Uint16(header[index:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	// A bridge that calls iptables drops a header with a wrong sum.
	binary.BigEndian.PutUint16(header[10:], ^uint16(sum))
	return append(header, payload...)
}

func ipv6(from, to string, next byte, payload []byte) []byte {
	header := []byte{0x60, 0, 0, 0, 0, byte(len(payload)), next, 255}
	return slices.Concat(header, address(from).AsSlice(), address(to).AsSlice(), payload)
}

// fragment6 is what IPv6 has before a fragment; the last bit says that more are to come.
func fragment6(next byte, place uint16, payload []byte) []byte {
	return slices.Concat([]byte{next, 0}, binary.BigEndian.AppendUint16(nil, place), []byte{0, 0, 0, 7}, payload)
}

func udp(from, to uint16) []byte {
	ports := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, from), to)
	return append(ports, 0, 8, 0, 0)
}

func tcp(flags byte) []byte {
	return slices.Concat(udp(40000, 80)[:4], make([]byte, 8), []byte{0x50, flags, 0xff, 0xff, 0, 0, 0, 0})
}

func arp(operation byte, mac net.HardwareAddr, sender, target string) []byte {
	return slices.Concat([]byte{0, 1, 8, 0, 6, 4, 0, operation}, mac, address(sender).AsSlice(), make([]byte, 6), address(target).AsSlice())
}

func icmp6(kind byte) []byte { return append([]byte{kind, 0, 0, 0}, make([]byte, 20)...) }

// release is what a DHCP client says, as far as a server reads to find out for whom.
func release(from uint16, client net.HardwareAddr) []byte {
	message := slices.Concat([]byte{1, 1, 6, 0}, make([]byte, 24), client, make([]byte, 236-28-6), []byte{99, 130, 83, 99, 53, 1, 7, 255})
	header := udp(from, 67)
	binary.BigEndian.PutUint16(header[4:], uint16(8+len(message)))
	return append(header, message...)
}
