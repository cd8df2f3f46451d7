package routefix

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// A port is the host's end of the LAN interface, where the node meets what the pod sends before any bridge does. Rules there
// hold against a pod with NET_RAW or NET_ADMIN, as those in its own namespace do not.
type port struct {
	name      string
	pod       string // the interface in the pod
	mac       net.HardwareAddr
	addresses []netip.Prefix // IPv4
}

// portTable is the node's, with a chain for each port, by its name.
var portTable = &nftables.Table{Name: "route-fix", Family: nftables.TableFamilyNetdev}

// portOf finds the host's end from what was seen in the pod; it works in the host's namespace. Where the interface has
// none (macvlan), or this is another namespace, there is nothing to guard.
func portOf(seen link) (port, bool, error) {
	var device netlink.Link
	err := whole(func() (err error) { device, err = netlink.LinkByIndex(seen.peer); return err })
	var missing netlink.LinkNotFoundError
	switch {
	case seen.peer == 0 || errors.As(err, &missing):
		return port{}, false, nil
	case err != nil:
		return port{}, false, fmt.Errorf("the host's end of %s: %w", seen.name, err)
	case device.Type() != "veth" || device.Attrs().ParentIndex != seen.index || device.Attrs().MasterIndex == 0:
		return port{}, false, nil
	}
	return port{name: device.Attrs().Name, pod: seen.name, mac: seen.mac, addresses: seen.of(true)}, true, nil
}

// rulesOf is what a pod's port lets through: frames of its own MAC address, IPv4 and ARP of its own addresses, nothing that
// only routers, DHCP servers and switches say, no tags. IPv6 addresses come and go by themselves, so neighbor discovery is
// held to the MAC address alone; `portIsolation` of upstream's bridge is for those who need more.
func (p port) rulesOf(conf Conf) []filterRule {
	rules := []filterRule{
		{text: "another MAC address", exprs: with(bytesAt(expr.PayloadBaseLLHeader, 6, p.mac, expr.CmpOpNeq), drop)},
		{text: "a tag", exprs: with(etherType(unix.ETH_P_8021Q), drop)},
		{text: "a tag of a provider", exprs: with(etherType(unix.ETH_P_8021AD), drop)},
		{text: "a switch's frame", exprs: with(
			&expr.Payload{DestRegister: register, Base: expr.PayloadBaseLLHeader, Offset: 0, Len: 6},
			&expr.Bitwise{SourceRegister: register, DestRegister: register, Len: 6,
				Mask: []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xf0}, Xor: make([]byte, 6)},
			&expr.Cmp{Op: expr.CmpOpEq, Register: register, Data: []byte{0x01, 0x80, 0xc2, 0, 0, 0}}, drop)},
		{text: "ARP of another MAC address", exprs: with(protocolIs(unix.ETH_P_ARP), bytesAt(expr.PayloadBaseNetworkHeader, arpMAC, p.mac, expr.CmpOpNeq), drop)},
	}
	rules = append(rules, filterRule{text: "ARP of another address", exprs: with(protocolIs(unix.ETH_P_ARP), p.foreign(arpAddress), drop)},
		filterRule{text: "another IPv4 address", exprs: with(protocolIs(unix.ETH_P_IP), p.foreign(source.v4), drop)})
	for _, service := range []struct {
		text         string
		family       uint16
		transport    byte
		offset, port uint32
		length       uint32
	}{
		{"a DHCP server", unix.ETH_P_IP, unix.IPPROTO_UDP, 0, 67, 2},
		{"a DHCPv6 server", unix.ETH_P_IPV6, unix.IPPROTO_UDP, 0, 547, 2},
		{"a router advertisement", unix.ETH_P_IPV6, unix.IPPROTO_ICMPV6, 0, 134, 1},
		{"a redirect", unix.ETH_P_IPV6, unix.IPPROTO_ICMPV6, 0, 137, 1},
	} {
		value := []byte{byte(service.port)}
		if service.length == 2 {
			value = binary.BigEndian.AppendUint16(nil, uint16(service.port))
		}
		rules = append(rules, filterRule{text: service.text, exprs: with(protocolIs(service.family), transportIs(service.transport),
			bytesAt(expr.PayloadBaseTransportHeader, service.offset, value, expr.CmpOpEq), drop)})
	}
	return append(rules, p.connectionRules(conf)...)
}

// connectionRules stop the beginning of a TCP connection to where the pod's own filter would not let it go: raw frames do
// not meet that one. Datagrams cannot be told from answers here.
func (p port) connectionRules(conf Conf) []filterRule {
	if !conf.EgressFilter || conf.DefaultRoute == LAN || len(p.addresses) == 0 {
		return nil
	}
	begins := with(protocolIs(unix.ETH_P_IP), transportIs(unix.IPPROTO_TCP),
		&expr.Payload{DestRegister: register, Base: expr.PayloadBaseTransportHeader, Offset: 13, Len: 1},
		&expr.Bitwise{SourceRegister: register, DestRegister: register, Len: 1, Mask: []byte{synAck}, Xor: []byte{0}},
		&expr.Cmp{Op: expr.CmpOpEq, Register: register, Data: []byte{syn}})
	var rules []filterRule
	for _, to := range reachable(link{addresses: p.addresses}, conf) {
		if to.Addr().Is4() {
			rules = append(rules, filterRule{text: "TCP to " + to.String(), exprs: with(begins, inPrefix(to, destination.v4), accept)})
		}
	}
	return append(rules, filterRule{text: "TCP elsewhere", exprs: with(begins, drop)})
}

// Flags of TCP: a connection begins with SYN alone.
const syn, synAck = 0x02, 0x12

// Where ARP for IPv4 over Ethernet says who sends.
const arpMAC, arpAddress = 8, 14

// foreign is every IPv4 address but the pod's own and none (DHCP, address probes).
func (p port) foreign(offset uint32) []expr.Any {
	matches := []expr.Any{&expr.Payload{DestRegister: register, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: 4}}
	own := []netip.Addr{netip.IPv4Unspecified()}
	for _, address := range p.addresses {
		own = append(own, address.Addr())
	}
	for _, address := range own {
		matches = append(matches, &expr.Cmp{Op: expr.CmpOpNeq, Register: register, Data: address.AsSlice()})
	}
	return matches
}

// What is dropped is counted, so that people are told.
var drop = []expr.Any{&expr.Counter{}, &expr.Verdict{Kind: expr.VerdictDrop}}

func bytesAt(base expr.PayloadBase, offset uint32, value []byte, op expr.CmpOp) []expr.Any {
	return []expr.Any{
		&expr.Payload{DestRegister: register, Base: base, Offset: offset, Len: uint32(len(value))},
		&expr.Cmp{Op: op, Register: register, Data: value},
	}
}

// etherType looks into the frame itself: a tag that the kernel has taken off still counts.
func etherType(number uint16) []expr.Any {
	return bytesAt(expr.PayloadBaseLLHeader, 12, binary.BigEndian.AppendUint16(nil, number), expr.CmpOpEq)
}

func protocolIs(number uint16) []expr.Any {
	return []expr.Any{
		&expr.Meta{Key: expr.MetaKeyPROTOCOL, Register: register},
		&expr.Cmp{Op: expr.CmpOpEq, Register: register, Data: binary.BigEndian.AppendUint16(nil, number)},
	}
}

// A guarding is what guardPort found.
type guarding struct {
	difference string            // from what is wanted; empty if there is none
	stopped    map[string]uint64 // frames that the port has dropped, by what they were
}

// guardPort puts the port's chain in place, or removes it where conf wants none. With `apply` false it only says what
// differs.
func guardPort(seen link, conf Conf, apply bool) (guarding, error) {
	p, there, err := portOf(seen)
	if err != nil || !there {
		return guarding{}, err
	}
	chains, err := readChains(portTable, p.name)
	if err != nil {
		return guarding{}, explainPort(p, err)
	}
	found := guarding{stopped: map[string]uint64{}}
	for _, chain := range chains {
		for _, rule := range chain.rules {
			if rule.packets > 0 {
				found.stopped[rule.text] = rule.packets
			}
		}
	}
	wanted := filter{{name: p.name, hook: nftables.ChainHookIngress, device: p.name, rules: p.rulesOf(conf)}}
	if !conf.SourceGuard {
		wanted = nil
	}
	switch {
	case len(wanted) == 0 && len(chains) > 0:
		found.difference = "left over guard of " + p.name + ", the host's end of " + p.pod
	case len(wanted) > 0:
		if difference := wanted.differs(chains); difference != "" {
			found.difference = fmt.Sprintf("the guard of %s, the host's end of %s: %s", p.name, p.pod, difference)
		}
	}
	if found.difference == "" || !apply {
		return found, nil
	}
	if err := replaceChain(portTable, chains, wanted); err != nil {
		return guarding{}, explainPort(p, err)
	}
	return found, nil
}

func explainPort(p port, err error) error {
	return fmt.Errorf("the guard of %s, the host's end of %s: %w; it needs nf_tables with hooks of devices (NF_TABLES_NETDEV, "+
		"NETFILTER_INGRESS): take a kernel with them, or set sourceGuard to false, and the pod may speak with any address", p.name, p.pod, err)
}

// forgetPort removes a port's chain before its interface goes.
func forgetPort(seen link) error {
	p, there, err := portOf(seen)
	if err != nil || !there {
		return err
	}
	chains, err := readChains(portTable, p.name)
	if err != nil || len(chains) == 0 {
		return nil
	}
	return replaceChain(portTable, chains, nil)
}

// sweepPorts removes the chains of ports that are no more: since Linux 6.16 a chain outlives its device.
func sweepPorts() error {
	chains, err := readChains(portTable, "")
	if err != nil {
		return nil // no such table family: then there is nothing to sweep
	}
	var problems []error
	for _, chain := range chains {
		if _, err := net.InterfaceByName(chain.name); err != nil {
			problems = append(problems, replaceChain(portTable, filter{chain}, nil))
		}
	}
	return joined(problems...)
}
