package routefix

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/flatlan/flatlan/cni/internal/cniargs"
	"github.com/flatlan/flatlan/cni/internal/netlab"
	"github.com/flatlan/flatlan/cni/internal/statefile"
	"github.com/flatlan/flatlan/cni/internal/testenv"
)

// repair runs the agent's half where the agent stands, and gives the outcome of the only record.
func (h *house) repair(t testing.TB) Outcome {
	t.Helper()
	var outcomes []Outcome
	err := h.node.Try(func() (err error) {
		outcomes, err = Repair(context.Background(), h.state)
		return err
	})
	if err != nil || len(outcomes) != 1 {
		t.Fatalf("outcomes %+v, %v", outcomes, err)
	}
	return outcomes[0]
}

func TestCheckNamesWhatIsMissingAndRepairPutsItBack(t *testing.T) {
	ip := testenv.Command(t, "ip", "iproute2")
	sysctl := func(name, value string) []string {
		return []string{"/bin/sh", "-c", "echo " + value + " > /proc/sys/net/" + name}
	}
	route := func(words string) []string { return append([]string{ip, "route"}, strings.Fields(words)...) }
	rule := func(words string) []string { return append([]string{ip, "rule"}, strings.Fields(words)...) }
	program := testenv.Command(t, "nft", "nftables")
	nft := func(words string) []string { return append([]string{program}, strings.Fields(words)...) }
	cases := []struct {
		damage []string
		word   string
	}{
		{route("del 224.0.0.0/4"), "missing route 224.0.0.0/4 dev net1 src 192.168.2.77 table main"},
		{route("del 255.255.255.255"), "missing route 255.255.255.255/32 dev net1 src 192.168.2.77 table main"},
		{route("del 192.168.2.0/24 dev net1"), "missing route 192.168.2.0/24 dev net1 src 192.168.2.77 table main"},
		{route("del default table 1003"), "missing route 0.0.0.0/0 via 192.168.2.1 dev net1 table 1003"},
		{route("del default table 2003"), "missing route 0.0.0.0/0 via 169.254.1.1 dev eth0 table 2003"},
		{route("prepend 224.0.0.0/4 dev eth0"), "missing route 224.0.0.0/4 dev net1 src 192.168.2.77 table main"},
		{route("prepend default via 192.168.2.1 dev net1"), "route 0.0.0.0/0 via 192.168.2.1 dev net1 table main outranks"},
		{route("add 203.0.113.0/24 dev net1 proto 98"), "left over route 203.0.113.0/24 dev net1 table main"},
		{[]string{ip, "-6", "route", "del", "ff00::/8", "dev", "net1", "table", "local"}, "missing route multicast ff00::/8 dev net1"},
		{rule("del priority 1000"), "missing rule 1000 from 192.168.2.77/32 lookup 1003"},
		{rule("del priority 1020"), "missing rule 1020 from 192.168.7.1/32 lookup 2003"},
		{rule("del to 10.43.0.0/16"), "missing rule 1010 to 10.43.0.0/16 lookup 2003"},
		{rule("add from 192.0.2.1 lookup 1003 priority 1000 protocol 98"), "left over rule 1000 from 192.0.2.1/32 lookup 1003"},
		{nft("delete table inet route-fix-net1"), "missing filter of what leaves by net1"},
		{nft("flush chain inet route-fix-net1 output"), `chain output lacks its rule for "what leaves by net1"`},
		{nft("insert rule inet route-fix-net1 leave accept"), `chain leave lacks its rule for "answers"`},
		{nft("add table inet route-fix-net1 { flags dormant; }"), "the filter of what leaves by net1: its table is dormant"},
		{nft("add rule inet route-fix-net1 leave accept"), "chain leave has 1 rules too many"},
		{sysctl("ipv4/conf/net1/rp_filter", "1"), "sysctl net/ipv4/conf/net1/rp_filter is 1, not 2"},
		{sysctl("ipv4/conf/net1/arp_ignore", "0"), "sysctl net/ipv4/conf/net1/arp_ignore is 0, not 1"},
		{sysctl("ipv4/conf/net1/arp_announce", "0"), "sysctl net/ipv4/conf/net1/arp_announce is 0, not 2"},
		{sysctl("ipv6/conf/net1/accept_ra", "1"), "sysctl net/ipv6/conf/net1/accept_ra is 1, not 0"},
	}
	h := newHouse(t)
	chain := h.chain("1.0.0", nil)
	added := h.must(t, "ADD", chain)
	if outcome := h.repair(t); outcome.Err != nil || len(outcome.Repaired) != 0 {
		t.Fatalf("right after ADD there is something to repair: %+v", outcome)
	}
	for _, c := range cases {
		t.Run(strings.Join(c.damage[1:], " "), func(t *testing.T) {
			h.pod.Output(t, c.damage...)
			wantError(t, h.checkAlone(t, chain, added), "route-fix: net1 in /run/netns/pod-", c.word)
			if outcome := h.repair(t); outcome.Err != nil || !slices.ContainsFunc(outcome.Repaired, func(s string) bool { return strings.Contains(s, c.word) }) {
				t.Errorf("outcome %+v", outcome)
			}
			h.must(t, "CHECK", chain)
			if outcome := h.repair(t); outcome.Err != nil || len(outcome.Repaired) != 0 {
				t.Errorf("a second repair finds %+v", outcome)
			}
		})
	}
}

func TestInterfaceDownAndUpInsideThePod(t *testing.T) {
	h := newHouse(t)
	chain := h.chain("1.0.0", nil)
	added := h.must(t, "ADD", chain)
	h.pod.SetDown(t, "net1")
	var down *DownError
	if outcome := h.repair(t); !errors.As(outcome.Err, &down) {
		t.Errorf("while it is down: %+v", outcome)
	}
	wantError(t, h.checkAlone(t, chain, added), "interface net1 is down")
	h.pod.SetUp(t, "net1")
	if way := h.way(t, "224.0.0.251"); strings.HasPrefix(way, "net1") {
		t.Fatalf("the kernel keeps routes over down and up now (%s): this test shows nothing", way)
	}
	outcome := h.repair(t)
	if outcome.Err != nil || len(outcome.Repaired) == 0 || outcome.Record.Pod != (cniargs.Pod{Namespace: "default", Name: "hass-0", UID: "u-1"}) {
		t.Errorf("outcome %+v", outcome)
	}
	h.must(t, "CHECK", chain)
	lan := h.device.Listen(t, "eth0")
	send(t, h.pod, "", "224.0.0.251:5353", []byte("again"))
	lan.Wait(t, patience, "mDNS after the repair", datagram(lanAddress, "224.0.0.251", []byte("again")))
}

func TestAddTwiceChangesNothing(t *testing.T) {
	h := newHouse(t)
	h.must(t, "ADD", h.chain("1.0.0", nil))
	before := h.tables(t)
	record, err := readRecord(h.records(t)[0])
	if err != nil {
		t.Fatal(err)
	}
	changed, err := Apply(h.pod.Path, "net1", record.Conf, record.Gateways)
	if err != nil || len(changed) != 0 {
		t.Errorf("changed %q, %v", changed, err)
	}
	if after := h.tables(t); after != before {
		t.Errorf("now\n%s\nbefore\n%s", after, before)
	}
}

// What the DHCP daemon does when the server gives another address and router.
func TestMovedFollowsTheLease(t *testing.T) {
	h := newHouse(t)
	h.must(t, "ADD", h.chain("1.0.0", nil))
	ip := testenv.Command(t, "ip", "iproute2")
	h.pod.Output(t, ip, "addr", "add", "192.168.5.30/24", "dev", "net1")
	h.pod.Output(t, ip, "addr", "del", lanAddress+"/24", "dev", "net1")
	router := netip.MustParseAddr("192.168.5.1")
	changed, err := Moved(h.state, "layer2-bridge", "sandbox-1", "net1", prefix("192.168.5.30/24"), []netip.Addr{router})
	if err != nil || len(changed) == 0 {
		t.Fatalf("changed %q, %v", changed, err)
	}
	if strings.Contains(h.tables(t), lanAddress) {
		t.Errorf("the old address is still in\n%s", h.tables(t))
	}
	for destination, want := range map[string]string{
		"224.0.0.251":     "net1 src 192.168.5.30",
		"255.255.255.255": "net1 src 192.168.5.30",
		"192.168.5.9":     "net1 src 192.168.5.30",
		deviceAddr:        "eth0 via 169.254.1.1 src 192.168.7.1",
	} {
		if got := h.way(t, destination); got != want {
			t.Errorf("to %s by %s, not %s", destination, got, want)
		}
	}
	if got := h.way(t, farAddr, "from", "192.168.5.30"); got != "net1 via 192.168.5.1" {
		t.Errorf("answers go by %s", got)
	}
	// The new router is on record for later repairs.
	h.pod.SetDown(t, "net1")
	h.pod.SetUp(t, "net1")
	if outcome := h.repair(t); outcome.Err != nil || !slices.Equal(outcome.Record.Gateways, []netip.Addr{router}) {
		t.Errorf("outcome %+v", outcome)
	}
	if changed, err := Moved(h.state, "layer2-bridge", "sandbox-9", "net1", netip.Prefix{}, nil); err != nil || changed != nil {
		t.Errorf("of an interface without route-fix: %q, %v", changed, err)
	}
}

func TestRepairOfPodsThatEndedAndOfDamagedRecords(t *testing.T) {
	h := newHouse(t)
	h.must(t, "ADD", h.chain("1.0.0", nil))
	damaged := filepath.Join(h.state, "x.json")
	if err := os.WriteFile(damaged, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	foreign := Record{Version: 1, Network: "n", ContainerID: "c", IfName: "net1", Netns: "/run/netns/x"}
	if err := statefile.Write(filepath.Join(h.state, "copied.json"), foreign); err != nil {
		t.Fatal(err)
	}
	outcomes, err := Repair(context.Background(), h.state)
	if err != nil || len(outcomes) != 3 {
		t.Fatalf("outcomes %+v, %v", outcomes, err)
	}
	aside := 0
	for _, outcome := range outcomes {
		var damage *statefile.DamagedError
		if errors.As(outcome.Err, &damage) {
			aside++
		}
	}
	if aside != 2 || len(h.records(t)) != 1 {
		t.Errorf("%d set aside, records %v", aside, h.records(t))
	}
	h.pod.Delete(t)
	outcomes, err = Repair(context.Background(), h.state)
	if err != nil || len(outcomes) != 0 || len(h.records(t)) != 0 {
		t.Errorf("after the pod's end: %+v, %v, records %v", outcomes, err, h.records(t))
	}
	if outcomes, err := Repair(context.Background(), filepath.Join(h.state, "none")); err != nil || outcomes != nil {
		t.Errorf("of no folder: %v, %v", outcomes, err)
	}
}

// A container that does not see the host's mounts sees empty files. Their records must not go.
func TestRepairThatDoesNotSeeTheNamespace(t *testing.T) {
	h := newHouse(t)
	netns := filepath.Join(t.TempDir(), "netns")
	if err := os.WriteFile(netns, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	record := Record{Version: 1, Network: "n", ContainerID: "c", IfName: "net1", Netns: netns, Conf: defaults()}
	record.Conf.StatePath = h.state
	if err := statefile.Write(record.path(), record); err != nil {
		t.Fatal(err)
	}
	wantError(t, h.repair(t).Err, "propagation HostToContainer")
	if len(h.records(t)) != 1 {
		t.Error("the record is gone")
	}
}

// A path by process number, as some runtimes give it, may lead to another pod after the first one's end.
func TestRepairLeavesAnotherPodsNamespaceAlone(t *testing.T) {
	h := newHouse(t)
	path, _ := h.addByPath(t)
	other := netlab.New(t, "other")
	h.calico(t, other, otherPodAddress, "cali2")
	netlab.Cable(t, other, "net1", h.lan, "other")
	other.Address(t, "net1", "192.168.2.78/24")
	if err := errors.Join(os.Remove(path), os.Symlink(other.Path, path)); err != nil {
		t.Fatal(err)
	}
	outcomes, err := Repair(context.Background(), h.state)
	if err != nil || len(outcomes) != 0 || len(h.records(t)) != 0 {
		t.Errorf("outcomes %+v, %v, records %v", outcomes, err, h.records(t))
	}
	if rules := other.Output(t, testenv.Command(t, "ip", "iproute2"), "rule"); strings.Contains(rules, "proto 98") {
		t.Errorf("the other pod has\n%s", rules)
	}
}

// In the agent's container /proc/sys is read-only. What does not need it is repaired all the same.
func TestRepairWhereSysctlsAreReadOnly(t *testing.T) {
	h := newHouse(t)
	h.must(t, "ADD", h.chain("1.0.0", nil))
	h.pod.Sysctl(t, "net/ipv4/conf/net1/arp_ignore", "0")
	h.pod.Output(t, testenv.Command(t, "ip", "iproute2"), "route", "del", "224.0.0.0/4")
	// These mounts are the test process's own (netlab.Main).
	if err := errors.Join(unix.Mount("/proc/sys", "/proc/sys", "", unix.MS_BIND, ""),
		unix.Mount("", "/proc/sys", "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, "")); err != nil {
		t.Fatal(err)
	}
	outcome := h.repair(t)
	if err := unix.Unmount("/proc/sys", 0); err != nil {
		t.Fatal(err)
	}
	wantError(t, outcome.Err, "sysctl net/ipv4/conf/net1/arp_ignore = 1", "read-only")
	if len(outcome.Repaired) != 1 || h.way(t, "224.0.0.251") != "net1 src "+lanAddress {
		t.Errorf("repaired %q", outcome.Repaired)
	}
	if outcome := h.repair(t); outcome.Err != nil || len(outcome.Repaired) != 1 {
		t.Errorf("once they can be written: %+v", outcome)
	}
}
