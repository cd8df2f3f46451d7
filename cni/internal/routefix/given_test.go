package routefix

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/flatlan/flatlan/cni/internal/netlab"
	"github.com/flatlan/flatlan/cni/internal/statefile"
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

// Between two leases the pod has no address, whatever it sets.
func TestALeaseThatIsLostClosesThePort(t *testing.T) {
	h := newHouse(t)
	h.must(t, "ADD", h.chain("1.0.0", nil))
	h.node.Do(t, func() error {
		_, err := Moved(h.state, "layer2-bridge", "sandbox-1", "net1", netip.Prefix{}, nil)
		return err
	})
	own := h.pod.MAC(t, "net1")
	witness := ethernet(everybody, own, unix.ETH_P_ARP, arp(1, own, "0.0.0.0", lanAddress))
	frame := ethernet(everybody, own, unix.ETH_P_IP, ipv4(lanAddress, "192.168.2.255", 17, udp(9, 9)))
	if found := h.passes(t, h.lan.Listen(t, "node"), witness, map[string][]byte{"the lost address": frame}); len(found) > 0 {
		t.Errorf("to the LAN came %q", found)
	}
}

// lan-dhcp would not report such a lease; if it does, the port does not open.
func TestARefusedLeaseOpensNoPort(t *testing.T) {
	h := newHouse(t)
	h.must(t, "ADD", h.chain("1.0.0", planned))
	h.node.Do(t, func() error {
		// The interface itself still has the good one.
		_, err := Moved(h.state, "layer2-bridge", "sandbox-1", "net1", prefix("10.43.0.10/24"), nil)
		return err
	})
	record, err := readRecord(h.records(t)[0])
	if err != nil || len(record.Port.Addresses) != 0 {
		t.Errorf("the port is open for %v, %v", record.Port.Addresses, err)
	}
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

// Its first repair writes down what an earlier release did not.
func TestRecordsOfAnEarlierRelease(t *testing.T) {
	h := newHouse(t)
	h.must(t, "ADD", h.chain("1.0.0", nil))
	path := h.records(t)[0]
	record, err := readRecord(path)
	if err != nil {
		t.Fatal(err)
	}
	was := record.Port
	record.Version, record.Port = 1, port{}
	if err := statefile.Write(path, record); err != nil {
		t.Fatal(err)
	}
	if outcome := h.repair(t); outcome.Err != nil || len(outcome.Repaired) > 0 {
		t.Errorf("outcome %+v", outcome)
	}
	record, err = readRecord(path)
	if err != nil || record.Version != recordVersion || was.Name == "" || fmt.Sprint(record.Port) != fmt.Sprint(was) {
		t.Errorf("the record says %+v of %+v, %v", record, was, err)
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
