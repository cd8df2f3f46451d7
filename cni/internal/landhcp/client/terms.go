package client

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
)

const (
	// silentLeaseTime is taken for a server that grants a lease without saying for how long; upstream takes the same.
	silentLeaseTime = time.Hour
	// longestLease limits servers that grant one forever: no LAN is without its server for a week.
	longestLease = 7 * 24 * time.Hour
	// smallestMTU is what every IPv4 host must take (RFC 791). A server that says less is mistaken.
	smallestMTU = 576

	// How much of a list a pod takes. Resolvers use three servers (resolv.h, MAXNS); the other limits are beyond any LAN.
	mostRoutes, mostDNS, mostSearch = 32, 3, 8
	// longestDomain is RFC 1035's (section 2.3.4), as it is written.
	longestDomain = 253
)

// A Route is one that came with a lease. Without a gateway its destination is on the LAN itself.
type Route struct {
	Destination netip.Prefix `json:"destination"`
	Gateway     netip.Addr   `json:"gateway,omitzero"`
}

// Terms are what a server granted, and until when. What a new DHCP option touches: it is asked for (DefaultRequest), read here
// (termsOf), bounded (judge), and told to the pod: by server/result.go at ADD, by link/setup_linux.go when a lease changes,
// which sameSetup notices.
type Terms struct {
	Address netip.Prefix `json:"address"`
	Gateway netip.Addr   `json:"gateway,omitzero"`
	Routes  []Route      `json:"routes,omitempty"`
	DNS     []netip.Addr `json:"dns,omitempty"`
	Domain  string       `json:"domain,omitempty"`
	Search  []string     `json:"search,omitempty"`
	MTU     int          `json:"mtu,omitempty"`

	Server    netip.Addr `json:"server"`
	ServerMAC string     `json:"serverMAC,omitempty"`

	Renew   time.Time `json:"renew"`
	Rebind  time.Time `json:"rebind"`
	Expires time.Time `json:"expires"`
}

// sameSetup tells whether a pod that is set up for one needs no change for the other.
func (t Terms) sameSetup(other Terms) bool {
	return t.Address == other.Address && t.Gateway == other.Gateway && t.MTU == other.MTU && slices.Equal(t.Routes, other.Routes)
}

// sameGrant tells whether only the times of two are different, and the later one ends later: a renewal.
func (t Terms) sameGrant(next Terms) bool {
	return t.sameSetup(next) && t.Server == next.Server && t.ServerMAC == next.ServerMAC && !next.Expires.Before(t.Expires)
}

// termsOf reads an offer or an acknowledgement; `requested` are the options that were asked for, others are not looked
// at. `now` is when the request was sent that it answers (RFC 2131, section 4.4.1): a lease never ends earlier at the
// server than here. What an option says beyond its bounds is left out, and told.
func termsOf(reply *dhcpv4.DHCPv4, requested []uint8, now time.Time) (Terms, []string, error) {
	var leftOut []string
	leave := func(format string, values ...any) { leftOut = append(leftOut, fmt.Sprintf(format, values...)) }
	asked := func(code dhcpv4.OptionCode) bool { return slices.Contains(requested, code.Code()) }
	address, ok := unicast(reply.YourIPAddr)
	if !ok {
		return Terms{}, nil, fmt.Errorf("the address %s is none that a pod can have", reply.YourIPAddr)
	}
	server, ok := unicast(reply.ServerIdentifier())
	if !ok {
		return Terms{}, nil, errors.New("there is no server identifier")
	}
	bits, size := reply.SubnetMask().Size()
	if size != 32 || bits == 0 {
		return Terms{}, nil, errors.New("there is no usable subnet mask")
	}
	terms := Terms{Address: netip.PrefixFrom(address, bits), Server: server}
	terms.setTimes(reply, now)
	if asked(dhcpv4.OptionClasslessStaticRoute) {
		terms.Routes = first(mostRoutes, classlessRoutes(reply), "routes", leave)
	}
	terms.setGateway(reply, asked(dhcpv4.OptionRouter))
	if asked(dhcpv4.OptionDomainNameServer) {
		for _, ip := range reply.DNS() {
			if dns, ok := unicast(ip); ok {
				terms.DNS = append(terms.DNS, dns)
			}
		}
		terms.DNS = first(mostDNS, terms.DNS, "DNS servers", leave)
	}
	if asked(dhcpv4.OptionDomainName) {
		if domain := strings.TrimRight(reply.DomainName(), "\x00"); isDomain(domain) {
			terms.Domain = domain
		} else if domain != "" {
			leave("the domain %.40q, which is not a domain name", domain)
		}
	}
	if asked(dhcpv4.OptionDNSDomainSearchList) {
		names := searchList(reply)
		terms.Search = slices.DeleteFunc(first(mostSearch, names, "search domains", leave), func(name string) bool { return !isDomain(name) })
	}
	if mtu, err := dhcpv4.GetUint16(dhcpv4.OptionInterfaceMTU, reply.Options); err == nil && asked(dhcpv4.OptionInterfaceMTU) {
		terms.MTU = int(mtu)
	}
	return terms, leftOut, nil
}

// first cuts a list that is longer than any home network needs.
func first[T any](most int, list []T, what string, leave func(string, ...any)) []T {
	if len(list) <= most {
		return list
	}
	leave("%d of %d %s", len(list)-most, len(list), what)
	return list[:most]
}

// isDomain keeps what other programs may take for more than a name out of results and files.
func isDomain(name string) bool {
	if name == "" || len(name) > longestDomain {
		return false
	}
	return !strings.ContainsFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.'
	})
}

// searchList leaves out a list that takes more than one option. The library's time for it grows with the third power of
// its length: compression pointers (RFC 1035, section 4.1.4) that fill a whole message cost seconds.
func searchList(reply *dhcpv4.DHCPv4) []string {
	if len(reply.Options.Get(dhcpv4.OptionDNSDomainSearchList)) > 255 {
		return nil
	}
	if search := reply.DomainSearch(); search != nil {
		return search.Labels
	}
	return nil
}

// setGateway obeys RFC 3442: a client that got classless routes ignores the router option as a route. The router stays
// known as the gateway, which replies to other networks need.
func (t *Terms) setGateway(reply *dhcpv4.DHCPv4, asked bool) {
	for _, route := range t.Routes {
		if route.Destination.Bits() == 0 {
			t.Gateway = route.Gateway
		}
	}
	if !asked {
		return
	}
	var routers []netip.Addr
	for _, ip := range reply.Router() {
		if router, ok := unicast(ip); ok {
			routers = append(routers, router)
		}
	}
	if len(routers) == 0 {
		return
	}
	// The first that the pod reaches; where it reaches none, judge says so.
	router := routers[max(0, slices.IndexFunc(routers, t.Address.Contains))]
	if !t.Gateway.IsValid() {
		t.Gateway = router
	}
	if t.Routes == nil {
		t.Routes = []Route{{Destination: netip.PrefixFrom(netip.IPv4Unspecified(), 0), Gateway: router}}
	}
}

func classlessRoutes(reply *dhcpv4.DHCPv4) []Route {
	var routes []Route
	for _, one := range reply.ClasslessStaticRoute() {
		base, ok := netip.AddrFromSlice(one.Dest.IP.To4())
		bits, size := one.Dest.Mask.Size()
		if !ok || size != 32 {
			continue
		}
		route := Route{Destination: netip.PrefixFrom(base, bits).Masked()}
		if gateway, ok := unicast(one.Router); ok {
			route.Gateway = gateway
		} else if !one.Router.IsUnspecified() {
			continue
		}
		if !slices.ContainsFunc(routes, func(r Route) bool { return r.Destination == route.Destination }) {
			routes = append(routes, route)
		}
	}
	return routes
}

// setTimes takes the server's times where they make sense, else RFC 2131's: half of the lease, and seven eighths of it.
func (t *Terms) setTimes(reply *dhcpv4.DHCPv4, now time.Time) {
	lease := reply.IPAddressLeaseTime(silentLeaseTime)
	if lease <= 0 {
		lease = silentLeaseTime
	}
	lease = min(lease, longestLease)
	renew := reply.IPAddressRenewalTime(lease / 2)
	rebind := reply.IPAddressRebindingTime(lease - lease/8)
	if renew <= 0 || rebind <= renew || lease <= rebind {
		renew, rebind = lease/2, lease-lease/8
	}
	t.Renew, t.Rebind, t.Expires = now.Add(renew), now.Add(rebind), now.Add(lease)
}

// spread moves T1 and T2 ahead, by a sixteenth of the time before them times chance (0 to 1): otherwise all pods that
// start after one power cut would renew at the same moment (RFC 2131, section 4.4.5).
func (t *Terms) spread(now time.Time, chance float64) {
	ahead := func(from, to time.Time) time.Time {
		return to.Add(-time.Duration(chance / 16 * float64(to.Sub(from))))
	}
	t.Renew, t.Rebind = ahead(now, t.Renew), ahead(t.Renew, t.Rebind)
}

// unicast is an address that one host can have.
func unicast(ip []byte) (netip.Addr, bool) {
	address, ok := netip.AddrFromSlice(ip)
	address = address.Unmap()
	if !ok || !address.Is4() || address.IsUnspecified() || address.IsMulticast() || address.IsLoopback() || address.As4()[0] >= 240 {
		return netip.Addr{}, false
	}
	return address, true
}
