package bridge

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
)

// Settings are bridge.json: one conflist for all nodes, and what each node has in its place.
//
//	conflist: {name, plugins: [{type: bridge, ...}, {type: portmap, ...}]}
//	nodes:    {node1: {bridge: br0, ipam: {ranges: ...}}}   ──> over the first plugin
type Settings struct {
	File     string                     `json:"file"`
	Conflist map[string]any             `json:"conflist"`
	Nodes    map[string]json.RawMessage `json:"nodes"`
}

// An own is what is read of a node's plugin, to compare it with the node.
type own struct {
	Bridge string `json:"bridge"`
	MTU    int    `json:"mtu"`
	IPAM   struct {
		Ranges [][]struct {
			Subnet     netip.Prefix `json:"subnet"`
			RangeStart netip.Addr   `json:"rangeStart"`
			RangeEnd   netip.Addr   `json:"rangeEnd"`
			Gateway    netip.Addr   `json:"gateway"`
		} `json:"ranges"`
	} `json:"ipam"`
}

func (o own) gateway() netip.Addr { return o.IPAM.Ranges[0][0].Gateway }

// A conflist of one node.
type conflist struct {
	name string
	text []byte
	own  own
}

func readSettings(path string) (Settings, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Settings{}, fmt.Errorf("no settings: %w; mount the chart's ConfigMap there", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	decoder.UseNumber()
	var settings Settings
	if err := decoder.Decode(&settings); err != nil {
		return Settings{}, fmt.Errorf("%s: %w; write it by the chart's values", path, err)
	}
	if filepath.Base(settings.File) != settings.File || filepath.Ext(settings.File) != ".conflist" {
		return Settings{}, fmt.Errorf("%s: file is %q; give the name of a .conflist", path, settings.File)
	}
	return settings, nil
}

// of makes the conflist of a node; false for a node that the plan does not have.
func (s Settings) of(node string) (conflist, bool, error) {
	raw, known := s.Nodes[node]
	if !known {
		return conflist{}, false, nil
	}
	made, err := s.make(raw)
	if err != nil {
		return conflist{}, true, fmt.Errorf("settings of node %s: %w; correct the chart's values", node, err)
	}
	return made, true, nil
}

func (s Settings) make(raw json.RawMessage) (conflist, error) {
	list := maps.Clone(s.Conflist)
	name, _ := list["name"].(string)
	plugins, _ := list["plugins"].([]any)
	if name == "" || len(plugins) == 0 {
		return conflist{}, errors.New("conflist has no name, or no plugins")
	}
	first, _ := plugins[0].(map[string]any)
	if first["type"] != "bridge" {
		return conflist{}, fmt.Errorf("the first plugin is of type %v; it must be bridge", first["type"])
	}
	var part map[string]any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(&part); err != nil {
		return conflist{}, err
	}
	merged := over(first, part)
	list["plugins"] = append([]any{merged}, plugins[1:]...)
	own, err := ownOf(merged)
	if err != nil {
		return conflist{}, err
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err = encoder.Encode(list)
	return conflist{name: name, text: text.Bytes(), own: own}, err
}

// over lays one map over another, and their maps likewise.
func over(below, above map[string]any) map[string]any {
	result := maps.Clone(below)
	for key, value := range above {
		lower, isMap := result[key].(map[string]any)
		upper, bothMaps := value.(map[string]any)
		if isMap && bothMaps {
			value = over(lower, upper)
		}
		result[key] = value
	}
	return result
}

// ownOf refuses what upstream's plugins would refuse at each ADD, or worse, not.
func ownOf(plugin map[string]any) (own, error) {
	text, err := json.Marshal(plugin)
	if err != nil {
		return own{}, err
	}
	var found own
	if err := json.Unmarshal(text, &found); err != nil {
		return own{}, err
	}
	if found.Bridge == "" || len(found.IPAM.Ranges) != 1 || len(found.IPAM.Ranges[0]) != 1 {
		return own{}, errors.New("it needs a bridge and one range")
	}
	r := found.IPAM.Ranges[0][0]
	switch {
	case !r.Gateway.IsValid() || !r.Subnet.Contains(r.Gateway):
		return own{}, fmt.Errorf("gateway %s is not in %s", r.Gateway, r.Subnet)
	case !r.Subnet.Contains(r.RangeStart) || !r.Subnet.Contains(r.RangeEnd) || r.RangeEnd.Less(r.RangeStart):
		return own{}, fmt.Errorf("range %s to %s is not in %s", r.RangeStart, r.RangeEnd, r.Subnet)
	case !r.Gateway.Less(r.RangeStart) && !r.RangeEnd.Less(r.Gateway):
		return own{}, fmt.Errorf("range %s to %s contains the node's own address %s", r.RangeStart, r.RangeEnd, r.Gateway)
	}
	return found, nil
}
