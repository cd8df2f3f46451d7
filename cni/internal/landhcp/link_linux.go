package landhcp

import (
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/containernetworking/plugins/pkg/ns"
	"github.com/vishvananda/netlink"
)

// A podLink is a pod's interface: a port of the machine, in the pod's network namespace.
type podLink struct {
	netns    string
	name     string
	mac      net.HardwareAddr
	priority int
	linkMTU  int
	// moved mends what depends on the terms: route-fix's routes and rules.
	moved func(Terms) error
}

func (r record) link(moved func(Terms) error) *podLink {
	mac, _ := net.ParseMAC(r.MAC)
	return &podLink{netns: r.Netns, name: r.Interface, mac: mac, priority: r.Priority, linkMTU: r.LinkMTU, moved: moved}
}

// inside runs work in the pod's namespace, with the interface that the lease is for.
func (p *podLink) inside(work func(netlink.Link) error) error {
	err := ns.WithNetNSPath(p.netns, func(ns.NetNS) error {
		link, err := retry(func() (netlink.Link, error) { return netlink.LinkByName(p.name) })
		if errors.As(err, new(netlink.LinkNotFoundError)) {
			return errGone
		}
		if err != nil {
			return fmt.Errorf("interface %s in %s: %w", p.name, p.netns, err)
		}
		if p.mac != nil && link.Attrs().HardwareAddr.String() != p.mac.String() {
			return errGone // the path leads to another pod now
		}
		return work(link)
	})
	var missing ns.NSPathNotExistErr
	var other ns.NSPathNotNSErr
	if errors.As(err, &missing) || errors.As(err, &other) || errors.Is(err, os.ErrNotExist) {
		return errGone
	}
	return err
}

// exists tells whether the interface is still there; an error that says neither counts as there.
func (p *podLink) exists() bool {
	return !errors.Is(p.inside(func(netlink.Link) error { return nil }), errGone)
}

// retry repeats a dump that the kernel interrupted (netlink.ErrDumpInterrupted).
func retry[T any](dump func() (T, error)) (T, error) {
	for tries := 0; ; tries++ {
		result, err := dump()
		if tries == 5 || !errors.Is(err, netlink.ErrDumpInterrupted) {
			return result, err
		}
		time.Sleep(time.Duration(tries) * time.Millisecond)
	}
}
