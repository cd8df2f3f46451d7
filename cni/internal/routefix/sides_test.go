package routefix

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/containernetworking/cni/pkg/types"

	"github.com/flatlan/flatlan/cni/internal/testenv"
)

// offersDefault is an IPAM that names a default route, as upstream's dhcp does without `priority`.
func offersDefault(chain object) object {
	chain["plugins"].([]object)[0]["ipam"] = object{
		"type":      "static",
		"addresses": []object{{"address": lanAddress + "/24", "gateway": "192.168.2.1"}},
		"routes":    []object{{"dst": "0.0.0.0/0", "gw": "192.168.2.1"}},
	}
	return chain
}

func withoutFix(chain object) object {
	plugins := chain["plugins"].([]object)
	chain["plugins"] = plugins[:len(plugins)-1]
	return chain
}

func (h *house) wantWays(t *testing.T, ways map[string]string) {
	t.Helper()
	for arguments, want := range ways {
		if got := h.way(t, strings.Fields(arguments)...); got != want {
			t.Errorf("to %s by %q, not %q", arguments, got, want)
		}
	}
}

const byCluster = "eth0 via 169.254.1.1 src " + podAddress

func TestWithoutRouteFixTheLANTakesTheDefaultRoute(t *testing.T) {
	h := newHouse(t)
	h.must(t, "ADD", withoutFix(offersDefault(h.chain("1.0.0", nil))))
	h.wantWays(t, map[string]string{
		"203.0.113.9": "net1 via 192.168.2.1 src " + lanAddress,
		"10.43.0.10":  "net1 via 192.168.2.1 src " + lanAddress,
	})
	bare := newHouse(t)
	bare.must(t, "ADD", withoutFix(bare.chain("1.0.0", nil)))
	bare.wantWays(t, map[string]string{"224.0.0.251": "eth0 src " + podAddress, "255.255.255.255": "eth0 src " + podAddress})
}

func TestTheDefaultRouteStaysWithTheCluster(t *testing.T) {
	h := newHouse(t)
	chain := offersDefault(h.chain("1.0.0", nil))
	h.must(t, "ADD", chain)
	h.wantWays(t, map[string]string{
		"203.0.113.9":                    byCluster,
		"10.43.0.10":                     byCluster,
		deviceAddr:                       "net1 src " + lanAddress,
		"203.0.113.9 from " + lanAddress: "net1 via 192.168.2.1",
	})
	// Moved, not removed: bridge looks for it.
	if tables := h.tables(t); !strings.Contains(tables, "default via 192.168.2.1 dev net1 metric 500") {
		t.Errorf("the LAN's default route is gone:\n%s", tables)
	}
	h.must(t, "CHECK", chain)
	h.must(t, "DEL", chain)
}

func TestTheDefaultRouteByTheLAN(t *testing.T) {
	for name, offers := range map[string]func(object) object{
		"IPAM names it": offersDefault, "IPAM names a gateway": func(chain object) object { return chain },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			chain := offers(h.chain("1.0.0", object{"defaultRoute": "lan"}))
			result := h.must(t, "ADD", chain)
			defaults := 0
			for _, r := range result.Routes {
				if r.Dst.String() == "0.0.0.0/0" {
					defaults++
				}
			}
			if defaults != 1 {
				t.Errorf("the result has %d default routes: %v", defaults, result.Routes)
			}
			h.wantWays(t, map[string]string{
				"203.0.113.9":                    "net1 via 192.168.2.1 src " + lanAddress,
				"192.168.7.65":                   byCluster,
				"10.43.0.10":                     byCluster,
				"10.43.0.10 from " + lanAddress:  "net1 via 192.168.2.1",
				"203.0.113.9 from " + podAddress: "eth0 via 169.254.1.1",
			})
			h.must(t, "CHECK", chain)
			h.must(t, "DEL", chain)
			h.wantWays(t, map[string]string{"203.0.113.9": byCluster})
		})
	}
}

func TestLANSubnetsGoByTheLANsRouter(t *testing.T) {
	h := newHouse(t)
	chain := h.chain("1.0.0", object{"lanSubnets": []string{"192.168.50.0/24"}})
	result := h.must(t, "ADD", chain)
	if text := fmt.Sprint(result.Routes); !strings.Contains(text, "192.168.50.0") || !strings.Contains(text, "192.168.2.1") {
		t.Errorf("routes of the result: %s", text)
	}
	h.wantWays(t, map[string]string{farAddr: "net1 via 192.168.2.1 src " + lanAddress, "192.168.51.9": byCluster})
	h.must(t, "CHECK", chain)
}

func TestTwoAddressesOfOneSubnet(t *testing.T) {
	h := newHouse(t)
	chain := h.chain("1.0.0", nil)
	chain["plugins"].([]object)[0]["ipam"] = object{"type": "static", "addresses": []object{
		{"address": lanAddress + "/24", "gateway": "192.168.2.1"}, {"address": "192.168.2.78/24"},
	}}
	h.must(t, "ADD", chain)
	h.wantWays(t, map[string]string{
		"224.0.0.251":                   "net1 src " + lanAddress,
		deviceAddr:                      "net1 src " + lanAddress,
		"203.0.113.9 from 192.168.2.78": "net1 via 192.168.2.1",
	})
	if addresses := h.pod.IPv4(t, "net1"); len(addresses) != 2 {
		t.Errorf("net1 has %v", addresses)
	}
	h.must(t, "CHECK", chain)
}

func TestWithoutMulticast(t *testing.T) {
	h := newHouse(t)
	chain := h.chain("1.0.0", object{"multicast": false})
	h.must(t, "ADD", chain)
	h.wantWays(t, map[string]string{
		"224.0.0.251":                    "eth0 src " + podAddress,
		"224.0.0.251 from " + lanAddress: "net1",
		deviceAddr:                       "net1 src " + lanAddress,
	})
	h.must(t, "CHECK", chain)
}

// macvlan's result has one interface, the pod's; bridge's has three.
func TestMacvlan(t *testing.T) {
	for _, cniVersion := range versions {
		t.Run(cniVersion, func(t *testing.T) {
			h := newHouse(t)
			chain := h.chain(cniVersion, nil)
			plugins := chain["plugins"].([]object)
			plugins[0] = object{"type": "macvlan", "master": "br0", "ipam": plugins[0]["ipam"]}
			result := h.must(t, "ADD", chain)
			if len(result.Interfaces) != 1 {
				t.Errorf("interfaces %+v", result.Interfaces)
			}
			lan := h.device.Listen(t, "eth0")
			send(t, h.pod, "", "224.0.0.251:5353", []byte("macvlan"))
			lan.Wait(t, patience, "mDNS by macvlan", datagram(lanAddress, "224.0.0.251", []byte("macvlan")))
			if cniVersion != "0.3.1" {
				h.must(t, "CHECK", chain)
			}
			h.must(t, "DEL", chain)
		})
	}
}

// Two attachments of one pod, added at the same moment, and one of them removed.
func TestTwoAttachments(t *testing.T) {
	h := newHouse(t)
	second := h.chain("1.0.0", object{"multicast": false})
	second["name"] = "second"
	second["plugins"].([]object)[0]["ipam"] = object{"type": "static",
		"addresses": []object{{"address": "192.168.8.5/24", "gateway": "192.168.8.1"}}}
	chains := map[string]object{"net1": h.chain("1.0.0", nil), "net2": second}
	both := func(verb string) {
		t.Helper()
		var group sync.WaitGroup
		var lock sync.Mutex
		failures := map[string]error{}
		for ifName, chain := range chains {
			group.Go(func() {
				_, err := h.call(t, verb, chain, ifName)
				lock.Lock()
				defer lock.Unlock()
				failures[ifName] = err
			})
		}
		group.Wait()
		for ifName, err := range failures {
			if err != nil {
				t.Fatalf("%s %s: %v", verb, ifName, err)
			}
		}
	}
	both("ADD")
	both("CHECK")
	h.wantWays(t, map[string]string{
		"224.0.0.251":                    "net1 src " + lanAddress,
		"192.168.8.9":                    "net2 src 192.168.8.5",
		"203.0.113.9 from 192.168.8.5":   "net2 via 192.168.8.1",
		"203.0.113.9 from " + lanAddress: "net1 via 192.168.2.1",
		"192.168.8.9 from " + podAddress: "eth0 via 169.254.1.1",
		"10.43.0.10":                     byCluster,
	})
	if _, err := h.call(t, "DEL", second, "net2"); err != nil {
		t.Fatal(err)
	}
	h.must(t, "CHECK", chains["net1"])
	if tables := h.tables(t); strings.Contains(tables, "192.168.8") {
		t.Errorf("net2 left\n%s", tables)
	}
}

// Both want multicast: the first one has it, and neither's CHECK nor repair fights about it.
func TestTwoAttachmentsThatBothWantMulticast(t *testing.T) {
	h := newHouse(t)
	second := h.chain("1.0.0", nil)
	second["name"] = "second"
	second["plugins"].([]object)[0]["ipam"] = object{"type": "static", "addresses": []object{{"address": "192.168.8.5/24"}}}
	h.must(t, "ADD", h.chain("1.0.0", nil))
	var result types.Result
	result, err := h.call(t, "ADD", second, "net2")
	if err != nil || result == nil {
		t.Fatal(err)
	}
	first := map[string]string{"224.0.0.251": "net1 src " + lanAddress, "255.255.255.255": "net1 src " + lanAddress}
	h.wantWays(t, first)
	h.must(t, "CHECK", h.chain("1.0.0", nil))
	if _, err := h.call(t, "CHECK", second, "net2"); err != nil {
		t.Error(err)
	}
	// Whichever is repaired, the order stays; without the first one the second has it.
	for _, ifName := range []string{"net1", "net2"} {
		h.pod.Output(t, testenv.Command(t, "ip", "iproute2"), "route", "del", "224.0.0.0/4", "dev", ifName)
		Repair(context.Background(), h.state)
		h.wantWays(t, first)
	}
	h.must(t, "DEL", h.chain("1.0.0", nil))
	h.wantWays(t, map[string]string{"224.0.0.251": "net2 src 192.168.8.5"})
}

// An attachment with `addresses: static`: the runtime hands over what the pod's annotation asks for, the plan's router
// comes by a default route.
func TestTheAddressThatAPodAsksFor(t *testing.T) {
	asked := func(h *house, verb, address string) (types.Result, error) {
		chain := h.chain("1.0.0", object{"subnet": "192.168.2.0/24", "otherSubnets": []string{"192.168.2.1/32"}})
		bridge := chain["plugins"].([]object)[0]
		bridge["capabilities"] = object{"mac": true, "ips": true}
		bridge["ipam"] = object{"type": "static", "routes": []object{{"dst": "0.0.0.0/0", "gw": "192.168.2.1", "priority": 500}}}
		runtime := h.runtime("net1")
		if address != "" {
			runtime.CapabilityArgs = object{"ips": []string{address}}
		}
		var result types.Result
		err := h.node.Try(func() (err error) {
			switch verb {
			case "ADD":
				result, err = h.cni.AddNetworkList(context.Background(), list(t, chain), runtime)
			case "CHECK":
				err = h.cni.CheckNetworkList(context.Background(), list(t, chain), runtime)
			default:
				err = h.cni.DelNetworkList(context.Background(), list(t, chain), runtime)
			}
			return err
		})
		return result, err
	}
	h := newHouse(t)
	for _, verb := range []string{"ADD", "CHECK"} {
		if _, err := asked(h, verb, "192.168.2.79/24"); err != nil {
			t.Fatalf("%s: %v", verb, err)
		}
	}
	h.wantWays(t, map[string]string{
		deviceAddr:                      "net1 src 192.168.2.79",
		"224.0.0.251":                   "net1 src 192.168.2.79",
		"203.0.113.9":                   byCluster,
		"203.0.113.9 from 192.168.2.79": "net1 via 192.168.2.1",
	})
	if _, err := asked(h, "DEL", "192.168.2.79/24"); err != nil {
		t.Fatal(err)
	}
	for address, word := range map[string]string{
		"192.168.2.1/24":  "route-fix",
		"192.168.2.79/16": "route-fix",
		// Its router is not beside it.
		"192.168.3.79/24": "unreachable",
		"":                "missing IP config",
	} {
		_, err := asked(h, "ADD", address)
		wantError(t, err, word)
		if _, err := asked(h, "DEL", address); err != nil {
			t.Fatal(err)
		}
	}
}
