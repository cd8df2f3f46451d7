package routefix

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/containernetworking/cni/pkg/types"
	current "github.com/containernetworking/cni/pkg/types/100"
	"github.com/containernetworking/cni/pkg/version"
	"golang.org/x/sys/unix"
)

// previous is the result of the plugins before us: what it says about our interface, and its text.
type previous struct {
	cniVersion string
	text       map[string]json.RawMessage // kept as it came: keys that we do not know pass through
	addresses  []netip.Prefix
	gateways   []netip.Addr
	routes     []netip.Prefix // destinations
	mac        string         // of our interface; empty where no plugin says
}

func readPrevious(stdin []byte, ifName string) (previous, error) {
	var conf struct {
		CNIVersion string          `json:"cniVersion"`
		PrevResult json.RawMessage `json:"prevResult"`
	}
	if err := json.Unmarshal(stdin, &conf); err != nil {
		return previous{}, err
	}
	if conf.PrevResult == nil {
		return previous{}, errors.New("no prevResult: route-fix is a chained plugin, put it after the one that makes the interface")
	}
	before := previous{cniVersion: conf.CNIVersion}
	result, err := version.NewResult(conf.CNIVersion, conf.PrevResult)
	if err != nil {
		return before, fmt.Errorf("prevResult: %w", err)
	}
	now, err := current.NewResultFromResult(result)
	if err != nil {
		return before, fmt.Errorf("prevResult: %w", err)
	}
	if err := json.Unmarshal(conf.PrevResult, &before.text); err != nil {
		return before, fmt.Errorf("prevResult: %w", err)
	}
	return before, before.read(now, ifName)
}

// read finds our interface by name among the entries that lie in a sandbox. Entries of the host have none: bridge names
// its bridge and the host's end there, and macvlan nothing but the pod's interface.
func (p *previous) read(result *current.Result, ifName string) error {
	isOurs := func(entry *current.Interface) bool { return entry.Name == ifName && entry.Sandbox != "" }
	if len(result.Interfaces) > 0 && !slices.ContainsFunc(result.Interfaces, isOurs) {
		return fmt.Errorf("prevResult has no interface %s in a sandbox: put route-fix after the plugin that makes it", ifName)
	}
	for _, entry := range result.Interfaces {
		if isOurs(entry) {
			p.mac = entry.Mac
		}
	}
	for index, ip := range result.IPs {
		if ip.Interface != nil {
			position := *ip.Interface
			if position < 0 || position >= len(result.Interfaces) {
				return fmt.Errorf("prevResult: ips[%d] names interface %d of %d", index, position, len(result.Interfaces))
			}
			if !isOurs(result.Interfaces[position]) {
				continue
			}
		}
		p.addresses = append(p.addresses, prefixOf(&ip.Address, 0))
		if gateway := addressOf(ip.Gateway); gateway.IsValid() {
			p.gateways = append(p.gateways, gateway)
		}
	}
	p.gateways = append(p.gateways, gatewaysOf(result.Routes)...)
	for _, r := range result.Routes {
		p.routes = append(p.routes, prefixOf(&r.Dst, 0))
	}
	return nil
}

// gatewaysOf looks at default routes, for IPAM plugins that name the router only there.
func gatewaysOf(routes []*types.Route) []netip.Addr {
	var gateways []netip.Addr
	for _, r := range routes {
		gateway := addressOf(r.GW)
		if ones, _ := r.Dst.Mask.Size(); ones == 0 && gateway.IsValid() {
			gateways = append(gateways, gateway)
		}
	}
	return gateways
}

// crossCheck compares what the plugin before says with what is there.
func (p *previous) crossCheck(v view, conf Conf) error {
	for _, address := range p.addresses {
		if !slices.Contains(v.lan.addresses, address) {
			return fmt.Errorf("prevResult gives %s the address %s, but it has only %v: a plugin before route-fix took it away",
				v.lan.name, address, v.lan.addresses)
		}
	}
	if len(v.lan.addresses) == 0 && conf.IPv6 == IPv6None {
		return fmt.Errorf("%s has no address and ipv6 is none: there is nothing to route, give it an address by IPAM", v.lan.name)
	}
	return nil
}

// given is the port with the MAC address and the addresses that the plugins before gave: in a pod that runs already, what
// stands at the interface may be the pod's own doing.
func (p *previous) given(host port) port {
	if host.Name == "" {
		return host
	}
	if mac, err := net.ParseMAC(p.mac); err == nil {
		host.MAC = mac.String()
	}
	host.Addresses = p.addresses
	return host
}

// with is the result to print: the one before and the routes of table main that ADD made, as the specification wants it
// of plugins that change something a result speaks of (SPEC.md 1.1.0, section 5).
func (p *previous) with(w wanted, lan link) ([]byte, error) {
	type entry struct {
		Dst string `json:"dst"`
		GW  string `json:"gw,omitempty"`
	}
	var listed []entry
	routes := []json.RawMessage{}
	if raw, there := p.text["routes"]; there {
		if err := errors.Join(json.Unmarshal(raw, &listed), json.Unmarshal(raw, &routes)); err != nil {
			return nil, fmt.Errorf("prevResult.routes: %w", err)
		}
	}
	for _, r := range w.routes {
		isSubnet := slices.ContainsFunc(lan.addresses, func(a netip.Prefix) bool { return a.Masked() == r.dst })
		one := entry{Dst: r.dst.String()}
		if r.via.IsValid() {
			one.GW = r.via.String()
		}
		if r.table != unix.RT_TABLE_MAIN || isSubnet || slices.Contains(listed, one) {
			continue
		}
		raw, err := json.Marshal(one)
		if err != nil {
			return nil, err
		}
		routes = append(routes, raw)
	}
	if len(routes) > 0 {
		raw, err := json.Marshal(routes)
		if err != nil {
			return nil, err
		}
		p.text["routes"] = raw
	}
	raw, err := json.Marshal(p.cniVersion)
	if err != nil {
		return nil, err
	}
	p.text["cniVersion"] = raw
	return json.MarshalIndent(p.text, "", "    ")
}
