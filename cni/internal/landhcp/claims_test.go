package landhcp

import (
	"bytes"
	"fmt"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/flatlan/flatlan/cni/internal/landhcp/dhcptest"
	"github.com/flatlan/flatlan/cni/internal/landhcp/frame"
)

// claimEverything answers each ARP frame of others by two claims of the address that it is about: probes, announcements
// and defences alike.
func (h *house) claimEverything(as func(heard frame.ARP) net.HardwareAddr) {
	h.t.Helper()
	mac := h.device.MAC(h.t, "eth0")
	var ear *frame.Socket
	h.device.Do(h.t, func() error {
		link, err := net.InterfaceByName("eth0")
		if err == nil {
			ear, err = frame.ListenARP(link)
		}
		return err
	})
	var work sync.WaitGroup
	work.Go(func() {
		_ = ear.Receive(func(raw []byte) {
			heard, err := frame.ParseARP(raw)
			if err != nil || bytes.Equal(heard.SenderMAC, mac) || heard.Target.As4()[3] < 100 {
				return
			}
			for range 2 {
				claim := frame.ARPAnnouncement(as(heard), heard.Target)
				copy(claim[6:12], mac) // the switch has no part in it
				_ = ear.Send(claim)
			}
		})
	})
	h.t.Cleanup(func() { _ = ear.Close(); work.Wait() })
}

// An attacker that has nothing but ARP neither empties the pool of a real server nor stops the pods of a node, whose
// runtime tries each again.
func TestClaimsOfEveryAddress(t *testing.T) {
	const pods = 20
	servers := map[string]func(*house) func() string{
		"Kea": func(h *house) func() string {
			return h.startKea(keaPlan{pool: "192.168.2.100 - 192.168.2.199", router: dhcptest.Router, lease: 3600}).Output
		},
		"dnsmasq": func(h *house) func() string { return h.startDnsmasq("192.168.2.100", "192.168.2.199").Output },
	}
	declined := regexp.MustCompile(`DHCPDECLINE\(eth0\) (\S+)|DHCP4_DECLINE_LEASE Received DHCPDECLINE for addr (\S+)`)
	for name, start := range servers {
		for kind, own := range map[string]bool{"another MAC address": false, "the pod's own MAC address": true} {
			t.Run(name+", by "+kind, func(t *testing.T) {
				h := newHouse(t)
				output := start(h)
				h.startDaemon(h.policy(known), quickProbe)
				mac := h.device.MAC(t, "eth0")
				h.claimEverything(func(heard frame.ARP) net.HardwareAddr {
					if own {
						return heard.SenderMAC
					}
					return mac
				})
				began := time.Now()
				var all sync.WaitGroup
				for i := range pods {
					p := h.newPod(fmt.Sprintf("web-%d", i))
					all.Go(func() {
						err := p.add()
						for ; err != nil && time.Since(began) < 90*time.Second; err = p.add() {
							if _, gone := p.call("DEL"); gone != nil {
								t.Error(gone)
							}
						}
						if err != nil {
							t.Errorf("%s has no address: %v", p.name, err)
						}
					})
				}
				all.Wait()
				lost := map[string]bool{}
				for _, found := range declined.FindAllStringSubmatch(output(), -1) {
					lost[found[1]+found[2]] = true
				}
				t.Logf("%d pods have addresses after %s; the pool lost %d", pods, time.Since(began).Round(time.Second), len(lost))
				if len(lost) == 0 || len(lost) > 10 {
					t.Errorf("the pool lost %v", lost)
				}
				if !strings.Contains(h.daemon.Output(), `"event":"LanAddressContested"`) {
					t.Error("nobody was told")
				}
				h.stopDaemon()
			})
		}
	}
}
