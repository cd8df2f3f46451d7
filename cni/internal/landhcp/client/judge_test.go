package client

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flatlan/flatlan/cni/internal/landhcp/dhcptest"
)

// houseRuling is what the plan hybrid says, with pods of Calico in the LAN besides (pods.mode on-lan).
func houseRuling() Ruling {
	return Ruling{LinkMTU: 1500, IPv6: true, Attachment: &AttachmentPolicy{
		Subnet:         netip.MustParsePrefix("192.168.2.0/24"),
		ClusterSubnets: dhcptest.Prefixes("192.168.7.0/24", "10.43.0.0/16", "192.168.6.0/24", "192.168.2.192/26"),
		OtherSubnets:   dhcptest.Prefixes("192.168.3.0/24", "192.168.2.1/32", "192.168.2.2/31"),
		LANSubnets:     dhcptest.Prefixes("192.168.50.0/24"),
		Servers:        []netip.Addr{netip.MustParseAddr("192.168.2.1")},
	}}
}

// inBounds is what holds for every lease that was not refused.
func inBounds(t *testing.T, terms Terms) {
	t.Helper()
	a := houseRuling().Attachment
	touches := func(one netip.Prefix) bool {
		return slices.ContainsFunc(a.ClusterSubnets, one.Overlaps)
	}
	if single := netip.PrefixFrom(terms.Address.Addr(), 32); !a.Subnet.Contains(single.Addr()) || touches(single) || terms.Address.Bits() < 24 {
		t.Errorf("took the address %s", terms.Address)
	}
	if terms.Gateway.IsValid() && !a.Subnet.Contains(terms.Gateway) {
		t.Errorf("took the router %s", terms.Gateway)
	}
	for _, route := range terms.Routes {
		if route.Destination.Bits() != 0 && (touches(route.Destination) || route.Destination.Bits() < 24) {
			t.Errorf("took the route %+v", route)
		}
	}
	if terms.MTU != 0 && (terms.MTU < 1280 || terms.MTU > 1500) {
		t.Errorf("took the MTU %d", terms.MTU)
	}
	if !terms.Rebind.After(terms.Renew) || !terms.Expires.After(terms.Rebind) || terms.Renew.Sub(began) < shortestRenewal {
		t.Errorf("renewed at %s, rebound at %s, over at %s", terms.Renew, terms.Rebind, terms.Expires)
	}
}

func leaseOf(address string) Terms {
	return Terms{Address: netip.MustParsePrefix(address), Server: netip.MustParseAddr("192.168.2.1"), Gateway: netip.MustParseAddr("192.168.2.1"),
		Routes: []Route{{anywhere, netip.MustParseAddr("192.168.2.1")}},
		Renew:  began.Add(30 * time.Minute), Rebind: began.Add(50 * time.Minute), Expires: began.Add(time.Hour)}
}

func TestLeasesThatAreRefused(t *testing.T) {
	for name, one := range map[string]struct {
		terms Terms
		want  string
	}{
		"a pod's cluster address":       {leaseOf("192.168.7.5/24"), "192.168.7.5 lies outside of the attachment's subnet 192.168.2.0/24"},
		"the cluster's DNS":             {leaseOf("10.43.0.10/16"), "lies outside of the attachment's subnet"},
		"a pod's address in the LAN":    {leaseOf("192.168.2.200/24"), "192.168.2.200 lies in 192.168.2.192/26, which is the cluster's"},
		"a node's":                      {leaseOf("192.168.2.3/24"), "192.168.2.3 lies in 192.168.2.2/31, which the plan gives to others"},
		"the router's":                  {leaseOf("192.168.2.1/24"), "the server's or the router's own address"},
		"the network's":                 {leaseOf("192.168.2.0/24"), "is the network or broadcast address of 192.168.2.0/24"},
		"the broadcast address":         {leaseOf("192.168.2.255/24"), "is the network or broadcast address"},
		"the broadcast address of less": {leaseOf("192.168.2.127/25"), "is the network or broadcast address of 192.168.2.0/25"},
		"a mask for half the world":     {leaseOf("192.168.2.40/1"), "its subnet mask /1 takes in more than the attachment's subnet"},
		"a mask one too short":          {leaseOf("192.168.2.40/23"), "its subnet mask /23 takes in more"},
		"another server": {func() Terms {
			terms := leaseOf("192.168.2.40/24")
			terms.Server = netip.MustParseAddr("192.168.2.66")
			return terms
		}(), "the plan names 192.168.2.1 as this network's DHCP server, and not 192.168.2.66"},
		"a lease of a second": {func() Terms {
			terms := leaseOf("192.168.2.40/24")
			terms.Renew, terms.Rebind, terms.Expires = began.Add(500*time.Millisecond), began.Add(800*time.Millisecond), began.Add(time.Second)
			return terms
		}(), "it would last for 1s, less than 1m0s"},
	} {
		if _, err := houseRuling().grants(&one.terms, began); err == nil || !strings.Contains(err.Error(), one.want) {
			t.Errorf("%s: %v, want %q", name, err, one.want)
		}
	}
	terms, ofTheNode := leaseOf("192.168.2.41/24"), houseRuling()
	ofTheNode.IsNodes = func(address netip.Addr) bool { return address == terms.Address.Addr() }
	if _, err := ofTheNode.grants(&terms, began); err == nil || err.Error() != "192.168.2.41 is this node's own address" {
		t.Errorf("the node's address: %v", err)
	}
	if _, err := (Ruling{Unknown: true}).judge(&Terms{}); err == nil {
		t.Error("an attachment that nobody knows was allowed")
	}
	for _, good := range []string{"192.168.2.40/24", "192.168.2.40/25", "192.168.2.40/32", "192.168.2.40/31"} {
		terms := leaseOf(good)
		if leftOut, err := houseRuling().grants(&terms, began); err != nil {
			t.Errorf("%s: %v, %q", good, err, leftOut)
		}
	}
}

// One bad option must not keep pods from starting.
func TestOptionsThatAreLeftOut(t *testing.T) {
	route := func(destination, gateway string) Route {
		one := Route{Destination: netip.MustParsePrefix(destination)}
		if gateway != "" {
			one.Gateway = netip.MustParseAddr(gateway)
		}
		return one
	}
	for name, one := range map[string]struct {
		change func(*Terms)
		want   string
		check  func(Terms) bool
	}{
		"a router elsewhere": {func(l *Terms) {
			l.Gateway = netip.MustParseAddr("10.0.0.1")
			l.Routes = []Route{route("0.0.0.0/0", "10.0.0.1")}
		}, "router 10.0.0.1, which lies outside of the lease's subnet 192.168.2.0/24", func(l Terms) bool { return !l.Gateway.IsValid() && l.Routes == nil }},
		"a router of the cluster": {func(l *Terms) { l.Gateway = netip.MustParseAddr("192.168.2.200") },
			"router 192.168.2.200, which lies in 192.168.2.192/26 of the cluster", func(l Terms) bool { return !l.Gateway.IsValid() && len(l.Routes) == 1 }},
		"the pod as its router": {func(l *Terms) { l.Gateway = netip.MustParseAddr("192.168.2.40") }, "", nil},
		"half the world":        {func(l *Terms) { l.Routes = []Route{route("128.0.0.0/1", "192.168.2.66")} }, "touches the cluster's", nil},
		"the services":          {func(l *Terms) { l.Routes = []Route{route("10.43.0.10/32", "192.168.2.66")} }, "touches the cluster's", nil},
		"a node's DNS":          {func(l *Terms) { l.Routes = []Route{route("169.254.20.10/32", "192.168.2.66")} }, "beyond the attachment's subnet", nil},
		"a node":                {func(l *Terms) { l.Routes = []Route{route("192.168.2.3/32", "192.168.2.66")} }, "gives to others", nil},
		"nodes elsewhere":       {func(l *Terms) { l.Routes = []Route{route("192.168.3.2/32", "192.168.2.66")} }, "beyond the attachment's subnet", nil},
		"on-link elsewhere":     {func(l *Terms) { l.Routes = []Route{route("1.1.1.1/32", "")} }, "beyond the attachment's subnet", nil},
		"everything on-link":    {func(l *Terms) { l.Routes = []Route{route("0.0.0.0/0", "")} }, "which needs a router", nil},
		"a route by elsewhere":  {func(l *Terms) { l.Routes = []Route{route("192.168.50.0/24", "10.0.0.1")} }, "outside of the lease's subnet", nil},
		"575":                   {func(l *Terms) { l.MTU = 575 }, "MTU 575, less than the 576", func(l Terms) bool { return l.MTU == 0 }},
		"1279":                  {func(l *Terms) { l.MTU = 1279 }, "MTU 1279, less than the 1280 that IPv6 needs", func(l Terms) bool { return l.MTU == 0 }},
		"1501":                  {func(l *Terms) { l.MTU = 1501 }, "MTU 1501, more than the 1500 of the attachment", func(l Terms) bool { return l.MTU == 0 }},
	} {
		terms := leaseOf("192.168.2.40/24")
		one.change(&terms)
		leftOut, err := houseRuling().grants(&terms, began)
		if name == "the pod as its router" {
			if err == nil {
				t.Errorf("%s: it was allowed", name)
			}
			continue
		}
		if err != nil || len(leftOut) == 0 || !strings.Contains(strings.Join(leftOut, "\n"), one.want) {
			t.Errorf("%s: %q, %v, want %q", name, leftOut, err, one.want)
			continue
		}
		if one.check == nil {
			one.check = func(l Terms) bool { return len(l.Routes) == 0 }
		}
		if !one.check(terms) {
			t.Errorf("%s: left is %+v", name, terms)
		}
	}
	// What is good stays, beside what is not.
	terms := leaseOf("192.168.2.40/24")
	terms.MTU = 1400
	terms.Routes = append(terms.Routes, route("192.168.50.0/24", "192.168.2.1"), route("192.168.2.128/26", ""), route("10.43.0.0/16", "192.168.2.1"))
	leftOut, err := houseRuling().grants(&terms, began)
	if err != nil || len(leftOut) != 1 || len(terms.Routes) != 3 || terms.MTU != 1400 || !terms.Gateway.IsValid() {
		t.Errorf("%+v, %q, %v", terms, leftOut, err)
	}
	// Without IPv6 on the interface 576 will do.
	small := houseRuling()
	small.IPv6 = false
	terms = leaseOf("192.168.2.40/24")
	terms.MTU = 576
	if leftOut, err := small.grants(&terms, began); err != nil || len(leftOut) != 0 || terms.MTU != 576 {
		t.Errorf("without IPv6: %q, %v, %d", leftOut, err, terms.MTU)
	}
}

func TestARenewalThatComesTooSoon(t *testing.T) {
	terms := leaseOf("192.168.2.40/24")
	terms.Renew, terms.Rebind, terms.Expires = began.Add(time.Second), began.Add(2*time.Second), began.Add(time.Minute)
	if _, err := houseRuling().grants(&terms, began); err != nil {
		t.Fatal(err)
	}
	if got := terms.Renew.Sub(began); got != shortestRenewal {
		t.Errorf("T1 is %s", got)
	}
	if got := terms.Rebind.Sub(began); got <= shortestRenewal || got >= time.Minute {
		t.Errorf("T2 is %s", got)
	}
}
