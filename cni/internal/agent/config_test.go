package agent

import (
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/flatlan/flatlan/cni/internal/landhcp/client"
	"github.com/flatlan/flatlan/cni/internal/landhcp/server"
	"github.com/flatlan/flatlan/cni/internal/preflight"
)

func TestTheFileOfTheContract(t *testing.T) {
	file, err := parseFile([]byte(`{"leasesPerNode": 8, "leasesPerNamespace": 6, "leasesPerPod": 2,
		"acquireTimeout": "20s", "arpProbe": "100ms", "repairInterval": "1m",
		"attachments": {"default/layer2-bridge": {"bridge": "br0", "subnet": "192.168.2.0/24", "mtu": 1500,
			"clusterSubnets": ["192.168.7.0/24"], "otherSubnets": ["192.168.2.1/32"], "lanSubnets": ["192.168.50.0/24"], "servers": ["192.168.2.1"],
			"nodes": ["a", "b"], "withoutAddress": ["b"]}},
		"access": {"default/layer2-bridge": ["default", "smarthome"]},
		"pins": {"02:f1:a7:00:00:01": {"namespace": "smarthome", "workload": "home-assistant"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := File{
		Limits: server.Limits{LeasesPerNode: 8, LeasesPerNamespace: 6, LeasesPerPod: 2,
			AcquireTimeout: 20 * time.Second, ARPProbe: 100 * time.Millisecond},
		RepairInterval: time.Minute,
		Attachments: map[string]Attachment{"default/layer2-bridge": {Attachment: preflight.Attachment{Bridge: "br0",
			Subnet: netip.MustParsePrefix("192.168.2.0/24"), MTU: 1500}, nodes: []string{"a", "b"}, withoutAddress: []string{"b"}}},
		Policy: server.Policy{
			Attachments: map[string]client.AttachmentPolicy{"default/layer2-bridge": {Bridge: "br0", Subnet: netip.MustParsePrefix("192.168.2.0/24"),
				ClusterSubnets: []netip.Prefix{netip.MustParsePrefix("192.168.7.0/24")}, OtherSubnets: []netip.Prefix{netip.MustParsePrefix("192.168.2.1/32")},
				LANSubnets: []netip.Prefix{netip.MustParsePrefix("192.168.50.0/24")}, Servers: []netip.Addr{netip.MustParseAddr("192.168.2.1")}}},
			Access: map[string][]string{"default/layer2-bridge": {"default", "smarthome"}},
			Pins:   map[string]server.Pin{"02:f1:a7:00:00:01": {Namespace: "smarthome", Workload: "home-assistant"}},
		},
	}
	if !reflect.DeepEqual(file, want) {
		t.Errorf("read %+v", file)
	}
}

// Nodes of another site have no bridge of this attachment, or one of the same name that leads elsewhere.
func TestANodeCarriesWhatItHasTheBridgeOf(t *testing.T) {
	file, err := parseFile([]byte(`{"attachments": {
		"default/lan": {"bridge": "br0", "subnet": "192.168.2.0/24", "mtu": 1500, "nodes": ["a", "b"], "withoutAddress": ["b"]},
		"default/iot": {"bridge": "br70", "subnet": "192.168.70.0/24", "mtu": 1500, "withoutAddress": ["a", "c"]}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for node, want := range map[string]map[string]bool{
		"a": {"default/lan": false, "default/iot": true}, "b": {"default/lan": true, "default/iot": false}, "c": {"default/iot": true},
		// Outside of a cluster the name is not known.
		"": {"default/lan": false, "default/iot": false},
	} {
		got := map[string]bool{}
		for name, one := range file.carriedBy(node) {
			got[name] = one.WithoutAddress
		}
		if !maps.Equal(got, want) {
			t.Errorf("node %q carries %v (without an address), not %v", node, got, want)
		}
	}
}

func TestDefaults(t *testing.T) {
	file, err := parseFile([]byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	if file.Limits != server.DefaultLimits || file.RepairInterval != 30*time.Second || len(file.Attachments) != 0 {
		t.Errorf("read %+v", file)
	}
}

func TestMistakesInTheFile(t *testing.T) {
	for text, says := range map[string][]string{
		``:                           {"EOF"},
		`{"leases": 3}`:              {`unknown field "leases"`},
		`{} {}`:                      {"something after the settings"},
		`{"leasesPerNode": 0}`:       {"leasesPerNode 0"},
		`{"acquireTimeout": 15}`:     {`15 is not a duration; write it as "15s"`},
		`{"arpProbe": "fast"}`:       {`"fast" is not a duration`},
		`{"repairInterval": "10ms"}`: {"repairInterval 10ms is not between 1s and 1h0m0s"},
		`{"repairInterval": "61m"}`:  {"repairInterval 1h1m0s is not between 1s and 1h0m0s"},
		`{"attachments": {"a/b": {"bridge": "."}, "a/c": {"bridge": ".."}, "a/d": {"bridge": "br 0"}}}`: {
			`bridge "." is no`, `bridge ".." is no`, `bridge "br 0" is no`},
		`{"leasesPerNode": -1, "acquireTimeout": "1ms", "attachments": {"layer2": {"bridge": "a/b", "subnet": "192.168.2.7/24", "mtu": -1}}}`: {
			"leasesPerNode -1", "acquireTimeout 1ms", `"layer2" is not of the form namespace/name`, `bridge "a/b"`, "write 192.168.2.0/24", "mtu -1"},
		`{"attachments": {"a/b": null}}`:                              {`bridge ""`},
		`{"attachments": {"a/b": {"bridge": "a-much-too-long-one"}}}`: {"is not an interface name"},
		`{"attachments": {"a/b": {"bridge": "br0", "subnet": "x"}}}`:  {"x"},
		`{"attachments": {"a/b": {"bridge": "br0"}}}`:                 {`"a/b": subnet`, "is not an IPv4 subnet"},
		`{"attachments": {"a/b": {"bridge": "br0", "subnet": "10.0.0.0/8", "otherSubnets": ["10.1.1.1/16"], "servers": ["0.0.0.0"]},
			"c/b": {"bridge": "br0", "subnet": "10.0.0.0/8"}}, "access": {"a/x": ["a"], "a/b": []}, "pins": {"2:F1": {"namespace": "a"}}}`: {
			"otherSubnets 10.1.1.1/16 has host bits; write 10.1.0.0/16", "servers: 0.0.0.0 is not a server's", `"a/b" and "c/b" are one CNI network`,
			`access "a/x": there is no such attachment`, `access "a/b": a list of namespaces`, `"2:F1" is not a unicast Ethernet address`, "namespace and workload"},
		`{"leasesPerPod": 0, "leasesPerNamespace": 0}`: {"leasesPerPod 0", "leasesPerNamespace 0"},
	} {
		_, err := parseFile([]byte(text))
		if err == nil {
			t.Errorf("%s: no error", text)
			continue
		}
		for _, want := range says {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %q does not say %q", text, err, want)
			}
		}
	}
	path := filepath.Join(t.TempDir(), "agent.json")
	if _, err := ReadFile(path); err == nil || !strings.Contains(err.Error(), "mount the chart's ConfigMap there") {
		t.Errorf("no file: %v", err)
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFile(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("half a file: %v", err)
	}
}

func FuzzFile(f *testing.F) {
	f.Add(`{"attachments": {"default/layer2-bridge": {"bridge": "br0", "subnet": "192.168.2.0/24", "mtu": 1500}}}`)
	f.Add(`{"acquireTimeout": "15s"}`)
	f.Fuzz(func(t *testing.T, text string) {
		file, err := parseFile([]byte(text))
		if err == nil && (file.Limits.Check() != nil || file.RepairInterval < shortestRepair) {
			t.Errorf("took %+v", file)
		}
	})
}

func TestQualifiedNames(t *testing.T) {
	one := File{Attachments: map[string]Attachment{"default/lan": {}, "iot/lan2": {}}}
	two := File{Attachments: map[string]Attachment{"default/lan": {}, "iot/lan": {}}}
	for _, c := range []struct {
		file          File
		network, want string
	}{{one, "lan", "default/lan"}, {one, "lan2", "iot/lan2"}, {one, "an", "an"}, {two, "lan", "lan"}, {File{}, "lan", "lan"}} {
		if got := qualified(c.file, c.network); got != c.want {
			t.Errorf("%s is %s", c.network, got)
		}
	}
}
