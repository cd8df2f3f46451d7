package landhcp

import (
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"

	"github.com/flatlan/flatlan/cni/internal/landhcp/client"
	"github.com/flatlan/flatlan/cni/internal/landhcp/dhcptest"
	"github.com/flatlan/flatlan/cni/internal/landhcp/frame"
	"github.com/flatlan/flatlan/cni/internal/landhcp/server"
	"github.com/flatlan/flatlan/cni/internal/testenv"
)

// policy writes what the plan says of the house's LAN, and gives the daemon's flag for it.
func (h *house) policy(change func(*client.AttachmentPolicy)) string {
	h.t.Helper()
	a := client.AttachmentPolicy{Bridge: "br0", Subnet: netip.MustParsePrefix("192.168.2.0/24"), ClusterSubnets: dhcptest.Prefixes("192.168.7.0/24", "10.43.0.0/16"),
		OtherSubnets: dhcptest.Prefixes("192.168.3.0/24", "192.168.2.1/32", "192.168.2.2/32")}
	if change != nil {
		change(&a)
	}
	text, err := json.Marshal(server.Policy{Attachments: map[string]client.AttachmentPolicy{"home/layer2-bridge": a},
		Pins: map[string]server.Pin{"02:f1:a7:00:00:07": {Namespace: "home", Workload: "pinned"}}})
	path := filepath.Join(h.folder, "policy.json")
	if err == nil {
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	return "--policy=" + path
}

func known(a *client.AttachmentPolicy) {
	a.Servers = []netip.Addr{netip.MustParseAddr(dhcptest.Router)}
}

// refusesOutsiders has a pod made, whose ADD has to fail because of the addresses that it is offered, and looks whether
// somebody was told.
func (h *house) refusesOutsiders() {
	h.t.Helper()
	p := h.newPod("web")
	if err := p.add(); err == nil || !strings.Contains(err.Error(), "lies outside of the attachment's subnet 192.168.2.0/24") {
		h.t.Errorf("ADD: %v, address %s", err, p.address)
	}
	if !strings.Contains(h.daemon.Output(), `"event":"LanLeaseRefused"`) {
		h.t.Errorf("nobody was told: %s", h.daemon.Output())
	}
	h.stopDaemon()
}

// Where the plan does not know the server, any may answer: what it says is bounded all the same.
func TestAnOfferOfTheClustersAddresses(t *testing.T) {
	h := newHouse(t)
	h.startDaemon(h.policy(nil), "--acquire-timeout=2s")
	h.startRogue(func(request *dhcpv4.DHCPv4) [][]byte {
		return [][]byte{dhcptest.AnswerTo(request, "10.43.0.10", "192.168.2.9").ToBytes(), dhcptest.AnswerTo(request, "192.168.7.5", "192.168.2.9").ToBytes()}
	})
	h.refusesOutsiders()
}

// The same from real servers, one of which has taken the router's place.
func TestAServerOfTheClustersAddresses(t *testing.T) {
	for name, start := range map[string]func(*house){
		"Kea": func(h *house) {
			h.startKea(keaPlan{subnet: "192.168.7.0/24", pool: "192.168.7.5 - 192.168.7.9", router: "192.168.7.1", lease: 3600})
		},
		"dnsmasq": func(h *house) { h.startDnsmasq("192.168.7.5", "192.168.7.9") },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.router.Output(t, testenv.Command(t, "ip", "iproute2"), "address", "flush", "dev", "eth0")
			h.router.Address(t, "eth0", "192.168.7.1/24")
			start(h)
			h.startDaemon(h.policy(nil), "--acquire-timeout=2s")
			h.refusesOutsiders()
		})
	}
}

// Whoever answers a renewal in the server's name with an address of the cluster: the pod keeps what it has.
func TestARenewalIntoTheClusterIsRefused(t *testing.T) {
	h := newHouse(t)
	server := h.startDnsmasq("192.168.2.100", "192.168.2.119", "--dhcp-option=option:T1,12")
	h.startDaemon(h.policy(known))
	p := h.newPod("web").mustAdd()
	before := p.address
	server.Stop(t)
	h.startRogue(func(request *dhcpv4.DHCPv4) [][]byte {
		return [][]byte{dhcptest.AnswerTo(request, "10.43.0.10", dhcptest.Router).ToBytes(), dhcptest.AnswerTo(request, "192.168.7.5", dhcptest.Router).ToBytes()}
	})
	testenv.Eventually(t, 20*time.Second, "the answer to the renewal is refused", func() error {
		if !strings.Contains(h.daemon.Output(), "the ACK of DHCP server 192.168.2.1") {
			return fmt.Errorf("the daemon wrote %s", h.daemon.Output())
		}
		return nil
	})
	if err := p.works(); err != nil || p.address != before {
		t.Errorf("%s, was %s: %v", p.address, before, err)
	}
	p.mustDel()
	h.stopDaemon()
}

// A pod of the node that claims another's address is a device like any other: people are told which.
func TestAPodThatClaimsAnothersAddress(t *testing.T) {
	h := newHouse(t)
	h.startDnsmasq("192.168.2.100", "192.168.2.119")
	h.startDaemon(h.policy(known))
	victim, other := h.newPod("web").mustAdd(), h.newPod("other").mustAdd()
	mac := other.netns.MAC(t, "net1")
	other.netns.Do(t, func() error {
		link, err := net.InterfaceByName("net1")
		if err != nil {
			return err
		}
		socket, err := frame.ListenARP(link)
		if err != nil {
			return err
		}
		defer socket.Close()
		return socket.Send(frame.ARPAnnouncement(mac, victim.address.Addr()))
	})
	testenv.Eventually(t, 5*time.Second, "it is told", func() error {
		for line := range strings.Lines(h.daemon.Output()) {
			if strings.Contains(line, "another device claims the pod's LAN address") && strings.Contains(line, mac.String()) && strings.Contains(line, "home/web") {
				return nil
			}
		}
		return fmt.Errorf("the daemon wrote %s", h.daemon.Output())
	})
	if err := victim.works(); err != nil {
		t.Error(err)
	}
	victim.mustDel()
	other.mustDel()
	h.stopDaemon()
}

// Options that would break pods or take their traffic: the pod starts without them.
func TestOptionsOfAnAttacker(t *testing.T) {
	h := newHouse(t)
	server := h.startDnsmasq("192.168.2.100", "192.168.2.119", "--dhcp-option=option:mtu,1000",
		"--dhcp-option=option:classless-static-route,0.0.0.0/1,192.168.2.9,128.0.0.0/1,192.168.2.9,192.168.2.2/32,192.168.2.9,169.254.20.10/32,192.168.2.9",
		"--dhcp-option=option:router,10.0.0.1")
	h.startDaemon(h.policy(known))
	p := h.newPod("web").mustAdd()
	if routes := p.netns.Output(t, "ip", "route"); strings.Contains(routes, "via") || p.mtu() != 1500 {
		t.Errorf("MTU %d, routes:\n%s", p.mtu(), routes)
	}
	if _, err := os.Stat("/proc/sys/net/ipv6"); err == nil {
		if settings := p.netns.Output(t, "ls", "/proc/sys/net/ipv6/conf"); !strings.Contains(settings, "net1") {
			t.Errorf("the interface has no IPv6: %s", settings)
		}
	}
	for _, want := range []string{`"event":"LanOptionsLeftOut"`, "MTU 1000, less than the 1280", "router 10.0.0.1", "0.0.0.0/1 via 192.168.2.9", "192.168.2.2/32"} {
		if !strings.Contains(h.daemon.Output(), want) {
			t.Errorf("%q is not in %s", want, h.daemon.Output())
		}
	}
	p.mustDel()
	server.waitEmpty(5 * time.Second)
	h.stopDaemon()
}

// A lease of before, which the plan does not allow any more or an attacker gave: the next daemon takes it from the pod.
func TestALeaseOnDiskIsJudged(t *testing.T) {
	h := newHouse(t)
	h.startDnsmasq("192.168.2.100", "192.168.2.119")
	h.startDaemon()
	p := h.newPod("web").mustAdd()
	h.stopDaemon()
	h.startDaemon(h.policy(func(a *client.AttachmentPolicy) {
		a.ClusterSubnets = append(a.ClusterSubnets, netip.MustParsePrefix("192.168.2.64/26"))
	}))
	testenv.Eventually(t, 10*time.Second, "the pod has no address of the cluster's", func() error {
		if got := p.addresses(); len(got) != 0 {
			return fmt.Errorf("it has %v", got)
		}
		return nil
	})
	if !strings.Contains(h.daemon.Output(), "which is the cluster's") {
		t.Errorf("nobody was told: %s", h.daemon.Output())
	}
	p.mustDel()
	h.stopDaemon()
}

// Whoever asks for a MAC address that is not its own gets none, and its owner keeps address and lease.
func TestNobodyTakesAPinnedMAC(t *testing.T) {
	h := newHouse(t)
	server := h.startDnsmasq("192.168.2.100", "192.168.2.119", "--dhcp-host=02:f1:a7:00:00:07,192.168.2.50")
	h.startDaemon(h.policy(known))
	owner := h.newPod("pinned-0")
	owner.mac = "02:f1:a7:00:00:07"
	owner.mustAdd()
	for name, one := range map[string]struct{ mac, want string }{
		"web":      {"02:f1:a7:00:00:07", "is pinned for workload pinned of namespace home"},
		"pinned-1": {"02:f1:a7:00:00:07", "pod home/pinned-0 has it there"},
		"pinned-2": {"02:00:00:00:00:09", "lets nobody pin MAC address"},
	} {
		p := h.newPod(name)
		p.mac = one.mac
		if err := p.add(); err == nil || !strings.Contains(err.Error(), one.want) {
			t.Errorf("%s: %v, want %q", name, err, one.want)
		}
		_, _ = p.call("DEL")
	}
	if err := owner.works(); err != nil || owner.address.String() != "192.168.2.50/24" {
		t.Errorf("the owner: %s, %v", owner.address, err)
	}
	server.holds(1, 5*time.Second)
	if len(h.records()) == 0 {
		t.Error("the owner's lease is not kept any more")
	}
	for _, want := range []string{`"event":"LanAttachmentRefused"`, `"event":"LanAddressContested"`} {
		if !strings.Contains(h.daemon.Output(), want) {
			t.Errorf("no %s in %s", want, h.daemon.Output())
		}
	}
	owner.mustDel()
	h.stopDaemon()
}

// The same with the other one on another node: its kernel answers for the address, by the pod's own MAC address.
func TestAPinnedMACThatLivesElsewhere(t *testing.T) {
	h := newHouse(t)
	server := h.startDnsmasq("192.168.2.100", "192.168.2.119", "--dhcp-host=02:f1:a7:00:00:07,192.168.2.50")
	h.startDaemon(h.policy(known), "--acquire-timeout=5s")
	h.device.SetMAC(t, "eth0", "02:f1:a7:00:00:07")
	h.device.Address(t, "eth0", "192.168.2.50/24")
	p := h.newPod("pinned-0")
	p.mac = "02:f1:a7:00:00:07"
	if err := p.add(); err == nil || !strings.Contains(err.Error(), "another interface has the pod's own MAC address") {
		t.Errorf("ADD: %v, address %s", err, p.address)
	}
	for _, never := range []string{"DHCPDECLINE", "DHCPRELEASE"} {
		if strings.Contains(server.Output(), never) {
			t.Errorf("the owner's lease was given away: %s", server.Output())
		}
	}
	h.stopDaemon()
}
