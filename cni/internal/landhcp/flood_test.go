package landhcp

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flatlan/flatlan/cni/internal/landhcp/frame"
	"github.com/flatlan/flatlan/cni/internal/testenv"
)

// listenARP opens a socket on an interface of a namespace.
func (h *house) listenARP(on interface {
	Do(testing.TB, func() error)
}, ifName string) (socket *frame.Socket) {
	h.t.Helper()
	on.Do(h.t, func() error {
		link, err := net.InterfaceByName(ifName)
		if err == nil {
			socket, err = frame.ListenARP(link)
		}
		return err
	})
	h.t.Cleanup(func() { _ = socket.Close() })
	return socket
}

// The socket on the bridge receives only claims of the node's own addresses, and follows their changes.
func TestTheEarHearsOwnAddressesAlone(t *testing.T) {
	h := newHouse(t)
	mac := h.device.MAC(t, "eth0")
	mouth, ear := h.listenARP(h.device, "eth0"), h.listenARP(h.node, "br0")
	first, second, last := netip.MustParseAddr("192.168.2.100"), netip.MustParseAddr("192.168.2.101"), netip.MustParseAddr("192.168.2.102")
	hears := func(own ...netip.Addr) (heard []netip.Addr) {
		if err := ear.OnlySenders(append(own, last)); err != nil {
			t.Fatal(err)
		}
		for done, rounds := false, 0; !done && rounds < 50; rounds++ { // the first may be lost
			for _, claim := range []netip.Addr{first, second, netip.MustParseAddr("192.168.2.103"), last} {
				if err := mouth.Send(frame.ARPAnnouncement(mac, claim)); err != nil {
					t.Fatal(err)
				}
			}
			if err := ear.SetDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
				t.Fatal(err)
			}
			_ = ear.Receive(func(raw []byte) {
				claim, err := frame.ParseARP(raw)
				switch {
				case err != nil || !bytes.Equal(claim.SenderMAC, mac):
				case claim.Sender == last:
					done = true
					_ = ear.SetDeadline(time.Unix(1, 0))
				case !slices.Contains(heard, claim.Sender):
					heard = append(heard, claim.Sender)
				}
			})
		}
		return heard
	}
	for _, own := range [][]netip.Addr{{first}, {second}, {}, {first, second}} {
		if got := hears(own...); !slices.Equal(got, own) {
			t.Errorf("of %v it hears %v", own, got)
		}
	}
}

// A flood of ARP costs the daemon next to nothing: frames about others' addresses, and of the node's own one in a while.
func TestAFloodOfARP(t *testing.T) {
	h := newHouse(t)
	h.startDnsmasq("192.168.2.100", "192.168.2.119")
	h.startDaemon(h.policy(known))
	p := h.newPod("web").mustAdd()
	mac, mouth := h.device.MAC(t, "eth0"), h.listenARP(h.device, "eth0")
	_, before := usage(t, h.daemon.Pid())
	began := time.Now()
	sent := 0
	for i := 0; time.Since(began) < 3*time.Second; i++ {
		claimed := netip.AddrFrom4([4]byte{192, 168, 2, byte(i)})
		if claimed == p.address.Addr() {
			continue
		}
		if mouth.Send(frame.ARPAnnouncement(mac, claimed)) == nil {
			sent++
		}
	}
	took := time.Since(began)
	_, after := usage(t, h.daemon.Pid())
	t.Logf("%d frames in %s cost %s of a processor", sent, took.Round(time.Millisecond), after-before)
	if sent < 10_000 || after-before > took/20 {
		t.Errorf("%d frames, %s of a processor", sent, after-before)
	}
	if err := p.works(); err != nil {
		t.Error(err)
	}
	claim(t, h.device, p.address.Addr())
	testenv.Eventually(t, 5*time.Second, "a claim of the pod's own address is heard all the same", func() error {
		if !strings.Contains(h.daemon.Output(), "another device claims the pod's LAN address") {
			return fmt.Errorf("the daemon wrote %s", h.daemon.Output())
		}
		return nil
	})
	p.mustDel()
	h.stopDaemon()
}
