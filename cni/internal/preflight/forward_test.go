package preflight

import (
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/flatlan/flatlan/cni/internal/netlab"
	"github.com/flatlan/flatlan/cni/internal/testenv"
)

// The two ways of a frame from the pod to the device, as the tests ask for them.
var ways = map[string]struct{ call, program, to string }{
	Forward:  {"net/bridge/bridge-nf-call-iptables", "iptables", "192.168.2.9"},
	Forward6: {"net/bridge/bridge-nf-call-ip6tables", "ip6tables", "2001:db8::9"},
}

func otherWay(check string) string {
	if check == Forward {
		return Forward6
	}
	return Forward
}

// meetsBoth runs a test once for each protocol.
func meetsBoth(t *testing.T, work func(t *testing.T, check string)) {
	if !hasBrNetfilter(t, newNode(t)) {
		testenv.MissingInKernel(t, "br_netfilter")
	}
	for check := range ways {
		t.Run(check, func(t *testing.T) { work(t, check) })
	}
}

func TestForwarding(t *testing.T) {
	nft := testenv.Command(t, "nft", "nftables")
	meetsBoth(t, func(t *testing.T, check string) { testForwarding(t, check, nft) })
}

// In rules, IP is the protocol's family and OTHER the other one's.
func testForwarding(t *testing.T, check, nft string) {
	const base = `table IP filter { chain FORWARD { type filter hook forward priority 0; policy %; @ } }`
	const inet = `table inet fw { chain f { type filter hook forward priority 0; policy %; @ } }`
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
		"policy drop, the bridge's":  {rules(base, "drop", `iifname "br0" oifname "br0" counter accept`), "1", true},
		"policy drop, in only":       {rules(base, "drop", `iifname "br0" accept`), "1", true},
		"policy drop, by a star":     {rules(base, "drop", `iifname "br*" accept`), "1", true},
		"policy drop, another star":  {rules(base, "drop", `iifname "veth*" accept`), "1", false},
		"policy drop, one port only": {rules(base, "drop", `iifname "br0" tcp dport 80 accept`), "1", false},
		"all dropped":                {rules(base, "accept", "drop"), "1", false},
		"the bridge dropped":         {rules(base, "accept", `iifname "br0" drop`), "1", false},
		"accepted, then dropped":     {rules(base, "accept", `iifname "br0" accept; drop`), "1", true},
		"by a chain": {`table IP filter { chain LAN { iifname "br0" accept; }
			chain FORWARD { type filter hook forward priority 0; policy drop; jump LAN; } }`, "1", true},
		"in inet":                     {rules(inet, "drop", ""), "1", false},
		"in inet, this one accepted":  {rules(inet, "drop", "meta nfproto NUMBER accept"), "1", true},
		"in inet, the other dropped":  {rules(inet, "accept", "meta nfproto != NUMBER drop"), "1", true},
		"in inet, the other accepted": {rules(inet, "drop", `meta nfproto NOTNUMBER iifname "br0" accept`), "1", false},
		"of the other":                {`table OTHER fw { chain f { type filter hook forward priority 0; policy drop; } }`, "1", true},
		"of incoming":                 {`table IP fw { chain f { type filter hook input priority 0; policy drop; } }`, "1", true},
		"in a second table":           {rules(base, "accept", "") + ` table IP b { chain f { type filter hook forward priority 5; policy drop; } }`, "1", false},
	} {
		t.Run(name, func(t *testing.T) {
			node, pod, device := newForwardingNode(t, check)
			node.Sysctl(t, ways[check].call, c.called)
			families := strings.NewReplacer("NOTNUMBER", "ipv6", "NUMBER", "ipv4", "IP", "ip", "OTHER", "ip6")
			if check == Forward6 {
				families = strings.NewReplacer("NOTNUMBER", "ipv4", "NUMBER", "ipv6", "IP", "ip6", "OTHER", "ip")
			}
			node.Output(t, nft, lines(families.Replace(c.rules)))
			if passed := passes(t, pod, device, check); passed != c.passes {
				t.Fatalf("the kernel lets frames pass: %v", passed)
			}
			wrong := run(t, node, attachment)
			if (wrong[check].Problem == "") != c.passes {
				t.Errorf("found %q", wrong[check].Problem)
			}
			if other := wrong[otherWay(check)]; !other.OK() {
				t.Errorf("found %q, which is not called", other.Problem)
			}
		})
	}
}

// What Docker, firewalls and our own remedy make: iptables' rules in nf_tables.
func TestForwardingByIptables(t *testing.T) {
	meetsBoth(t, func(t *testing.T, check string) {
		iptables := testenv.Command(t, ways[check].program+"-nft", "iptables")
		for rule, want := range map[string]bool{
			"":                        false,
			"-i br0 -o br0 -j ACCEPT": true,
			"-i br+ -j ACCEPT":        true,
			"-i docker0 -j ACCEPT":    false,
			"-i br0 -p tcp -j ACCEPT": false,
			"-m physdev --physdev-is-bridged -j ACCEPT":     true,
			"-m comment --comment flatlan -i br0 -j ACCEPT": true,
		} {
			t.Run(rule, func(t *testing.T) {
				node, pod, device := newForwardingNode(t, check)
				node.Sysctl(t, ways[check].call, "1")
				node.Output(t, iptables, "-P", "FORWARD", "DROP")
				if rule != "" {
					if _, stderr, err := node.Run(netlab.Command{Args: append([]string{iptables, "-A", "FORWARD"}, strings.Fields(rule)...)}); err != nil {
						testenv.MissingInKernel(t, "what this rule needs ("+strings.TrimSpace(stderr)+")")
					}
				}
				if passed := passes(t, pod, device, check); passed != want {
					t.Fatalf("the kernel lets frames pass: %v", passed)
				}
				if problem := run(t, node, attachment)[check].Problem; (problem == "") != want {
					t.Errorf("found %q", problem)
				}
			})
		}
	})
}

// Whoever follows the remedy of one protocol has both.
func TestTheRemedyIsForBothProtocols(t *testing.T) {
	meetsBoth(t, func(t *testing.T, check string) {
		node, pod, device := newForwardingNode(t, check)
		for _, way := range ways {
			node.Sysctl(t, way.call, "1")
			node.Output(t, testenv.Command(t, way.program+"-nft", "iptables"), "-P", "FORWARD", "DROP")
		}
		_, commands, _ := strings.Cut(run(t, node, attachment)[check].Remedy, ": ")
		commands, _, _ = strings.Cut(commands, ";")
		for _, command := range strings.Split(commands, " and ") {
			program, rest, _ := strings.Cut(command, " ")
			node.Output(t, append([]string{testenv.Command(t, program+"-nft", "iptables")}, strings.Fields(rest)...)...)
		}
		if wrong := run(t, node, attachment); len(wrong) > 0 {
			t.Errorf("found %v", wrong)
		}
		for check := range ways {
			if !passes(t, pod, device, check) {
				t.Errorf("%s: frames do not pass", check)
			}
		}
	})
}

// newForwardingNode is a node with a pod on its bridge and a device on the LAN.
func newForwardingNode(t *testing.T, check string) (node, pod, device *netlab.Netns) {
	t.Helper()
	node, pod, device = netlab.New(t, "node"), netlab.New(t, "pod"), netlab.New(t, "device")
	netlab.Cable(t, node, "eth0", device, "eth0")
	netlab.Cable(t, node, "veth00000001", pod, "net1")
	node.Bridge(t, "br0")
	node.Enslave(t, "eth0", "br0")
	node.Enslave(t, "veth00000001", "br0")
	node.SetMAC(t, "br0", node.MAC(t, "eth0").String())
	node.Address(t, "br0", "192.168.2.2/24")
	// The other protocol is the witness: it passes in any case.
	node.Sysctl(t, ways[otherWay(check)].call, "0")
	pod.Address(t, "net1", "192.168.2.7/24")
	pod.Address(t, "net1", "2001:db8::7/64")
	device.Address(t, "eth0", "192.168.2.9/24")
	device.Address(t, "eth0", "2001:db8::9/64")
	return node, pod, device
}

// passes asks the kernel: the protocol is sent first, the other one after it, and the bridge keeps the order.
func passes(t *testing.T, pod, device *netlab.Netns, check string) bool {
	t.Helper()
	heard := device.Listen(t, "eth0")
	arrived := func(to string) bool {
		_, found := heard.Find(func(f netlab.Frame) bool { return f.Dst.String() == to && f.DstPort == 9 })
		return found
	}
	first, witness := ways[check].to, ways[otherWay(check)].to
	for _, to := range []string{first, witness} {
		// The neighbour is known, so that nothing waits for it.
		pod.Output(t, "ip", "neigh", "replace", to, "lladdr", device.MAC(t, "eth0").String(), "dev", "net1")
	}
	for _, to := range []string{first, witness} {
		pod.Do(t, func() error {
			connection, err := net.Dial("udp", net.JoinHostPort(to, "9"))
			if err != nil {
				return err
			}
			defer connection.Close()
			_, err = connection.Write([]byte("frame"))
			return err
		})
	}
	testenv.Eventually(t, 10*time.Second, "the witness arrives", func() error {
		if !arrived(witness) {
			return errors.New("not yet")
		}
		return nil
	})
	return arrived(first)
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
