package preflight

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/flatlan/flatlan/cni/internal/netlab"
)

func TestMain(m *testing.M) { netlab.Main(m) }

var attachment = Attachment{Bridge: "br0", Subnet: netip.MustParsePrefix("192.168.2.0/24"), MTU: 1500}

// newNode is a node as it should be: its uplink under the bridge, its address on the bridge.
func newNode(t *testing.T) *netlab.Netns {
	t.Helper()
	node, lan := netlab.New(t, "node"), netlab.New(t, "lan")
	netlab.Cable(t, node, "eth0", lan, "node")
	node.Bridge(t, "br0")
	node.Enslave(t, "eth0", "br0")
	node.SetMAC(t, "br0", node.MAC(t, "eth0").String())
	node.Address(t, "br0", "192.168.2.2/24")
	return node
}

// run answers with what is wrong, by check.
func run(t *testing.T, node *netlab.Netns, a Attachment) map[string]Result {
	t.Helper()
	wrong := map[string]Result{}
	node.Do(t, func() error {
		// The mounts are the test's own (netlab.Main); sysfs shows the network namespace in which it was mounted.
		if err := unix.Mount("sysfs", "/sys", "sysfs", unix.MS_RDONLY, ""); err != nil {
			return err
		}
		defer func() { _ = unix.Unmount("/sys", unix.MNT_DETACH) }()
		for _, result := range Run(map[string]Attachment{"default/layer2-bridge": a}) {
			if !result.OK() {
				wrong[result.Check] = result
			}
			if result.Problem != "" && result.Remedy == "" {
				t.Errorf("%s has no remedy", result.Check)
			}
		}
		return nil
	})
	return wrong
}

func TestAGoodNode(t *testing.T) {
	if wrong := run(t, newNode(t), attachment); len(wrong) > 0 {
		t.Errorf("found %v", wrong)
	}
}

// By the plan the node has no address there, and its bridge carries pods all the same.
func TestANodeWithoutAddress(t *testing.T) {
	pods := attachment
	pods.WithoutAddress = true
	node := newNode(t)
	wrong := run(t, node, pods)
	if result := wrong[Address]; !result.Advisory || !strings.Contains(result.Problem, "br0 has the address 192.168.2.2, and by the plan none") || len(wrong) != 1 {
		t.Errorf("with an address: %v", wrong)
	}
	node.Output(t, "ip", "address", "flush", "dev", "br0")
	if wrong := run(t, node, pods); len(wrong) > 0 {
		t.Errorf("without: %v", wrong)
	}
	node.Address(t, "eth0", "192.168.2.3/24")
	if result := run(t, node, pods)[Address]; result.Advisory || !strings.Contains(result.Problem, "192.168.2.3 is on eth0, a port of br0") {
		t.Errorf("on the port: %v", result)
	}
}

func TestMistakes(t *testing.T) {
	for name, c := range map[string]struct {
		mistake  func(t *testing.T, node *netlab.Netns)
		check    string
		says     string
		advisory bool
		wanted   Attachment
	}{
		"no bridge": {func(t *testing.T, node *netlab.Netns) { node.Remove(t, "br0") }, Bridge, "no interface br0", false, attachment},
		"not a bridge": {func(t *testing.T, node *netlab.Netns) {
			node.Remove(t, "br0")
			netlab.Cable(t, node, "br0", netlab.New(t, "other"), "eth0")
		}, Bridge, "of type veth", false, attachment},
		"down": {func(t *testing.T, node *netlab.Netns) { node.SetDown(t, "br0") }, Bridge, "br0 is down", false, attachment},
		"no uplink": {func(t *testing.T, node *netlab.Netns) {
			node.Remove(t, "eth0")
			// A pod's port is no uplink.
			netlab.Cable(t, node, "veth0a1b2c3d", netlab.New(t, "pod"), "net1")
			node.Enslave(t, "veth0a1b2c3d", "br0")
		}, Uplink, "has no uplink", false, attachment},
		"no carrier": {func(t *testing.T, node *netlab.Netns) { node.SetDown(t, "eth0") }, Uplink, "eth0 of br0 has no carrier", false, attachment},
		"address on the uplink": {func(t *testing.T, node *netlab.Netns) { node.Address(t, "eth0", "192.168.2.3/24") },
			Address, "192.168.2.3 is on eth0, a port of br0", false, attachment},
		"no address": {func(*testing.T, *netlab.Netns) {}, Address, "no address in 192.168.9.0/24", false,
			Attachment{Bridge: "br0", Subnet: netip.MustParsePrefix("192.168.9.0/24"), MTU: 1500}},
		"a small MTU": {func(*testing.T, *netlab.Netns) {}, MTU, "has MTU 1500, its pods shall have 9000", false,
			Attachment{Bridge: "br0", Subnet: attachment.Subnet, MTU: 9000}},
		"a MAC address that nobody has set": {func(t *testing.T, node *netlab.Netns) {
			node.Remove(t, "br0")
			node.Bridge(t, "br0")
			node.Enslave(t, "eth0", "br0")
			node.Address(t, "br0", "192.168.2.2/24")
		}, MAC, "nobody has set the MAC address of br0", true, attachment},
		"SLAAC by the kernel": {slaac(0), RA, "the kernel handles router advertisements on br0", true, attachment},
	} {
		t.Run(name, func(t *testing.T) {
			node := newNode(t)
			c.mistake(t, node)
			wrong := run(t, node, c.wanted)
			result := wrong[c.check]
			if !strings.Contains(result.Problem, c.says) || result.Advisory != c.advisory || len(wrong) != 1 {
				t.Errorf("found %v", wrong)
			}
		})
	}
}

// slaac gives the bridge an address that runs out, as a router advertisement does.
func slaac(flags int) func(t *testing.T, node *netlab.Netns) {
	return func(t *testing.T, node *netlab.Netns) {
		node.Do(t, func() error {
			link, err := netlink.LinkByName("br0")
			if err != nil {
				return err
			}
			address, err := netlink.ParseAddr("2001:db8::2/64")
			if err != nil {
				return err
			}
			address.ValidLft, address.PreferedLft, address.Flags = 3600, 1800, flags
			return netlink.AddrAdd(link, address)
		})
	}
}

// networkd keeps the prefix route to itself, and turns the kernel's handling off.
func TestSLAACByNetworkd(t *testing.T) {
	node := newNode(t)
	node.Sysctl(t, "net/ipv6/conf/br0/accept_ra", "0")
	slaac(0x200)(t, node)
	if wrong := run(t, node, attachment); len(wrong) > 0 {
		t.Errorf("found %v", wrong)
	}
}

// The remedy's command works: afterwards no pod's port changes the address.
func TestTheBridgeKeepsItsMAC(t *testing.T) {
	node := newNode(t)
	node.Remove(t, "br0")
	node.Bridge(t, "br0")
	node.Enslave(t, "eth0", "br0")
	node.SetMAC(t, "eth0", "02:00:00:00:00:aa")
	pod := func(name string) {
		netlab.Cable(t, node, name, netlab.New(t, "pod"), "net1")
		node.SetMAC(t, name, "02:00:00:00:00:0"+name[len(name)-1:])
		node.Enslave(t, name, "br0")
	}
	pod("veth00000002")
	if mac := node.MAC(t, "br0").String(); mac != "02:00:00:00:00:02" {
		t.Fatalf("br0 has %s: this kernel's bridges do not follow their ports, and the check shows nothing", mac)
	}
	_, command, _ := strings.Cut(run(t, node, attachment)[MAC].Remedy, ": ")
	command, _, _ = strings.Cut(command, ",")
	node.Output(t, strings.Fields(command)...)
	pod("veth00000001")
	if mac := node.MAC(t, "br0").String(); mac != "02:00:00:00:00:aa" {
		t.Errorf("after %q br0 has %s", command, mac)
	}
	if result, found := run(t, node, attachment)[MAC]; found {
		t.Errorf("found %v", result)
	}
}

func TestKernels(t *testing.T) {
	for release, broken := range map[string]bool{"6.6.103": true, "6.12.43+deb13-amd64": true, "6.12.44": false, "6.12.4": false, "6.6.1031": false, "": false} {
		if result := checkKernel(release); result.OK() == broken {
			t.Errorf("%q: %+v", release, result)
		}
	}
}

// A port of a pod is told from an uplink by what upstream's plugins call and make it.
func TestPortsOfPods(t *testing.T) {
	for _, one := range []struct {
		kind, name string
		want       bool
	}{
		{"veth", "veth0a1b2c3d", true}, {"veth", "veth0a1b2c3", false}, {"veth", "veth0a1b2c3d4", false}, {"veth", "veth0a1b2c3g", false},
		{"veth", "VETH0a1b2c3d", false}, {"veth", "uplink", false}, {"device", "veth0a1b2c3d", false}, {"vlan", "eth0.20", false},
	} {
		if got := podPort(port{kind: one.kind, name: one.name}); got != one.want {
			t.Errorf("%s of kind %s: %v", one.name, one.kind, got)
		}
	}
}
