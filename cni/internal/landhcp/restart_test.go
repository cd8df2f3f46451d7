package landhcp

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/flatlan/flatlan/cni/internal/testenv"
)

// pods adds several at once, each with another address.
func (h *house) manyPods(count int) []*pod {
	h.t.Helper()
	pods := make([]*pod, count)
	var group sync.WaitGroup
	for i := range pods {
		pods[i] = h.newPod(fmt.Sprintf("pod-%d", i))
	}
	for _, p := range pods {
		group.Go(func() {
			if err := p.add(); err != nil {
				h.t.Error(err)
			}
		})
	}
	group.Wait()
	if h.t.Failed() {
		h.t.FailNow()
	}
	h.allDiffer(pods)
	return pods
}

func (h *house) allDiffer(pods []*pod) {
	h.t.Helper()
	seen := map[netip.Prefix]string{}
	for _, p := range pods {
		if other, twice := seen[p.address]; twice {
			h.t.Errorf("%s and %s both have %s", other, p.name, p.address)
		}
		seen[p.address] = p.name
	}
}

// unchanged sees that every pod still has its address, and that the server knows of no other lease.
func (h *house) unchanged(pods []*pod, server *dnsmasq) {
	h.t.Helper()
	for _, p := range pods {
		if got := p.addresses(); len(got) != 1 || got[0] != p.address.String() {
			h.t.Errorf("%s has %v, its address was %s", p.name, got, p.address)
		}
	}
	server.holds(len(pods), 5*time.Second)
}

// A killed daemon costs nothing: pods keep their addresses, and the next daemon goes on renewing.
func TestKilledDaemonKeepsEveryLease(t *testing.T) {
	h := newHouse(t)
	server := h.startDnsmasq("192.168.2.100", "192.168.2.139", "--dhcp-option=option:T1,3", "--dhcp-option=option:T2,60")
	h.startDaemon()
	pods := h.manyPods(20)
	kills := 3
	if testenv.Long() {
		kills = 10
	}
	for round := range kills {
		h.daemon.Kill(t)
		began := time.Now()
		renewed := len(server.Output())
		h.startDaemon()
		testenv.Eventually(t, 15*time.Second, "every pod's lease is renewed", func() error {
			log := server.Output()[renewed:]
			for _, p := range pods {
				if !strings.Contains(log, "DHCPACK(eth0) "+p.address.Addr().String()+" ") {
					return fmt.Errorf("%s is not, the server wrote:\n%s", p.address, log)
				}
			}
			return nil
		})
		t.Logf("kill %d: 20 leases renewed %s after it", round+1, time.Since(began).Round(time.Millisecond))
		h.unchanged(pods, server)
	}
	for _, p := range pods {
		p.mustDel()
	}
	server.waitEmpty(10 * time.Second)
	h.stopDaemon()
}

// What a daemon was at when it was killed is given back by the next one: the pods' ADDs have failed.
func TestKilledDuringADD(t *testing.T) {
	h := newHouse(t)
	server := h.startDnsmasq("192.168.2.100", "192.168.2.119")
	h.startDaemon("--arp-probe=5s") // the kill comes between the server's ACK and the result
	var group sync.WaitGroup
	pods := make([]*pod, 5)
	for i := range pods {
		pods[i] = h.newPod(fmt.Sprintf("pod-%d", i))
		group.Go(func() {
			if err := pods[i].add(); err == nil {
				t.Error("an ADD succeeded without a daemon")
			}
		})
	}
	server.holds(5, 10*time.Second)
	h.daemon.Kill(t)
	group.Wait()
	for _, p := range pods {
		p.mustDel() // the runtime cleans up, and the daemon is still away
	}
	h.startDaemon()
	server.waitEmpty(5 * time.Second)
	h.stopDaemon()
}

// A daemon that is asked to end does not wait for the ADD that it is at.
func TestSIGTERMDuringADD(t *testing.T) {
	h := newHouse(t)
	server := h.startDnsmasq("192.168.2.100", "192.168.2.119")
	h.startDaemon("--arp-probe=5s")
	p := h.newPod("web")
	ended := make(chan error, 1)
	go func() { ended <- p.add() }()
	server.holds(1, 10*time.Second)
	h.stopDaemon()
	if err := <-ended; err == nil {
		t.Error("ADD succeeded")
	}
	h.startDaemon()
	server.waitEmpty(5 * time.Second)
	h.waitNoState()
	h.stopDaemon()
}

// reboot ends the daemon and takes every pod away, as a power cut does; the disk stays.
func (h *house) reboot(pods []*pod) {
	h.t.Helper()
	h.daemon.Kill(h.t)
	for _, p := range pods {
		p.netns.Delete(h.t)
	}
}

func TestNothingLeaksOverAReboot(t *testing.T) {
	h := newHouse(t)
	server := h.startDnsmasq("192.168.2.100", "192.168.2.119")
	h.startDaemon(quickProbe)
	h.reboot(h.manyPods(20))
	server.holds(20, 5*time.Second)
	began := time.Now()
	h.startDaemon("--grace=1s")
	server.waitEmpty(15 * time.Second)
	t.Logf("20 leases of pods that did not come back were given back %s after the boot, with a grace of 1 s", time.Since(began).Round(time.Millisecond))
	h.waitNoState()
	h.stopDaemon()
}

// Pods that come back after a reboot, in new sandboxes with new MACs, have the addresses they had; kubelet's DEL of the
// old sandboxes, which comes late, takes nothing from them.
func TestPodsKeepTheirAddressesOverAReboot(t *testing.T) {
	h := newHouse(t)
	server := h.startDnsmasq("192.168.2.100", "192.168.2.119")
	h.startDaemon(quickProbe)
	before := h.manyPods(10)
	h.reboot(before)
	h.startDaemon(quickProbe)
	after := h.manyPods(10)
	for i, p := range after {
		if p.address != before[i].address {
			t.Errorf("%s had %s and has %s", p.name, before[i].address, p.address)
		}
	}
	for _, old := range before {
		if _, err := h.cni(h.bridge, "DEL", old.config(), "CNI_CONTAINERID="+old.containerID, "CNI_NETNS=", "CNI_IFNAME=net1"); err != nil {
			t.Error(err)
		}
	}
	h.unchanged(after, server)
	for _, p := range after {
		p.mustDel()
	}
	server.waitEmpty(5 * time.Second)
	h.stopDaemon()
}

// kubelet deletes a pod's dead sandbox first and adds the next one then (seen with kubelet 1.36.3 after a reboot, test/node). The
// next one has another MAC, by which dnsmasq chooses among free addresses.
func TestPodsKeepTheirAddressesAfterDEL(t *testing.T) {
	h := newHouse(t)
	server := h.startDnsmasq("192.168.2.100", "192.168.2.219")
	h.startDaemon(quickProbe)
	before := h.manyPods(10)
	h.reboot(before)
	h.startDaemon(quickProbe)
	for _, old := range before {
		if _, err := h.cni(h.bridge, "DEL", old.config(), "CNI_CONTAINERID="+old.containerID, "CNI_NETNS=", "CNI_IFNAME=net1"); err != nil {
			t.Error(err)
		}
	}
	server.waitEmpty(5 * time.Second)
	after := h.manyPods(10)
	for i, p := range after {
		if p.address != before[i].address {
			t.Errorf("%s had %s and has %s", p.name, before[i].address, p.address)
		}
	}
	for _, p := range after {
		p.mustDel()
	}
	h.stopDaemon()
}

// kubelet may make a pod's next sandbox before it asks to delete the last one.
func TestANewSandboxTakesTheLeaseOver(t *testing.T) {
	h := newHouse(t)
	server := h.startDnsmasq("192.168.2.100", "192.168.2.119")
	h.startDaemon()
	old := h.newPod("web").mustAdd()
	old.netns.Output(t, "ip", "address", "flush", "dev", "net1") // its processes are dead; nobody answers ARP for it
	next := h.newPod("web").mustAdd()
	if next.address != old.address {
		t.Errorf("the pod had %s and has %s", old.address, next.address)
	}
	if strings.Contains(h.daemon.Output(), "claims the pod's LAN address") {
		t.Errorf("the old sandbox defended the address against the new one: %s", h.daemon.Output())
	}
	old.mustDel()
	h.unchanged([]*pod{next}, server)
	next.mustDel()
	server.waitEmpty(5 * time.Second)
	h.stopDaemon()
}
