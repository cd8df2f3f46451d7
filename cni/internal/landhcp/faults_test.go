package landhcp

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"github.com/flatlan/flatlan/cni/internal/landhcp/frame"
	"github.com/flatlan/flatlan/cni/internal/netlab"
	"github.com/flatlan/flatlan/cni/internal/testenv"
)

// Leases of six seconds: renewed after 2, rebound after 4.
func shortLeases() keaPlan {
	return keaPlan{pool: "192.168.2.100 - 192.168.2.119", router: "192.168.2.1", lease: 6}
}

// works sees that the pod has one address, that the LAN reaches it there, and that the server knows of it.
func (p *pod) works() error {
	addresses := p.addresses()
	if len(addresses) != 1 {
		return fmt.Errorf("net1 has the addresses %v", addresses)
	}
	p.address = netip.MustParsePrefix(addresses[0])
	here := net.JoinHostPort(p.address.Addr().String(), "7")
	var listener net.Listener
	err := p.netns.Try(func() (err error) {
		listener, err = net.Listen("tcp4", here)
		return err
	})
	if err != nil {
		return err
	}
	defer listener.Close()
	return p.house.router.Try(func() error {
		conn, err := net.DialTimeout("tcp4", here, time.Second)
		if err == nil {
			_ = conn.Close()
		}
		return err
	})
}

func (p *pod) route() string {
	return p.netns.Output(p.house.t, "ip", "route", "show", "default")
}

// recovers waits until the pod works as wanted, and prints how long that took.
func (p *pod) recovers(bound time.Duration, what string, wanted func() error) {
	p.house.t.Helper()
	began := time.Now()
	testenv.Eventually(p.house.t, bound, what, func() error {
		if err := wanted(); err != nil {
			return err
		}
		return p.works()
	})
	p.house.t.Logf("%s: the pod works %s later, at %s (bound %s)", what, time.Since(began).Round(10*time.Millisecond), p.address, bound)
}

func (p *pod) hasLeft(old netip.Prefix) error {
	if got := p.addresses(); len(got) == 1 && got[0] == old.String() {
		return fmt.Errorf("it still has %s", old)
	}
	return nil
}

func TestServerMovesAPod(t *testing.T) {
	h := newHouse(t)
	server := h.startKea(shortLeases())
	h.startDaemon()
	p := h.newPod("web").mustAdd()
	old, mac := p.address, p.netns.MAC(t, "net1").String()
	server.change(func(plan *keaPlan) {
		plan.reservations = []map[string]string{{"hw-address": mac, "ip-address": "192.168.2.50"}}
	})
	// At T1, 2 s after the last renewal, the server refuses the old address.
	p.recovers(6*time.Second, "the server reserves another address for the pod", func() error { return p.hasLeft(old) })
	if p.address.String() != "192.168.2.50/24" {
		t.Errorf("the pod has %s", p.address)
	}
	p.mustDel()
	h.stopDaemon()
}

// Kea 2.2 does not answer a renewal of an address that its range no longer holds: the lease runs out.
func TestServerIgnoresRenewals(t *testing.T) {
	h := newHouse(t)
	server := h.startKea(shortLeases())
	h.startDaemon()
	p := h.newPod("web").mustAdd()
	old := p.address
	server.change(func(plan *keaPlan) { plan.pool = "192.168.2.200 - 192.168.2.219" })
	p.recovers(8*time.Second, "the server's range moves and it says nothing to the old address", func() error { return p.hasLeft(old) })
	if !strings.Contains(p.route(), "default via 192.168.2.1 dev net1 metric 500") {
		t.Errorf("routes: %s", p.route())
	}
	p.mustDel()
	h.stopDaemon()
}

func TestServerSendsNAK(t *testing.T) {
	h := newHouse(t)
	times := []string{"--dhcp-option=option:T1,3", "--dhcp-option=option:T2,60"}
	server := h.startDnsmasq("192.168.2.100", "192.168.2.119", times...)
	h.startDaemon()
	p := h.newPod("web").mustAdd()
	old := p.address
	server.Stop(t)
	server = h.startDnsmasq("192.168.2.200", "192.168.2.219", times...)
	p.recovers(6*time.Second, "the server's range moves and it sends NAK", func() error { return p.hasLeft(old) })
	if !strings.Contains(server.Output(), "DHCPNAK(eth0) "+old.Addr().String()) {
		t.Errorf("there was no NAK: %s", server.Output())
	}
	if !strings.Contains(p.route(), "default via 192.168.2.1 dev net1 metric 500") {
		t.Errorf("routes: %s", p.route())
	}
	p.mustDel()
	server.waitEmpty(5 * time.Second)
	h.stopDaemon()
}

func TestServerChangesRouterAndMTU(t *testing.T) {
	h := newHouse(t)
	server := h.startKea(shortLeases())
	h.startDaemon()
	p := h.newPod("web").mustAdd()
	server.change(func(plan *keaPlan) { plan.router, plan.mtu = "192.168.2.254", 1400 })
	p.recovers(6*time.Second, "the server names another router and MTU", func() error {
		if got := strings.TrimSpace(p.route()); got != "default via 192.168.2.254 dev net1 metric 500" {
			return fmt.Errorf("routes: %s", got)
		}
		if got := p.mtu(); got != 1400 {
			return fmt.Errorf("MTU: %d", got)
		}
		return nil
	})
	server.change(func(plan *keaPlan) { plan.mtu = 9000 })
	p.recovers(6*time.Second, "the server names an MTU beyond the attachment's", func() error {
		if got := p.mtu(); got != 1500 {
			return fmt.Errorf("MTU: %d", got)
		}
		return nil
	})
	p.mustDel()
	h.stopDaemon()
}

func (p *pod) mtu() (mtu int) {
	p.netns.Do(p.house.t, func() error {
		link, err := netlink.LinkByName("net1")
		mtu = link.Attrs().MTU
		return err
	})
	return mtu
}

// A router that is replaced, or a bridge that takes another port's MAC.
func TestServerGetsAnotherMAC(t *testing.T) {
	h := newHouse(t)
	h.startDnsmasq("192.168.2.100", "192.168.2.119", "--dhcp-option=option:T1,3", "--dhcp-option=option:T2,60")
	h.startDaemon()
	p := h.newPod("web").mustAdd()
	heard := h.router.Listen(t, "eth0")
	h.router.SetMAC(t, "eth0", "02:00:00:00:00:77")
	heard.Wait(t, 6*time.Second, "the server's acknowledgement of a renewal", func(f netlab.Frame) bool {
		return f.Outgoing && f.SrcPort == 67 && f.Dst == p.address.Addr()
	})
	if frame, found := heard.Find(func(f netlab.Frame) bool { return f.DstPort == 67 && f.Dst == frame.LimitedBroadcast }); found {
		t.Errorf("the pod had to rebind: %s", frame)
	}
	p.mustDel()
	h.stopDaemon()
}

func TestServerIsOffPastTheLeasesEnd(t *testing.T) {
	h := newHouse(t)
	server := h.startKea(shortLeases())
	h.startDaemon()
	p := h.newPod("web").mustAdd()
	server.Kill(t)
	testenv.Eventually(t, 10*time.Second, "the pod lets its address go at the lease's end", func() error {
		if got := p.addresses(); len(got) != 0 {
			return fmt.Errorf("net1 has %v", got)
		}
		return nil
	})
	testenv.Eventually(t, 20*time.Second, "the pod's owner is told", func() error {
		if !strings.Contains(h.daemon.Output(), `"event":"LanAddressLost"`) {
			return fmt.Errorf("the daemon wrote %s", h.daemon.Output())
		}
		return nil
	})
	server.start()
	// It is asked each 8 s by then.
	p.recovers(10*time.Second, "the server returns", func() error { return nil })
	p.mustDel()
	h.stopDaemon()
}

func TestADeviceSquatsOnTheOfferedAddress(t *testing.T) {
	h := newHouse(t)
	server := h.startKea(shortLeases())
	h.device.Address(t, "eth0", "192.168.2.100/24") // the first that Kea offers
	h.startDaemon()
	began := time.Now()
	p := h.newPod("web").mustAdd()
	t.Logf("ADD with a squatted address took %s and gave %s", time.Since(began).Round(time.Millisecond), p.address)
	if err := p.works(); err != nil || p.address.String() == "192.168.2.100/24" {
		t.Errorf("%s: %v", p.address, err)
	}
	server.waitFor("DHCP4_DECLINE_LEASE", 1)
	p.mustDel()
	h.stopDaemon()
}

// A device that takes a pod's address later and does not yield when the pod defends it.
func TestADeviceTakesAPodsAddress(t *testing.T) {
	h := newHouse(t)
	h.startKea(keaPlan{pool: "192.168.2.100 - 192.168.2.119", router: "192.168.2.1", lease: 3600})
	h.startDaemon()
	p := h.newPod("web").mustAdd()
	old := p.address
	h.device.Address(t, "eth0", old.String())
	claims := 0
	// The pod is quiet for 10 s after its DECLINE.
	p.recovers(15*time.Second, "a device takes the pod's address", func() error {
		if err := p.hasLeft(old); err != nil {
			claims++
			claim(t, h.device, old.Addr())
			return err
		}
		return nil
	})
	if claims < 2 {
		t.Errorf("the pod left at the first claim")
	}
	p.mustDel()
	h.stopDaemon()
}

// claim says what a device's own kernel says when its address is set up.
func claim(t *testing.T, device *netlab.Netns, address netip.Addr) {
	t.Helper()
	mac := device.MAC(t, "eth0")
	device.Do(t, func() error {
		link, err := net.InterfaceByName("eth0")
		if err != nil {
			return err
		}
		socket, err := frame.ListenARP(link)
		if err != nil {
			return err
		}
		defer socket.Close()
		return socket.Send(frame.ARPAnnouncement(mac, address))
	})
}
