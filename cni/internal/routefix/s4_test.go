package routefix

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/flatlan/flatlan/cni/internal/netlab"
	"github.com/flatlan/flatlan/cni/internal/testenv"
)

const patience = 10 * time.Second

// soon is long enough for what answers, and short enough to wait for what does not.
const soon = 700 * time.Millisecond

// send sends one datagram. from is an address that the socket is bound to, or empty.
func send(t testing.TB, netns *netlab.Netns, from, to string, payload []byte) {
	t.Helper()
	netns.Do(t, func() error {
		var local *net.UDPAddr
		if from != "" {
			local = &net.UDPAddr{IP: net.ParseIP(from)}
		}
		remote, err := net.ResolveUDPAddr("udp4", to)
		if err != nil {
			return err
		}
		socket, err := net.DialUDP("udp4", local, remote)
		if err != nil {
			return fmt.Errorf("to %s: %w", to, err)
		}
		defer socket.Close()
		_, err = socket.Write(payload)
		return err
	})
}

func datagram(source, destination string, payload []byte) func(netlab.Frame) bool {
	return func(f netlab.Frame) bool {
		return f.Protocol == 17 && f.Src.String() == source && f.Dst.String() == destination && bytes.Equal(f.Payload, payload)
	}
}

func TestTrafficLeavesByTheRightInterface(t *testing.T) {
	h := newHouse(t)
	h.must(t, "ADD", h.chain("1.0.0", nil))
	lan, cluster := h.device.Listen(t, "eth0"), h.node.Listen(t, "cali1")
	cases := []struct{ name, bound, to, side, source string }{
		{"a device", "", deviceAddr + ":9", "lan", lanAddress},
		{"mDNS", "", "224.0.0.251:5353", "lan", lanAddress},
		{"SSDP", "", "239.255.255.250:1900", "lan", lanAddress},
		{"limited broadcast", "", "255.255.255.255:9", "lan", lanAddress},
		{"subnet broadcast", "", "192.168.2.255:9", "lan", lanAddress},
		{"mDNS from the LAN address", lanAddress, "224.0.0.251:5353", "lan", lanAddress},
		{"broadcast from the LAN address", lanAddress, "255.255.255.255:9", "lan", lanAddress},
		{"the internet", "", "203.0.113.9:53", "cluster", podAddress},
		{"a ClusterIP", "", "10.43.0.10:53", "cluster", podAddress},
		{"a pod", "", "192.168.7.65:80", "cluster", podAddress},
		{"a load balancer", "", "192.168.6.10:80", "cluster", podAddress},
		{"another VLAN", "", farAddr + ":80", "cluster", podAddress},
		{"a device from the cluster address", podAddress, deviceAddr + ":9", "cluster", podAddress},
	}
	for index, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			payload := []byte(fmt.Sprintf("%d: %s", index, c.name))
			send(t, h.pod, c.bound, c.to, payload)
			destination, _, _ := strings.Cut(c.to, ":")
			right, wrong := lan, cluster
			if c.side == "cluster" {
				right, wrong = cluster, lan
			}
			right.Wait(t, patience, c.name+" on the "+c.side+" side", datagram(c.source, destination, payload))
			// What is routed by the node reaches the LAN's wire again, with a source of its own and later; what left
			// by the wrong interface would have been here before.
			if frame, found := wrong.Find(datagram(c.source, destination, payload)); found && c.side == "lan" {
				t.Errorf("also on the cluster side: %v", frame)
			}
		})
	}
	// For answers; egress_test.go has what else wants to go there.
	if got := h.way(t, farAddr, "from", lanAddress); got != "net1 via 192.168.2.1" {
		t.Errorf("from the LAN address to another VLAN the way is %s", got)
	}
}

func TestWakeOnLANIsSeenOnTheLAN(t *testing.T) {
	h := newHouse(t)
	h.must(t, "ADD", h.chain("1.0.0", nil))
	sleeper := net.HardwareAddr{0x02, 0x00, 0x00, 0xca, 0xfe, 0x01}
	magic := append(bytes.Repeat([]byte{0xff}, 6), bytes.Repeat(sleeper, 16)...)
	lan := h.device.Listen(t, "eth0")
	for _, to := range []string{"255.255.255.255", "192.168.2.255"} {
		send(t, h.pod, "", to+":9", magic)
		frame := lan.Wait(t, patience, "the magic packet to "+to, datagram(lanAddress, to, magic))
		if frame.To.String() != "ff:ff:ff:ff:ff:ff" || frame.From.String() != h.pod.MAC(t, "net1").String() {
			t.Errorf("from %s to %s", frame.From, frame.To)
		}
	}
}

// serve answers every TCP connection to a pod with the client's address as the pod sees it.
func serve(t testing.TB, pod *netlab.Netns) {
	t.Helper()
	var listener net.Listener
	pod.Do(t, func() (err error) {
		listener, err = net.Listen("tcp4", "0.0.0.0:8123")
		return err
	})
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			host, _, _ := net.SplitHostPort(connection.RemoteAddr().String())
			_, _ = connection.Write([]byte(host))
			_ = connection.Close()
		}
	}()
}

// open connects as a client in netns and gives the answer.
func open(netns *netlab.Netns, to string, bound time.Duration) (answer string, err error) {
	return openFrom(netns, "0.0.0.0", to, bound)
}

func openFrom(netns *netlab.Netns, from, to string, bound time.Duration) (answer string, err error) {
	err = netns.Try(func() error {
		dialer := net.Dialer{Timeout: bound, LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
		connection, err := dialer.Dial("tcp4", to)
		if err != nil {
			return err
		}
		defer connection.Close()
		if err := connection.SetDeadline(time.Now().Add(bound)); err != nil {
			return err
		}
		buffer := make([]byte, 64)
		size, err := connection.Read(buffer)
		answer = string(buffer[:size])
		return err
	})
	return answer, err
}

// publish is what kube-proxy does for a LoadBalancer with externalTrafficPolicy Local.
func (h *house) publish(t testing.TB) {
	t.Helper()
	nft := testenv.Command(t, "nft", "nftables")
	h.node.Output(t, nft, `table ip kube {
		chain p {
			type nat hook prerouting priority -100
			ip daddr 192.168.6.10 tcp dport 80 dnat to `+podAddress+`:8123
		}
	}`)
}

// stateful makes the router what home routers are: it forwards what it has seen begin, and nothing else.
func (h *house) stateful(t testing.TB) {
	t.Helper()
	nft := testenv.Command(t, "nft", "nftables")
	h.router.Output(t, nft, `table ip fw {
		chain f {
			type filter hook forward priority 0; policy drop;
			ct state invalid drop
			ct state established,related accept
			ct state new tcp flags & (syn|ack) == syn accept
		}
	}`)
	// Else conntrack takes the middle of an unseen connection for its beginning.
	h.router.Sysctl(t, "net/netfilter/nf_conntrack_tcp_loose", "0")
}

// sourceRule is the node's half, which the generator emits for a node with an interface in a client network (design of system
// S4): the pods' replies to the LAN go back by the router through which the requests came.
func (h *house) sourceRule(t testing.TB) {
	t.Helper()
	ip := testenv.Command(t, "ip", "iproute2")
	h.node.Output(t, ip, "route", "add", "default", "via", "192.168.3.1", "table", "100")
	h.node.Output(t, ip, "rule", "add", "from", "192.168.7.0/24", "to", "192.168.2.0/24", "lookup", "100")
}

func TestLANClientsReachThePodByEachOfItsAddresses(t *testing.T) {
	addresses := map[string]string{
		"LAN address": lanAddress + ":8123", "pod address": podAddress + ":8123", "load balancer": "192.168.6.10:80",
	}
	for _, router := range []string{"plain", "stateful"} {
		t.Run(router+" router", func(t *testing.T) {
			h := newHouse(t)
			if router == "stateful" {
				h.stateful(t)
				// As where the host's settings are strict: a new network namespace has those of the first one.
				h.pod.Sysctl(t, "net/ipv4/conf/all/rp_filter", "1")
				h.pod.Sysctl(t, "net/ipv4/conf/eth0/rp_filter", "1")
			}
			h.must(t, "ADD", h.chain("1.0.0", nil))
			serve(t, h.pod)
			h.publish(t)
			h.sourceRule(t)
			for client, netns := range map[string]*netlab.Netns{deviceAddr: h.device, farAddr: h.far} {
				for name, address := range addresses {
					answer, err := open(netns, address, patience)
					if err != nil || answer != client {
						t.Errorf("client %s, %s: the pod sees %q, %v", client, name, answer, err)
					}
				}
			}
		})
	}
}

// Each of the two reply rules, and the node's rule, is needed: without it the client waits in vain.
func TestWithoutARuleTheStatefulRouterDropsAnswers(t *testing.T) {
	h := newHouse(t)
	h.must(t, "ADD", h.chain("1.0.0", nil))
	serve(t, h.pod)
	h.publish(t)
	h.stateful(t)
	if answer, err := open(h.device, "192.168.6.10:80", soon); err == nil {
		t.Errorf("without the node's source rule the load balancer answers %q", answer)
	}
	h.sourceRule(t)
	if _, err := open(h.device, "192.168.6.10:80", patience); err != nil {
		t.Errorf("with the node's source rule: %v", err)
	}
	ip := testenv.Command(t, "ip", "iproute2")
	for _, c := range []struct {
		priority, address string
		client            *netlab.Netns
	}{
		{"1020", "192.168.6.10:80", h.device},
		{"1000", lanAddress + ":8123", h.far},
	} {
		if _, err := open(c.client, c.address, patience); err != nil {
			t.Errorf("with rule %s: %v", c.priority, err)
		}
		h.pod.Output(t, ip, "rule", "del", "priority", c.priority)
		if answer, err := open(c.client, c.address, soon); err == nil {
			t.Errorf("without rule %s %s answers %q", c.priority, c.address, answer)
		}
	}
}

// Another pod of the cluster by the LAN address of the first: through the LAN's router, since the node accepts nothing from
// eth0 with another source than the pod's own.
func TestPodsReachThePodByTheLANAddress(t *testing.T) {
	for _, router := range []string{"plain", "stateful"} {
		t.Run(router+" router", func(t *testing.T) {
			h := newHouse(t)
			other := h.secondPod(t)
			if router == "stateful" {
				h.stateful(t)
			}
			h.sourceRule(t)
			h.must(t, "ADD", h.chain("1.0.0", nil))
			serve(t, h.pod)
			serve(t, other)
			h.publish(t)
			for _, c := range []struct {
				name, from, to string
				client         *netlab.Netns
				seen           string
			}{
				{"another pod, to the LAN address", "0.0.0.0", lanAddress + ":8123", other, otherPodAddress},
				{"the pod, bound to nothing", "0.0.0.0", otherPodAddress + ":8123", h.pod, podAddress},
			} {
				answer, err := openFrom(c.client, c.from, c.to, patience)
				if err != nil || answer != c.seen {
					t.Errorf("%s: the other end sees %q, %v", c.name, answer, err)
				}
			}
		})
	}
}

// The cluster address is none of the LAN's business: no reply to ARP requests for it.
func TestTheClusterAddressIsNotAnsweredOnTheLAN(t *testing.T) {
	h := newHouse(t)
	h.must(t, "ADD", h.chain("1.0.0", nil))
	h.device.Route(t, podAddress+"/32", "", "eth0")
	questions := h.pod.Listen(t, "net1")
	isARP := func(operation byte) func(netlab.Frame) bool {
		return func(f netlab.Frame) bool {
			return f.Type == 0x0806 && len(f.Payload) >= 28 && f.Payload[7] == operation &&
				(bytes.Equal(f.Payload[24:28], []byte{192, 168, 7, 1}) || bytes.Equal(f.Payload[14:18], []byte{192, 168, 7, 1}))
		}
	}
	ask := func() {
		questions.Forget()
		send(t, h.device, "", podAddress+":9", []byte("who"))
		questions.Wait(t, patience, "the ARP question", isARP(1))
	}
	ask()
	// The kernel answers while it takes the question in, and repeats unanswered ones each second.
	testenv.Eventually(t, patience, "a second question", func() error {
		count := 0
		for _, frame := range questions.Frames() {
			if isARP(1)(frame) {
				count++
			}
		}
		if count < 2 {
			return fmt.Errorf("%d questions", count)
		}
		return nil
	})
	if frame, answered := questions.Find(isARP(2)); answered {
		t.Errorf("answered: %v", frame)
	}
	// The test would see an answer: without the setting there is one.
	h.pod.Sysctl(t, "net/ipv4/conf/net1/arp_ignore", "0")
	ask()
	questions.Wait(t, patience, "the answer without arp_ignore", isARP(2))
}
