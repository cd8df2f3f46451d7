package landhcp

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flatlan/flatlan/cni/internal/netlab"
)

// clusterSide gives the pod an eth0 as a cluster network does, with the default route.
func (p *pod) clusterSide() {
	t := p.house.t
	node := netlab.New(t, "cluster")
	netlab.Cable(t, p.netns, "eth0", node, "pod")
	p.netns.Address(t, "eth0", "192.168.7.9/32")
	p.netns.Route(t, "169.254.1.1/32", "", "eth0")
	p.netns.Route(t, "default", "169.254.1.1", "eth0")
}

// fixRoutes runs route-fix after the bridge plugin, as the runtime does in a chain.
func (p *pod) fixRoutes() {
	t := p.house.t
	t.Helper()
	p.result.CNIVersion = p.version
	config, err := json.Marshal(map[string]any{
		"cniVersion": p.version, "name": "layer2-bridge", "type": "route-fix", "statePath": p.house.routes,
		"clusterSubnets": []string{"192.168.7.0/24"}, "prevResult": p.result,
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.house.cni(filepath.Join(p.house.plugins, "route-fix"), "ADD", string(config),
		"CNI_CONTAINERID="+p.containerID, "CNI_NETNS="+p.netns.Path, "CNI_IFNAME=net1")
	if err != nil {
		t.Fatal(err)
	}
}

// What route-fix made for the old address and router is made for the new ones when a lease moves.
func TestAMovedPodKeepsItsRoutes(t *testing.T) {
	h := newHouse(t)
	server := h.startKea(shortLeases())
	h.startDaemon()
	p := h.newPod("web")
	p.clusterSide()
	p.mustAdd().fixRoutes()
	old, mac := p.address, p.netns.MAC(t, "net1").String()
	server.change(func(plan *keaPlan) {
		plan.router = "192.168.2.254"
		plan.reservations = []map[string]string{{"hw-address": mac, "ip-address": "192.168.2.50"}}
	})
	p.recovers(6*time.Second, "the server moves a pod with route-fix in its chain", func() error {
		if err := p.hasLeft(old); err != nil {
			return err
		}
		for command, want := range map[string]string{
			"ip -4 rule":                             "from 192.168.2.50 ",
			"ip route get 224.0.0.251":               "dev net1 src 192.168.2.50",
			"ip route get 255.255.255.255":           "dev net1 src 192.168.2.50",
			"ip route get 1.1.1.1":                   "via 169.254.1.1 dev eth0",
			"ip route get 1.1.1.1 from 192.168.2.50": "via 192.168.2.254 dev net1",
		} {
			got, _, _ := p.netns.Run(netlab.Command{Args: strings.Fields(command)}) // fails while the pod has no address
			if !strings.Contains(got, want) || strings.Contains(got, old.Addr().String()) {
				return fmt.Errorf("%s: %s", command, got)
			}
		}
		return nil
	})
	p.mustDel()
	h.stopDaemon()
}
