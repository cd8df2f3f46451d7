package landhcp

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/flatlan/flatlan/cni/internal/netlab"
	"github.com/flatlan/flatlan/cni/internal/testenv"
)

func TestAPinnedPodKeepsItsLease(t *testing.T) {
	h := newHouse(t)
	server := h.startDnsmasq("192.168.2.100", "192.168.2.119", "--dhcp-host=02:f1:a7:00:00:01,192.168.2.77")
	h.startDaemon()
	for round := range 3 {
		p := h.newPod(fmt.Sprintf("home-assistant-%d", round))
		p.mac = "02:f1:a7:00:00:01"
		p.mustAdd()
		if p.address.String() != "192.168.2.77/24" || p.netns.MAC(t, "net1").String() != p.mac {
			t.Errorf("round %d: %s with MAC %s", round, p.address, p.netns.MAC(t, "net1"))
		}
		p.mustDel()
		h.waitNoState()
		if table := server.holds(1, 5*time.Second); !strings.Contains(table[0], "01:02:f1:a7:00:00:01") {
			t.Errorf("round %d: the server's table is %q", round, table)
		}
	}
	h.stopDaemon()
}

func TestKeaTakesAddressesBack(t *testing.T) {
	h := newHouse(t)
	plan := shortLeases()
	plan.lease = 3600
	server := h.startKea(plan)
	h.startDaemon()
	for round := range 3 {
		p := h.newPod(fmt.Sprintf("web-%d", round)).mustAdd()
		if n := len(server.table()); n != 1 {
			t.Errorf("round %d: Kea has %d leases", round, n)
		}
		p.mustDel()
		testenv.Eventually(t, 5*time.Second, "Kea's lease table is empty", func() error {
			if left := server.table(); len(left) > 0 {
				return fmt.Errorf("%q", left)
			}
			return nil
		})
	}
	h.stopDaemon()
}

func TestTheCapOfANode(t *testing.T) {
	h := newHouse(t)
	server := h.startDnsmasq("192.168.2.100", "192.168.2.119")
	h.startDaemon("--leases=2", quickProbe)
	first := h.newPod("a").mustAdd()
	h.newPod("b").mustAdd()
	third := h.newPod("c")
	if err := third.add(); err == nil || !strings.Contains(err.Error(), "this node has 2 leases, as many as leasesPerNode allows") {
		t.Errorf("the third pod: %v", err)
	}
	server.holds(2, 5*time.Second)
	if _, err := third.call("DEL"); err != nil {
		t.Error(err)
	}
	first.mustDel()
	if err := third.add(); err != nil {
		t.Errorf("with a place free: %v", err)
	}
	h.stopDaemon()
}

func TestSilenceIsBoundedAndExplained(t *testing.T) {
	h := newHouse(t)
	h.startDaemon("--acquire-timeout=1s")
	began := time.Now()
	out, err := h.newPod("web").call("ADD")
	if err == nil {
		t.Fatal("ADD succeeded without a server")
	}
	code, message := cniError(t, out)
	for _, part := range []string{"pod home/web, network layer2-bridge (br0)", "no DHCP server answered 3 requests", "hypervisor"} {
		if !strings.Contains(message, part) {
			t.Errorf("%q is not in: %s", part, message)
		}
	}
	if code != 100 {
		t.Errorf("code %d", code)
	}
	t.Logf("ADD ended %s after it began (--acquire-timeout=1s)", time.Since(began).Round(time.Millisecond))
	if !strings.Contains(h.daemon.Output(), `"event":"LanAddressFailed"`) {
		t.Errorf("no event: %s", h.daemon.Output())
	}
	h.stopDaemon()
}

func TestAnExhaustedPool(t *testing.T) {
	h := newHouse(t)
	server := h.startDnsmasq("192.168.2.100", "192.168.2.101")
	h.startDaemon("--acquire-timeout=6s", quickProbe)
	first := h.newPod("a").mustAdd()
	h.newPod("b").mustAdd()
	third := h.newPod("c")
	if err := third.add(); err == nil || !strings.Contains(err.Error(), "a server with free addresses") {
		t.Errorf("the third pod: %v", err)
	}
	first.mustDel()
	server.holds(1, 5*time.Second)
	third = h.newPod("c")
	if err := third.add(); err != nil {
		t.Errorf("with an address free: %v", err)
	}
	h.stopDaemon()
}

// A runtime that stops waiting kills the plugin. What the daemon has got by then goes back.
func TestAKilledPluginLeavesNothing(t *testing.T) {
	h := newHouse(t)
	server := h.startDnsmasq("192.168.2.100", "192.168.2.119")
	h.startDaemon("--arp-probe=5s")
	p := h.newPod("web")
	call := h.node.Start(t, netlab.Command{
		Args: []string{h.bridge}, Stdin: p.config(), Env: append(p.env(), "CNI_COMMAND=ADD", "CNI_PATH="+h.plugins),
	})
	server.holds(1, 10*time.Second)
	call.Signal(t, syscall.SIGKILL) // bridge; lan-dhcp goes with the group
	call.Kill(t)
	server.waitEmpty(5 * time.Second)
	h.waitNoState()
	h.stopDaemon()
}

func TestDELEndsAnADD(t *testing.T) {
	h := newHouse(t)
	server := h.startDnsmasq("192.168.2.100", "192.168.2.119")
	h.startDaemon("--arp-probe=5s")
	p := h.newPod("web")
	ended := make(chan error, 1)
	go func() { ended <- p.add() }()
	server.holds(1, 10*time.Second)
	began := time.Now()
	if _, err := p.ask("DEL"); err != nil {
		t.Error(err)
	}
	if err := <-ended; err == nil {
		t.Error("ADD succeeded after DEL")
	}
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("DEL waited %s for ADD", took)
	}
	server.waitEmpty(5 * time.Second)
	h.waitNoState()
	h.stopDaemon()
}

// A pod whose namespace goes without DEL (a runtime that lost its state) is noticed.
func TestAPodThatGoesWithoutDEL(t *testing.T) {
	h := newHouse(t)
	server := h.startDnsmasq("192.168.2.100", "192.168.2.119")
	h.startDaemon("--sweep=200ms", "--grace=100ms")
	p := h.newPod("web").mustAdd()
	stays := h.newPod("stays").mustAdd()
	p.netns.Delete(t)
	if table := server.holds(1, 10*time.Second); !strings.Contains(table[0], stays.address.Addr().String()) {
		t.Errorf("the table is %q", table)
	}
	if err := stays.works(); err != nil {
		t.Error(err)
	}
	h.stopDaemon()
}

// A StatefulSet's pod may run on another node while this one was off, with the same identifier and address.
func TestAnAddressInUseElsewhereIsNotGivenBack(t *testing.T) {
	h := newHouse(t)
	server := h.startDnsmasq("192.168.2.100", "192.168.2.119")
	h.startDaemon()
	p := h.newPod("db-0").mustAdd()
	h.reboot([]*pod{p})
	h.device.Address(t, "eth0", p.address.String())
	h.startDaemon("--grace=1ms")
	h.waitNoState()
	server.holds(1, 5*time.Second) // the one of the pod that runs elsewhere
	if !strings.Contains(h.daemon.Output(), "in use and is not given back") {
		t.Errorf("the daemon wrote %s", h.daemon.Output())
	}
	h.stopDaemon()
}

func TestTwoBridges(t *testing.T) {
	h := newHouse(t)
	first := h.startDnsmasq("192.168.2.100", "192.168.2.119")
	second := h.secondLAN()
	h.startDaemon()
	p, q := h.newPod("web").mustAdd(), h.newPod("web")
	q.netns, q.containerID = p.netns, p.containerID
	q.ifName, q.bridge = "net2", "cni1"
	q.mustAdd()
	if got := q.address.String(); !strings.HasPrefix(got, "192.168.20.") {
		t.Errorf("net2 has %s", got)
	}
	if _, err := q.call("DEL"); err != nil {
		t.Error(err)
	}
	second.waitEmpty(5 * time.Second)
	first.holds(1, 5*time.Second)
	p.mustDel()
	first.waitEmpty(5 * time.Second)
	h.stopDaemon()
}

// A single node may serve the house's DHCP itself, on the bridge (Pi-hole on the host's network).
// By the plan the node may have no address on the bridge: nothing that is done for pods needs one, nor IPv6 of the bridge.
func TestABridgeWithoutAddress(t *testing.T) {
	h := newHouse(t)
	h.node.Output(t, "ip", "address", "flush", "dev", "br0")
	h.node.Sysctl(t, "net/ipv6/conf/br0/disable_ipv6", "1")
	server := h.startDnsmasq("192.168.2.100", "192.168.2.119")
	h.startDaemon(quickProbe)
	p := h.newPod("web").mustAdd()
	server.holds(1, 5*time.Second)
	p.netns.Output(t, "ping", "-c", "1", "-W", "2", "192.168.2.9")
	h.device.Output(t, "ping", "-c", "1", "-W", "2", p.address.Addr().String())
	if out := h.node.Output(t, "ip", "-brief", "address", "show", "br0"); strings.Contains(out, "192.168.") || strings.Contains(out, "fe80") {
		t.Errorf("the bridge has an address: %s", out)
	}
	p.mustDel()
	// The RELEASE is sent in the pod's name.
	server.holds(0, 5*time.Second)
	h.waitNoState()
	h.stopDaemon()
}

func TestTheNodeItselfIsTheServer(t *testing.T) {
	h := newHouse(t)
	self := &house{t: t, router: h.node, folder: t.TempDir(), serverPort: "br0"}
	server := self.startDnsmasq("192.168.2.100", "192.168.2.119")
	h.startDaemon()
	for i := range 3 {
		h.newPod(fmt.Sprintf("web-%d", i)).mustAdd().mustDel()
		server.waitEmpty(10 * time.Second)
	}
	h.waitNoState()
	if links := h.node.Output(t, "ip", "link"); strings.Contains(links, "fl-release") {
		t.Errorf("links are\n%s", links)
	}
	h.stopDaemon()
}

func TestProvideAndRequestReachTheServer(t *testing.T) {
	h := newHouse(t)
	server := h.startDnsmasq("192.168.2.100", "192.168.2.119", "--log-dhcp",
		"--dhcp-vendorclass=set:k8s,k8s-pod", "--dhcp-option=tag:k8s,option:classless-static-route,10.9.0.0/16,192.168.2.3,224.0.0.0/4,0.0.0.0",
		"--dhcp-option=option:domain-name,home.lan", "--dhcp-option=option:dns-server,192.168.2.1", "--dhcp-option=option:mtu,1400")
	h.startDaemon()
	p := h.newPod("web")
	p.ipam = map[string]any{
		"priority": 700,
		"provide": []map[string]string{
			{"option": "host-name", "value": "named"}, {"option": "vendor-class-identifier", "value": "k8s-pod"},
			{"option": "dhcp-client-identifier", "fromArg": "K8S_POD_UID"},
		},
	}
	p.mustAdd()
	if table := server.holds(1, 5*time.Second); !strings.HasSuffix(table[0], " named 00:75:69:64:2d:77:65:62") {
		t.Errorf("the server's table is %q", table)
	}
	routes := p.netns.Output(t, "ip", "route")
	for _, want := range []string{"10.9.0.0/16 via 192.168.2.3 dev net1 metric 700", "224.0.0.0/4 dev net1 scope link metric 700"} {
		if !strings.Contains(routes, want) {
			t.Errorf("%q is not in\n%s", want, routes)
		}
	}
	if strings.Contains(routes, "default") {
		t.Errorf("the router is a route beside classless ones (RFC 3442):\n%s", routes)
	}
	if p.result.DNS.Domain != "home.lan" || strings.Join(p.result.DNS.Nameservers, " ") != "192.168.2.1" || p.mtu() != 1400 {
		t.Errorf("DNS %+v, MTU %d", p.result.DNS, p.mtu())
	}
	p.mustDel()

	bare := h.newPod("bare")
	bare.ipam = map[string]any{"request": []map[string]any{{"skipDefault": true, "option": "subnet-mask"}}}
	bare.mustAdd()
	if routes := bare.netns.Output(t, "ip", "route"); strings.Contains(routes, "via") || bare.mtu() != 1500 {
		t.Errorf("MTU %d, routes:\n%s", bare.mtu(), routes)
	}
	bare.mustDel()
	server.waitEmpty(5 * time.Second)
	h.stopDaemon()
}
