package routefix

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/containernetworking/cni/pkg/types"

	"github.com/flatlan/flatlan/cni/internal/testenv"
)

// What the plan of system S4 tells route-fix.
var planned = object{"subnet": "192.168.2.0/24", "otherSubnets": []string{"192.168.3.0/24", "192.168.2.1/32", "192.168.2.11/32"}}

func plannedConf() Conf {
	conf := defaults()
	conf.Subnet = prefix("192.168.2.0/24")
	conf.ClusterSubnets = []netip.Prefix{prefix("192.168.7.0/24"), prefix("10.43.0.0/16"), prefix("fd00:43::/64")}
	conf.OtherSubnets = []netip.Prefix{prefix("192.168.3.0/24"), prefix("192.168.2.1/32"), prefix("192.168.2.11/32")}
	return conf
}

func TestRefuseLease(t *testing.T) {
	for name, c := range map[string]struct{ address, gateway, says string }{
		"a good one":                      {"192.168.2.77/24", "192.168.2.1", ""},
		"a longer mask":                   {"192.168.2.77/25", "", ""},
		"a static IPv6 one":               {"fd00:2::7/64", "fe80::1", ""},
		"the pod's own in the cluster":    {"192.168.7.1/24", "", "the pod's own in the cluster"},
		"another pod's":                   {"192.168.7.9/32", "", "outside of the attachment's subnet 192.168.2.0/24"},
		"the DNS Service's":               {"10.43.0.10/16", "", "outside of the attachment's subnet"},
		"IPv6 of the cluster":             {"fd00:43::7/64", "", "touches the cluster's fd00:43::/64"},
		"a node network's":                {"192.168.3.11/24", "", "outside of the attachment's subnet"},
		"the router's":                    {"192.168.2.1/24", "", "belongs to others: 192.168.2.1/32"},
		"a node's":                        {"192.168.2.11/24", "", "belongs to others: 192.168.2.11/32"},
		"a wider mask":                    {"192.168.2.77/16", "", "wider than the attachment's subnet"},
		"another network's":               {"192.168.9.7/24", "", "outside of the attachment's subnet"},
		"link-local":                      {"169.254.1.1/16", "", "not a host address"},
		"loopback":                        {"127.0.0.1/8", "", "not a host address"},
		"limited broadcast":               {"255.255.255.255/24", "", "not a host address"},
		"none":                            {"0.0.0.0/24", "", "not a host address"},
		"multicast":                       {"224.0.0.251/24", "", "not a host address"},
		"a router in the cluster":         {"192.168.2.77/24", "10.43.0.1", "an address of the cluster's 10.43.0.0/16"},
		"a router that is a local cache":  {"192.168.2.77/24", "169.254.20.10", "not a host address"},
		"a router that is the pod itself": {"192.168.2.77/24", "192.168.7.1", "an address of the cluster's"},
	} {
		t.Run(name, func(t *testing.T) {
			var gateways []netip.Addr
			if c.gateway != "" {
				gateways = append(gateways, address(c.gateway))
			}
			err := refuseLease(aPod(c.address), plannedConf(), gateways)
			if c.says == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantError(t, err, c.says)
		})
	}
	// Without the plan's words the cluster is still the cluster.
	bare := plannedConf()
	bare.Subnet, bare.OtherSubnets = netip.Prefix{}, nil
	wantError(t, refuseLease(aPod("10.43.0.10/24"), bare, nil), "touches the cluster's 10.43.0.0/16")
	wantError(t, refuseLease(aPod("10.9.9.9/8"), bare, nil), "touches the cluster's 10.43.0.0/16")
	wantError(t, refuseLease(aPod("192.168.7.1/32"), bare, nil), "the pod's own")
}

func TestAllowedRoutes(t *testing.T) {
	conf := plannedConf()
	conf.LANSubnets = []netip.Prefix{prefix("192.168.50.0/24")}
	for text, want := range map[string]bool{
		"0.0.0.0/0": true, "192.168.2.0/24": true, "192.168.2.128/25": true, "192.168.50.0/24": true, "192.168.50.9/32": true,
		"224.0.0.0/4": true, "255.255.255.255/32": true, "fd00:99::/64": true,
		"0.0.0.0/1": false, "128.0.0.0/1": false, "192.168.0.0/16": false, "192.168.2.0/23": false, "192.168.3.11/32": false, "169.254.20.10/32": false,
		"10.43.0.10/32": false, "192.168.7.0/25": false, "fd00:43::/65": false,
	} {
		if got := allowed(conf, prefix(text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

// A server on the LAN offers a pod its own cluster address, or the DNS Service's: then all of that traffic would be the LAN's.
func TestALeaseOfTheClusterIsRefused(t *testing.T) {
	for name, leased := range map[string]string{"the pod's own": podAddress + "/24", "the DNS Service's": "10.43.0.10/24"} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			before := h.tables(t)
			chain := h.chain("1.0.0", planned)
			chain["plugins"].([]object)[0]["ipam"] = object{"type": "static", "addresses": []object{{"address": leased}}}
			_, err := h.call(t, "ADD", chain, "net1")
			wantError(t, err, "route-fix: net1 in /run/netns/pod-", "net1 has the address "+leased)
			var failure *types.Error
			if !errors.As(err, &failure) || failure.Code != errRefused {
				t.Errorf("the code is another: %#v", err)
			}
			if _, err := h.call(t, "DEL", chain, "net1"); err != nil {
				t.Fatal(err)
			}
			if after := h.tables(t); after != before || len(h.records(t)) != 0 {
				t.Errorf("left in the pod:\n%s\nbefore:\n%s\nrecords %v", after, before, h.records(t))
			}
		})
	}
}

// The same in a lease that is renewed: the pod keeps what it has in the cluster, and people are told.
func TestALeaseThatMovesIntoTheClusterIsRefused(t *testing.T) {
	h := newHouse(t)
	chain := h.chain("1.0.0", planned)
	added := h.must(t, "ADD", chain)
	h.pod.Output(t, testenv.Command(t, "ip", "iproute2"), "addr", "del", lanAddress+"/24", "dev", "net1")
	h.pod.Address(t, "net1", podAddress+"/24")
	_, err := Moved(h.state, "layer2-bridge", "sandbox-1", "net1", prefix(podAddress+"/24"), nil)
	wantError(t, err, "net1 has the address "+podAddress+"/24, which is the pod's own")
	wantError(t, h.repair(t).Err, "the pod's own")
	wantError(t, h.checkAlone(t, chain, added), "the pod's own")
	if rules := h.pod.Output(t, "ip", "rule"); strings.Contains(rules, "from "+podAddress+" lookup 1003") {
		t.Errorf("the cluster address is the LAN's:\n%s", rules)
	}
	h.wantWays(t, map[string]string{"203.0.113.9 from " + podAddress: "eth0 via 169.254.1.1", "10.43.0.10": byCluster})
}

func TestRoutesBeyondThePlanAreRefused(t *testing.T) {
	h := newHouse(t)
	offers := func(keys object) object {
		chain := h.chain("1.0.0", keys)
		ipam := chain["plugins"].([]object)[0]["ipam"].(object)
		ipam["routes"] = []object{{"dst": "0.0.0.0/1", "gw": "192.168.2.1"}, {"dst": "192.168.50.0/24", "gw": "192.168.2.1"},
			{"dst": "169.254.20.10/32", "gw": "192.168.2.1"}, {"dst": "192.168.3.11/32", "gw": "192.168.2.1"}}
		return chain
	}
	_, err := h.call(t, "ADD", offers(planned), "net1")
	wantError(t, err, "0.0.0.0/1", "192.168.50.0/24", "169.254.20.10/32", "192.168.3.11/32", "list it in lanSubnets")
	if _, err := h.call(t, "DEL", offers(planned), "net1"); err != nil {
		t.Fatal(err)
	}
	listed := object{"lanSubnets": []string{"192.168.50.0/24"}}
	for key, value := range planned {
		listed[key] = value
	}
	chain := offers(listed)
	chain["plugins"].([]object)[0]["ipam"].(object)["routes"] = []object{{"dst": "192.168.50.0/24", "gw": "192.168.2.1"}}
	h.must(t, "ADD", chain)
}

// What comes later, by a lease that is renewed or by hand, goes at the next repair.
func TestRoutesBeyondThePlanAreTakenAway(t *testing.T) {
	h := newHouse(t)
	chain := h.chain("1.0.0", planned)
	added := h.must(t, "ADD", chain)
	ip := testenv.Command(t, "ip", "iproute2")
	h.pod.Output(t, ip, "route", "add", "128.0.0.0/1", "via", "192.168.2.1", "dev", "net1")
	wantError(t, h.checkAlone(t, chain, added), "route 128.0.0.0/1 via 192.168.2.1 dev net1 table main lies outside")
	if outcome := h.repair(t); outcome.Err != nil || len(outcome.Repaired) != 1 {
		t.Errorf("outcome %+v", outcome)
	}
	h.wantWays(t, map[string]string{"203.0.113.9": byCluster})
	h.must(t, "CHECK", chain)
}
