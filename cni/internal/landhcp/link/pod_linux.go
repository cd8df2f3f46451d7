package link

import (
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/containernetworking/plugins/pkg/ns"
	"github.com/vishvananda/netlink"

	"github.com/flatlan/flatlan/cni/internal/dump"
	"github.com/flatlan/flatlan/cni/internal/landhcp/client"
)

// A Pod is a pod's interface: a port of the machine, in the pod's network namespace.
type Pod struct {
	Netns string
	Name  string
	// MAC is what tells the pod from another one that the path leads to by now; nil for any.
	MAC net.HardwareAddr
	// Priority is the metric of the lease's routes.
	Priority int
	// LinkMTU is what the interface had before a lease said less; 0 where it is not known.
	LinkMTU int
	// Moved mends what depends on the terms: route-fix's routes and rules.
	Moved func(client.Terms) error
}

// inside runs work in the pod's namespace, with the interface that the lease is for.
func (p *Pod) inside(work func(netlink.Link) error) error {
	err := ns.WithNetNSPath(p.Netns, func(ns.NetNS) error {
		link, err := dump.Whole(func() (netlink.Link, error) { return netlink.LinkByName(p.Name) })
		if errors.As(err, new(netlink.LinkNotFoundError)) {
			return client.ErrGone
		}
		if err != nil {
			return fmt.Errorf("interface %s in %s: %w", p.Name, p.Netns, err)
		}
		if p.MAC != nil && link.Attrs().HardwareAddr.String() != p.MAC.String() {
			return client.ErrGone // the path leads to another pod now
		}
		return work(link)
	})
	var missing ns.NSPathNotExistErr
	var other ns.NSPathNotNSErr
	if errors.As(err, &missing) || errors.As(err, &other) || errors.Is(err, os.ErrNotExist) {
		return client.ErrGone
	}
	return err
}

// Exists tells whether the interface is still there; an error that says neither counts as there.
func (p *Pod) Exists() bool {
	return !errors.Is(p.inside(func(netlink.Link) error { return nil }), client.ErrGone)
}

// Facts are what a lease has to know of an interface.
type Facts struct {
	MAC net.HardwareAddr
	MTU int
	// IPv6 says that the kernel does IPv6 on the interface.
	IPv6 bool
}

// Facts looks at the interface; client.ErrGone where there is none.
func (p *Pod) Facts() (facts Facts, err error) {
	err = p.inside(func(link netlink.Link) error {
		facts.MAC, facts.MTU = link.Attrs().HardwareAddr, link.Attrs().MTU
		// Of the thread's network namespace (fs/proc/proc_sysctl.c).
		_, err := os.Stat("/proc/sys/net/ipv6/conf/" + p.Name)
		facts.IPv6 = err == nil
		return nil
	})
	return facts, err
}
