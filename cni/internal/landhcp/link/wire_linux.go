package link

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/vishvananda/netlink"

	"github.com/flatlan/flatlan/cni/internal/dump"
	"github.com/flatlan/flatlan/cni/internal/landhcp/client"
	"github.com/flatlan/flatlan/cni/internal/landhcp/frame"
)

// A podWire is an open pod interface. Its sockets belong to the pod's namespace; they are open only while messages are
// exchanged, so that a namespace whose pod is gone can go too.
type podWire struct {
	pod     *Pod
	dhcp    *frame.Socket
	arp     *frame.Socket
	replies chan client.Reply
}

// Open sets the interface up and opens its sockets.
func (p *Pod) Open() (client.Wire, error) {
	w := &podWire{pod: p, replies: make(chan client.Reply, 16)}
	var opened netlink.Link
	err := p.inside(func(link netlink.Link) error {
		attributes := link.Attrs()
		if p.MAC == nil {
			p.MAC = attributes.HardwareAddr
		}
		if attributes.Flags&net.FlagUp == 0 {
			if err := netlink.LinkSetUp(link); err != nil {
				return fmt.Errorf("cannot set %s up: %w", p.Name, err)
			}
		}
		device := &net.Interface{Index: attributes.Index, Name: attributes.Name}
		var err error
		if w.dhcp, err = frame.ListenDHCP(device); err != nil {
			return err
		}
		w.arp, err = frame.ListenARP(device)
		opened = link
		return err
	})
	if err != nil {
		_ = w.Close()
		return nil, err
	}
	waitForCarrier(opened)
	go w.receive()
	return w, nil
}

// longestCarrier is the kernel's longest delay between a link's carrier and its own notice of it (net/core/link_watch.c:
// one second between events that it does not hold for urgent).
const longestCarrier = time.Second

// waitForCarrier waits until the host's end of a veth is known to work. Its bridge forwards nothing from it before: a
// first DISCOVER that is sent at once is lost half of the time. To ask for the end's state is also to have the kernel
// take notice at once (rtnl_getlink since Linux 6.8). Where there is no such end, retransmissions do their work.
func waitForCarrier(pod netlink.Link) {
	for began := time.Now(); time.Since(began) < longestCarrier; time.Sleep(time.Millisecond) {
		end, err := dump.Whole(func() (netlink.Link, error) { return netlink.LinkByIndex(pod.Attrs().ParentIndex) })
		if err != nil || end.Type() != "veth" || end.Attrs().ParentIndex != pod.Attrs().Index || end.Attrs().OperState == netlink.OperUp {
			return
		}
	}
}

func (w *podWire) receive() {
	defer close(w.replies)
	_ = w.dhcp.Receive(func(raw []byte) {
		ends, payload, err := frame.ParseUDP(raw)
		if err != nil {
			return
		}
		message, err := dhcpv4.FromBytes(payload)
		if err != nil {
			return
		}
		select {
		case w.replies <- client.Reply{Message: message, From: ends.SourceMAC}:
		default: // the channel is full: a flood, or replies to an exchange that is over
		}
	})
}

func (w *podWire) Replies() <-chan client.Reply { return w.replies }

func (w *podWire) Broadcast(message *dhcpv4.DHCPv4, source netip.Addr) error {
	raw, err := frame.UDP(frame.Ends{
		SourceMAC: w.pod.MAC, DestinationMAC: frame.Broadcast,
		Source: source, Destination: frame.LimitedBroadcast,
	}, message.ToBytes())
	if err != nil {
		return err
	}
	return w.dhcp.Send(raw)
}

// Unicast sends a frame of its own, too. A UDP socket would need the right to bind to a port below 1024 in the pod,
// which the daemon's container does without. Without such a socket, the kernel answers the server's reply with "port
// unreachable", which servers ignore.
//
// `again` is for a server that did not reply: its MAC may have changed (a new router, a bridge with another port), so
// the frame is a broadcast, while the packet in it is still addressed to the server.
func (w *podWire) Unicast(message *dhcpv4.DHCPv4, terms client.Terms, again bool) error {
	mac, err := net.ParseMAC(terms.ServerMAC)
	if err != nil || again {
		mac = frame.Broadcast
	}
	raw, err := frame.UDP(frame.Ends{
		SourceMAC: w.pod.MAC, DestinationMAC: mac, Source: terms.Address.Addr(), Destination: terms.Server,
	}, message.ToBytes())
	if err != nil {
		return err
	}
	return w.dhcp.Send(raw)
}

// Probe sends two ARP probes within the window, since one frame may be lost. Probes of other hosts for the address are
// not a conflict, unlike in RFC 5227 (section 2.1.1): a DHCP server gives an address to one client only, and a node
// probes for the address of a pod that it lost before it gives it back.
func (w *podWire) Probe(ctx context.Context, address netip.Addr, window time.Duration) func() (net.HardwareAddr, error) {
	var taker net.HardwareAddr
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		taker, err = probe(ctx, w.arp, w.pod.MAC, address, window, w.pod.MAC)
	}()
	return func() (net.HardwareAddr, error) { <-done; return taker, err }
}

// probe sends on one socket. A reply from `own` does not end it: one from another MAC address may still come, and
// decides.
func probe(ctx context.Context, socket *frame.Socket, from net.HardwareAddr, address netip.Addr, window time.Duration, own net.HardwareAddr) (net.HardwareAddr, error) {
	stop := context.AfterFunc(ctx, func() { _ = socket.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	var taker net.HardwareAddr
	for range 2 {
		if err := socket.Send(frame.ARPProbe(from, address)); err != nil {
			return nil, err
		}
		if err := socket.SetDeadline(time.Now().Add(window / 2)); err != nil {
			return nil, err
		}
		err := socket.Receive(func(raw []byte) {
			claim, err := frame.ParseARP(raw)
			if err != nil || claim.Sender != address {
				return
			}
			taker = claim.SenderMAC
			if !bytes.Equal(taker, own) {
				_ = socket.SetDeadline(time.Unix(1, 0))
			}
		})
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, err
		}
		if taker != nil && !bytes.Equal(taker, own) || ctx.Err() != nil {
			return taker, ctx.Err()
		}
	}
	return taker, nil
}

func (w *podWire) Announce(address netip.Addr) error {
	return w.arp.Send(frame.ARPAnnouncement(w.pod.MAC, address))
}

func (w *podWire) Close() error {
	if w.dhcp != nil {
		_ = w.dhcp.Close()
	}
	if w.arp != nil {
		_ = w.arp.Close()
	}
	return nil
}
