package routefix

import (
	"net/netip"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/flatlan/flatlan/cni/internal/statefile"
	"github.com/flatlan/flatlan/cni/internal/testenv"
)

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

// The old lease may be another device's by now, also for a repair that has to make the guard anew. What is not IPv4's is not
// the lease's.
func TestMovedForgetsTheOldLease(t *testing.T) {
	h := newHouse(t)
	h.must(t, "ADD", h.chain("1.0.0", nil))
	path := h.records(t)[0]
	record, err := readRecord(path)
	if err != nil {
		t.Fatal(err)
	}
	const later, own6 = "192.168.2.78/24", "fd00:2::7/64"
	record.Port.Addresses = append(record.Port.Addresses, prefix(own6))
	if err := statefile.Write(path, record); err != nil {
		t.Fatal(err)
	}
	nft := testenv.Command(t, "nft", "nftables")
	for _, step := range []struct {
		name  string
		lease netip.Prefix
		want  []netip.Prefix
	}{
		{"another lease", prefix(later), []netip.Prefix{prefix(own6), prefix(later)}},
		{"the same again", prefix(later), []netip.Prefix{prefix(own6), prefix(later)}},
		{"none", netip.Prefix{}, []netip.Prefix{prefix(own6)}},
		{"the first again", prefix(lanAddress + "/24"), []netip.Prefix{prefix(own6), prefix(lanAddress + "/24")}},
	} {
		h.node.Do(t, func() error {
			_, err := Moved(h.state, "layer2-bridge", "sandbox-1", "net1", step.lease, []netip.Addr{address("192.168.2.1")})
			return err
		})
		record, err := readRecord(path)
		if err != nil || !slices.Equal(record.Port.Addresses, step.want) {
			t.Errorf("%s: the record has %v, not %v, %v", step.name, record.Port.Addresses, step.want, err)
		}
		for _, when := range []string{"at once", "after a repair"} {
			if found, err := guardingOf(h, record); err != nil || found.difference != "" {
				t.Errorf("%s, %s: %q, %v", step.name, when, found.difference, err)
			}
			h.node.Output(t, nft, "flush", "ruleset")
			h.repair(t)
		}
	}
}

// A lease that ends takes its address from the port, wherever a pod with NET_ADMIN has put its interfaces.
func TestMovedClosesThePortOfAnInterfaceThatIsHidden(t *testing.T) {
	for _, hidden := range []string{"net1", "eth0"} {
		for name, lease := range map[string]netip.Prefix{"no lease": {}, "another": prefix("192.168.2.78/24")} {
			t.Run(hidden+", "+name, func(t *testing.T) {
				h := newHouse(t)
				h.must(t, "ADD", h.chain("1.0.0", nil))
				h.pod.SetDown(t, hidden)
				h.pod.Output(t, testenv.Command(t, "ip", "iproute2"), "link", "set", hidden, "name", "hidden")
				err := h.node.Try(func() error {
					_, err := Moved(h.state, "layer2-bridge", "sandbox-1", "net1", lease, nil)
					return err
				})
				wantError(t, err, hidden)
				record, err := readRecord(h.records(t)[0])
				if err != nil || record.Port.Name == "" || len(record.Port.Addresses) != 0 {
					t.Errorf("the record has the port %+v, %v", record.Port, err)
				}
				if found, err := guardingOf(h, record); err != nil || found.difference != "" {
					t.Errorf("the guard: %q, %v", found.difference, err)
				}
			})
		}
	}
}
