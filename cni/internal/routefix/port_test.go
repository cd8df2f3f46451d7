package routefix

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"maps"
	"net"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/flatlan/flatlan/cni/internal/netlab"
	"github.com/flatlan/flatlan/cni/internal/testenv"
)

// raw sends a frame of the pod past its own filters.
func (h *house) raw(t testing.TB, frame []byte) {
	t.Helper()
	rawBy(t, h.pod, "net1", frame)
}

func rawBy(t testing.TB, netns *netlab.Netns, ifName string, frame []byte) {
	t.Helper()
	netns.Do(t, func() error {
		device, err := net.InterfaceByName(ifName)
		if err != nil {
			return err
		}
		socket, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer unix.Close(socket)
		return unix.Sendto(socket, frame, 0, &unix.SockaddrLinklayer{Ifindex: device.Index})
	})
}

var everybody = net.HardwareAddr{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// crosses sends a frame, and a datagram of the pod after it: a bridge keeps the order.
func (h *house) crosses(t testing.TB, heard *netlab.Capture, name string, frame []byte) bool {
	t.Helper()
	heard.Forget()
	h.raw(t, frame)
	send(t, h.pod, lanAddress, "192.168.2.255:9", []byte(name))
	heard.Wait(t, patience, "the witness after "+name, datagram(lanAddress, "192.168.2.255", []byte(name)))
	_, found := heard.Find(func(f netlab.Frame) bool {
		kind := binary.BigEndian.Uint16(frame[12:])
		// The kernel takes a tag off before it shows a frame.
		return bytes.Equal(f.To, frame[:6]) && bytes.Equal(f.From, frame[6:12]) && (kind == f.Type || kind == unix.ETH_P_8021Q) &&
			bytes.Contains(frame, f.Payload)
	})
	return found
}

func TestAPodSpeaksForItselfAlone(t *testing.T) {
	for _, guarded := range []bool{true, false} {
		t.Run(map[bool]string{true: "guarded", false: "unguarded"}[guarded], func(t *testing.T) {
			h := newHouse(t)
			h.must(t, "ADD", h.chain("1.0.0", object{"sourceGuard": guarded}))
			own, other := h.pod.MAC(t, "net1"), net.HardwareAddr{2, 0, 0, 0xba, 0xd0, 1}
			router := h.router.MAC(t, "lan")
			heard := h.lan.Listen(t, "node")
			const broadcast, anybody, all, ourLink, routers = "192.168.2.255", "255.255.255.255", "ff02::1", "fe80::7", "ff02::1:2"
			group := net.HardwareAddr{0x33, 0x33, 0, 0, 0, 1}
			by4 := func(to net.HardwareAddr, packet []byte) []byte { return ethernet(to, own, unix.ETH_P_IP, packet) }
			by6 := func(to net.HardwareAddr, packet []byte) []byte { return ethernet(to, own, unix.ETH_P_IPV6, packet) }
			byARP := func(packet []byte) []byte { return ethernet(everybody, own, unix.ETH_P_ARP, packet) }
			wanted := map[string]uint64{}
			for _, c := range []struct {
				name, counted string
				frame         []byte
			}{
				{"another MAC address", "another MAC address", ethernet(everybody, other, unix.ETH_P_IP, ipv4(lanAddress, broadcast, 17, udp(9, 9)))},
				{"a tag", "a tag", ethernet(everybody, own, unix.ETH_P_8021Q, []byte{0, 20, 8, 0}, ipv4(lanAddress, broadcast, 17, udp(9, 9)))},
				{"the router's address", "ARP of another address", byARP(arp(2, own, "192.168.2.1", deviceAddr))},
				{"a device's address, asking", "ARP of another address", byARP(arp(1, own, deviceAddr, "192.168.2.1"))},
				{"ARP for another MAC", "ARP of another MAC address", byARP(arp(2, other, lanAddress, deviceAddr))},
				{"ARP in a SNAP header", "a frame with a SNAP header", ethernet(everybody, own, 36,
					append([]byte{0xaa, 0xaa, 3, 0, 0, 0, 8, 6}, arp(2, own, "192.168.2.1", deviceAddr)...))},
				{"a datagram of a device", "another IPv4 address", by4(everybody, ipv4(deviceAddr, broadcast, 17, udp(9, 9)))},
				{"the pod address", "another IPv4 address", by4(everybody, ipv4(podAddress, broadcast, 17, udp(9, 9)))},
				{"a DHCP server", "a DHCP server", by4(everybody, ipv4(lanAddress, anybody, 17, udp(67, 68)))},
				{"a DHCP server's relay", "a DHCP server", by4(router, ipv4(lanAddress, "192.168.2.1", 17, udp(67, 67)))},
				{"a DHCP server by a port of its own", "an answer to a DHCP client", by4(everybody, ipv4(lanAddress, anybody, 17, udp(4000, 68)))},
				{"a DHCP server in fragments", "an answer to a DHCP client",
					by4(everybody, fragment(lanAddress, anybody, 17, moreToCome, udp(4000, 68)))},
				{"a lease of another", "DHCP for another MAC address", by4(router, ipv4(lanAddress, "192.168.2.1", 17, release(68, other)))},
				{"a lease of another, by a port of its own", "DHCP for another MAC address",
					by4(everybody, ipv4("0.0.0.0", anybody, 17, release(4000, other)))},
				{"a lease of another, in fragments", "DHCP in fragments",
					by4(router, fragment(lanAddress, "192.168.2.1", 17, moreToCome, release(68, other)[:32]))},
				{"a DHCPv6 server", "a DHCPv6 server", by6(group, ipv6(ourLink, all, 17, udp(547, 546)))},
				{"a DHCPv6 server by a port of its own", "an answer to a DHCPv6 client", by6(group, ipv6(ourLink, all, 17, udp(4000, 546)))},
				{"a DHCPv6 server in fragments", "an answer to a DHCPv6 client",
					by6(group, ipv6(ourLink, all, 44, fragment6(17, 1, udp(4000, 546))))},
				{"a DHCPv6 server behind headers that fill a fragment", "an IPv6 fragment that hides what it carries",
					by6(group, ipv6(ourLink, all, 44, fragment6(60, 1, []byte{17, 1, 1, 12, 0, 0, 0, 0})))},
				{"the rest of it", "an IPv6 fragment that hides what it carries",
					by6(group, ipv6(ourLink, all, 44, fragment6(60, 8, append(make([]byte, 8), udp(4000, 546)...))))},
				{"a router advertisement", "a router advertisement", by6(group, ipv6(ourLink, all, 58, icmp6(134)))},
				{"a redirect", "a redirect", by6(group, ipv6(ourLink, all, 58, icmp6(137)))},
				{"TCP by the router", "TCP elsewhere", by4(router, ipv4(lanAddress, internet, 6, tcp(syn)))},
				{"TCP by the router in fragments", "TCP in fragments", by4(router, fragment(lanAddress, internet, 6, moreToCome, tcp(syn)[:8]))},
				{"its flags", "TCP in fragments", by4(router, fragment(lanAddress, internet, 6, 1, tcp(syn)[8:]))},
				{"TCP over IPv6 by the router", "TCP over IPv6 elsewhere", by6(router, ipv6("2001:db8:2::7", internet6, 6, tcp(syn)))},
				{"TCP over IPv6 by the router in fragments", "TCP over IPv6 in fragments",
					by6(router, ipv6("2001:db8:2::7", internet6, 44, fragment6(6, 1, tcp(syn)[:8])))},
				{"its flags over IPv6", "TCP over IPv6 in fragments",
					by6(router, ipv6("2001:db8:2::7", internet6, 44, fragment6(6, 8, tcp(syn)[8:])))},
			} {
				if crossed := h.crosses(t, heard, c.name, c.frame); crossed == guarded {
					t.Errorf("%s: it came to the LAN: %v", c.name, crossed)
				}
				if guarded {
					wanted[c.counted]++
				}
			}
			outcome := h.repair(t)
			if outcome.Err != nil || len(outcome.Repaired) > 0 || !maps.Equal(outcome.Stopped, wanted) {
				t.Errorf("the repair says %v, %v, %v; want %v", outcome.Stopped, outcome.Repaired, outcome.Err, wanted)
			}
			for name, frame := range map[string][]byte{
				"an address probe":             byARP(arp(1, own, "0.0.0.0", deviceAddr)),
				"its own announcement":         byARP(arp(1, own, lanAddress, lanAddress)),
				"a DHCP client":                by4(everybody, ipv4("0.0.0.0", anybody, 17, release(68, own))),
				"a renewal":                    by4(router, ipv4(lanAddress, "192.168.2.1", 17, release(68, own))),
				"a DHCPv6 client":              by6(group, ipv6(ourLink, routers, 17, udp(546, 547))),
				"a neighbor's question":        by6(group, ipv6(ourLink, all, 58, icmp6(135))),
				"a router's solicitation":      by6(group, ipv6(ourLink, all, 58, icmp6(133))),
				"TCP on the LAN":               by4(everybody, ipv4(lanAddress, deviceAddr, 6, tcp(syn))),
				"a frame of IS-IS":             ethernet(net.HardwareAddr{1, 0x80, 0xc2, 0, 0, 0x14}, own, 30, []byte{0xfe, 0xfe, 3}, make([]byte, 27)),
				"an answer by TCP":             by4(router, ipv4(lanAddress, farAddr, 6, tcp(synAck))),
				"TCP on the link":              by6(group, ipv6(ourLink, "fe80::9", 6, tcp(syn))),
				"an answer by TCP over IPv6":   by6(router, ipv6("2001:db8:2::7", internet6, 6, tcp(synAck))),
				"a datagram's first fragment":  by4(everybody, fragment(lanAddress, broadcast, 17, moreToCome, append(udp(9, 9), make([]byte, 24)...))),
				"its last":                     by4(everybody, fragment(lanAddress, broadcast, 17, 4, make([]byte, 32))),
				"a fragment of one of IPv6":    by6(group, ipv6(ourLink, all, 44, fragment6(17, 1, udp(9, 9)))),
				"what comes after it":          by6(group, ipv6(ourLink, all, 44, fragment6(17, 8, make([]byte, 32)))),
				"a ping in a fragment of IPv6": by6(group, ipv6(ourLink, all, 44, fragment6(58, 1, icmp6(128)))),
			} {
				if !h.crosses(t, heard, name, frame) {
					t.Errorf("%s is stopped", name)
				}
			}
		})
	}
}

// lan-dhcp gives leases back by the host's bridge, where the pod may be no more; its port does not see that.
func TestTheNodeGivesLeasesBackByItsBridge(t *testing.T) {
	h := newHouse(t)
	h.must(t, "ADD", h.chain("1.0.0", nil))
	heard := h.lan.Listen(t, "node")
	own, bridge := h.pod.MAC(t, "net1"), h.node.MAC(t, "br0")
	message := release(68, own)
	rawBy(t, h.node, "br0", ethernet(h.router.MAC(t, "lan"), bridge, unix.ETH_P_IP, ipv4(lanAddress, "192.168.2.1", 17, message)))
	heard.Wait(t, patience, "the release", datagram(lanAddress, "192.168.2.1", message[8:]))
	if outcome := h.repair(t); outcome.Err != nil || len(outcome.Stopped) > 0 {
		t.Errorf("the repair says %v, %v", outcome.Stopped, outcome.Err)
	}
}

// Where routers advertise prefixes nobody knows them before: only the cluster's and what IPAM's addresses say are held.
func TestTCPOverIPv6WhereRoutersAdvertise(t *testing.T) {
	h := newHouse(t)
	const own = "2001:db8:2::77"
	chain := h.chain("1.0.0", object{"ipv6": "ra", "clusterSubnets": []string{"192.168.7.0/24", "2001:db8:7::/64"}})
	chain["plugins"].([]object)[0]["ipam"] = object{"type": "static", "addresses": []object{
		{"address": lanAddress + "/24", "gateway": "192.168.2.1"}, {"address": own + "/64", "gateway": "2001:db8:2::1"}}}
	h.must(t, "ADD", chain)
	heard := h.lan.Listen(t, "node")
	for _, c := range []struct {
		from, to string
		passes   bool
	}{
		{"2001:db8:3::77", internet6, true},
		{"2001:db8:3::77", "2001:db8:7::1", false},
		{own, internet6, false},
		{own, "2001:db8:2::50", true},
	} {
		frame := ethernet(h.router.MAC(t, "lan"), h.pod.MAC(t, "net1"), unix.ETH_P_IPV6, ipv6(c.from, c.to, 6, tcp(syn)))
		if crossed := h.crosses(t, heard, c.from+" to "+c.to, frame); crossed != c.passes {
			t.Errorf("%s to %s came to the LAN: %v", c.from, c.to, crossed)
		}
	}
	h.must(t, "CHECK", chain)
}

// A bridge does not forward these to a switch while it runs the spanning tree protocol itself; ours does not.
func TestNoSpanningTreeByAPod(t *testing.T) {
	for _, guarded := range []bool{true, false} {
		h := newHouse(t)
		h.must(t, "ADD", h.chain("1.0.0", object{"sourceGuard": guarded}))
		frame := ethernet(net.HardwareAddr{1, 0x80, 0xc2, 0, 0, 0}, h.pod.MAC(t, "net1"), 38, []byte{0x42, 0x42, 3}, make([]byte, 43))
		if crossed := h.crosses(t, h.device.Listen(t, "eth0"), "a root bridge", frame); crossed == guarded {
			t.Errorf("guarded %v: it came to the LAN: %v", guarded, crossed)
		}
	}
}

func (h *house) guards(t *testing.T) string {
	t.Helper()
	return h.node.Output(t, testenv.Command(t, "nft", "nftables"), "list", "ruleset")
}

// Somebody has switched the node's table off before the pod comes.
func TestAddWakesTheTableOfGuards(t *testing.T) {
	h := newHouse(t)
	h.node.Output(t, testenv.Command(t, "nft", "nftables"), "add table netdev route-fix { flags dormant; }")
	chain := h.chain("1.0.0", nil)
	added := h.must(t, "ADD", chain)
	if err := h.checkAlone(t, chain, added); err != nil || !strings.Contains(h.guards(t), "chain veth") {
		t.Errorf("%v:\n%s", err, h.guards(t))
	}
}

func TestTheGuardIsCheckedRepairedAndRemoved(t *testing.T) {
	h := newHouse(t)
	nft := testenv.Command(t, "nft", "nftables")
	chain := h.chain("1.0.0", nil)
	added := h.must(t, "ADD", chain)
	if outcome := h.repair(t); outcome.Err != nil || len(outcome.Repaired) != 0 {
		t.Fatalf("right after ADD there is something to repair: %+v", outcome)
	}
	// As `systemctl restart nftables` does.
	h.node.Output(t, nft, "flush", "ruleset")
	wantError(t, h.checkAlone(t, chain, added), "the guard of veth", "the host's end of net1: has no chain veth")
	if outcome := h.repair(t); outcome.Err != nil || len(outcome.Repaired) != 1 {
		t.Errorf("outcome %+v", outcome)
	}
	h.node.Output(t, nft, "add table netdev route-fix { flags dormant; }")
	wantError(t, h.checkAlone(t, chain, added), "the guard of veth", "its table is dormant")
	if outcome := h.repair(t); outcome.Err != nil || len(outcome.Repaired) != 1 {
		t.Errorf("outcome %+v", outcome)
	}
	h.must(t, "CHECK", chain)
	if outcome := h.repair(t); outcome.Err != nil || len(outcome.Repaired) != 0 {
		t.Errorf("a second repair finds %+v", outcome)
	}
	h.must(t, "DEL", chain)
	if left := h.guards(t); strings.Contains(left, "chain") {
		t.Errorf("DEL left\n%s", left)
	}
}

// A pod that ends without DEL takes its interface along; the chain stays on newer kernels.
func TestGuardsOfPortsThatAreGoneAreSwept(t *testing.T) {
	h := newHouse(t)
	h.must(t, "ADD", h.chain("1.0.0", nil))
	h.pod.Remove(t, "net1")
	h.pod.Delete(t)
	h.node.Do(t, func() error {
		_, err := Repair(context.Background(), h.state)
		return err
	})
	if left := h.guards(t); strings.Contains(left, "chain") {
		t.Errorf("the repair left\n%s", left)
	}
}

// A kernel without nf_tables is one for `sourceGuard: false`. To a thread without NET_ADMIN nf_tables says no more than it does
// there.
func TestAPortWithoutAGuardNeedsNoNfTables(t *testing.T) {
	h := newHouse(t)
	h.must(t, "ADD", h.chain("1.0.0", object{"sourceGuard": false}))
	record, err := readRecord(h.records(t)[0])
	if err != nil || record.Port.Name == "" {
		t.Fatalf("the record has the port %+v, %v", record.Port, err)
	}
	h.node.Do(t, func() error {
		header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var had [2]unix.CapUserData
		if err := unix.Capget(&header, &had[0]); err != nil {
			return err
		}
		fewer := had
		fewer[0].Effective &^= 1 << unix.CAP_NET_ADMIN
		if err := unix.Capset(&header, &fewer[0]); err != nil {
			return err
		}
		_, readErr := readChains(portTable, record.Port.Name)
		_, without := guardPort(record.Port, record.Conf, true)
		record.Conf.SourceGuard = true
		_, with := guardPort(record.Port, record.Conf, true)
		if err := unix.Capset(&header, &had[0]); err != nil {
			return err
		}
		if readErr == nil || without != nil {
			t.Errorf("nf_tables says %v, and the port without a guard is %v", readErr, without)
		}
		wantError(t, with, "take a kernel with them, or set sourceGuard to false")
		return nil
	})
}

// A process that has no file to ask by learns nothing about an interface.
func TestOnlyTheKernelsWordMakesAPortGone(t *testing.T) {
	node := netlab.New(t, "node")
	netlab.Cable(t, node, "veth1", node, "veth2")
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	none := unix.Rlimit{Cur: 0, Max: limit.Max}
	node.Do(t, func() error {
		for name, want := range map[string]bool{"veth1": false, "veth3": true} {
			if gone, err := isGone(name); gone != want || err != nil {
				t.Errorf("%s is gone: %v, %v", name, gone, err)
			}
		}
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &none); err != nil {
			return err
		}
		gone, err := isGone("veth1")
		if restore := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); restore != nil {
			return restore
		}
		if gone || !errors.Is(err, unix.EMFILE) {
			t.Errorf("without a file veth1 is gone: %v, %v", gone, err)
		}
		return nil
	})
}

func TestTheGuardFollowsTheLease(t *testing.T) {
	h := newHouse(t)
	h.must(t, "ADD", h.chain("1.0.0", nil))
	h.pod.Output(t, testenv.Command(t, "ip", "iproute2"), "addr", "del", lanAddress+"/24", "dev", "net1")
	h.pod.Address(t, "net1", "192.168.2.78/24")
	h.node.Do(t, func() error {
		_, err := Moved(h.state, "layer2-bridge", "sandbox-1", "net1", prefix("192.168.2.78/24"), []netip.Addr{address("192.168.2.1")})
		return err
	})
	heard := h.device.Listen(t, "eth0")
	own := h.pod.MAC(t, "net1")
	h.raw(t, ethernet(everybody, own, unix.ETH_P_IP, ipv4(lanAddress, "192.168.2.255", 17, udp(9, 9))))
	send(t, h.pod, "192.168.2.78", deviceAddr+":9", []byte("moved"))
	heard.Wait(t, patience, "the new address", datagram("192.168.2.78", deviceAddr, []byte("moved")))
	if frame, found := heard.Find(func(f netlab.Frame) bool { return f.Src.String() == lanAddress }); found {
		t.Errorf("the old address still passes: %v", frame)
	}
}
