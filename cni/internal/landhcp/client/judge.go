package client

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// The first server to reply wins: DHCP does not authenticate servers (RFC 2131, section 7). So what a lease says
// is checked against the plan, whichever server it comes from, and so is a lease on disk.
//
//	refused    the whole lease: its address belongs to another device, or it would divert the cluster's traffic
//	left out   one option: a bad option must not keep every pod from starting

const (
	// shortestLease is below what servers on a LAN grant: each renewal costs a write to the disk.
	shortestLease = time.Minute
	// shortestRenewal is the lower limit of T1, so that a pod does not renew all the time.
	shortestRenewal = 10 * time.Second
	// smallestIPv6MTU is RFC 8200's (section 5). Below it the kernel takes IPv6 from the interface, and with it the
	// settings that the next plugins want to write.
	smallestIPv6MTU = 1280
)

// An AttachmentPolicy is what the plan knows of an attachment.
type AttachmentPolicy struct {
	// Bridge is the node's; empty for any.
	Bridge string       `json:"bridge"`
	Subnet netip.Prefix `json:"subnet"`
	// ClusterSubnets are the cluster's ranges, OtherSubnets others' networks and addresses. No lease lies in them.
	ClusterSubnets []netip.Prefix `json:"clusterSubnets"`
	OtherSubnets   []netip.Prefix `json:"otherSubnets"`
	// LANSubnets are networks beyond the subnet to which a lease may bring routes.
	LANSubnets []netip.Prefix `json:"lanSubnets"`
	// Servers are the accepted DHCP servers, by their server identifier; empty means any.
	Servers []netip.Addr `json:"servers"`
}

// Check says all that is wrong with the policy of the attachment of this name.
func (a AttachmentPolicy) Check(name string) error {
	var problems []error
	if !a.Subnet.IsValid() || !a.Subnet.Addr().Is4() || a.Subnet.Bits() == 0 {
		problems = append(problems, fmt.Errorf("attachment %q: subnet %s is not an IPv4 subnet: without one, a lease of the LAN cannot be told from any other", name, a.Subnet))
	}
	for key, subnets := range map[string][]netip.Prefix{
		"subnet": {a.Subnet}, "clusterSubnets": a.ClusterSubnets, "otherSubnets": a.OtherSubnets, "lanSubnets": a.LANSubnets,
	} {
		for _, one := range subnets {
			if one.IsValid() && one != one.Masked() {
				problems = append(problems, fmt.Errorf("attachment %q: %s %s has host bits; write %s", name, key, one, one.Masked()))
			}
		}
	}
	for _, server := range a.Servers {
		if _, ok := unicast(server.AsSlice()); !ok {
			problems = append(problems, fmt.Errorf("attachment %q: servers: %s is not a server's IPv4 address", name, server))
		}
	}
	return errors.Join(problems...)
}

// A Ruling is what the terms of one lease are checked against.
type Ruling struct {
	// Attachment is nil where there is no policy: then only what no pod could use is left out.
	Attachment *AttachmentPolicy
	// Unknown says that there is a policy, and the attachment is not in it.
	Unknown bool
	// IsNodes tells whether an address is one of the node's own.
	IsNodes func(netip.Addr) bool
	// LinkMTU is the interface's, and no lease raises it; 0 where it is not known.
	LinkMTU int
	// IPv6 says that the kernel does IPv6 on the interface, which bounds its MTU.
	IPv6 bool
}

// grants is judge, of terms that a server has just offered or acknowledged.
func (r Ruling) grants(terms *Terms, now time.Time) ([]string, error) {
	if r.Attachment != nil {
		if err := terms.boundTimes(now); err != nil {
			return nil, err
		}
	}
	return r.judge(terms)
}

// judge refuses terms, or takes from them what the pod does without, and says what that was.
func (r Ruling) judge(terms *Terms) (leftOut []string, err error) {
	if r.Unknown {
		return nil, errors.New("the agent's settings have no such attachment any more")
	}
	if r.Attachment != nil {
		if err := r.Attachment.refuses(*terms); err != nil {
			return nil, err
		}
		if address := terms.Address.Addr(); r.IsNodes != nil && r.IsNodes(address) {
			return nil, fmt.Errorf("%s is this node's own address", address)
		}
	}
	leave := func(format string, values ...any) { leftOut = append(leftOut, fmt.Sprintf(format, values...)) }
	if why := r.unusableRouter(*terms, terms.Gateway); why != "" {
		leave("router %s, %s", terms.Gateway, why)
		terms.Gateway = netip.Addr{}
	}
	terms.Routes = slices.DeleteFunc(slices.Clone(terms.Routes), func(route Route) bool {
		why := r.unusableRoute(*terms, route)
		if why != "" {
			leave("the route to %s via %s, %s", route.Destination, route.Gateway, why)
		}
		return why != ""
	})
	if len(terms.Routes) == 0 {
		terms.Routes = nil
	}
	switch {
	case terms.MTU == 0:
	case terms.MTU < smallestMTU:
		leave("MTU %d, less than the %d that every IPv4 host takes", terms.MTU, smallestMTU)
		terms.MTU = 0
	case r.IPv6 && terms.MTU < smallestIPv6MTU:
		leave("MTU %d, less than the %d that IPv6 needs", terms.MTU, smallestIPv6MTU)
		terms.MTU = 0
	case r.LinkMTU != 0 && terms.MTU > r.LinkMTU:
		leave("MTU %d, more than the %d of the attachment", terms.MTU, r.LinkMTU)
		terms.MTU = 0
	}
	return leftOut, nil
}

// refuses returns the reason to refuse a lease, or none.
func (a *AttachmentPolicy) refuses(terms Terms) error {
	address, server := terms.Address.Addr(), terms.Server
	switch {
	case len(a.Servers) > 0 && !slices.Contains(a.Servers, server):
		return fmt.Errorf("the plan names %s as this network's DHCP server, and not %s", listed(a.Servers), server)
	case !a.Subnet.Contains(address):
		return fmt.Errorf("%s lies outside of the attachment's subnet %s", address, a.Subnet)
	case terms.Address.Bits() < a.Subnet.Bits():
		return fmt.Errorf("its subnet mask /%d takes in more than the attachment's subnet %s", terms.Address.Bits(), a.Subnet)
	case address == server || address == terms.Gateway:
		return fmt.Errorf("%s is the server's or the router's own address", address)
	}
	for _, subnet := range []netip.Prefix{a.Subnet, terms.Address.Masked()} {
		if subnet.Bits() < 31 && (address == subnet.Addr() || address == lastOf(subnet)) {
			return fmt.Errorf("%s is the network or broadcast address of %s", address, subnet)
		}
	}
	if taken, ok := covering(a.ClusterSubnets, address); ok {
		return fmt.Errorf("%s lies in %s, which is the cluster's", address, taken)
	}
	if taken, ok := covering(a.OtherSubnets, address); ok {
		return fmt.Errorf("%s lies in %s, which the plan gives to others", address, taken)
	}
	return nil
}

// boundTimes refuses leases that would keep disk and network busy, and bounds how early one is renewed. How late needs
// no bound beyond termsOf's.
func (t *Terms) boundTimes(now time.Time) error {
	lease := t.Expires.Sub(now)
	if lease < shortestLease {
		return fmt.Errorf("it would last for %s, less than %s", lease.Round(time.Second), shortestLease)
	}
	if earliest := now.Add(shortestRenewal); t.Renew.Before(earliest) {
		t.Renew = earliest
		if !t.Renew.Before(t.Rebind) {
			t.Rebind = now.Add(lease - lease/8)
		}
	}
	return nil
}

func (r Ruling) unusableRouter(terms Terms, router netip.Addr) string {
	switch {
	case !router.IsValid():
		return ""
	case router == terms.Address.Addr():
		return "which is the pod's own address"
	case r.Attachment == nil:
		return ""
	case !terms.Address.Contains(router):
		return fmt.Sprintf("which lies outside of the lease's subnet %s", terms.Address.Masked())
	}
	if taken, ok := covering(r.Attachment.ClusterSubnets, router); ok {
		return fmt.Sprintf("which lies in %s of the cluster", taken)
	}
	return ""
}

// unusableRoute lets a default route pass: it stands behind the cluster network's.
func (r Ruling) unusableRoute(terms Terms, route Route) string {
	if why := r.unusableRouter(terms, route.Gateway); why != "" || r.Attachment == nil {
		return why
	}
	if route.Destination.Bits() == 0 {
		if !route.Gateway.IsValid() {
			return "which needs a router"
		}
		return ""
	}
	within := func(subnet netip.Prefix) bool {
		return subnet.Bits() <= route.Destination.Bits() && subnet.Overlaps(route.Destination)
	}
	touches := func(subnet netip.Prefix) bool { return subnet.Overlaps(route.Destination) }
	switch {
	case slices.ContainsFunc(r.Attachment.ClusterSubnets, touches):
		return "which touches the cluster's addresses"
	case slices.ContainsFunc(r.Attachment.LANSubnets, within):
		return ""
	case !within(r.Attachment.Subnet):
		return "which lies beyond the attachment's subnet and the plan does not list"
	case slices.ContainsFunc(r.Attachment.OtherSubnets, touches):
		return "which touches addresses that the plan gives to others"
	}
	return ""
}

func covering(subnets []netip.Prefix, address netip.Addr) (netip.Prefix, bool) {
	at := slices.IndexFunc(subnets, func(one netip.Prefix) bool { return one.Contains(address) })
	if at < 0 {
		return netip.Prefix{}, false
	}
	return subnets[at], true
}

func lastOf(subnet netip.Prefix) netip.Addr {
	last, mask := subnet.Masked().Addr().As4(), net.CIDRMask(subnet.Bits(), 32)
	for i := range last {
		last[i] |= ^mask[i]
	}
	return netip.AddrFrom4(last)
}

func listed[T fmt.Stringer](items []T) string {
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = item.String()
	}
	return strings.Join(texts, " and ")
}
