package preflight

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"github.com/flatlan/flatlan/cni/internal/netlab"
	"github.com/flatlan/flatlan/cni/internal/testenv"
)

func TestMain(m *testing.M) { netlab.Main(m) }

var attachment = Attachment{Bridge: "cni0", Subnet: netip.MustParsePrefix("192.168.2.0/24"), MTU: 1500}

// newNode is a node as it should be: its uplink under the bridge, its address on the bridge.
func newNode(t *testing.T) *netlab.Netns {
	t.Helper()
	node, lan := netlab.New(t, "node"), netlab.New(t, "lan")
	netlab.Cable(t, node, "eth0", lan, "node")
	node.Bridge(t, "cni0")
	node.Enslave(t, "eth0", "cni0")
	node.Address(t, "cni0", "192.168.2.2/24")
	return node
}

// run answers with what is wrong, by check.
func run(t *testing.T, node *netlab.Netns, a Attachment) map[string]Result {
	t.Helper()
	wrong := map[string]Result{}
	node.Do(t, func() error {
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

func TestMistakes(t *testing.T) {
	for name, c := range map[string]struct {
		mistake  func(t *testing.T, node *netlab.Netns)
		check    string
		says     string
		advisory bool
		wanted   Attachment
	}{
		"no bridge": {func(t *testing.T, node *netlab.Netns) { node.Remove(t, "cni0") }, Bridge, "no interface cni0", false, attachment},
		"not a bridge": {func(t *testing.T, node *netlab.Netns) {
			node.Remove(t, "cni0")
			netlab.Cable(t, node, "cni0", netlab.New(t, "other"), "eth0")
		}, Bridge, "of type veth", false, attachment},
		"down": {func(t *testing.T, node *netlab.Netns) { node.SetDown(t, "cni0") }, Bridge, "cni0 is down", false, attachment},
		"no uplink": {func(t *testing.T, node *netlab.Netns) {
			node.Remove(t, "eth0")
			// A pod's port is no uplink.
			netlab.Cable(t, node, "veth0a1b2c3d", netlab.New(t, "pod"), "net1")
			node.Enslave(t, "veth0a1b2c3d", "cni0")
		}, Uplink, "has no uplink", false, attachment},
		"no carrier": {func(t *testing.T, node *netlab.Netns) { node.SetDown(t, "eth0") }, Uplink, "eth0 of cni0 has no carrier", false, attachment},
		"address on the uplink": {func(t *testing.T, node *netlab.Netns) { node.Address(t, "eth0", "192.168.2.3/24") },
			Address, "192.168.2.3 is on eth0, a port of cni0", false, attachment},
		"no address": {func(*testing.T, *netlab.Netns) {}, Address, "no address in 192.168.9.0/24", false,
			Attachment{Bridge: "cni0", Subnet: netip.MustParsePrefix("192.168.9.0/24"), MTU: 1500}},
		"a small MTU": {func(*testing.T, *netlab.Netns) {}, MTU, "has MTU 1500, its pods shall have 9000", false,
			Attachment{Bridge: "cni0", Subnet: attachment.Subnet, MTU: 9000}},
		"SLAAC by the kernel": {slaac(0), RA, "the kernel handles router advertisements on cni0", true, attachment},
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
			link, err := netlink.LinkByName("cni0")
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
	node.Sysctl(t, "net/ipv6/conf/cni0/accept_ra", "0")
	slaac(0x200)(t, node)
	if wrong := run(t, node, attachment); len(wrong) > 0 {
		t.Errorf("found %v", wrong)
	}
}

func TestForwarding(t *testing.T) {
	nft := testenv.Command(t, "nft", "nftables")
	node := newNode(t)
	if !hasBrNetfilter(t, node) {
		testenv.MissingInKernel(t, "br_netfilter")
	}
	const base = `table ip filter { chain FORWARD { type filter hook forward priority 0; policy %; @ } }`
	for name, c := range map[string]struct {
		rules  string
		called string
		passes bool
	}{
		"no rules":                   {"", "1", true},
		"policy accept":              {rules(base, "accept", "ct state invalid drop"), "1", true},
		"policy drop":                {rules(base, "drop", ""), "1", false},
		"policy drop, not called":    {rules(base, "drop", ""), "0", true},
		"policy drop, Docker's":      {rules(base, "drop", `iifname "docker0" oifname "docker0" accept`), "1", false},
		"policy drop, the bridge's":  {rules(base, "drop", `iifname "cni0" oifname "cni0" counter accept`), "1", true},
		"policy drop, in only":       {rules(base, "drop", `iifname "cni0" accept`), "1", true},
		"policy drop, by a star":     {rules(base, "drop", `iifname "cni*" accept`), "1", true},
		"policy drop, another star":  {rules(base, "drop", `iifname "veth*" accept`), "1", false},
		"policy drop, one port only": {rules(base, "drop", `iifname "cni0" tcp dport 80 accept`), "1", false},
		"all dropped":                {rules(base, "accept", "drop"), "1", false},
		"the bridge dropped":         {rules(base, "accept", `iifname "cni0" drop`), "1", false},
		"accepted, then dropped":     {rules(base, "accept", `iifname "cni0" accept; drop`), "1", true},
		"by a chain": {`table ip filter { chain LAN { iifname "cni0" accept; }
			chain FORWARD { type filter hook forward priority 0; policy drop; jump LAN; } }`, "1", true},
		"in inet":           {`table inet fw { chain f { type filter hook forward priority 0; policy drop; } }`, "1", false},
		"of IPv6":           {`table ip6 fw { chain f { type filter hook forward priority 0; policy drop; } }`, "1", true},
		"of incoming":       {`table ip fw { chain f { type filter hook input priority 0; policy drop; } }`, "1", true},
		"in a second table": {rules(base, "accept", "") + ` table ip b { chain f { type filter hook forward priority 5; policy drop; } }`, "1", false},
	} {
		t.Run(name, func(t *testing.T) {
			node, pod, device := newForwardingNode(t)
			node.Sysctl(t, "net/bridge/bridge-nf-call-iptables", c.called)
			node.Output(t, nft, lines(c.rules))
			if passed := passes(t, pod, device); passed != c.passes {
				t.Fatalf("the kernel lets frames pass: %v", passed)
			}
			problem := run(t, node, attachment)[Forward].Problem
			if (problem == "") != c.passes {
				t.Errorf("found %q", problem)
			}
		})
	}
}

// What Docker, firewalls and our own remedy make: iptables' rules in nf_tables.
func TestForwardingByIptables(t *testing.T) {
	iptables := testenv.Command(t, "iptables-nft", "iptables")
	if !hasBrNetfilter(t, newNode(t)) {
		testenv.MissingInKernel(t, "br_netfilter")
	}
	for rule, want := range map[string]bool{
		"":                          false,
		"-i cni0 -o cni0 -j ACCEPT": true,
		"-i cni+ -j ACCEPT":         true,
		"-i docker0 -j ACCEPT":      false,
		"-i cni0 -p tcp -j ACCEPT":  false,
		"-m physdev --physdev-is-bridged -j ACCEPT":      true,
		"-m comment --comment flatlan -i cni0 -j ACCEPT": true,
	} {
		t.Run(rule, func(t *testing.T) {
			node, pod, device := newForwardingNode(t)
			node.Sysctl(t, "net/bridge/bridge-nf-call-iptables", "1")
			node.Output(t, iptables, "-P", "FORWARD", "DROP")
			if rule != "" {
				if _, stderr, err := node.Run(netlab.Command{Args: append([]string{iptables, "-A", "FORWARD"}, strings.Fields(rule)...)}); err != nil {
					testenv.MissingInKernel(t, "what this rule needs ("+strings.TrimSpace(stderr)+")")
				}
			}
			if passed := passes(t, pod, device); passed != want {
				t.Fatalf("the kernel lets frames pass: %v", passed)
			}
			if problem := run(t, node, attachment)[Forward].Problem; (problem == "") != want {
				t.Errorf("found %q", problem)
			}
		})
	}
}

// newForwardingNode is a node with a pod on its bridge and a device on the LAN.
func newForwardingNode(t *testing.T) (node, pod, device *netlab.Netns) {
	t.Helper()
	node, pod, device = netlab.New(t, "node"), netlab.New(t, "pod"), netlab.New(t, "device")
	netlab.Cable(t, node, "eth0", device, "eth0")
	netlab.Cable(t, node, "veth00000001", pod, "net1")
	node.Bridge(t, "cni0")
	node.Enslave(t, "eth0", "cni0")
	node.Enslave(t, "veth00000001", "cni0")
	node.Address(t, "cni0", "192.168.2.2/24")
	// IPv6 is the witness: it passes in any case.
	node.Sysctl(t, "net/bridge/bridge-nf-call-ip6tables", "0")
	pod.Address(t, "net1", "192.168.2.7/24")
	pod.Address(t, "net1", "2001:db8::7/64")
	device.Address(t, "eth0", "192.168.2.9/24")
	device.Address(t, "eth0", "2001:db8::9/64")
	return node, pod, device
}

// passes asks the kernel: IPv4 is sent first, IPv6 after it, and the bridge keeps the order.
func passes(t *testing.T, pod, device *netlab.Netns) (arrived bool) {
	t.Helper()
	heard := device.Listen(t, "eth0")
	// Both neighbours are known, so that nothing waits for them.
	deviceMAC := device.MAC(t, "eth0").String()
	pod.Output(t, "ip", "neigh", "replace", "192.168.2.9", "lladdr", deviceMAC, "dev", "net1")
	pod.Output(t, "ip", "neigh", "replace", "2001:db8::9", "lladdr", deviceMAC, "dev", "net1")
	for _, to := range []string{"192.168.2.9:9", "[2001:db8::9]:9"} {
		pod.Do(t, func() error {
			connection, err := net.Dial("udp", to)
			if err != nil {
				return err
			}
			defer connection.Close()
			_, err = connection.Write([]byte("frame"))
			return err
		})
	}
	testenv.Eventually(t, 10*time.Second, "the witness arrives", func() error {
		if _, found := heard.Find(func(f netlab.Frame) bool { return f.Dst.Is6() && f.DstPort == 9 }); !found {
			return errors.New("not yet")
		}
		return nil
	})
	_, arrived = heard.Find(func(f netlab.Frame) bool { return f.Dst.Is4() && f.DstPort == 9 })
	return arrived
}

func rules(base, policy, more string) string {
	return strings.NewReplacer("%", policy, "@", more).Replace(base)
}

// lines is how nft wants it: one statement a line.
func lines(rules string) string {
	return strings.NewReplacer("{ ", "{\n", " }", "\n}\n", "; ", "\n").Replace(rules)
}

func hasBrNetfilter(t *testing.T, node *netlab.Netns) bool {
	t.Helper()
	there := false
	node.Do(t, func() error {
		_, err := os.Stat("/proc/sys/net/bridge/bridge-nf-call-iptables")
		there = err == nil
		return nil
	})
	return there
}

func TestKernels(t *testing.T) {
	for release, broken := range map[string]bool{"6.6.103": true, "6.12.43+deb13-amd64": true, "6.12.44": false, "6.12.4": false, "6.6.1031": false, "": false} {
		if result := checkKernel(release); result.OK() == broken {
			t.Errorf("%q: %+v", release, result)
		}
	}
}
