package routefix

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/containernetworking/plugins/pkg/ns"
	"github.com/vishvananda/netlink"

	"github.com/flatlan/flatlan/cni/internal/netlab"
	"github.com/flatlan/flatlan/cni/internal/testenv"
)

// advertise runs the router's radvd: an address prefix, a default route, and a route into a Thread mesh (RFC 4191).
func (h *house) advertise(t testing.TB) {
	t.Helper()
	h.advertiseThat(t, `prefix 2001:db8:2::/64 { AdvOnLink on; AdvAutonomous on; };
		route 2001:db8:99::/64 { AdvRouteLifetime 600; };`)
}

func (h *house) advertiseThat(t testing.TB, what string) {
	t.Helper()
	radvd := testenv.Command(t, "radvd", "radvd")
	h.router.Sysctl(t, "net/ipv6/conf/all/forwarding", "1")
	folder := t.TempDir()
	conf := filepath.Join(folder, "radvd.conf")
	text := `interface lan {
		AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; AdvDefaultLifetime 600;
		` + what + `
	};`
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	h.router.Start(t, netlab.Command{
		Args: []string{radvd, "--nodaemon", "--config", conf, "--pidfile", filepath.Join(folder, "pid"), "--logmethod", "stderr"},
	})
}

// globalIPv6 gives the addresses that the pod has by advertisements.
func (h *house) globalIPv6(t testing.TB) []string {
	t.Helper()
	output := h.pod.Output(t, testenv.Command(t, "ip", "iproute2"), "-6", "-o", "addr", "show", "dev", "net1", "scope", "global")
	var addresses []string
	for line := range strings.Lines(output) {
		addresses = append(addresses, strings.Fields(line)[3])
	}
	return addresses
}

func (h *house) hasIPv6Route(t testing.TB, words string) bool {
	t.Helper()
	output := h.pod.Output(t, testenv.Command(t, "ip", "iproute2"), "-6", "route", "show", "dev", "net1")
	return strings.Contains(output, words)
}

func (h *house) waitForAdvertisement(t *testing.T) {
	t.Helper()
	testenv.Eventually(t, patience, "an address by router advertisements", func() error {
		for _, address := range h.globalIPv6(t) {
			if strings.HasPrefix(address, "2001:db8:2:") {
				return nil
			}
		}
		return fmt.Errorf("net1 has %v", h.globalIPv6(t))
	})
}

func TestIPv6ByRouterAdvertisements(t *testing.T) {
	testenv.Command(t, "radvd", "radvd")
	for _, side := range []string{"cluster", "lan"} {
		t.Run("default route by the "+side, func(t *testing.T) {
			h := newHouse(t)
			h.advertise(t)
			chain := h.chain("1.0.0", object{"ipv6": "ra", "defaultRoute": side})
			chain["plugins"].([]object)[1]["sysctl"] = object{"net.ipv6.conf.IFNAME.accept_ra": "1"}
			h.must(t, "ADD", chain)
			h.waitForAdvertisement(t)
			if got := h.hasIPv6Route(t, "default via fe80:"); got != (side == "lan") {
				t.Errorf("a default route by advertisement: %v", got)
			}
			if _, err := os.Stat("/proc/sys/net/ipv6/conf/lo/accept_ra_rt_info_max_plen"); err == nil {
				if !h.hasIPv6Route(t, "2001:db8:99::/64 via fe80:") {
					t.Error("the route into the mesh is missing")
				}
			}
			h.must(t, "CHECK", chain)
			h.must(t, "DEL", chain)
		})
	}
}

func TestIPv6NoneTakesNothingFromAdvertisements(t *testing.T) {
	h := newHouse(t)
	h.advertise(t)
	chain := h.chain("1.0.0", nil)
	fix := chain["plugins"].([]object)[2]
	// First without route-fix, as if its ADD came late: the pod has taken what was advertised.
	h.must(t, "ADD", withoutFix(chain))
	h.waitForAdvertisement(t)
	if !h.hasIPv6Route(t, "default via fe80:") {
		t.Fatal("there is no default route to take back: this test shows nothing")
	}
	conf := defaults()
	conf.StatePath = fix["statePath"].(string)
	if _, err := Apply(h.pod.Path, "net1", conf, nil); err != nil {
		t.Fatal(err)
	}
	if addresses := h.globalIPv6(t); len(addresses) != 0 || h.hasIPv6Route(t, "via fe80:") {
		t.Errorf("addresses %v are left, or routes", addresses)
	}
	// The next advertisement passes by.
	heard := h.pod.Listen(t, "net1")
	heard.Wait(t, patience, "an advertisement", func(f netlab.Frame) bool {
		return f.Protocol == 58 && len(f.Payload) > 0 && f.Payload[0] == 134
	})
	if addresses := h.globalIPv6(t); len(addresses) != 0 || h.hasIPv6Route(t, "default") {
		t.Errorf("addresses %v came back, or the default route", addresses)
	}
}

// One that comes between the look and the settings: the kernel still takes its default route.
func TestAnAdvertisementDuringADD(t *testing.T) {
	for _, mode := range []IPv6Mode{IPv6None, IPv6RA} {
		t.Run(string(mode), func(t *testing.T) {
			h := newHouse(t)
			netlab.Cable(t, h.pod, "net1", h.lan, "pod")
			h.pod.Address(t, "net1", lanAddress+"/24")
			conf := defaults()
			conf.IPv6 = mode
			err := inside(h.pod.Path, func(kernel *netlink.Handle, _ ns.NetNS) error {
				v, err := look(kernel, "net1", conf)
				if err != nil {
					return err
				}
				h.pod.Output(t, testenv.Command(t, "ip", "iproute2"), "-6", "route", "add", "default", "via", "fe80::1", "dev", "net1", "proto", "ra")
				_, err = settle(kernel, v, conf, nil)
				return err
			})
			if err != nil || h.hasIPv6Route(t, "default") {
				t.Errorf("the advertised default route is there, %v", err)
			}
		})
	}
}

// Routers may stay silent for minutes, and the kernel asks only when an interface comes up: so ADD asks.
func TestAddAsksForAnAdvertisement(t *testing.T) {
	h := newHouse(t)
	// What the pod's kernel asks by itself is over by the time of the question.
	netlab.Cable(t, h.pod, "net1", h.lan, "pod")
	h.lan.Enslave(t, "pod", "br0")
	h.pod.Address(t, "net1", lanAddress+"/24")
	h.pod.Sysctl(t, "net/ipv6/conf/net1/accept_ra", "0")
	testenv.Eventually(t, patience, "a tested link-local address", func() error {
		output := h.pod.Output(t, testenv.Command(t, "ip", "iproute2"), "-6", "-o", "addr", "show", "dev", "net1")
		if !strings.Contains(output, "fe80:") || strings.Contains(output, "tentative") {
			return fmt.Errorf("%s", output)
		}
		return nil
	})
	lan := h.device.Listen(t, "eth0")
	conf := defaults()
	conf.IPv6 = IPv6RA
	if _, err := Apply(h.pod.Path, "net1", conf, nil); err != nil {
		t.Fatal(err)
	}
	// The lab's other interfaces ask, too.
	pod := h.pod.MAC(t, "net1").String()
	lan.Wait(t, patience, "a router solicitation of the pod", func(f netlab.Frame) bool {
		return f.Protocol == 58 && len(f.Payload) > 0 && f.Payload[0] == 133 && f.Dst.String() == "ff02::2" && f.From.String() == pod
	})
}

func TestIPv6MulticastLeavesByTheLAN(t *testing.T) {
	h := newHouse(t)
	h.must(t, "ADD", h.chain("1.0.0", nil))
	lan, cluster := h.device.Listen(t, "eth0"), h.node.Listen(t, "cali1")
	mDNS := func(f netlab.Frame) bool { return f.DstPort == 5353 && f.Dst.String() == "ff02::fb" }
	sentTo := func(side *netlab.Capture) func() error {
		return func() error {
			// Fails as long as the link-local address is tested for duplicates.
			if err := h.pod.Try(sendIPv6MDNS); err != nil {
				return err
			}
			if _, heard := side.Find(mDNS); !heard {
				return fmt.Errorf("not heard")
			}
			return nil
		}
	}
	testenv.Eventually(t, patience, "IPv6 mDNS on the LAN", sentTo(lan))
	if frame, heard := cluster.Find(mDNS); heard {
		t.Errorf("on the cluster side: %v", frame)
	}
	// Without our route it goes to the cluster, and this test would hear it there.
	h.pod.Output(t, testenv.Command(t, "ip", "iproute2"), "-6", "route", "del", "ff00::/8", "dev", "net1", "table", "local")
	testenv.Eventually(t, patience, "IPv6 mDNS on the cluster side", sentTo(cluster))
}

// sendIPv6MDNS names no interface. Not by net.Dial: connect(2) wants one for link-local destinations, sendto(2) asks the
// routes.
func sendIPv6MDNS() error {
	socket, err := net.ListenPacket("udp6", "[::]:0")
	if err != nil {
		return err
	}
	defer socket.Close()
	_, err = socket.WriteTo([]byte("who"), &net.UDPAddr{IP: net.ParseIP("ff02::fb"), Port: 5353})
	return err
}

// Static IPv6 on both sides, as in a dual-stack cluster.
func TestIPv6WithStaticAddresses(t *testing.T) {
	h := newHouse(t)
	h.pod.Address(t, "eth0", "2001:db8:7::1/128")
	h.pod.Route(t, "fe80::1/128", "", "eth0")
	h.pod.Route(t, "default", "fe80::1", "eth0")
	chain := h.chain("1.0.0", object{"clusterSubnets": []string{"2001:db8:7::/64", "192.168.7.0/24"}})
	chain["plugins"].([]object)[0]["ipam"] = object{"type": "static", "addresses": []object{
		{"address": lanAddress + "/24", "gateway": "192.168.2.1"},
		{"address": "2001:db8:2::77/64", "gateway": "2001:db8:2::1"},
	}}
	h.must(t, "ADD", chain)
	for arguments, want := range map[string]string{
		"2001:db8:2::50":                    "net1 src 2001:db8:2::77",
		"2001:db8:2::50 from 2001:db8:7::1": "eth0 via fe80::1",
		"2001:db8:5::1":                     "eth0 via fe80::1 src 2001:db8:7::1",
		"2001:db8:5::1 from 2001:db8:2::77": "net1 via 2001:db8:2::1",
		"2001:db8:7::9":                     "eth0 via fe80::1 src 2001:db8:7::1",
		"2001:db8:7::9 from 2001:db8:2::77": "net1 via 2001:db8:2::1",
	} {
		if got := h.way(t, strings.Fields(arguments)...); !strings.HasPrefix(got, want) {
			t.Errorf("to %s by %q, not %q", arguments, got, want)
		}
	}
	h.must(t, "CHECK", chain)
	h.must(t, "DEL", chain)
}

// Somebody on the LAN advertises what is not his: half of the internet by routes, all of it on the link, small packets, a short life.
func TestAdvertisementsOfAnAttacker(t *testing.T) {
	testenv.Command(t, "radvd", "radvd")
	for _, cluster := range []string{"IPv4", "both"} {
		t.Run("a cluster of "+cluster, func(t *testing.T) {
			h := newHouse(t)
			if cluster == "both" {
				h.pod.Address(t, "eth0", "2001:db8:7::1/128")
				h.pod.Route(t, "fe80::1/128", "", "eth0")
				h.pod.Route(t, "default", "fe80::1", "eth0")
			}
			h.advertiseThat(t, `AdvLinkMTU 1280; AdvCurHopLimit 1;
				prefix 2001:db8:2::/64 { AdvOnLink on; AdvAutonomous on; };
				prefix 2000::/3 { AdvOnLink on; AdvAutonomous off; };
				route 2001:db8:99::/64 { AdvRouteLifetime 600; };
				route ::/1 { AdvRoutePreference high; };
				route 2000::/3 { AdvRoutePreference high; };
				route 8000::/1 { AdvRoutePreference high; };`)
			chain := h.chain("1.0.0", object{"ipv6": "ra", "clusterSubnets": []string{"192.168.7.0/24", "2001:db8:7::/64"}})
			h.must(t, "ADD", chain)
			h.waitForAdvertisement(t)
			if !h.hasIPv6Route(t, "2000::/3") {
				t.Fatal("the prefix on the link was not taken: this test shows nothing")
			}
			for _, to := range []string{"2001:4860:4860::8888", "3fff::1", "fd12::1"} {
				output, stderr, err := h.pod.Run(netlab.Command{Args: []string{testenv.Command(t, "ip", "iproute2"), "-6", "route", "get", to}})
				if strings.Contains(output, "net1") || cluster == "both" && !strings.Contains(output, "dev eth0") {
					t.Errorf("to %s: %s%s, %v", to, output, stderr, err)
				}
			}
			for to, want := range map[string]string{"2001:db8:2::50": "net1 src 2001:db8:2:", "2001:db8:99::1": "net1 via fe80:"} {
				if _, err := os.Stat("/proc/sys/net/ipv6/conf/lo/accept_ra_rt_info_max_plen"); err != nil && strings.Contains(want, "via") {
					continue
				}
				if got := h.way(t, to); !strings.HasPrefix(got, want) {
					t.Errorf("to %s by %q", to, got)
				}
			}
			for name, want := range map[string]string{"mtu": "1500", "hop_limit": "64"} {
				if got := h.pod.ReadSysctl(t, "net/ipv6/conf/net1/"+name); got != want {
					t.Errorf("%s is %s", name, got)
				}
			}
			h.must(t, "CHECK", chain)
			before := h.tables(t)
			h.must(t, "DEL", chain)
			if tables := h.tables(t); strings.Contains(tables, "proto 98") || strings.Contains(tables, "suppress") {
				t.Errorf("DEL left\n%s\nof\n%s", tables, before)
			}
		})
	}
}

// The pod's rules for advertised routes are there as long as one of its attachments needs them.
func TestTwoAttachmentsWithAdvertisements(t *testing.T) {
	h := newHouse(t)
	first, second := h.chain("1.0.0", object{"ipv6": "ra"}), h.chain("1.0.0", object{"ipv6": "ra", "multicast": false})
	second["name"] = "second"
	second["plugins"].([]object)[0]["ipam"] = object{"type": "static", "addresses": []object{{"address": "192.168.8.5/24"}}}
	h.must(t, "ADD", first)
	if _, err := h.call(t, "ADD", second, "net2"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.call(t, "DEL", second, "net2"); err != nil {
		t.Fatal(err)
	}
	h.must(t, "CHECK", first)
	h.must(t, "DEL", first)
	if tables := h.tables(t); strings.Contains(tables, "suppress") || strings.Contains(tables, "3000") {
		t.Errorf("left\n%s", tables)
	}
}
