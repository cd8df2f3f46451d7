package landhcp

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/flatlan/flatlan/cni/internal/testenv"
)

// quickProbe keeps tests that make many pods short; what the probe finds is tested elsewhere.
const quickProbe = "--arp-probe=20ms"

func TestAPodGetsAnAddressAndGivesItBack(t *testing.T) {
	h := newHouse(t)
	server := h.startDnsmasq("192.168.2.100", "192.168.2.119")
	h.startDaemon()
	p := h.newPod("web").mustAdd()
	if got := p.addresses(); !slices.Equal(got, []string{p.address.String()}) {
		t.Errorf("net1 has %v, the result says %s", got, p.address)
	}
	if table := server.holds(1, 5*time.Second); !strings.Contains(table[0], " web 00:68:6f:6d:65:2f:77:65:62:2f:6e:65:74:31") {
		t.Errorf("the server's table is %q", table)
	}
	routes := p.netns.Output(t, "ip", "route")
	if !strings.Contains(routes, "default via 192.168.2.1 dev net1 metric 500") {
		t.Errorf("routes are\n%s", routes)
	}
	p.netns.Output(t, "ip", "addr") // for a failed test's log
	p.mustDel()
	server.waitEmpty(5 * time.Second)
	h.stopDaemon()
}

// Upstream's dhcp plugin never gives an address back: 20 addresses are gone after 20 pods.
func TestAPoolOf20OutlivesManyPods(t *testing.T) {
	h := newHouse(t)
	server := h.startDnsmasq("192.168.2.100", "192.168.2.119")
	h.startDaemon(quickProbe)
	cycles, parallel := 200, 20
	if testenv.Long() {
		cycles, parallel = 500, 50
	}
	began := time.Now()
	for i := range cycles {
		h.newPod(fmt.Sprintf("one-%d", i)).mustAdd().mustDel()
	}
	t.Logf("%d pods, one after the other: %s", cycles, time.Since(began).Round(time.Millisecond))
	server.waitEmpty(5 * time.Second)

	began = time.Now()
	for round := range parallel {
		var group sync.WaitGroup
		pods := make([]*pod, 5)
		for i := range pods {
			pods[i] = h.newPod(fmt.Sprintf("five-%d-%d", round, i))
			group.Go(func() {
				if err := pods[i].add(); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		seen := map[string]bool{}
		for _, p := range pods {
			if seen[p.address.String()] {
				t.Errorf("round %d: %s was given twice", round, p.address)
			}
			seen[p.address.String()] = true
			p.mustDel()
		}
	}
	t.Logf("%d times five pods at once: %s", parallel, time.Since(began).Round(time.Millisecond))
	server.waitEmpty(5 * time.Second)
	h.waitNoState()
	h.stopDaemon()
}
