package routefix

import (
	"testing"

	"github.com/flatlan/flatlan/cni/internal/netlab"
)

// Upstream's portIsolation, which `attachments.<name>.isolated` of a plan sets: pods on one bridge do not reach each other, and
// the LAN reaches both.
func TestIsolatedPods(t *testing.T) {
	for _, isolated := range []bool{true, false} {
		h := newHouse(t)
		chain := h.chain("1.0.0", nil)
		chain["plugins"].([]object)[0]["portIsolation"] = isolated
		h.must(t, "ADD", chain)
		// A second pod on the bridge, whose port the plugin would make alike.
		second := netlab.New(t, "second")
		netlab.Cable(t, second, "net1", h.node, "veth2")
		h.node.Enslave(t, "veth2", "br0")
		second.Address(t, "net1", "192.168.2.78/24")
		h.node.Output(t, "bridge", "link", "set", "dev", "veth2", "isolated", map[bool]string{true: "on", false: "off"}[isolated])
		listen(t, h.pod, lanAddress)
		if err := ask(h.device, "tcp4", lanAddress+":7"); err != nil {
			t.Errorf("isolated %v: the LAN does not reach the pod: %v", isolated, err)
		}
		_, err := open(second, lanAddress+":7", soon)
		if (err != nil) != isolated {
			t.Errorf("isolated %v: another pod reaches it: %v", isolated, err)
		}
	}
}
