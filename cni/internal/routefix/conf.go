package routefix

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"

	"github.com/containernetworking/cni/pkg/utils"
)

// DefaultStatePath is where ADD leaves records unless the configuration says otherwise. They go with a reboot, as the
// network namespaces do that they speak of; and an ADD does not wait for the disk, which on a busy one takes longer than
// all the rest.
const DefaultStatePath = "/run/flatlan/routes"

// Conf is what the pod network attachment says to route-fix: docs/node-contract.md, section "route-fix keys".
type Conf struct {
	ClusterInterface string         `json:"clusterInterface"`
	Subnet           netip.Prefix   `json:"subnet,omitzero"`
	ClusterSubnets   []netip.Prefix `json:"clusterSubnets,omitempty"`
	OtherSubnets     []netip.Prefix `json:"otherSubnets,omitempty"`
	LANSubnets       []netip.Prefix `json:"lanSubnets,omitempty"`
	DefaultRoute     Side           `json:"defaultRoute"`
	Multicast        bool           `json:"multicast"`
	EgressFilter     bool           `json:"egressFilter"`
	SourceGuard      bool           `json:"sourceGuard"`
	IPv6             IPv6Mode       `json:"ipv6"`
	StatePath        string         `json:"statePath"`
}

// Side is one of the pod's two networks.
type Side string

// The sides.
const (
	Cluster Side = "cluster"
	LAN     Side = "lan"
)

// IPv6Mode is where the interface's IPv6 comes from.
type IPv6Mode string

// The modes.
const (
	IPv6None IPv6Mode = "none"
	IPv6RA   IPv6Mode = "ra" // router advertisements (RFC 4861, 4862; routes by RFC 4191)
)

func defaults() Conf {
	return Conf{
		ClusterInterface: "eth0",
		DefaultRoute:     Cluster,
		Multicast:        true,
		EgressFilter:     true,
		SourceGuard:      true,
		IPv6:             IPv6None,
		StatePath:        DefaultStatePath,
	}
}

// Keys that the CNI specification gives to every plugin (SPEC.md 1.1.0, section 1) or that Multus v4.3.0 adds to each
// plugin of an attachment with a resource name (pkg/types/conf.go, delegateAddDeviceID).
var foreignKeys = []string{
	"cniVersion", "name", "type", "args", "capabilities", "dns", "ipMasq", "ipam", "prevResult", "runtimeConfig",
	"deviceID", "pciBusID",
}

// How each of our keys is read. The specification lets a plugin refuse keys that it does not know, and a misspelled one
// would silently be a default.
var keys = map[string]func(*Conf, json.RawMessage) error{
	"clusterInterface": func(c *Conf, raw json.RawMessage) error { return readName(raw, &c.ClusterInterface) },
	"subnet":           func(c *Conf, raw json.RawMessage) error { return readSubnet(raw, &c.Subnet) },
	"clusterSubnets":   func(c *Conf, raw json.RawMessage) error { return readSubnets(raw, &c.ClusterSubnets) },
	"otherSubnets":     func(c *Conf, raw json.RawMessage) error { return readSubnets(raw, &c.OtherSubnets) },
	"lanSubnets":       func(c *Conf, raw json.RawMessage) error { return readSubnets(raw, &c.LANSubnets) },
	"defaultRoute":     func(c *Conf, raw json.RawMessage) error { return readChoice(raw, &c.DefaultRoute, Cluster, LAN) },
	"multicast":        func(c *Conf, raw json.RawMessage) error { return read(raw, &c.Multicast, "true or false") },
	"egressFilter":     func(c *Conf, raw json.RawMessage) error { return read(raw, &c.EgressFilter, "true or false") },
	"sourceGuard":      func(c *Conf, raw json.RawMessage) error { return read(raw, &c.SourceGuard, "true or false") },
	"ipv6":             func(c *Conf, raw json.RawMessage) error { return readChoice(raw, &c.IPv6, IPv6None, IPv6RA) },
	"statePath":        func(c *Conf, raw json.RawMessage) error { return readFolder(raw, &c.StatePath) },
}

// ParseConf reads a plugin configuration and reports all that is wrong with it at once. Beside an error stands what
// could be read, with defaults for the rest: DEL has to clean up however wrong the configuration has become.
func ParseConf(text []byte) (Conf, error) {
	conf := defaults()
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return conf, fmt.Errorf("configuration is not a JSON object: %w", err)
	}
	var problems []error
	for _, key := range slices.Sorted(maps.Keys(members)) {
		readKey, known := keys[key]
		if !known {
			problems = append(problems, unknownKey(key))
			continue
		}
		if err := readKey(&conf, members[key]); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", key, err))
		}
	}
	problems = append(problems, overlap(conf))
	return conf, joined(problems...)
}

// joined is errors.Join on one line, as kubelet shows it.
func joined(problems ...error) error {
	var texts []string
	for _, problem := range problems {
		if problem != nil {
			texts = append(texts, strings.ReplaceAll(problem.Error(), "\n", "; "))
		}
	}
	if len(texts) == 0 {
		return nil
	}
	return errors.New(strings.Join(texts, "; "))
}

func unknownKey(key string) error {
	if slices.Contains(foreignKeys, key) || strings.HasPrefix(key, "cni.dev/") {
		return nil
	}
	known := slices.Sorted(maps.Keys(keys))
	for _, candidate := range known {
		if strings.EqualFold(key, candidate) {
			return fmt.Errorf("unknown key %q: write %s", key, candidate)
		}
	}
	return fmt.Errorf("unknown key %q: the keys are %s", key, strings.Join(known, ", "))
}

// A destination belongs to only one side.
func overlap(conf Conf) error {
	var problems []error
	for _, lan := range conf.LANSubnets {
		for _, cluster := range conf.ClusterSubnets {
			if lan.Overlaps(cluster) {
				problems = append(problems, fmt.Errorf("lanSubnets %s overlaps clusterSubnets %s: take it out of one", lan, cluster))
			}
		}
	}
	return joined(problems...)
}

// read refuses null too: Go would take it for "leave the default".
func read[T any](raw json.RawMessage, into *T, form string) error {
	var value T
	if err := json.Unmarshal(raw, &value); err != nil || bytes.Equal(bytes.TrimSpace(raw), []byte("null")) {
		return fmt.Errorf("%s is not %s", raw, form)
	}
	*into = value
	return nil
}

func readName(raw json.RawMessage, into *string) error {
	var name string
	if err := read(raw, &name, "an interface's name"); err != nil {
		return err
	}
	if err := utils.ValidateInterfaceName(name); err != nil {
		return fmt.Errorf("%q: %w", name, err)
	}
	*into = name
	return nil
}

func readChoice[T ~string](raw json.RawMessage, into *T, choices ...T) error {
	var value T
	form := fmt.Sprintf("one of %q", choices)
	if err := read(raw, &value, form); err != nil {
		return err
	}
	if !slices.Contains(choices, value) {
		return fmt.Errorf("%q is not %s", value, form)
	}
	*into = value
	return nil
}

func readFolder(raw json.RawMessage, into *string) error {
	var path string
	if err := read(raw, &path, "a path"); err != nil {
		return err
	}
	if !filepath.IsAbs(path) {
		return fmt.Errorf("%q is not an absolute path", path)
	}
	*into = filepath.Clean(path)
	return nil
}

func readSubnets(raw json.RawMessage, into *[]netip.Prefix) error {
	var texts []string
	if err := read(raw, &texts, `a list of subnets such as ["10.43.0.0/16"]`); err != nil {
		return err
	}
	var problems []error
	var subnets []netip.Prefix
	for _, text := range texts {
		subnet, err := parseSubnet(text)
		if err != nil {
			problems = append(problems, err)
		} else if !slices.Contains(subnets, subnet) {
			subnets = append(subnets, subnet)
		}
	}
	if len(problems) == 0 {
		*into = subnets
	}
	return joined(problems...)
}

func readSubnet(raw json.RawMessage, into *netip.Prefix) error {
	var text string
	if err := read(raw, &text, `a subnet such as "192.168.2.0/24"`); err != nil {
		return err
	}
	subnet, err := parseSubnet(text)
	if err == nil {
		*into = subnet
	}
	return err
}

func parseSubnet(text string) (netip.Prefix, error) {
	subnet, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return subnet, fmt.Errorf("%q is not a subnet such as 10.43.0.0/16", text)
	case subnet.Addr().Is4In6():
		return subnet, fmt.Errorf("%q is an IPv4-mapped IPv6 address: write it as IPv4", text)
	case subnet.Bits() == 0:
		return subnet, fmt.Errorf("%q is every address: use defaultRoute", text)
	case subnet.Addr().IsMulticast():
		return subnet, fmt.Errorf("%q is multicast: use the key multicast", text)
	case subnet != subnet.Masked():
		return subnet, fmt.Errorf("%q has bits set behind its prefix: write %s", text, subnet.Masked())
	}
	return subnet, nil
}
