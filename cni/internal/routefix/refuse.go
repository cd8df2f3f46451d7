package routefix

import (
	"fmt"
	"net/netip"
	"slices"
)

// A RefusedError is an address, a router or a route that the plan does not allow for this attachment. The DHCP server
// that replies first decides what is in a lease. lan-dhcp refuses such a lease, and route-fix refuses such an address
// from any IPAM plugin: a rule for an address of the cluster would send all of the pod's traffic to the LAN.
type RefusedError struct{ Reason string }

func (e *RefusedError) Error() string { return e.Reason }

func refused(format string, values ...any) error {
	return &RefusedError{Reason: fmt.Sprintf(format, values...)}
}

// refuseLease says what is wrong with the addresses of the LAN interface and its router.
func refuseLease(v view, conf Conf, gateways []netip.Addr) error {
	var problems []error
	for _, address := range v.lan.addresses {
		problems = append(problems, refuseAddress(v, conf, address))
	}
	for _, gateway := range gateways {
		problems = append(problems, refuseGateway(v, conf, gateway))
	}
	if first := slices.IndexFunc(problems, func(err error) bool { return err != nil }); first >= 0 {
		return &RefusedError{Reason: joined(problems...).Error()}
	}
	return nil
}

func refuseAddress(v view, conf Conf, address netip.Prefix) error {
	own := address.Addr()
	switch {
	case own.IsLoopback() || own.IsMulticast() || own.IsUnspecified() || own.IsLinkLocalUnicast() || own == limitedBroadcast.Addr():
		return refused("%s has the address %s, which is not a host address", v.lan.name, address)
	case slices.ContainsFunc(v.cluster.addresses, func(other netip.Prefix) bool { return other.Addr() == own }):
		return refused("%s has the address %s, which is the pod's own in the cluster", v.lan.name, address)
	}
	if conf.Subnet.IsValid() && conf.Subnet.Addr().Is4() == own.Is4() {
		switch {
		case !conf.Subnet.Contains(own):
			return refused("%s has the address %s, outside of the attachment's subnet %s", v.lan.name, address, conf.Subnet)
		case address.Bits() < conf.Subnet.Bits():
			return refused("%s has the address %s, whose mask is wider than the attachment's subnet %s", v.lan.name, address, conf.Subnet)
		}
	}
	if taken, found := overlapping(address.Masked(), conf.ClusterSubnets); found {
		return refused("%s has the address %s, whose subnet touches the cluster's %s", v.lan.name, address, taken)
	}
	if taken, found := overlapping(single(address), conf.OtherSubnets); found {
		return refused("%s has the address %s, which belongs to others: %s", v.lan.name, address, taken)
	}
	return nil
}

// refuseGateway leaves to usableGateway whether a router is a neighbor.
func refuseGateway(v view, conf Conf, gateway netip.Addr) error {
	if taken, found := overlapping(netip.PrefixFrom(gateway, gateway.BitLen()), conf.ClusterSubnets); found {
		return refused("the router of %s is %s, an address of the cluster's %s", v.lan.name, gateway, taken)
	}
	if gateway.Is4() && gateway.IsLinkLocalUnicast() {
		return refused("the router of %s is %s, which is not a host address", v.lan.name, gateway)
	}
	return nil
}

func overlapping(prefix netip.Prefix, subnets []netip.Prefix) (netip.Prefix, bool) {
	index := slices.IndexFunc(subnets, prefix.Overlaps)
	if index < 0 {
		return netip.Prefix{}, false
	}
	return subnets[index], true
}

// allowed says whether the plugins before may bring a route by the LAN interface: inside the attachment's subnet or
// lanSubnets, and past the cluster. A default route is moved behind the cluster network's, or wanted.
func allowed(conf Conf, to netip.Prefix) bool {
	if to.Bits() == 0 || to.Addr().IsMulticast() || to == limitedBroadcast {
		return true
	}
	if _, found := overlapping(to, conf.ClusterSubnets); found {
		return false
	}
	if !conf.Subnet.IsValid() || conf.Subnet.Addr().Is4() != to.Addr().Is4() {
		return true
	}
	within := func(subnet netip.Prefix) bool { return subnet.Contains(to.Addr()) && subnet.Bits() <= to.Bits() }
	return within(conf.Subnet) || slices.ContainsFunc(conf.LANSubnets, within)
}

// refuseRoutes looks at what the plugins before say that they have made.
func refuseRoutes(conf Conf, routes []netip.Prefix) error {
	var problems []error
	for _, to := range routes {
		if !allowed(conf, to) {
			problems = append(problems, refused("a route to %s lies outside of the attachment's subnet %s and of lanSubnets, or touches "+
				"the cluster: list it in lanSubnets if the LAN's router shall have it", to, conf.Subnet))
		}
	}
	if len(problems) == 0 {
		return nil
	}
	return &RefusedError{Reason: joined(problems...).Error()}
}
