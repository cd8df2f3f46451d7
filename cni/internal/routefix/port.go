package routefix

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/containernetworking/plugins/pkg/ns"
	"github.com/google/nftables"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/flatlan/flatlan/cni/internal/dump"
)

// A port is the host's end of the LAN interface, where the node sees the pod's frames before any bridge does, and what
// may pass through it. Rules on the port also hold for a pod with NET_RAW or NET_ADMIN, which can get past those in its
// own namespace. For the same reason the record has the port's addresses as the previous plugins gave them and lan-dhcp
// changed them since, never as the pod has set them.
type port struct {
	Name      string         `json:"name"`
	Index     int            `json:"index"` // in the host's namespace
	Pod       string         `json:"pod"`   // the interface in the pod
	MAC       string         `json:"mac"`
	Addresses []netip.Prefix `json:"addresses,omitempty"`
}

// portTable is the node's table, with one chain for each port, named after it.
var portTable = &nftables.Table{Name: "route-fix", Family: nftables.TableFamilyNetdev}

// portOf finds the host's end from what was seen in the pod; it runs in the host's namespace. If the interface has no
// host's end (macvlan), or its peer is in another namespace, there is nothing to guard. Only ADD may call it: later the
// pod may have replaced the interface.
func portOf(seen link) (port, error) {
	if seen.peer == 0 {
		return port{}, nil
	}
	device, err := deviceOf(seen.peer)
	switch {
	case err != nil:
		return port{}, fmt.Errorf("the host's end of %s: %w", seen.name, err)
	case device == nil || device.Type() != "veth" || device.Attrs().ParentIndex != seen.index || device.Attrs().MasterIndex == 0:
		return port{}, nil
	}
	return port{Name: device.Attrs().Name, Index: seen.peer, Pod: seen.name, MAC: seen.mac.String(), Addresses: seen.addresses}, nil
}

// deviceOf returns nil if there is no such interface.
func deviceOf(index int) (netlink.Link, error) {
	device, err := dump.Whole(func() (netlink.Link, error) { return netlink.LinkByIndex(index) })
	var missing netlink.LinkNotFoundError
	if errors.As(err, &missing) {
		return nil, nil
	}
	return device, err
}

// stands reports whether the port is still the same interface.
func (p port) stands() (bool, error) {
	if p.Name == "" {
		return false, nil
	}
	device, err := deviceOf(p.Index)
	if err != nil {
		return false, fmt.Errorf("the host's end of %s: %w", p.Pod, err)
	}
	return device != nil && device.Attrs().Name == p.Name, nil
}

// A guarding is the result of guardPort.
type guarding struct {
	difference string            // from the wanted chain; empty if there is none
	stopped    map[string]uint64 // frames that the port has dropped, by kind
}

// wanted is the port's chain, or none.
func (p port) wanted(conf Conf) (filter, error) {
	if !conf.SourceGuard {
		return nil, nil
	}
	mac, err := net.ParseMAC(p.MAC)
	if err != nil {
		return nil, fmt.Errorf("the record of %s: %w", p.Pod, err)
	}
	return filter{{name: p.Name, hook: nftables.ChainHookIngress, device: p.Name, rules: p.rulesOf(mac, conf)}}, nil
}

// guardNew is for ADD: a new port has no chain yet, so one is created without reading first.
func guardNew(p port, conf Conf) error {
	if p.Name == "" {
		return nil
	}
	wanted, err := p.wanted(conf)
	if err != nil {
		return err
	}
	if len(wanted) > 0 {
		if err = newChains(portTable, wanted); err == nil {
			return nil
		}
	}
	if err == nil || errors.Is(err, unix.EEXIST) || errors.Is(err, unix.EINVAL) {
		// Left by an interface of the same name, or the table is dormant.
		_, err = guardPort(p, conf, true)
		return err
	}
	return explainPort(p, err)
}

// guardPort puts the port's chain in place, or removes it if conf wants none. If `apply` is false, it only reports the
// difference.
func guardPort(p port, conf Conf, apply bool) (guarding, error) {
	if there, err := p.stands(); err != nil || !there {
		return guarding{}, err
	}
	chains, err := readChains(portTable, p.Name)
	if err != nil && !conf.SourceGuard {
		return guarding{}, nil // no nf_tables, so there is no chain to remove
	}
	if err != nil {
		return guarding{}, explainPort(p, err)
	}
	found := guarding{stopped: map[string]uint64{}}
	for _, chain := range chains {
		for _, rule := range chain.rules {
			if rule.packets > 0 {
				found.stopped[rule.text] = rule.packets
			}
		}
	}
	wanted, err := p.wanted(conf)
	switch {
	case err != nil:
		return guarding{}, err
	case len(wanted) == 0 && len(chains) > 0:
		found.difference = "left over guard of " + p.Name + ", the host's end of " + p.Pod
	case len(wanted) > 0:
		if difference := wanted.differs(chains); difference != "" {
			found.difference = fmt.Sprintf("the guard of %s, the host's end of %s: %s", p.Name, p.Pod, difference)
		}
	}
	if found.difference == "" || !apply {
		return found, nil
	}
	if err := replaceChain(portTable, chains, wanted); err != nil {
		return guarding{}, explainPort(p, err)
	}
	return found, nil
}

// guardAt is guardPort from inside a pod's namespace, under its lock, so that record and guard change together.
func guardAt(host ns.NetNS, p port, conf Conf, apply bool) (found guarding, err error) {
	err = host.Do(func(ns.NetNS) (err error) {
		found, err = guardPort(p, conf, apply)
		return err
	})
	return found, err
}

func explainPort(p port, err error) error {
	return fmt.Errorf("the guard of %s, the host's end of %s: %w; it needs nf_tables with hooks of devices (NF_TABLES_NETDEV, "+
		"NETFILTER_INGRESS): take a kernel with them, or set sourceGuard to false, and the pod may speak with any address", p.Name, p.Pod, err)
}

// forgetPort removes a port's chain before its interface goes.
func forgetPort(p port) error {
	if there, err := p.stands(); err != nil || !there {
		return err
	}
	chains, err := readChains(portTable, p.Name)
	if err != nil || len(chains) == 0 {
		return nil
	}
	return replaceChain(portTable, chains, nil)
}

func forgetPortAt(host ns.NetNS, p port) error {
	return host.Do(func(ns.NetNS) error { return forgetPort(p) })
}

// sweepPorts removes the chains of ports that no longer exist: since Linux 6.16 a chain outlives its device.
func sweepPorts() error {
	chains, err := readChains(portTable, "")
	if err != nil {
		return nil // no such table family, so there is nothing to remove
	}
	var problems []error
	for _, chain := range chains {
		gone, err := isGone(chain.name)
		if err == nil && gone {
			err = replaceChain(portTable, filter{chain}, nil)
		}
		problems = append(problems, err)
	}
	return joined(problems...)
}

// isGone says that the kernel knows no such interface. Any other error is none of that: a port that stands would lose its guard.
func isGone(name string) (bool, error) {
	_, err := dump.Whole(func() (netlink.Link, error) { return netlink.LinkByName(name) })
	if errors.As(err, new(netlink.LinkNotFoundError)) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("interface %s: %w", name, err)
	}
	return false, nil
}
