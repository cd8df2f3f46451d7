package routefix

import (
	"fmt"
	"slices"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// A change is one step from what is there to what is wanted. CHECK reports it, ADD and the repair take it.
type change struct {
	problem string // what CHECK says about it
	do      func(kernel *netlink.Handle) error
}

// How far behind the cluster network's default route a foreign one of the LAN interface is put.
const behindCluster = 500

// compare lists the changes in the order in which they have to be made: the filter before there is a way, what is missing
// first, what is left over last, so that no packet finds less than before.
func compare(v view, w wanted, conf Conf) []change {
	changes := append(compareFilter(v, w), compareSettings(v, w)...)
	changes = append(changes, compareRoutes(v, w)...)
	changes = append(changes, compareGroup(v, w)...)
	changes = append(changes, compareRules(v, w)...)
	changes = append(changes, outrankingDefaults(v, conf)...)
	changes = append(changes, unwantedAdvertised(v, conf)...)
	changes = append(changes, unlisted(v, conf)...)
	return append(changes, leftOver(v, w)...)
}

func compareSettings(v view, w wanted) []change {
	var changes []change
	for _, s := range w.settings {
		value, there := v.sysctls[s.name]
		switch {
		case !there && s.optional, there && s.met(value):
		case !there:
			changes = append(changes, change{
				problem: fmt.Sprintf("sysctl net/%s is missing", s.name),
				do: func(*netlink.Handle) error {
					return fmt.Errorf("this kernel has no sysctl net/%s: set ipv6 to none", s.name)
				},
			})
		default:
			changes = append(changes, change{
				problem: fmt.Sprintf("sysctl net/%s is %s, not %s", s.name, value, s.value),
				do:      func(*netlink.Handle) error { return writeSysctl(s) },
			})
		}
	}
	return changes
}

// compareRoutes takes a route that is there for whoever made it: the kernel's own subnet route is as good as ours.
func compareRoutes(v view, w wanted) []change {
	var changes []change
	for _, r := range w.routes {
		if slices.ContainsFunc(v.routes, func(there installedRoute) bool { return there.route == r }) && !shadowed(v.routes, r) {
			continue
		}
		changes = append(changes, change{
			problem: "missing " + r.text(v.names()),
			do:      func(kernel *netlink.Handle) error { return addRoute(kernel, r, behindAnother(v.routes, r)) },
		})
	}
	return changes
}

// shadowed tells whether a route of another interface, with the same destination and metric, precedes this IPv4 route:
// then the kernel never uses ours. Upstream's IPAM routes are put in front like that. Of a pod's attachments the first
// one comes first, and two repairs do not fight. The kernel's subnet routes, of two interfaces on one LAN, may precede.
func shadowed(routes []installedRoute, r route) bool {
	if !r.is4() || r.table != unix.RT_TABLE_MAIN || behindAnother(routes, r) {
		return false
	}
	for _, there := range routes {
		if equals(there.route, r) {
			ofLater := there.protocol == Protocol && there.dev > r.dev
			return there.dev != r.dev && (ofLater || there.protocol != Protocol && there.protocol != unix.RTPROT_KERNEL)
		}
	}
	return false
}

// behindAnother tells whether an earlier attachment of the pod has this route: its interface has a lower index.
func behindAnother(routes []installedRoute, r route) bool {
	return r.is4() && r.table == unix.RT_TABLE_MAIN && slices.ContainsFunc(routes, func(there installedRoute) bool {
		return equals(there.route, r) && there.protocol == Protocol && there.dev < r.dev
	})
}

// equals compares what the kernel orders routes by.
func equals(a, b route) bool {
	return a.table == b.table && a.dst == b.dst && a.metric == b.metric && a.kind == b.kind
}

func compareGroup(v view, w wanted) []change {
	if w.group == 0 || v.lan.group == w.group {
		return nil
	}
	return []change{{
		problem: fmt.Sprintf("%s is in group %d of interfaces, not %d", v.lan.name, v.lan.group, w.group),
		do:      func(kernel *netlink.Handle) error { return setGroup(kernel, v.lan.index, w.group) },
	}}
}

func compareRules(v view, w wanted) []change {
	var changes []change
	for _, r := range w.rules {
		if slices.ContainsFunc(v.rules, func(there installedRule) bool { return there.rule == r }) {
			continue
		}
		changes = append(changes, change{problem: "missing " + r.String(), do: func(kernel *netlink.Handle) error { return addRule(kernel, r) }})
	}
	return changes
}

// outrankingDefaults puts default routes of the LAN interface that others made behind the cluster network's. Upstream's
// dhcp without `priority` makes one of equal metric, and in front: containernetworking/plugins#698. It is moved and not
// removed, since the plugin that made it looks for it in its own CHECK.
func outrankingDefaults(v view, conf Conf) []change {
	var changes []change
	for _, is4 := range []bool{true, false} {
		best, there := clusterDefault(v, is4)
		if !there || conf.DefaultRoute == LAN {
			continue
		}
		for _, r := range v.routes {
			if !r.isDefault() || r.is4() != is4 || r.dev != v.lan.index || r.metric > best ||
				r.protocol == Protocol || r.protocol == unix.RTPROT_RA {
				continue
			}
			moved := r
			moved.metric = best + behindCluster
			changes = append(changes, change{
				problem: r.text(v.names()) + " outranks the cluster network's default route",
				do:      func(kernel *netlink.Handle) error { return moveRoute(kernel, r, moved) },
			})
		}
	}
	return changes
}

// unwantedAdvertised takes back what router advertisements brought between the interface's first moment and ours.
func unwantedAdvertised(v view, conf Conf) []change {
	var changes []change
	for _, r := range v.routes {
		if r.protocol != unix.RTPROT_RA || r.dev != v.lan.index {
			continue
		}
		if conf.IPv6 == IPv6None || r.isDefault() && conf.DefaultRoute == Cluster {
			changes = append(changes, change{
				problem: r.text(v.names()) + " came by a router advertisement and is not wanted",
				do:      func(kernel *netlink.Handle) error { return removeRoute(kernel, r) },
			})
		}
	}
	if conf.IPv6 == IPv6None {
		for _, address := range v.lan.learned {
			changes = append(changes, change{
				problem: fmt.Sprintf("address %s came by a router advertisement and is not wanted", address),
				do:      func(kernel *netlink.Handle) error { return removeAddress(kernel, v.lan.index, address) },
			})
		}
	}
	return changes
}

// unlisted takes routes away that others made by the LAN interface and the plan does not have: a lease that is renewed may
// bring them. What the kernel made goes with its address.
func unlisted(v view, conf Conf) []change {
	var changes []change
	for _, r := range v.routes {
		if r.dev != v.lan.index || r.table != unix.RT_TABLE_MAIN || r.kind != unix.RTN_UNICAST ||
			slices.Contains([]int{Protocol, unix.RTPROT_KERNEL, unix.RTPROT_RA}, r.protocol) || allowed(conf, r.dst) {
			continue
		}
		changes = append(changes, change{
			problem: r.text(v.names()) + " lies outside of the attachment's subnet and of lanSubnets, or touches the cluster",
			do:      func(kernel *netlink.Handle) error { return removeRoute(kernel, r) },
		})
	}
	return changes
}

// leftOver are our own routes and rules that are no longer wanted, of an address or router that has changed. Those of
// another attachment of the pod have another interface and other tables.
func leftOver(v view, w wanted) []change {
	var changes []change
	for _, there := range v.rules {
		if there.protocol == Protocol && ofInterface(there.table, v.lan) && !slices.Contains(w.rules, there.rule) {
			changes = append(changes, change{
				problem: "left over " + there.String(),
				do:      func(kernel *netlink.Handle) error { return removeRule(kernel, there.rule) },
			})
		}
	}
	for _, there := range v.routes {
		own := there.protocol == Protocol && (there.dev == v.lan.index || ofInterface(there.table, v.lan))
		if own && !slices.Contains(w.routes, there.route) {
			changes = append(changes, change{
				problem: "left over " + there.text(v.names()),
				do:      func(kernel *netlink.Handle) error { return removeRoute(kernel, there) },
			})
		}
	}
	return changes
}

func ofInterface(table int, lan link) bool {
	return table == lanTable(lan) || table == clusterTable(lan)
}
