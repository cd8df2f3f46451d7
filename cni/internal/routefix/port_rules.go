package routefix

import (
	"encoding/binary"
	"net"
	"net/netip"

	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// rulesOf says what a pod's port lets through: frames from its own MAC address, IPv4 and ARP from its own addresses, no
// messages that only routers, DHCP servers and switches send, no VLAN tags. IPv6 addresses change without notice, so
// neighbor discovery is limited to the MAC address only; whoever needs more sets `portIsolation` of upstream's bridge.
//
// Behind an LLC/SNAP header, ARP and IP would get past the rules for their EtherTypes. Linux does not parse it, but
// Wi-Fi frames have no other encapsulation, so stations treat both alike (CVE-2021-27853, CVE-2021-27862).
//
// A rule does not match if the header that it reads is cut off by fragmentation. A first IPv4 fragment has at least 8
// bytes of it, so UDP's ports are always visible. In IPv6, extension headers can fill the first fragment.
func (p port) rulesOf(mac net.HardwareAddr, conf Conf) []filterRule {
	rules := []filterRule{
		{text: "another MAC address", exprs: with(bytesAt(expr.PayloadBaseLLHeader, 6, mac, expr.CmpOpNeq), drop)},
		{text: "a tag", exprs: with(etherType(unix.ETH_P_8021Q), drop)},
		{text: "a tag of a provider", exprs: with(etherType(unix.ETH_P_8021AD), drop)},
		{text: "a switch's frame", exprs: with(bitsAt(expr.PayloadBaseLLHeader, 0, []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xf0}),
			&expr.Cmp{Op: expr.CmpOpEq, Register: register, Data: []byte{0x01, 0x80, 0xc2, 0, 0, 0}}, drop)},
		{text: "a frame with a SNAP header", exprs: with(bytesAt(expr.PayloadBaseLLHeader, 12, []byte{6, 0}, expr.CmpOpLt),
			bytesAt(expr.PayloadBaseLLHeader, 14, []byte{0xaa, 0xaa, 3}, expr.CmpOpEq), drop)},
		{text: "ARP of another MAC address", exprs: with(protocolIs(unix.ETH_P_ARP), bytesAt(expr.PayloadBaseNetworkHeader, arpMAC, mac, expr.CmpOpNeq), drop)},
		{text: "ARP of another address", exprs: with(protocolIs(unix.ETH_P_ARP), p.foreign(arpAddress), drop)},
		{text: "another IPv4 address", exprs: with(protocolIs(unix.ETH_P_IP), p.foreign(source.v4), drop)},
		{text: "an IPv6 fragment that hides what it carries", exprs: with(protocolIs(unix.ETH_P_IPV6), hidden, drop)},
	}
	// A client accepts what comes to its port, even if it does not come from the server's port.
	for _, said := range []struct {
		text    string
		matches []expr.Any
	}{
		{"a DHCP server", with(udpOver(unix.ETH_P_IP), portIs(sourcePort, 67))},
		{"an answer to a DHCP client", with(udpOver(unix.ETH_P_IP), portIs(destinationPort, 68))},
		{"DHCP in fragments", with(toDHCPServer, fragmented)},
		{"DHCP for another MAC address", with(toDHCPServer, bytesAt(expr.PayloadBaseTransportHeader, dhcpMAC, mac, expr.CmpOpNeq))},
		{"a DHCPv6 server", with(udpOver(unix.ETH_P_IPV6), portIs(sourcePort, 547))},
		{"an answer to a DHCPv6 client", with(udpOver(unix.ETH_P_IPV6), portIs(destinationPort, 546))},
		{"a router advertisement", icmp6Is(134)},
		{"a redirect", icmp6Is(137)},
	} {
		rules = append(rules, filterRule{text: said.text, exprs: with(said.matches, drop)})
	}
	return append(rules, p.connectionRules(conf)...)
}

// connectionRules drop the first packet of a TCP connection that the pod's own filter would reject: raw frames bypass
// that filter. Other protocols are not covered, since new flows and replies look the same here. For each family the
// rules match leavingRules and refusedRules in the pod.
func (p port) connectionRules(conf Conf) []filterRule {
	if !conf.EgressFilter || conf.DefaultRoute == LAN {
		return nil
	}
	lan := link{addresses: p.Addresses}
	var rules []filterRule
	if len(lan.of(true)) > 0 {
		rules = p.letGo(unix.ETH_P_IP, fragmented, conf)
		rules = append(rules, filterRule{text: "TCP elsewhere", exprs: with(begins(unix.ETH_P_IP), drop)})
	}
	rules = append(rules, p.letGo(unix.ETH_P_IPV6, fragmented6, conf)...)
	if conf.IPv6 == IPv6None {
		return append(rules, filterRule{text: "TCP over IPv6 elsewhere", exprs: with(begins(unix.ETH_P_IPV6), drop)})
	}
	for _, subnet := range conf.ClusterSubnets {
		if subnet.Addr().Is6() {
			rules = append(rules, filterRule{text: "TCP to the cluster's " + subnet.String(),
				exprs: with(begins(unix.ETH_P_IPV6), inPrefix(subnet, destination.v6), drop)})
		}
	}
	for _, address := range lan.of(false) {
		own := single(address)
		rules = append(rules, filterRule{text: "TCP elsewhere from " + own.Addr().String(),
			exprs: with(begins(unix.ETH_P_IPV6), inPrefix(own, source.v6), drop)})
	}
	return rules
}

// letGo accepts connections to allowed destinations, before all others are dropped. A tiny first fragment does not
// contain TCP's flags (RFC 3128), and TCP does not depend on fragments.
func (p port) letGo(family uint16, inFragments []expr.Any, conf Conf) []filterRule {
	where, text := destination.v4, "TCP in fragments"
	if family == unix.ETH_P_IPV6 {
		where, text = destination.v6, "TCP over IPv6 in fragments"
	}
	rules := []filterRule{{text: text, exprs: with(protocolIs(family), transportIs(unix.IPPROTO_TCP), inFragments, drop)}}
	for _, to := range reachable(link{addresses: p.Addresses}, conf) {
		if to.Addr().Is4() == (family == unix.ETH_P_IP) {
			rules = append(rules, filterRule{text: "TCP to " + to.String(), exprs: with(begins(family), inPrefix(to, where), accept)})
		}
	}
	return rules
}

// begins matches the first packet of a TCP connection: SYN without ACK.
func begins(family uint16) []expr.Any {
	return with(protocolIs(family), transportIs(unix.IPPROTO_TCP), bitsAt(expr.PayloadBaseTransportHeader, 13, []byte{synAck}),
		&expr.Cmp{Op: expr.CmpOpEq, Register: register, Data: []byte{syn}})
}

// Flags of TCP.
const syn, synAck = 0x02, 0x12

// Offsets of the sender's addresses in ARP for IPv4 over Ethernet, and of chaddr in DHCP, from UDP's header on.
const (
	arpMAC, arpAddress = 8, 14
	dhcpMAC            = 8 + 28
)

// Offsets of the ports in UDP's header.
const sourcePort, destinationPort = 0, 2

var (
	toDHCPServer = with(udpOver(unix.ETH_P_IP), portIs(destinationPort, 67))
	// Every fragment of IPv4: it has an offset, or the flag for more fragments.
	fragmented = with(bitsAt(expr.PayloadBaseNetworkHeader, 6, []byte{0x3f, 0xff}),
		&expr.Cmp{Op: expr.CmpOpNeq, Register: register, Data: []byte{0, 0}})
	// IPv6 has an extension header for it, with the next header's number; without that header this matches nothing.
	fragmented6 = []expr.Any{&expr.Exthdr{DestRegister: register, Type: unix.IPPROTO_FRAGMENT, Offset: 0, Len: 1, Op: expr.ExthdrOpIpv6}}
	// Extension headers after it can push the transport header out of the first fragment (RFC 7112 forbids it).
	hidden = with(fragmented6, noneOf([]byte{unix.IPPROTO_TCP}, []byte{unix.IPPROTO_UDP}, []byte{unix.IPPROTO_ICMPV6}, []byte{unix.IPPROTO_ESP}))
)

// foreign matches every IPv4 address but the pod's own and 0.0.0.0 (DHCP, address probes).
func (p port) foreign(offset uint32) []expr.Any {
	own := [][]byte{netip.IPv4Unspecified().AsSlice()}
	for _, address := range (link{addresses: p.Addresses}).of(true) {
		own = append(own, address.Addr().AsSlice())
	}
	return with(&expr.Payload{DestRegister: register, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: 4}, noneOf(own...))
}

// Drops are counted, so that they can be reported.
var drop = []expr.Any{&expr.Counter{}, &expr.Verdict{Kind: expr.VerdictDrop}}

func noneOf(values ...[]byte) []expr.Any {
	var matches []expr.Any
	for _, value := range values {
		matches = append(matches, &expr.Cmp{Op: expr.CmpOpNeq, Register: register, Data: value})
	}
	return matches
}

func bytesAt(base expr.PayloadBase, offset uint32, value []byte, op expr.CmpOp) []expr.Any {
	return []expr.Any{
		&expr.Payload{DestRegister: register, Base: base, Offset: offset, Len: uint32(len(value))},
		&expr.Cmp{Op: op, Register: register, Data: value},
	}
}

func bitsAt(base expr.PayloadBase, offset uint32, mask []byte) []expr.Any {
	length := uint32(len(mask))
	return []expr.Any{
		&expr.Payload{DestRegister: register, Base: base, Offset: offset, Len: length},
		&expr.Bitwise{SourceRegister: register, DestRegister: register, Len: length, Mask: mask, Xor: make([]byte, length)},
	}
}

// etherType reads the frame itself, so that it also finds a VLAN tag that the kernel has stripped.
func etherType(number uint16) []expr.Any {
	return bytesAt(expr.PayloadBaseLLHeader, 12, binary.BigEndian.AppendUint16(nil, number), expr.CmpOpEq)
}

func protocolIs(number uint16) []expr.Any {
	return []expr.Any{
		&expr.Meta{Key: expr.MetaKeyPROTOCOL, Register: register},
		&expr.Cmp{Op: expr.CmpOpEq, Register: register, Data: binary.BigEndian.AppendUint16(nil, number)},
	}
}

func udpOver(family uint16) []expr.Any {
	return with(protocolIs(family), transportIs(unix.IPPROTO_UDP))
}

func portIs(which uint32, number uint16) []expr.Any {
	return bytesAt(expr.PayloadBaseTransportHeader, which, binary.BigEndian.AppendUint16(nil, number), expr.CmpOpEq)
}

func icmp6Is(kind byte) []expr.Any {
	return with(protocolIs(unix.ETH_P_IPV6), transportIs(unix.IPPROTO_ICMPV6), bytesAt(expr.PayloadBaseTransportHeader, 0, []byte{kind}, expr.CmpOpEq))
}
