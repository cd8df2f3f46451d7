package routefix

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/flatlan/flatlan/cni/internal/netlab"
	"github.com/flatlan/flatlan/cni/internal/testenv"
)

const (
	internet  = "203.0.113.9"
	internet6 = "2001:db8:ffff::9"
	// In the network of far, with the router's ::1.
	far6 = "2001:db8:50::9"
)

// online gives the router something behind it that stands for the internet, and IPv6 to all.
func (h *house) online(t testing.TB) {
	t.Helper()
	h.far.Address(t, "eth0", internet+"/32")
	h.far.Address(t, "eth0", far6+"/64")
	h.far.Address(t, "eth0", internet6+"/128")
	h.router.Address(t, "vlan50", "2001:db8:50::1/64")
	h.router.Address(t, "lan", "2001:db8:2::1/64")
	h.router.Route(t, internet+"/32", farAddr, "vlan50")
	h.router.Route(t, internet6+"/128", far6, "vlan50")
	h.far.Route(t, "default", "2001:db8:50::1", "eth0")
	h.device.Address(t, "eth0", "2001:db8:2::50/64")
	h.router.Sysctl(t, "net/ipv6/conf/all/forwarding", "1")
}

// dial opens a connection from the pod: bound to an address, to net1 alone (no right is needed for that since Linux 5.7),
// or to nothing.
func (h *house) dial(network, from, to string, bound time.Duration) error {
	return h.pod.Try(func() error {
		dialer := net.Dialer{Timeout: bound}
		switch {
		case from == "net1":
			dialer.Control = func(_, _ string, socket syscall.RawConn) (err error) {
				return errors.Join(socket.Control(func(descriptor uintptr) {
					err = unix.SetsockoptString(int(descriptor), unix.SOL_SOCKET, unix.SO_BINDTODEVICE, from)
				}), err)
			}
		case from != "" && strings.HasPrefix(network, "udp"):
			dialer.LocalAddr = &net.UDPAddr{IP: net.ParseIP(from)}
		case from != "":
			dialer.LocalAddr = &net.TCPAddr{IP: net.ParseIP(from)}
		}
		connection, err := dialer.DialContext(context.Background(), network, to)
		if err != nil {
			return err
		}
		defer connection.Close()
		_, err = connection.Write([]byte("from " + from))
		return err
	})
}

// listen answers every datagram and every TCP connection at port 7 of an address. (With no address the kernel would choose
// the source of a datagram anew, by the main table.)
func listen(t testing.TB, netns *netlab.Netns, address string) {
	t.Helper()
	var packets net.PacketConn
	var connections net.Listener
	netns.Do(t, func() (err error) {
		if packets, err = net.ListenPacket("udp", net.JoinHostPort(address, "7")); err == nil {
			connections, err = net.Listen("tcp", net.JoinHostPort(address, "7"))
		}
		return err
	})
	t.Cleanup(func() { _, _ = packets.Close(), connections.Close() })
	go func() {
		buffer := make([]byte, 64)
		for {
			size, from, err := packets.ReadFrom(buffer)
			if err != nil {
				return
			}
			_, _ = packets.WriteTo(buffer[:size], from)
		}
	}()
	go func() {
		for {
			connection, err := connections.Accept()
			if err != nil {
				return
			}
			_, _ = connection.Write([]byte("hello"))
			_ = connection.Close()
		}
	}()
}

// ask sends a datagram, or opens a connection, and waits for the answer.
func ask(netns *netlab.Netns, network, to string) error {
	return netns.Try(func() error {
		connection, err := net.DialTimeout(network, to, patience)
		if err != nil {
			return err
		}
		defer connection.Close()
		if err := connection.SetDeadline(time.Now().Add(patience)); err != nil {
			return err
		}
		if _, err := connection.Write([]byte("question")); err != nil {
			return err
		}
		_, err = connection.Read(make([]byte, 64))
		return err
	})
}

// A way that a pod may try with what it has on the LAN: where it leads, from what, and whether it is stopped.
type attempt struct {
	network, from, to string
	stopped           bool
}

// mustBe fails unless what is stopped fails at once, and what is not arrives.
func (h *house) mustBe(t *testing.T, attempts []attempt) {
	t.Helper()
	for _, a := range attempts {
		began := time.Now()
		err := h.dial(a.network, a.from, a.to, patience)
		took := time.Since(began)
		switch {
		case a.stopped && err == nil:
			t.Errorf("%s from %q to %s is not stopped", a.network, a.from, a.to)
		case a.stopped && took > time.Second:
			t.Errorf("%s from %q to %s: only told after %v: %v", a.network, a.from, a.to, took, err)
		case !a.stopped && err != nil:
			t.Errorf("%s from %q to %s: %v", a.network, a.from, a.to, err)
		}
	}
}

// unfiltered is a pod of before: what it had was the routes alone.
func (h *house) unfiltered(t *testing.T) {
	t.Helper()
	nft := testenv.Command(t, "nft", "nftables")
	h.pod.Output(t, nft, "delete", "table", "inet", "route-fix-net1")
	h.node.Output(t, nft, "delete", "table", "netdev", "route-fix")
}

func TestTheLANAddressIsNoWayAround(t *testing.T) {
	h := newHouse(t)
	other := h.secondPod(t)
	h.online(t)
	h.sourceRule(t)
	h.must(t, "ADD", h.chain("1.0.0", nil))
	for _, netns := range []*netlab.Netns{h.far, h.device, other} {
		listen(t, netns, "")
	}
	ways := func(stopped bool) []attempt {
		return []attempt{
			{"tcp4", lanAddress, internet + ":7", stopped},
			{"udp4", lanAddress, internet + ":7", stopped},
			{"tcp4", lanAddress, farAddr + ":7", stopped},
			{"tcp4", lanAddress, otherPodAddress + ":7", stopped},
			{"udp4", lanAddress, otherPodAddress + ":7", stopped},
			{"udp4", lanAddress, "10.43.0.10:53", stopped},
			{"udp4", lanAddress, "192.168.6.10:80", stopped},
			{"udp4", "net1", internet + ":7", stopped},
			{"udp4", "net1", otherPodAddress + ":7", stopped},
		}
	}
	free := []attempt{
		{"tcp4", lanAddress, deviceAddr + ":7", false},
		{"tcp4", "", deviceAddr + ":7", false},
		{"udp4", lanAddress, "192.168.2.255:9", false},
		{"udp4", lanAddress, "255.255.255.255:9", false},
		{"udp4", lanAddress, "224.0.0.251:5353", false},
		{"udp4", "net1", "239.255.255.250:1900", false},
		// NetworkPolicy sees these.
		{"tcp4", "", otherPodAddress + ":7", false},
		{"tcp4", podAddress, otherPodAddress + ":7", false},
		{"tcp4", "", internet + ":7", false},
	}
	heard := h.router.Listen(t, "lan")
	h.mustBe(t, append(ways(true), free...))
	routed := func(f netlab.Frame) bool {
		return f.Src.String() == lanAddress && f.Dst.IsValid() && !prefix("192.168.2.0/24").Contains(f.Dst) && !f.Dst.IsMulticast() &&
			f.Dst.String() != "255.255.255.255"
	}
	if frame, found := heard.Find(routed); found {
		t.Errorf("the LAN's router got %v", frame)
	}
	h.must(t, "CHECK", h.chain("1.0.0", nil))
	h.unfiltered(t)
	h.mustBe(t, ways(false))
	heard.Wait(t, patience, "what the filter stops", routed)
}

// Another VLAN's client by the LAN address, through a stateful router: TCP, UDP, ping, and the error for a closed port.
func TestAnswersToAnotherVLANPass(t *testing.T) {
	h := newHouse(t)
	h.online(t)
	h.stateful(t)
	h.router.Output(t, testenv.Command(t, "nft", "nftables"), "add", "rule", "ip", "fw", "f", "ct", "state", "new", "iif", "vlan50", "accept")
	h.must(t, "ADD", h.chain("1.0.0", nil))
	listen(t, h.pod, lanAddress)
	for _, network := range []string{"tcp4", "udp4"} {
		if err := ask(h.far, network, lanAddress+":7"); err != nil {
			t.Errorf("%s: %v", network, err)
		}
		if err := ask(h.far, network, lanAddress+":8"); !errors.Is(err, unix.ECONNREFUSED) {
			t.Errorf("%s to a closed port: %v", network, err)
		}
	}
	h.far.Output(t, testenv.Command(t, "ping", "iputils-ping"), "-c", "1", "-W", "5", lanAddress)
}

// An answer is no licence: the pod's own flow to the same client is stopped.
func TestAnAnswerDoesNotOpenTheWay(t *testing.T) {
	h := newHouse(t)
	h.online(t)
	h.must(t, "ADD", h.chain("1.0.0", nil))
	listen(t, h.pod, lanAddress)
	listen(t, h.far, "")
	if err := ask(h.far, "udp4", lanAddress+":7"); err != nil {
		t.Fatal(err)
	}
	h.mustBe(t, []attempt{{"tcp4", lanAddress, farAddr + ":7", true}, {"udp4", lanAddress, farAddr + ":7", true}})
}

// What the plan gives to the LAN may go there; the cluster stays behind its policies.
func TestWhatThePlanSendsByTheLANPasses(t *testing.T) {
	for name, c := range map[string]struct {
		keys     object
		attempts []attempt
	}{
		"lanSubnets": {object{"lanSubnets": []string{"192.168.50.0/24"}}, []attempt{
			{"tcp4", "", farAddr + ":7", false},
			{"tcp4", lanAddress, farAddr + ":7", false},
			{"tcp4", lanAddress, internet + ":7", true},
		}},
		"the default route": {object{"defaultRoute": "lan"}, []attempt{
			{"tcp4", "", internet + ":7", false},
			{"tcp4", lanAddress, internet + ":7", false},
			{"tcp4", lanAddress, otherPodAddress + ":7", true},
			{"udp4", "net1", "10.43.0.10:53", true},
			{"tcp4", "", otherPodAddress + ":7", false},
		}},
		"no filter": {object{"egressFilter": false}, []attempt{{"tcp4", lanAddress, otherPodAddress + ":7", false}}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			other := h.secondPod(t)
			h.online(t)
			h.sourceRule(t)
			chain := h.chain("1.0.0", c.keys)
			h.must(t, "ADD", chain)
			listen(t, h.far, "")
			listen(t, other, "")
			h.mustBe(t, c.attempts)
			h.must(t, "CHECK", chain)
			h.must(t, "DEL", chain)
			if left := h.pod.Output(t, testenv.Command(t, "nft", "nftables"), "list", "tables"); left != "" {
				t.Errorf("DEL left %s", left)
			}
		})
	}
}

func TestIPv6IsNoWayAround(t *testing.T) {
	t.Run("addresses by IPAM", func(t *testing.T) {
		h := newHouse(t)
		h.online(t)
		chain := h.chain("1.0.0", nil)
		const own = "2001:db8:2::77"
		chain["plugins"].([]object)[0]["ipam"] = object{"type": "static", "addresses": []object{
			{"address": lanAddress + "/24", "gateway": "192.168.2.1"}, {"address": own + "/64", "gateway": "2001:db8:2::1"}}}
		h.must(t, "ADD", chain)
		listen(t, h.pod, own)
		listen(t, h.far, "")
		listen(t, h.device, "")
		if err := ask(h.far, "tcp6", "["+own+"]:7"); err != nil {
			t.Errorf("a client of another VLAN: %v", err)
		}
		ways := func(stopped bool) []attempt {
			return []attempt{{"tcp6", own, "[" + internet6 + "]:7", stopped}, {"udp6", own, "[" + far6 + "]:7", stopped}}
		}
		h.mustBe(t, append(ways(true), attempt{"tcp6", own, "[2001:db8:2::50]:7", false},
			attempt{"udp6", own, "[ff02::fb%net1]:5353", false}))
		h.must(t, "CHECK", chain)
		h.unfiltered(t)
		h.mustBe(t, ways(false))
	})
	t.Run("addresses by router advertisements", func(t *testing.T) {
		testenv.Command(t, "radvd", "radvd")
		h := newHouse(t)
		h.online(t)
		h.advertise(t)
		chain := h.chain("1.0.0", object{"ipv6": "ra"})
		h.must(t, "ADD", chain)
		h.waitForAdvertisement(t)
		own, _, _ := strings.Cut(h.globalIPv6(t)[0], "/")
		testenv.Eventually(t, patience, "an address that is tested for duplicates", func() error {
			return h.dial("udp6", own, "[2001:db8:2::50]:7", patience)
		})
		listen(t, h.pod, own)
		listen(t, h.device, "")
		if err := ask(h.device, "tcp6", "["+own+"]:7"); err != nil {
			t.Errorf("a client on the LAN: %v", err)
		}
		attempts := []attempt{
			{"tcp6", own, "[2001:db8:2::50]:7", false},
			{"udp6", own, "[ff02::fb%net1]:5353", false},
			{"udp6", own, "[" + internet6 + "]:7", true},
			{"udp6", "net1", "[" + internet6 + "]:7", true},
		}
		if h.hasIPv6Route(t, "2001:db8:99::/64") {
			attempts = append(attempts, attempt{"udp6", own, "[2001:db8:99::1]:7", false})
		}
		h.mustBe(t, attempts)
		h.must(t, "CHECK", chain)
	})
}

// The lease moves to another subnet: what was the LAN is so no more.
func TestTheFilterFollowsTheLease(t *testing.T) {
	h := newHouse(t)
	h.must(t, "ADD", h.chain("1.0.0", nil))
	ip := testenv.Command(t, "ip", "iproute2")
	h.pod.Address(t, "net1", "192.168.5.7/24")
	h.pod.Output(t, ip, "addr", "del", lanAddress+"/24", "dev", "net1")
	router := address("192.168.5.1")
	if _, err := Moved(h.state, "layer2-bridge", "sandbox-1", "net1", prefix("192.168.5.7/24"), []netip.Addr{router}); err != nil {
		t.Fatal(err)
	}
	h.mustBe(t, []attempt{
		{"udp4", "192.168.5.7", "192.168.5.50:9", false},
		{"udp4", "192.168.5.7", deviceAddr + ":9", true},
	})
}
