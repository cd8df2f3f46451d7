package server

import (
	"net"

	"github.com/containernetworking/cni/pkg/types"
	current "github.com/containernetworking/cni/pkg/types/100"
	"github.com/vishvananda/netlink"

	"github.com/flatlan/flatlan/cni/internal/landhcp/client"
	"github.com/flatlan/flatlan/cni/internal/landhcp/link"
)

// result is what the plugin that owns the interface is told to configure.
func result(terms client.Terms, priority int) *current.Result {
	answer := &current.Result{
		CNIVersion: current.ImplementedSpecVersion,
		IPs:        []*current.IPConfig{{Address: *link.IPNet(terms.Address)}},
		DNS:        types.DNS{Domain: terms.Domain, Search: terms.Search},
	}
	if terms.Gateway.IsValid() {
		answer.IPs[0].Gateway = terms.Gateway.AsSlice()
	}
	for _, route := range terms.Routes {
		one := &types.Route{Dst: *link.IPNet(route.Destination), Priority: priority}
		if route.Gateway.IsValid() {
			one.GW = route.Gateway.AsSlice()
		} else {
			// Upstream puts the address's gateway into a route that names none (pkg/ipam, ConfigureIface, v1.9.1).
			scope := int(netlink.SCOPE_LINK)
			one.GW, one.Scope = net.IPv4zero, &scope
		}
		answer.Routes = append(answer.Routes, one)
	}
	for _, server := range terms.DNS {
		answer.DNS.Nameservers = append(answer.DNS.Nameservers, server.String())
	}
	return answer
}
