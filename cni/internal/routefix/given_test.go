package routefix

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/containernetworking/plugins/pkg/ns"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/flatlan/flatlan/cni/internal/netlab"
	"github.com/flatlan/flatlan/cni/internal/testenv"
)

// passes sends frames of the pod, and one that the guard has to let through after them: a bridge keeps the order. It names
// those that came to the LAN.
func (h *house) passes(t *testing.T, heard *netlab.Capture, witness []byte, frames map[string][]byte) []string {
	t.Helper()
	heard.Forget()
	is := func(frame []byte) func(netlab.Frame) bool {
		return func(f netlab.Frame) bool {
			return slices.Equal(f.To, frame[:6]) && slices.Equal(f.From, frame[6:12]) && slices.Equal(f.Payload, frame[len(frame)-len(f.Payload):])
		}
	}
	for _, frame := range frames {
		h.raw(t, frame)
	}
	h.raw(t, witness)
	heard.Wait(t, patience, "the witness", is(witness))
	var found []string
	for name, frame := range frames {
		if _, came := heard.Find(is(frame)); came {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return found
}

// A pod with NET_ADMIN gives its interface another MAC address and a further one of the subnet; the repair comes by, and CHECK.
func TestTheGuardIsOfWhatWasGiven(t *testing.T) {
	h := newHouse(t)
	chain := h.chain("1.0.0", nil)
	added := h.must(t, "ADD", chain)
	given, taken := h.pod.MAC(t, "net1"), net.HardwareAddr{2, 0, 0, 0xba, 0xd0, 1}
	const further = "192.168.2.99"
	h.pod.SetMAC(t, "net1", taken.String())
	h.pod.Address(t, "net1", further+"/24")
	if outcome := h.repair(t); outcome.Err != nil || strings.Contains(strings.Join(outcome.Repaired, " "), "guard") {
		t.Errorf("the repair changes the guard: %+v", outcome)
	}
	if err := h.checkAlone(t, chain, added); err != nil {
		t.Errorf("CHECK: %v", err)
	}
	heard := h.lan.Listen(t, "node")
	by4 := func(mac net.HardwareAddr, from, says string) []byte {
		return ethernet(everybody, mac, unix.ETH_P_IP, ipv4(from, "192.168.2.255", 17, append(udp(9, 9), says...)))
	}
	witness := by4(given, lanAddress, "witness")
	if found := h.passes(t, heard, witness, map[string][]byte{
		"the MAC address taken": by4(taken, lanAddress, "taken"),
		"both taken":            by4(taken, further, "both"),
		"the address added":     by4(given, further, "added"),
		"ARP for it":            ethernet(everybody, given, unix.ETH_P_ARP, arp(1, given, further, further)),
	}); len(found) > 0 {
		t.Errorf("to the LAN came %q", found)
	}
	// Nor by flushing what the node has.
	h.node.Output(t, testenv.Command(t, "nft", "nftables"), "flush", "ruleset")
	h.repair(t)
	if found := h.passes(t, heard, witness, map[string][]byte{"the address added": by4(given, further, "again")}); len(found) > 0 {
		t.Errorf("after the repair of a guard that was gone came %q", found)
	}
}

// A pod with NET_ADMIN puts an interface of its own in net1's place whose other end has the number of another pod's port.
func TestAnotherPodsPortIsNotTheRecords(t *testing.T) {
	h := newHouse(t)
	chain := h.chain("1.0.0", nil)
	h.must(t, "ADD", chain)
	victim := *h
	victim.pod = netlab.New(t, "victim")
	h.calico(t, victim.pod, otherPodAddress, "cali2")
	ip := testenv.Command(t, "ip", "iproute2")
	netlab.Cable(t, victim.pod, "a", victim.pod, "b") // so that its net1 has another number than the pod's
	theirs := h.chain("1.0.0", nil)
	theirs["name"] = "second"
	theirs["plugins"].([]object)[0]["ipam"] = object{"type": "static", "addresses": []object{{"address": "192.168.2.78/24"}}}
	added := victim.must(t, "ADD", theirs)
	record, err := readRecord(recordPath(h.state, "second", "sandbox-1", "net1"))
	if err != nil || record.Port.Index == 0 {
		t.Fatalf("the record has the port %+v, %v", record.Port, err)
	}
	var number int
	victim.pod.Do(t, func() error {
		device, err := net.InterfaceByName("net1")
		if err == nil {
			number = device.Index
		}
		return err
	})
	h.pod.Output(t, ip, "link", "set", "net1", "down")
	h.pod.Output(t, ip, "link", "set", "net1", "name", "lan0")
	h.pod.Output(t, ip, "link", "add", "net1", "index", fmt.Sprint(number), "type", "veth", "peer", "name", "end", "index", fmt.Sprint(record.Port.Index))
	for _, name := range []string{"net1", "end", "lan0"} {
		h.pod.SetUp(t, name)
	}
	h.pod.Address(t, "net1", lanAddress+"/24")
	repaired := func(after string) {
		t.Helper()
		h.node.Do(t, func() error {
			outcomes, err := Repair(t.Context(), h.state)
			for _, outcome := range outcomes {
				if strings.Contains(strings.Join(outcome.Repaired, " "), "guard") {
					t.Errorf("%s changed a guard: %q", after, outcome.Repaired)
				}
			}
			return err
		})
		guarding, err := guardingOf(h, record)
		if err != nil || guarding.difference != "" {
			t.Errorf("after %s: %q, %v", after, guarding.difference, err)
		}
	}
	repaired("the repair")
	if _, err := h.call(t, "DEL", onlyFix(h.chain("1.0.0", nil)), "net1"); err != nil {
		t.Error(err)
	}
	guarding, err := guardingOf(h, record)
	if err != nil || guarding.difference != "" {
		t.Errorf("after DEL: %q, %v", guarding.difference, err)
	}
	if err := victim.checkAlone(t, theirs, added); err != nil {
		t.Errorf("CHECK of the other pod: %v", err)
	}
}

func guardingOf(h *house, record Record) (found guarding, err error) {
	err = h.node.Try(func() (err error) {
		found, err = guardPort(record.Port, record.Conf, false)
		return err
	})
	return found, err
}

func TestGivenByThePluginsBefore(t *testing.T) {
	found := port{Name: "veth1", Index: 7, Pod: "net1", MAC: "02:00:00:00:00:09", Addresses: []netip.Prefix{prefix("192.168.2.99/24")}}
	before := previous{mac: "02:00:00:00:00:0A", addresses: []netip.Prefix{prefix(lanAddress + "/24")}}
	given := before.given(found)
	if given.MAC != "02:00:00:00:00:0a" || !slices.Equal(given.Addresses, before.addresses) || given.Name != "veth1" || given.Index != 7 {
		t.Errorf("given %+v", given)
	}
	before.mac = ""
	if given := before.given(found); given.MAC != found.MAC {
		t.Errorf("without a word on the MAC address: %+v", given)
	}
	if given := before.given(port{}); given.Name != "" || given.Addresses != nil {
		t.Errorf("without a port: %+v", given)
	}
}

// A number is given again once its interface is gone.
func TestAPortIsKnownByNumberAndName(t *testing.T) {
	node := netlab.New(t, "node")
	netlab.Cable(t, node, "veth1", node, "veth2")
	node.Do(t, func() error {
		device, err := net.InterfaceByName("veth1")
		if err != nil {
			return err
		}
		for name, c := range map[string]struct {
			known port
			want  bool
		}{
			"it":             {port{Name: "veth1", Index: device.Index}, true},
			"another's name": {port{Name: "veth2", Index: device.Index}, false},
			"nobody's":       {port{Name: "veth1", Index: device.Index + 1000}, false},
			"none":           {port{}, false},
		} {
			if stands, err := c.known.stands(); stands != c.want || err != nil {
				t.Errorf("%s: %v, %v", name, stands, err)
			}
		}
		return nil
	})
}

// A pod that runs already has NET_ADMIN, and is quicker than route-fix: between the plugins before and ADD it gives its
// interface another MAC address and a further address of the subnet.
func TestAddRecordsWhatThePluginsBeforeGave(t *testing.T) {
	h := newHouse(t)
	added := h.must(t, "ADD", withoutFix(h.chain("1.0.0", nil)))
	given, taken := h.pod.MAC(t, "net1"), net.HardwareAddr{2, 0, 0, 0xba, 0xd0, 1}
	h.pod.SetMAC(t, "net1", taken.String())
	h.pod.Address(t, "net1", "192.168.2.99/24")
	if _, err := h.plugin(t, "ADD", h.fixAfter(t, added)); err != nil {
		t.Fatal(err)
	}
	record, err := readRecord(recordPath(h.state, "layer2-bridge", "sandbox-1", "net1"))
	if err != nil || record.Port.Name == "" {
		t.Fatalf("the record has the port %+v, %v", record.Port, err)
	}
	if record.Port.MAC != given.String() || !slices.Equal(record.Port.Addresses, []netip.Prefix{prefix(lanAddress + "/24")}) {
		t.Errorf("the port is of %s with %v, not of %s with %s/24", record.Port.MAC, record.Port.Addresses, given, lanAddress)
	}
	// The kernel has the same.
	if found, err := guardingOf(h, record); err != nil || found.difference != "" {
		t.Errorf("the guard: %q, %v", found.difference, err)
	}
}

// Who holds the lock finds record and guard alike, whoever was last: the daemon that moves a lease, or the agent that repairs.
func TestRecordAndGuardChangeTogether(t *testing.T) {
	h := newHouse(t)
	h.must(t, "ADD", h.chain("1.0.0", nil))
	path := h.records(t)[0]
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for round := range 60 {
			err := h.node.Try(func() error {
				lease := []netip.Prefix{{}, prefix(lanAddress + "/24")}[round%2]
				_, moveErr := Moved(h.state, "layer2-bridge", "sandbox-1", "net1", lease, nil)
				_, repairErr := Repair(t.Context(), h.state)
				return errors.Join(moveErr, repairErr)
			})
			if err != nil {
				t.Error(err)
			}
		}
	}()
	defer func() { <-ended }()
	for looks := 0; ; looks++ {
		select {
		case <-ended:
			if looks == 0 {
				t.Error("nobody looked meanwhile")
			}
			return
		default:
		}
		h.node.Do(t, func() error {
			return inside(h.pod.Path, func(_ *netlink.Handle, host ns.NetNS) error {
				record, err := readRecord(path)
				if err != nil {
					return err
				}
				found, err := guardAt(host, record.Port, record.Conf, false)
				if found.difference != "" {
					err = fmt.Errorf("the record has %v, and %s", record.Port.Addresses, found.difference)
				}
				return err
			})
		})
	}
}

// owns makes the node's table one that only the test may change, with the chains in it (NFT_TABLE_F_OWNER).
func (h *house) owns(t *testing.T, chains filter) {
	t.Helper()
	const owned = 2
	b := newBatch()
	b.change("table", unix.NFT_MSG_NEWTABLE, unix.NLM_F_CREATE, portTable)
	b.text(unix.NFTA_TABLE_NAME, portTable.Name)
	b.number(unix.NFTA_TABLE_FLAGS, owned)
	b.end()
	if err := b.addChains(portTable, chains, 0); err != nil {
		t.Fatal(err)
	}
	b.begin("the transaction", unix.NFNL_MSG_BATCH_END, 0, 0, unix.NFNL_SUBSYS_NFTABLES)
	h.node.Do(t, func() error {
		socket, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_NETFILTER)
		if err != nil {
			return err
		}
		t.Cleanup(func() { _ = unix.Close(socket) })
		// The kernel has done it when the call returns.
		return unix.Sendto(socket, b.bytes, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
	})
}
