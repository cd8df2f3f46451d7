package routefix

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/flatlan/flatlan/cni/internal/dump"
)

// A view is the state of a pod's network namespace, read at once. Everything is decided from it, by functions that
// touch nothing.
type view struct {
	lan, cluster link
	routes       []installedRoute // of all tables, in the kernel's order: among equals the first one wins
	rules        []installedRule
	sysctls      map[string]string
	filter       filter
	noFilter     error // why the filter cannot be read
}

type link struct {
	index     int
	peer      int // the other end's index in its namespace; 0: there is none
	mac       net.HardwareAddr
	name      string
	up        bool
	group     int
	addresses []netip.Prefix // without IPv6 link-local and the learned ones
	learned   []netip.Prefix // IPv6, by router advertisements
}

func (l link) of(is4 bool) []netip.Prefix {
	var found []netip.Prefix
	for _, address := range l.addresses {
		if address.Addr().Is4() == is4 {
			found = append(found, address)
		}
	}
	return found
}

func (v view) names() map[int]string {
	return map[int]string{v.lan.index: v.lan.name, v.cluster.index: v.cluster.name}
}

// look reads the namespace of the calling thread, by a socket that was opened in it.
func look(kernel *netlink.Handle, lanName string, conf Conf) (view, error) {
	seen, err := lookUnfiltered(kernel, lanName, conf)
	if err == nil {
		seen.filter, seen.noFilter = lookAtFilter(lanName)
	}
	return seen, err
}

// lookUnfiltered is for ADD: a view without a filter is one that lacks it, and writing it replaces one that is there.
func lookUnfiltered(kernel *netlink.Handle, lanName string, conf Conf) (view, error) {
	var seen view
	var err error
	if seen.lan, err = lookAtLink(kernel, lanName); err != nil {
		return seen, err
	}
	if seen.cluster, err = lookAtLink(kernel, conf.ClusterInterface); err != nil {
		var missing netlink.LinkNotFoundError
		if errors.As(err, &missing) {
			err = fmt.Errorf("the cluster network's interface %s is not in the pod: set clusterInterface to its name", conf.ClusterInterface)
		}
		return seen, err
	}
	if seen.routes, err = listRoutes(kernel); err != nil {
		return seen, err
	}
	if seen.rules, err = listRules(kernel); err != nil {
		return seen, err
	}
	seen.sysctls, err = readSysctls(lanName, conf)
	return seen, err
}

func lookAtLink(kernel *netlink.Handle, name string) (link, error) {
	device, err := dump.Whole(func() (netlink.Link, error) { return kernel.LinkByName(name) })
	if err != nil {
		return link{}, fmt.Errorf("interface %s: %w", name, err)
	}
	seen := link{index: device.Attrs().Index, peer: device.Attrs().ParentIndex, mac: device.Attrs().HardwareAddr, name: name,
		group: int(device.Attrs().Group), up: device.Attrs().RawFlags&unix.IFF_UP != 0}
	addresses, err := dump.Whole(func() ([]netlink.Addr, error) { return kernel.AddrList(device, netlink.FAMILY_ALL) })
	if err != nil {
		return seen, fmt.Errorf("addresses of %s: %w", name, err)
	}
	for _, address := range addresses {
		prefix := prefixOf(address.IPNet, 0)
		switch {
		case prefix.Addr().IsLinkLocalUnicast() && prefix.Addr().Is6():
		case prefix.Addr().Is6() && address.Flags&(unix.IFA_F_MANAGETEMPADDR|unix.IFA_F_TEMPORARY) != 0:
			// So the kernel marks what it made from an advertised prefix. (An IPv4 address with the second bit is a
			// subnet's second one.)
			seen.learned = append(seen.learned, prefix)
		default:
			seen.addresses = append(seen.addresses, prefix)
		}
	}
	return seen, nil
}

func listRoutes(kernel *netlink.Handle) ([]installedRoute, error) {
	var messages []netlink.Route
	for _, family := range families() {
		found, err := dump.Whole(func() ([]netlink.Route, error) {
			// Table 0 with its filter means all tables; without the filter it would be main alone.
			return kernel.RouteListFiltered(family, &netlink.Route{}, netlink.RT_FILTER_TABLE)
		})
		if err != nil {
			return nil, fmt.Errorf("list of routes: %w", err)
		}
		messages = append(messages, found...)
	}
	var routes []installedRoute
	for _, message := range messages {
		routes = append(routes, fromMessage(message)...)
	}
	return routes, nil
}

func listRules(kernel *netlink.Handle) ([]installedRule, error) {
	var rules []installedRule
	for _, family := range families() {
		messages, err := dump.Whole(func() ([]netlink.Rule, error) { return kernel.RuleList(family) })
		if err != nil {
			return nil, fmt.Errorf("list of rules: %w", err)
		}
		for _, message := range messages {
			rules = append(rules, fromRuleMessage(message))
		}
	}
	return rules, nil
}

func families() []int {
	if _, err := os.Stat("/proc/sys/net/ipv6"); err != nil {
		return []int{unix.AF_INET}
	}
	return []int{unix.AF_INET, unix.AF_INET6}
}
