package netlab

import (
	"fmt"
	"net"
	"testing"

	"github.com/vishvananda/netlink"
)

func loopbackUp() error {
	loopback, err := netlink.LinkByName("lo")
	if err != nil {
		return err
	}
	return netlink.LinkSetUp(loopback)
}

// Cable joins two namespaces by a veth pair, both ends up.
func Cable(t testing.TB, left *Netns, leftName string, right *Netns, rightName string) {
	t.Helper()
	left.Do(t, func() error {
		attributes := netlink.NewLinkAttrs()
		attributes.Name = leftName
		pair := &netlink.Veth{LinkAttrs: attributes, PeerName: rightName, PeerNamespace: netlink.NsFd(right.ns.Fd())}
		if err := netlink.LinkAdd(pair); err != nil {
			return fmt.Errorf("cable %s - %s: %w", leftName, rightName, err)
		}
		return netlink.LinkSetUp(pair)
	})
	right.SetUp(t, rightName)
}

// Bridge makes a switch that forwards from the first moment: no spanning tree, no forward delay, no IGMP snooping.
func (n *Netns) Bridge(t testing.TB, name string) {
	t.Helper()
	n.Do(t, func() error {
		attributes := netlink.NewLinkAttrs()
		attributes.Name = name
		snooping := false
		bridge := &netlink.Bridge{LinkAttrs: attributes, MulticastSnooping: &snooping}
		if err := netlink.LinkAdd(bridge); err != nil {
			return fmt.Errorf("bridge %s: %w", name, err)
		}
		return netlink.LinkSetUp(bridge)
	})
}

// Enslave makes port a port of bridge.
func (n *Netns) Enslave(t testing.TB, port, bridge string) {
	t.Helper()
	n.onLink(t, port, func(link netlink.Link) error {
		master, err := netlink.LinkByName(bridge)
		if err != nil {
			return err
		}
		return netlink.LinkSetMaster(link, master)
	})
}

// Address gives an interface an address, IPv4 or IPv6, with its prefix length. IPv6 ones are used at once, without
// duplicate address detection.
func (n *Netns) Address(t testing.TB, ifName, address string) {
	t.Helper()
	n.onLink(t, ifName, func(link netlink.Link) error {
		parsed, err := netlink.ParseAddr(address)
		if err != nil {
			return err
		}
		if parsed.IP.To4() == nil {
			parsed.Flags |= 0x02 // IFA_F_NODAD
		}
		return netlink.AddrAdd(link, parsed)
	})
}

// Route adds a route. to is a prefix or "default"; via may be empty for a destination on the link.
func (n *Netns) Route(t testing.TB, to, via, ifName string) {
	t.Helper()
	n.onLink(t, ifName, func(link netlink.Link) error {
		route := &netlink.Route{LinkIndex: link.Attrs().Index, Gw: net.ParseIP(via)}
		if route.Gw == nil {
			route.Scope = netlink.SCOPE_LINK
		}
		if to == "default" {
			to = "0.0.0.0/0"
			if route.Gw != nil && route.Gw.To4() == nil {
				to = "::/0"
			}
		}
		destination, err := netlink.ParseIPNet(to)
		if err != nil {
			return err
		}
		route.Dst = destination
		return netlink.RouteAdd(route)
	})
}

// SetUp and SetDown switch an interface.
func (n *Netns) SetUp(t testing.TB, ifName string) {
	t.Helper()
	n.onLink(t, ifName, netlink.LinkSetUp)
}

// SetDown is like pulling the cable: the kernel drops the interface's routes.
func (n *Netns) SetDown(t testing.TB, ifName string) {
	t.Helper()
	n.onLink(t, ifName, netlink.LinkSetDown)
}

// SetMAC changes an interface's hardware address.
func (n *Netns) SetMAC(t testing.TB, ifName, mac string) {
	t.Helper()
	n.onLink(t, ifName, func(link netlink.Link) error {
		parsed, err := net.ParseMAC(mac)
		if err != nil {
			return err
		}
		return netlink.LinkSetHardwareAddr(link, parsed)
	})
}

// MAC reads an interface's hardware address.
func (n *Netns) MAC(t testing.TB, ifName string) (mac net.HardwareAddr) {
	t.Helper()
	n.onLink(t, ifName, func(link netlink.Link) error {
		mac = link.Attrs().HardwareAddr
		return nil
	})
	return mac
}

// IPv4 gives the addresses of an interface.
func (n *Netns) IPv4(t testing.TB, ifName string) (addresses []*net.IPNet) {
	t.Helper()
	n.onLink(t, ifName, func(link netlink.Link) error {
		found, err := netlink.AddrList(link, netlink.FAMILY_V4)
		for _, address := range found {
			addresses = append(addresses, address.IPNet)
		}
		return err
	})
	return addresses
}

func (n *Netns) onLink(t testing.TB, name string, work func(netlink.Link) error) {
	t.Helper()
	n.Do(t, func() error {
		link, err := netlink.LinkByName(name)
		if err == nil {
			err = work(link)
		}
		if err != nil {
			return fmt.Errorf("interface %s: %w", name, err)
		}
		return nil
	})
}
