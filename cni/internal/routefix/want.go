// Package routefix is the chained CNI plugin that makes a pod with a second interface on the LAN reach the right things
// by the right one: the LAN, multicast and broadcast by the LAN interface, everything else by the cluster network, and
// every reply by the interface on which the request came.
//
//	         rules, first match wins              tables
//	    0    all                       ──> local   own addresses; ff00::/8 dev net1
//	 1000    from a LAN address        ──> 1000+n  LAN, 224.0.0.0/4, 255.255.255.255 dev net1; default by the LAN's router
//	 1010    to a cluster subnet       ──> 2000+n  the routes of eth0
//	 1020    from a cluster address    ──> 2000+n
//	 1030+   IPv6, where routers advertise: no route by net1 that is shorter than /48 (withoutShortRoutes)
//	32766    all (no source yet)       ──> main    LAN, 224.0.0.0/4, 255.255.255.255 dev net1 src <LAN>; default by eth0
//
// What has a LAN address never leaves by eth0, not even toward the cluster: Calico drops a workload's packet whose source
// is not the workload's (strict rp_filter on cali*, and Felix' own rpfilter rule), while the LAN's router knows the way.
//
// A filter keeps what leaves by net1 to the LAN and to answers (filter.go).
//
// n is net1's index. What stands there is decided by want (want.go) from what is there (view.go), compared (compare.go)
// and changed (apply.go). ADD, CHECK and the agent's repair consist of these four steps.
package routefix

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"
)

const (
	lanTableBase     = 1000
	clusterTableBase = 2000

	fromLANPriority     = 1000
	toClusterPriority   = 1010
	fromClusterPriority = 1020
	// What every route by advertisement has to pass. All but the third are the pod's, not one interface's.
	longRoutesPriority = 1030
	othersPriority     = 1031
	byClusterPriority  = 1032
	endPriority        = 1033
	endTable           = 3000
	// lo, the first interface of a namespace.
	loopbackIndex = 1

	// The group of interfaces of which no short IPv6 route counts.
	advertisedGroup = 98
	// A site's prefix (RFC 6177).
	shortestAdvertised = 48

	// IPv6 routes that are not given a metric get this one (IP6_RT_PRIO_USER).
	ipv6Metric = 1024
	// The kernel's own ff00::/8 has 256; a smaller one makes this interface the first choice. The index of the interface is
	// added, so that of several attachments the first one is.
	ipv6MulticastMetric = 100
)

var (
	allMulticast     = netip.MustParsePrefix("224.0.0.0/4")
	limitedBroadcast = netip.MustParsePrefix("255.255.255.255/32")
	allMulticast6    = netip.MustParsePrefix("ff00::/8")
	linkLocal6       = netip.MustParsePrefix("fe80::/64")
	allLinkLocal6    = netip.MustParsePrefix("fe80::/10")
)

// The desired state of the namespace. Routes are in the order in which the kernel accepts them: a router after the subnet
// in which it lies.
type wanted struct {
	routes   []route
	rules    []rule
	settings []setting
	filter   filter
	group    int // of the LAN interface
}

func lanTable(lan link) int     { return lanTableBase + lan.index }
func clusterTable(lan link) int { return clusterTableBase + lan.index }

// want decides. gateways are the routers that the plugin before us named; one a family counts.
func want(v view, conf Conf, gateways []netip.Addr) (wanted, error) {
	w := wanted{settings: wantedSettings(v, conf), filter: wantedFilter(v, conf)}
	var problems []error
	for _, is4 := range []bool{true, false} {
		gateway, err := usableGateway(v, gateways, is4)
		problems = append(problems, err, needsGateway(v, conf, gateway, is4))
		w.routes = append(w.routes, mainRoutes(v, conf, gateway, is4)...)
		w.routes = append(w.routes, lanRoutes(v, gateway, is4)...)
		cluster := clusterRoutes(v, is4)
		w.routes = append(w.routes, cluster...)
		w.rules = append(w.rules, rules(v, conf, is4, len(cluster) > 0)...)
	}
	if conf.Multicast && v.sysctls[settingPath("ipv6", v.lan.name, "disable_ipv6")] == "0" {
		w.routes = append(w.routes, route{table: unix.RT_TABLE_LOCAL, kind: unix.RTN_MULTICAST, dst: allMulticast6,
			dev: v.lan.index, metric: ipv6MulticastMetric + min(v.lan.index, ipv6MulticastMetric)})
	}
	if conf.IPv6 == IPv6RA && conf.DefaultRoute == Cluster {
		w.withoutShortRoutes(v)
	}
	return w, joined(problems...)
}

// withoutShortRoutes disables short IPv6 prefixes that the LAN advertises: a route by RFC 4191 is bounded by the
// kernel (sysctl.go), but a prefix that is said to be on the link is not, and 2000::/3 is the internet.
//
//	1030 all ──> main, routes of /48 and longer
//	1031 all ──> main, if its best route is by no interface of the group
//	1032 all ──> the routes of eth0: main's default is worse than an advertised 2000::/3
//	1033 all ──> nowhere
func (w *wanted) withoutShortRoutes(v view) {
	w.group = advertisedGroup
	w.rules = append(w.rules,
		rule{priority: longRoutesPriority, all: unix.AF_INET6, table: unix.RT_TABLE_MAIN, shortest: shortestAdvertised},
		rule{priority: othersPriority, all: unix.AF_INET6, table: unix.RT_TABLE_MAIN, notGroup: advertisedGroup})
	if len(clusterRoutes(v, false)) > 0 {
		w.rules = append(w.rules, rule{priority: byClusterPriority, all: unix.AF_INET6, table: clusterTable(v.lan)})
	}
	w.rules = append(w.rules, rule{priority: endPriority, all: unix.AF_INET6, table: endTable})
	w.routes = append(w.routes, route{table: endTable, kind: unix.RTN_UNREACHABLE, dst: everything(false), dev: loopbackIndex, metric: ipv6Metric})
}

func usableGateway(v view, gateways []netip.Addr, is4 bool) (netip.Addr, error) {
	var outside error
	for _, gateway := range gateways {
		if gateway.Is4() != is4 {
			continue
		}
		onLink := func(subnet netip.Prefix) bool { return subnet.Masked().Contains(gateway) }
		if gateway.IsLinkLocalUnicast() || slices.ContainsFunc(v.lan.of(is4), onLink) {
			return gateway, nil
		}
		outside = fmt.Errorf("gateway %s is in no subnet of %s (%v): the LAN's addresses and its router do not fit",
			gateway, v.lan.name, v.lan.of(is4))
	}
	return netip.Addr{}, outside
}

func needsGateway(v view, conf Conf, gateway netip.Addr, is4 bool) error {
	if gateway.IsValid() || len(v.lan.of(is4)) == 0 {
		return nil
	}
	if is4 && conf.DefaultRoute == LAN {
		return errors.New("defaultRoute is lan, but the plugin before route-fix named no gateway: let IPAM give one")
	}
	for _, subnet := range conf.LANSubnets {
		if subnet.Addr().Is4() == is4 {
			return fmt.Errorf("lanSubnets %s needs a gateway, but the plugin before route-fix named none: let IPAM give one", subnet)
		}
	}
	return nil
}

// mainRoutes are for sockets that have no address yet: they choose interface and source.
func mainRoutes(v view, conf Conf, gateway netip.Addr, is4 bool) []route {
	addresses := v.lan.of(is4)
	if len(addresses) == 0 {
		return nil
	}
	source := addresses[0].Addr()
	routes := onLink(v, unix.RT_TABLE_MAIN, is4, true)
	if is4 && conf.Multicast {
		routes = append(routes, groups(v, unix.RT_TABLE_MAIN, source)...)
	}
	if !gateway.IsValid() {
		return routes
	}
	through := route{table: unix.RT_TABLE_MAIN, kind: unix.RTN_UNICAST, via: gateway, dev: v.lan.index, src: source}
	for _, subnet := range conf.LANSubnets {
		if subnet.Addr().Is4() == is4 {
			through.dst, through.metric = subnet, defaultMetric(is4)
			routes = append(routes, through)
		}
	}
	if conf.DefaultRoute == LAN {
		through.dst, through.metric = everything(is4), lanDefaultMetric(v, is4)
		routes = append(routes, through)
	}
	return routes
}

// onLink are the subnets of the LAN interface. The kernel makes those of main by itself, with the first address of a
// subnet as source; they are wanted all the same, because an address may carry noprefixroute. IPv6's are left to it.
func onLink(v view, table int, is4, withSource bool) []route {
	var routes []route
	for _, address := range v.lan.of(is4) {
		subnet := address.Masked()
		known := slices.ContainsFunc(routes, func(r route) bool { return r.dst == subnet })
		if known || subnet.IsSingleIP() || !is4 && table == unix.RT_TABLE_MAIN {
			continue
		}
		one := route{table: table, kind: unix.RTN_UNICAST, dst: subnet, dev: v.lan.index, metric: defaultMetric(is4)}
		if is4 {
			one.scope = unix.RT_SCOPE_LINK
		}
		if withSource {
			one.src = address.Addr()
		}
		routes = append(routes, one)
	}
	return routes
}

// groups are multicast and limited broadcast, without a router: some kernels would send 255.255.255.255 to the default
// route's (6.6.103, 6.12.43), and IP_ADD_MEMBERSHIP without an interface asks for the same route.
func groups(v view, table int, source netip.Addr) []route {
	one := route{table: table, kind: unix.RTN_UNICAST, dev: v.lan.index, src: source, scope: unix.RT_SCOPE_LINK}
	multicast, broadcast := one, one
	multicast.dst, broadcast.dst = allMulticast, limitedBroadcast
	return []route{multicast, broadcast}
}

// lanRoutes are for packets that already have a LAN address as source: answers, and sockets bound to it.
func lanRoutes(v view, gateway netip.Addr, is4 bool) []route {
	if len(v.lan.of(is4)) == 0 {
		return nil
	}
	table := lanTable(v.lan)
	routes := onLink(v, table, is4, false)
	if is4 {
		routes = append(routes, groups(v, table, netip.Addr{})...)
	} else {
		routes = append(routes, route{table: table, kind: unix.RTN_UNICAST, dst: linkLocal6, dev: v.lan.index, metric: ipv6Metric})
	}
	if gateway.IsValid() {
		routes = append(routes, route{table: table, kind: unix.RTN_UNICAST, dst: everything(is4), via: gateway,
			dev: v.lan.index, metric: defaultMetric(is4)})
	}
	return routes
}

// clusterRoutes are main's routes of the cluster network's interface, without what the LAN does to main.
func clusterRoutes(v view, is4 bool) []route {
	if len(v.cluster.of(is4)) == 0 {
		return nil
	}
	var routes []route
	for _, there := range v.routes {
		if there.dev != v.cluster.index || there.table != unix.RT_TABLE_MAIN || there.kind != unix.RTN_UNICAST ||
			there.is4() != is4 || there.protocol == Protocol {
			continue
		}
		copied := there.route
		copied.table = clusterTable(v.lan)
		routes = append(routes, copied)
	}
	// Calico's router 169.254.1.1 is reached by a route of its own, which has to stand first.
	slices.SortStableFunc(routes, func(a, b route) int {
		switch {
		case a.via.IsValid() == b.via.IsValid():
			return 0
		case a.via.IsValid():
			return 1
		}
		return -1
	})
	return routes
}

func rules(v view, conf Conf, is4, clusterReachable bool) []rule {
	var found []rule
	for _, address := range v.lan.of(is4) {
		found = append(found, rule{priority: fromLANPriority, from: single(address), table: lanTable(v.lan)})
	}
	if clusterReachable {
		for _, subnet := range conf.ClusterSubnets {
			if subnet.Addr().Is4() == is4 {
				found = append(found, rule{priority: toClusterPriority, to: subnet, table: clusterTable(v.lan)})
			}
		}
		for _, address := range v.cluster.of(is4) {
			found = append(found, rule{priority: fromClusterPriority, from: single(address), table: clusterTable(v.lan)})
		}
	}
	return found
}

func single(prefix netip.Prefix) netip.Prefix {
	return netip.PrefixFrom(prefix.Addr(), prefix.Addr().BitLen())
}

func everything(is4 bool) netip.Prefix {
	if is4 {
		return netip.PrefixFrom(netip.IPv4Unspecified(), 0)
	}
	return netip.PrefixFrom(netip.IPv6Unspecified(), 0)
}

func defaultMetric(is4 bool) int {
	if is4 {
		return 0
	}
	return ipv6Metric
}

// lanDefaultMetric is preferred to the cluster network's default. IPv4 routes of one metric stand behind each other and the last
// one added wins, IPv6 routes of one metric would share the traffic.
func lanDefaultMetric(v view, is4 bool) int {
	if is4 {
		return 0
	}
	metric, there := clusterDefault(v, is4)
	if !there {
		return ipv6Metric
	}
	return max(metric/2, 1)
}

// clusterDefault is the metric of the cluster network's default route.
func clusterDefault(v view, is4 bool) (metric int, there bool) {
	for _, r := range v.routes {
		if r.isDefault() && r.is4() == is4 && r.dev == v.cluster.index && (!there || r.metric < metric) {
			metric, there = r.metric, true
		}
	}
	return metric, there
}
