package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"path/filepath"
	"slices"
	"strings"

	"github.com/containernetworking/cni/pkg/types"

	"github.com/flatlan/flatlan/cni/internal/cniargs"
	"github.com/flatlan/flatlan/cni/internal/landhcp/client"
)

const (
	// DefaultSocket is where the daemon is found unless the configuration says otherwise.
	DefaultSocket = "/run/flatlan/lan-dhcp.sock"
	// defaultPriority keeps a lease's routes behind the cluster network's, which have metric 0.
	defaultPriority = 500
	// defaultBridge is upstream bridge's own default (plugins/main/bridge, v1.9.1).
	defaultBridge = "cni0"
)

// conf is what lan-dhcp reads from the network configuration around it and from CNI's arguments.
type conf struct {
	Network  string
	Socket   string
	Priority int
	// HostInterface is the host's interface on the same network as the pod: the bridge, or macvlan's master.
	HostInterface string
	// PinnedMAC is the MAC address that the pod requests; nil if it requests none.
	PinnedMAC net.HardwareAddr
	// CNIArgs are the keys of args.cni: what a pod's annotation says to every plugin of the chain.
	CNIArgs []string
	Pod     cniargs.Pod
	Provide []client.Option
	Request []uint8
	Valid   []types.GCAttachment
}

// document is the part of a network configuration that lan-dhcp looks at.
type document struct {
	types.PluginConf
	Bridge        string          `json:"bridge"`
	Master        string          `json:"master"`
	IPAM          json.RawMessage `json:"ipam"`
	RuntimeConfig struct {
		MAC string `json:"mac"`
	} `json:"runtimeConfig"`
	Args struct {
		CNI map[string]json.RawMessage `json:"cni"`
	} `json:"args"`
}

type ipam struct {
	Type             string    `json:"type"`
	DaemonSocketPath string    `json:"daemonSocketPath"`
	Priority         *int      `json:"priority"`
	Provide          []provide `json:"provide"`
	Request          []request `json:"request"`
}

type provide struct {
	Option  string `json:"option"`
	Value   string `json:"value"`
	FromArg string `json:"fromArg"`
}

type request struct {
	SkipDefault bool   `json:"skipDefault"`
	Option      string `json:"option"`
}

// parseConf reads a network configuration with the arguments that came beside it, and tells all that is wrong at once.
func parseConf(data []byte, args string) (conf, error) {
	var doc document
	if err := json.Unmarshal(data, &doc); err != nil {
		return conf{}, fmt.Errorf("network configuration: %w", err)
	}
	var section ipam
	if len(doc.IPAM) == 0 {
		return conf{}, errors.New("network configuration: no ipam section; lan-dhcp is an IPAM plugin, name it in ipam.type of bridge or macvlan")
	}
	strict := json.NewDecoder(bytes.NewReader(doc.IPAM))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&section); err != nil {
		return conf{}, fmt.Errorf("network configuration: ipam: %w (lan-dhcp knows type, daemonSocketPath, priority, provide and request)", err)
	}

	var problems []error
	problem := func(format string, values ...any) { problems = append(problems, fmt.Errorf(format, values...)) }
	arguments := cniargs.Parse(args)
	result := conf{
		Network:       doc.Name,
		Socket:        section.DaemonSocketPath,
		Priority:      defaultPriority,
		HostInterface: hostInterface(doc),
		CNIArgs:       slices.Sorted(maps.Keys(doc.Args.CNI)),
		Pod:           cniargs.PodOf(arguments),
		Valid:         doc.ValidAttachments,
	}
	if result.Network == "" {
		problem("name is missing")
	}
	if result.Socket == "" {
		result.Socket = DefaultSocket
	} else if !filepath.IsAbs(result.Socket) {
		problem("ipam.daemonSocketPath %q is not absolute", result.Socket)
	}
	if section.Priority != nil {
		result.Priority = *section.Priority
	}
	if result.Priority < 0 {
		problem("ipam.priority %d is negative; it is the metric of routes", result.Priority)
	}
	if mac, err := pinnedMAC(doc, arguments); err != nil {
		problem("%w", err)
	} else {
		result.PinnedMAC = mac
	}
	var err error
	if result.Provide, err = parseProvide(section.Provide, arguments); err != nil {
		problems = append(problems, err)
	}
	if result.Request, err = parseRequest(section.Request); err != nil {
		problems = append(problems, err)
	}
	if len(problems) > 0 {
		return conf{}, fmt.Errorf("network configuration: %w", joined(problems))
	}
	return result, nil
}

// networkName is the only key that DEL needs.
func networkName(data []byte) (string, error) {
	var doc struct {
		Name string `json:"name"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		return "", fmt.Errorf("network configuration: %w", err)
	}
	return doc.Name, nil
}

func hostInterface(doc document) string {
	switch {
	case doc.Master != "":
		return doc.Master
	case doc.Bridge != "":
		return doc.Bridge
	case doc.Type == "bridge":
		return defaultBridge
	}
	return ""
}

// pinnedMAC looks where upstream's bridge looks, in its order (plugins/main/bridge/bridge.go, loadNetConf, v1.9.1).
func pinnedMAC(doc document, arguments map[string]string) (net.HardwareAddr, error) {
	var inArgs string
	for _, key := range slices.Sorted(maps.Keys(doc.Args.CNI)) {
		if strings.EqualFold(key, "mac") && json.Unmarshal(doc.Args.CNI[key], &inArgs) != nil {
			return nil, fmt.Errorf("args.cni.%s is not a string", key)
		}
	}
	for _, place := range []struct{ name, value string }{
		{"runtimeConfig.mac", doc.RuntimeConfig.MAC},
		{"args.cni.mac", inArgs},
		{"MAC of CNI_ARGS", arguments["MAC"]},
	} {
		if place.value == "" {
			continue
		}
		mac, err := net.ParseMAC(place.value)
		if err != nil || len(mac) != 6 || mac[0]&1 != 0 {
			return nil, fmt.Errorf("%s %q is not a unicast Ethernet address", place.name, place.value)
		}
		return mac, nil
	}
	return nil, nil
}

// joined is errors.Join on one line: a CNI error is shown in one.
func joined(problems []error) error {
	texts := make([]string, len(problems))
	for i, problem := range problems {
		texts[i] = problem.Error()
	}
	return errors.New(strings.Join(slices.Compact(texts), "; "))
}
