package routefix

import (
	"bytes"
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/flatlan/flatlan/cni/internal/netlab"
	"github.com/flatlan/flatlan/cni/internal/testenv"
)

// ethernet is a frame as a program with NET_RAW writes it.
func ethernet(to, from net.HardwareAddr, kind uint16, parts ...[]byte) []byte {
	return slices.Concat(append([][]byte{to, from, binary.BigEndian.AppendUint16(nil, kind)}, parts...)...)
}

func ipv4(from, to string, protocol byte, payload []byte) []byte {
	header := []byte{0x45, 0, 0, 0, 0, 0, 0, 0, 64, protocol, 0, 0}
	binary.BigEndian.PutUint16(header[2:], uint16(20+len(payload)))
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

func (h *house) raw(t testing.TB, frame []byte) {
	t.Helper()
	h.pod.Do(t, func() error {
		device, err := net.InterfaceByName("net1")
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
			const all, ourLink = "ff02::1", "fe80::7"
			group := net.HardwareAddr{0x33, 0x33, 0, 0, 0, 1}
			for name, frame := range map[string][]byte{
				"another MAC address":        ethernet(everybody, other, unix.ETH_P_IP, ipv4(lanAddress, "192.168.2.255", 17, udp(9, 9))),
				"a tag":                      ethernet(everybody, own, unix.ETH_P_8021Q, []byte{0, 20, 8, 0}, ipv4(lanAddress, "192.168.2.255", 17, udp(9, 9))),
				"the router's address":       ethernet(everybody, own, unix.ETH_P_ARP, arp(2, own, "192.168.2.1", deviceAddr)),
				"a device's address, asking": ethernet(everybody, own, unix.ETH_P_ARP, arp(1, own, deviceAddr, "192.168.2.1")),
				"ARP for another MAC":        ethernet(everybody, own, unix.ETH_P_ARP, arp(2, other, lanAddress, deviceAddr)),
				"a datagram of a device":     ethernet(everybody, own, unix.ETH_P_IP, ipv4(deviceAddr, "192.168.2.255", 17, udp(9, 9))),
				"the pod address":            ethernet(everybody, own, unix.ETH_P_IP, ipv4(podAddress, "192.168.2.255", 17, udp(9, 9))),
				"a DHCP server":              ethernet(everybody, own, unix.ETH_P_IP, ipv4(lanAddress, "255.255.255.255", 17, udp(67, 68))),
				"a DHCPv6 server":            ethernet(group, own, unix.ETH_P_IPV6, ipv6(ourLink, all, 17, udp(547, 546))),
				"a router advertisement":     ethernet(group, own, unix.ETH_P_IPV6, ipv6(ourLink, all, 58, icmp6(134))),
				"a redirect":                 ethernet(group, own, unix.ETH_P_IPV6, ipv6(ourLink, all, 58, icmp6(137))),
				"TCP by the router":          ethernet(router, own, unix.ETH_P_IP, ipv4(lanAddress, internet, 6, tcp(syn))),
			} {
				if crossed := h.crosses(t, heard, name, frame); crossed == guarded {
					t.Errorf("%s: it came to the LAN: %v", name, crossed)
				}
			}
			outcome := h.repair(t)
			if outcome.Err != nil || len(outcome.Repaired) > 0 || (len(outcome.Stopped) == 10) != guarded ||
				guarded && outcome.Stopped["ARP of another address"] != 2 {
				t.Errorf("the repair says %v, %v, %v", outcome.Stopped, outcome.Repaired, outcome.Err)
			}
			for name, frame := range map[string][]byte{
				"an address probe":        ethernet(everybody, own, unix.ETH_P_ARP, arp(1, own, "0.0.0.0", deviceAddr)),
				"its own announcement":    ethernet(everybody, own, unix.ETH_P_ARP, arp(1, own, lanAddress, lanAddress)),
				"a DHCP client":           ethernet(everybody, own, unix.ETH_P_IP, ipv4("0.0.0.0", "255.255.255.255", 17, udp(68, 67))),
				"a neighbor's question":   ethernet(group, own, unix.ETH_P_IPV6, ipv6(ourLink, all, 58, icmp6(135))),
				"a router's solicitation": ethernet(group, own, unix.ETH_P_IPV6, ipv6(ourLink, all, 58, icmp6(133))),
				"TCP on the LAN":          ethernet(everybody, own, unix.ETH_P_IP, ipv4(lanAddress, deviceAddr, 6, tcp(syn))),
				"an answer by TCP":        ethernet(router, own, unix.ETH_P_IP, ipv4(lanAddress, farAddr, 6, tcp(synAck))),
			} {
				if !h.crosses(t, heard, name, frame) {
					t.Errorf("%s is stopped", name)
				}
			}
		})
	}
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

func TestTheGuardFollowsTheLease(t *testing.T) {
	h := newHouse(t)
	h.must(t, "ADD", h.chain("1.0.0", nil))
	h.pod.Output(t, testenv.Command(t, "ip", "iproute2"), "addr", "del", lanAddress+"/24", "dev", "net1")
	h.pod.Address(t, "net1", "192.168.2.78/24")
	h.node.Do(t, func() error {
		_, err := Moved(h.state, "layer2-bridge", "sandbox-1", "net1", []netip.Addr{address("192.168.2.1")})
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
