package routefix

import (
	"errors"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/flatlan/flatlan/cni/internal/netlab"
	"github.com/flatlan/flatlan/cni/internal/statefile"
	"github.com/flatlan/flatlan/cni/internal/testenv"
)

// DEL finds the port by the record: whatever stands in net1's place by now is the pod's own doing.
func TestDelGoesByTheRecord(t *testing.T) {
	for name, inItsPlace := range map[string][]string{
		"nothing":       nil,
		"a cable in it": {"link", "add", "net1", "type", "veth", "peer", "name", "end"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			chain := h.chain("1.0.0", nil)
			h.must(t, "ADD", chain)
			record, err := readRecord(h.records(t)[0])
			if err != nil || !strings.Contains(h.guards(t), "chain "+record.Port.Name) {
				t.Fatalf("ADD made no guard of %+v, %v:\n%s", record.Port, err, h.guards(t))
			}
			ip := testenv.Command(t, "ip", "iproute2")
			h.pod.SetDown(t, "net1")
			h.pod.Output(t, ip, "link", "set", "net1", "name", "lan0")
			if inItsPlace != nil {
				h.pod.Output(t, append([]string{ip}, inItsPlace...)...)
			}
			h.must(t, "DEL", onlyFix(h.chain("1.0.0", nil)))
			// The port itself stands, so the chain did not go with it.
			h.node.Do(t, func() error {
				_, err := net.InterfaceByName(record.Port.Name)
				return err
			})
			if left := h.guards(t); strings.Contains(left, "chain") {
				t.Errorf("DEL left\n%s", left)
			}
			if paths := h.records(t); len(paths) != 0 {
				t.Errorf("records left: %v", paths)
			}
		})
	}
}

// Without a record nobody knows whose port it is: DEL leaves it to the repair that finds it gone.
func TestDelWithoutARecordLeavesPortsAlone(t *testing.T) {
	h := newHouse(t)
	h.must(t, "ADD", h.chain("1.0.0", nil))
	if err := statefile.Remove(h.records(t)[0]); err != nil {
		t.Fatal(err)
	}
	h.must(t, "DEL", onlyFix(h.chain("1.0.0", nil)))
	if left := h.guards(t); !strings.Contains(left, "chain veth") {
		t.Errorf("DEL left\n%s", left)
	}
}

func TestDelGoesOnWhereTheGuardCannotGo(t *testing.T) {
	h := newHouse(t)
	h.must(t, "ADD", h.chain("1.0.0", nil))
	record, err := readRecord(h.records(t)[0])
	if err != nil {
		t.Fatal(err)
	}
	chains, err := record.Port.wanted(record.Conf)
	if err != nil {
		t.Fatal(err)
	}
	h.node.Output(t, testenv.Command(t, "nft", "nftables"), "delete", "table", "netdev", portTable.Name)
	h.owns(t, chains)
	if err := h.node.Try(func() error { return forgetPort(record.Port) }); err == nil {
		t.Fatalf("the guard goes, so this test shows nothing:\n%s", h.guards(t))
	}
	h.must(t, "DEL", onlyFix(h.chain("1.0.0", nil)))
	if tables := h.tables(t); strings.Contains(tables, "proto 98") || len(h.records(t)) != 0 {
		t.Errorf("left are %v and\n%s", h.records(t), tables)
	}
}

// A path by process number may lead to another pod by the time of DEL.
func TestDelLeavesAnotherPodsNamespaceAlone(t *testing.T) {
	h := newHouse(t)
	path, stdin := h.addByPath(t)
	other := netlab.New(t, "other")
	ip := testenv.Command(t, "ip", "iproute2")
	netlab.Cable(t, other, "net1", h.lan, "other")
	other.Output(t, ip, "rule", "add", "from", "192.168.2.78", "lookup", "1009", "priority", "1000", "protocol", "98")
	if err := errors.Join(os.Remove(path), os.Symlink(other.Path, path)); err != nil {
		t.Fatal(err)
	}
	if _, err := h.plugin(t, "DEL", stdin, "CNI_NETNS="+path); err != nil {
		t.Error(err)
	}
	if rules := other.Output(t, ip, "rule"); !strings.Contains(rules, "192.168.2.78") {
		t.Errorf("the other pod has\n%s", rules)
	}
	if paths := h.records(t); len(paths) != 0 {
		t.Errorf("records left: %v", paths)
	}
}
