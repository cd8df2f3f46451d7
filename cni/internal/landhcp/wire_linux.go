package landhcp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/flatlan/flatlan/cni/internal/landhcp/frame"
)

// A podWire is an open pod interface. Its sockets belong to the pod's namespace; they are open only while messages are
// exchanged, so that a namespace whose pod is gone can go too.
type podWire struct {
	link    *podLink
	dhcp    *frame.Socket
	arp     *frame.Socket
	replies chan reply
	// udp sends what comes from the pod's own address: the kernel finds the way, by a router if need be.
	udp *net.UDPConn
}

// Open sets the interface up and opens its sockets.
func (p *podLink) Open() (wire, error) {
	w := &podWire{link: p, replies: make(chan reply, 16)}
	var pod netlink.Link
	err := p.inside(func(link netlink.Link) error {
		attributes := link.Attrs()
		if p.mac == nil {
			p.mac = attributes.HardwareAddr
		}
		if attributes.Flags&net.FlagUp == 0 {
			if err := netlink.LinkSetUp(link); err != nil {
				return fmt.Errorf("cannot set %s up: %w", p.name, err)
			}
		}
		device := &net.Interface{Index: attributes.Index, Name: attributes.Name}
		var err error
		if w.dhcp, err = frame.ListenDHCP(device); err != nil {
			return err
		}
		w.arp, err = frame.ListenARP(device)
		pod = link
		return err
	})
	if err != nil {
		_ = w.Close()
		return nil, err
	}
	waitForCarrier(pod)
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
		end, err := retry(func() (netlink.Link, error) { return netlink.LinkByIndex(pod.Attrs().ParentIndex) })
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
		case w.replies <- reply{Message: message, From: ends.SourceMAC}:
		default: // nobody reads: a flood, or answers to what is over
		}
	})
}

func (w *podWire) Replies() <-chan reply { return w.replies }

func (w *podWire) Broadcast(message *dhcpv4.DHCPv4, source netip.Addr) error {
	raw, err := frame.UDP(frame.Ends{
		SourceMAC: w.link.mac, DestinationMAC: frame.Broadcast,
		Source: source, Destination: frame.LimitedBroadcast,
	}, message.ToBytes())
	if err != nil {
		return err
	}
	return w.dhcp.Send(raw)
}

func (w *podWire) Unicast(message *dhcpv4.DHCPv4, source, server netip.Addr) error {
	if w.udp == nil {
		if err := w.listenUDP(source); err != nil {
			return err
		}
	}
	_, err := w.udp.WriteToUDPAddrPort(message.ToBytes(), netip.AddrPortFrom(server, frame.ServerPort))
	return err
}

// listenUDP binds to the client's port, so that the kernel does not answer the server's reply with "port unreachable".
func (w *podWire) listenUDP(source netip.Addr) error {
	return w.link.inside(func(link netlink.Link) error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		err = errors.Join(
			unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1),
			unix.BindToDevice(fd, w.link.name),
			unix.Bind(fd, &unix.SockaddrInet4{Addr: source.As4(), Port: frame.ClientPort}),
		)
		file := os.NewFile(uintptr(fd), "DHCP socket of "+source.String())
		defer file.Close()
		if err != nil {
			return fmt.Errorf("cannot send from %s: %w", source, err)
		}
		conn, err := net.FilePacketConn(file)
		if err != nil {
			return err
		}
		w.udp = conn.(*net.UDPConn)
		return nil
	})
}

// Probe sends two ARP probes within the window, since one frame may be lost. Other people's probes for the address are
// no conflict, other than in RFC 5227 (section 2.1.1): a DHCP server gives an address to one client only, and a node
// probes for the address of a pod that it lost before it gives it back.
func (w *podWire) Probe(ctx context.Context, address netip.Addr, window time.Duration) (net.HardwareAddr, error) {
	return probe(ctx, w.arp, w.link.mac, address, window, w.link.mac)
}

// probe asks on one socket; `own` is the MAC whose claim is none.
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
			if err == nil && claim.Sender == address && claim.SenderMAC.String() != own.String() {
				taker = claim.SenderMAC
				_ = socket.SetDeadline(time.Unix(1, 0))
			}
		})
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, err
		}
		if taker != nil || ctx.Err() != nil {
			return taker, ctx.Err()
		}
	}
	return nil, nil
}

func (w *podWire) Announce(address netip.Addr) error {
	return w.arp.Send(frame.ARPAnnouncement(w.link.mac, address))
}

func (w *podWire) Close() error {
	if w.dhcp != nil {
		_ = w.dhcp.Close()
	}
	if w.arp != nil {
		_ = w.arp.Close()
	}
	if w.udp != nil {
		_ = w.udp.Close()
	}
	return nil
}
