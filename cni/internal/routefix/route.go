package routefix

import (
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Protocol marks the routes and rules that are route-fix's own (`ip route` shows "proto 98"). Numbers up to 15 and some
// above are taken (linux/rtnetlink.h, iproute2's rt_protos); 98 is unassigned.
const Protocol = 98

// A route as plain comparable data, in the units of the kernel.
type route struct {
	table  int
	kind   int // RTN_UNICAST, RTN_MULTICAST
	dst    netip.Prefix
	via    netip.Addr // zero: on the link
	dev    int
	src    netip.Addr // zero: the kernel chooses
	scope  int        // IPv4 only: RT_SCOPE_LINK if via is zero
	metric int
	onLink bool // via is on the link although no route says so
}

// A rule sends what comes from or goes to a prefix to a table, or everything of a family.
type rule struct {
	priority int
	from, to netip.Prefix // one of them is zero
	all      int          // the family, where both are
	table    int
	// Of the table's routes those count that are as long or longer, and that lead to no interface of the group.
	shortest, notGroup int
}

type installedRoute struct {
	route
	protocol int
}

type installedRule struct {
	rule
	protocol int
}

func (r route) is4() bool { return r.dst.Addr().Is4() }

func (r route) isDefault() bool {
	return r.table == unix.RT_TABLE_MAIN && r.kind == unix.RTN_UNICAST && r.dst.Bits() == 0
}

// text names a route as `ip route` would; names gives the names of interfaces.
func (r route) text(names map[int]string) string {
	words := []string{"route", r.dst.String()}
	if r.kind == unix.RTN_MULTICAST {
		words = []string{"route multicast", r.dst.String()}
	}
	if r.via.IsValid() {
		words = append(words, "via", r.via.String())
	}
	name, known := names[r.dev]
	if !known {
		name = fmt.Sprintf("interface %d", r.dev)
	}
	words = append(words, "dev", name)
	if r.src.IsValid() {
		words = append(words, "src", r.src.String())
	}
	if r.metric != 0 {
		words = append(words, fmt.Sprint("metric ", r.metric))
	}
	return strings.Join(append(words, "table", tableName(r.table)), " ")
}

func (r rule) String() string {
	selector := "from " + r.from.String()
	if r.to.IsValid() {
		selector = "to " + r.to.String()
	}
	if r.all != 0 {
		selector = "all"
	}
	text := fmt.Sprintf("rule %d %s lookup %s", r.priority, selector, tableName(r.table))
	if r.shortest != 0 {
		text += fmt.Sprintf(" suppress_prefixlength %d", r.shortest-1)
	}
	if r.notGroup != 0 {
		text += fmt.Sprintf(" suppress_ifgroup %d", r.notGroup)
	}
	return text
}

func tableName(table int) string {
	switch table {
	case unix.RT_TABLE_MAIN:
		return "main"
	case unix.RT_TABLE_LOCAL:
		return "local"
	}
	return fmt.Sprint(table)
}

// message is the route as netlink's request, under a protocol.
func (r route) message(protocol int) *netlink.Route {
	message := &netlink.Route{
		Table:     r.table,
		Type:      r.kind,
		Dst:       ipNet(r.dst),
		LinkIndex: r.dev,
		Priority:  r.metric,
		Protocol:  netlink.RouteProtocol(protocol),
		Scope:     netlink.Scope(r.scope),
		Family:    familyOf(r.dst.Addr()),
	}
	if r.onLink {
		message.Flags = int(netlink.FLAG_ONLINK)
	}
	if r.via.IsValid() {
		message.Gw = r.via.AsSlice()
	}
	if r.src.IsValid() {
		message.Src = r.src.AsSlice()
	}
	return message
}

func (r rule) message() *netlink.Rule {
	message := netlink.NewRule()
	message.Priority, message.Table, message.Protocol, message.Family = r.priority, r.table, Protocol, r.all
	if r.shortest != 0 {
		message.SuppressPrefixlen = r.shortest - 1
	}
	if r.notGroup != 0 {
		message.SuppressIfgroup = r.notGroup
	}
	if r.from.IsValid() {
		message.Src = ipNet(r.from)
	}
	if r.to.IsValid() {
		message.Dst = ipNet(r.to)
	}
	return message
}

// fromMessage reads a route of the kernel, one for each of its next hops.
func fromMessage(message netlink.Route) []installedRoute {
	base := installedRoute{
		route: route{
			table:  message.Table,
			kind:   message.Type,
			dst:    prefixOf(message.Dst, message.Family),
			via:    addressOf(message.Gw),
			dev:    message.LinkIndex,
			src:    addressOf(message.Src),
			scope:  int(message.Scope),
			metric: message.Priority,
			onLink: message.Flags&int(netlink.FLAG_ONLINK) != 0,
		},
		protocol: int(message.Protocol),
	}
	if len(message.MultiPath) == 0 {
		return []installedRoute{base}
	}
	var routes []installedRoute
	for _, hop := range message.MultiPath {
		one := base
		one.via, one.dev, one.onLink = addressOf(hop.Gw), hop.LinkIndex, hop.Flags&int(netlink.FLAG_ONLINK) != 0
		routes = append(routes, one)
	}
	return routes
}

func fromRuleMessage(message netlink.Rule) installedRule {
	read := installedRule{
		rule: rule{priority: message.Priority, table: message.Table, shortest: message.SuppressPrefixlen + 1,
			notGroup: max(message.SuppressIfgroup, 0)},
		protocol: int(message.Protocol),
	}
	if message.Src == nil && message.Dst == nil {
		read.all = message.Family
	}
	if message.Src != nil {
		read.from = prefixOf(message.Src, 0)
	}
	if message.Dst != nil {
		read.to = prefixOf(message.Dst, 0)
	}
	return read
}

// prefixOf reads netlink's prefix; nil is every address of the family.
func prefixOf(network *net.IPNet, family int) netip.Prefix {
	if network == nil {
		if family == unix.AF_INET6 {
			return netip.PrefixFrom(netip.IPv6Unspecified(), 0)
		}
		return netip.PrefixFrom(netip.IPv4Unspecified(), 0)
	}
	bits, _ := network.Mask.Size()
	return netip.PrefixFrom(addressOf(network.IP), bits)
}

func addressOf(ip net.IP) netip.Addr {
	address, _ := netip.AddrFromSlice(ip)
	return address.Unmap()
}

func ipNet(prefix netip.Prefix) *net.IPNet {
	address := prefix.Addr()
	return &net.IPNet{IP: address.AsSlice(), Mask: net.CIDRMask(prefix.Bits(), address.BitLen())}
}

func familyOf(address netip.Addr) int {
	if address.Is4() {
		return unix.AF_INET
	}
	return unix.AF_INET6
}
