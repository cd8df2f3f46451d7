package link

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/flatlan/flatlan/cni/internal/dump"
	"github.com/flatlan/flatlan/cni/internal/landhcp/client"
)

// Configure gives the interface what the new terms say and takes what only the old ones said. What is there already
// stays as it is, so it can be done again at any time.
func (p *Pod) Configure(old, now client.Terms) error {
	err := p.inside(func(link netlink.Link) error {
		if old.Address.IsValid() && old.Address != now.Address {
			// The old address goes first: a second address of the same subnet would go with it.
			if err := p.takeAway(link, old); err != nil {
				return err
			}
		}
		if err := netlink.AddrReplace(link, &netlink.Addr{IPNet: IPNet(now.Address)}); err != nil {
			return fmt.Errorf("cannot give %s to %s: %w", now.Address, p.Name, err)
		}
		if err := netlink.LinkSetUp(link); err != nil {
			return fmt.Errorf("cannot set %s up: %w", p.Name, err)
		}
		if err := p.setMTU(link, now); err != nil {
			return err
		}
		for _, route := range old.Routes {
			if !slices.Contains(now.Routes, route) {
				if err := p.deleteRoute(link, route); err != nil {
					return err
				}
			}
		}
		for _, route := range now.Routes {
			if err := p.addRoute(link, route); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return p.Moved(now)
}

// Withdraw takes address and routes away; the interface stays up, since DHCP goes on through it. What depends on the terms
// is told in any case: a pod may have hidden its interface.
func (p *Pod) Withdraw(old client.Terms) error {
	err := p.inside(func(link netlink.Link) error { return p.takeAway(link, old) })
	return errors.Join(err, p.Moved(client.Terms{}))
}

func (p *Pod) takeAway(link netlink.Link, old client.Terms) error {
	for _, route := range old.Routes {
		if err := p.deleteRoute(link, route); err != nil {
			return err
		}
	}
	err := netlink.AddrDel(link, &netlink.Addr{IPNet: IPNet(old.Address)})
	if err != nil && !errors.Is(err, unix.EADDRNOTAVAIL) {
		return fmt.Errorf("cannot take %s from %s: %w", old.Address, p.Name, err)
	}
	return nil
}

// LowerMTU is what ADD does of all this: the plugin that called has still to add address and routes itself.
func (p *Pod) LowerMTU(now client.Terms) error {
	return p.inside(func(link netlink.Link) error { return p.setMTU(link, now) })
}

// setMTU lowers the interface's MTU to what the server says, never beyond what the attachment's configuration gave it.
func (p *Pod) setMTU(link netlink.Link, now client.Terms) error {
	mtu := p.LinkMTU
	if now.MTU != 0 && now.MTU < mtu {
		mtu = now.MTU
	}
	if mtu == 0 || mtu == link.Attrs().MTU {
		return nil
	}
	if err := netlink.LinkSetMTU(link, mtu); err != nil {
		return fmt.Errorf("cannot set the MTU of %s to %d: %w", p.Name, mtu, err)
	}
	return nil
}

// addRoute appends: a route of the cluster network with the same destination and metric is another one and stays.
func (p *Pod) addRoute(link netlink.Link, route client.Route) error {
	err := netlink.RouteAppend(p.route(link, route))
	if err != nil && !errors.Is(err, unix.EEXIST) {
		return fmt.Errorf("cannot add the route to %s via %s: %w", route.Destination, route.Gateway, err)
	}
	return nil
}

func (p *Pod) deleteRoute(link netlink.Link, route client.Route) error {
	err := netlink.RouteDel(p.route(link, route))
	if err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("cannot delete the route to %s via %s: %w", route.Destination, route.Gateway, err)
	}
	return nil
}

func (p *Pod) route(link netlink.Link, route client.Route) *netlink.Route {
	result := &netlink.Route{LinkIndex: link.Attrs().Index, Dst: IPNet(route.Destination), Priority: p.Priority}
	if route.Gateway.IsValid() {
		result.Gw = route.Gateway.AsSlice()
	} else {
		result.Scope = netlink.SCOPE_LINK
	}
	return result
}

// Has tells whether the interface holds an address.
func (p *Pod) Has(address netip.Prefix) (bool, error) {
	found := false
	err := p.inside(func(link netlink.Link) error {
		addresses, err := dump.Whole(func() ([]netlink.Addr, error) { return netlink.AddrList(link, netlink.FAMILY_V4) })
		found = slices.ContainsFunc(addresses, func(one netlink.Addr) bool { return one.IPNet.String() == address.String() })
		return err
	})
	return found, err
}

// IPNet is an IPv4 prefix, host bits and all, as netlink and CNI take it.
func IPNet(prefix netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: prefix.Addr().AsSlice(), Mask: net.CIDRMask(prefix.Bits(), 32)}
}
