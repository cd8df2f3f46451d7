package routefix

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/google/nftables"
	"github.com/vishvananda/netlink"
)

// A port is the host's end of the LAN interface, where the node meets what the pod sends before any bridge does. Rules there
// hold against a pod with NET_RAW or NET_ADMIN, as those in its own namespace do not.
type port struct {
	name      string
	pod       string // the interface in the pod
	mac       net.HardwareAddr
	addresses []netip.Prefix
}

// portTable is the node's, with a chain for each port, by its name.
var portTable = &nftables.Table{Name: "route-fix", Family: nftables.TableFamilyNetdev}

// portOf finds the host's end from what was seen in the pod; it works in the host's namespace. Where the interface has
// none (macvlan), or this is another namespace, there is nothing to guard.
func portOf(seen link) (port, bool, error) {
	var device netlink.Link
	err := whole(func() (err error) { device, err = netlink.LinkByIndex(seen.peer); return err })
	var missing netlink.LinkNotFoundError
	switch {
	case seen.peer == 0 || errors.As(err, &missing):
		return port{}, false, nil
	case err != nil:
		return port{}, false, fmt.Errorf("the host's end of %s: %w", seen.name, err)
	case device.Type() != "veth" || device.Attrs().ParentIndex != seen.index || device.Attrs().MasterIndex == 0:
		return port{}, false, nil
	}
	return port{name: device.Attrs().Name, pod: seen.name, mac: seen.mac, addresses: seen.addresses}, true, nil
}

// A guarding is what guardPort found.
type guarding struct {
	difference string            // from what is wanted; empty if there is none
	stopped    map[string]uint64 // frames that the port has dropped, by what they were
}

// guardPort puts the port's chain in place, or removes it where conf wants none. With `apply` false it only says what
// differs.
func guardPort(seen link, conf Conf, apply bool) (guarding, error) {
	p, there, err := portOf(seen)
	if err != nil || !there {
		return guarding{}, err
	}
	chains, err := readChains(portTable, p.name)
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
	wanted := filter{{name: p.name, hook: nftables.ChainHookIngress, device: p.name, rules: p.rulesOf(conf)}}
	if !conf.SourceGuard {
		wanted = nil
	}
	switch {
	case len(wanted) == 0 && len(chains) > 0:
		found.difference = "left over guard of " + p.name + ", the host's end of " + p.pod
	case len(wanted) > 0:
		if difference := wanted.differs(chains); difference != "" {
			found.difference = fmt.Sprintf("the guard of %s, the host's end of %s: %s", p.name, p.pod, difference)
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

func explainPort(p port, err error) error {
	return fmt.Errorf("the guard of %s, the host's end of %s: %w; it needs nf_tables with hooks of devices (NF_TABLES_NETDEV, "+
		"NETFILTER_INGRESS): take a kernel with them, or set sourceGuard to false, and the pod may speak with any address", p.name, p.pod, err)
}

// forgetPort removes a port's chain before its interface goes.
func forgetPort(seen link) error {
	p, there, err := portOf(seen)
	if err != nil || !there {
		return err
	}
	chains, err := readChains(portTable, p.name)
	if err != nil || len(chains) == 0 {
		return nil
	}
	return replaceChain(portTable, chains, nil)
}

// sweepPorts removes the chains of ports that are no more: since Linux 6.16 a chain outlives its device.
func sweepPorts() error {
	chains, err := readChains(portTable, "")
	if err != nil {
		return nil // no such table family: then there is nothing to sweep
	}
	var problems []error
	for _, chain := range chains {
		if _, err := net.InterfaceByName(chain.name); err != nil {
			problems = append(problems, replaceChain(portTable, filter{chain}, nil))
		}
	}
	return joined(problems...)
}
