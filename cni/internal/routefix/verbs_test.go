package routefix

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/containernetworking/cni/pkg/types"
	current "github.com/containernetworking/cni/pkg/types/100"

	"github.com/flatlan/flatlan/cni/internal/netlab"
	"github.com/flatlan/flatlan/cni/internal/statefile"
	"github.com/flatlan/flatlan/cni/internal/testenv"
)

var versions = []string{"0.3.1", "0.4.0", "1.0.0", "1.1.0"}

// tables is the pod's whole routing state.
func (h *house) tables(t testing.TB) string {
	t.Helper()
	ip := testenv.Command(t, "ip", "iproute2")
	var text strings.Builder
	for _, family := range []string{"-4", "-6"} {
		output := h.pod.Output(t, ip, family, "rule") + h.pod.Output(t, ip, family, "route", "show", "table", "all")
		for line := range strings.Lines(output) {
			// Comes a second late, after the test for duplicates.
			if !strings.HasPrefix(line, "local fe80:") {
				text.WriteString(line)
			}
		}
	}
	return text.String()
}

func (h *house) records(t testing.TB) []string {
	t.Helper()
	paths, err := statefile.List(h.state)
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func TestEveryVerbOverEveryVersion(t *testing.T) {
	for _, cniVersion := range versions {
		t.Run(cniVersion, func(t *testing.T) {
			h := newHouse(t)
			chain := h.chain(cniVersion, nil)
			before := h.tables(t)
			if cniVersion == "1.1.0" {
				h.must(t, "STATUS", chain)
			}
			result := h.must(t, "ADD", chain)
			if len(result.Interfaces) != 3 || len(result.IPs) != 1 || result.IPs[0].Address.String() != lanAddress+"/24" {
				t.Errorf("result %+v", result)
			}
			var routes []string
			for _, r := range result.Routes {
				routes = append(routes, r.Dst.String())
			}
			if strings.Join(routes, " ") != "224.0.0.0/4 255.255.255.255/32" {
				t.Errorf("routes of the result: %v", routes)
			}
			if cniVersion != "0.3.1" { // CHECK is younger
				h.must(t, "CHECK", chain)
			}
			if paths := h.records(t); len(paths) != 1 {
				t.Errorf("records %v", paths)
			}
			h.must(t, "DEL", chain)
			h.must(t, "DEL", chain)
			if after := h.tables(t); after != before {
				t.Errorf("left in the pod:\n%s\nbefore:\n%s", after, before)
			}
			if paths := h.records(t); len(paths) != 0 {
				t.Errorf("records left: %v", paths)
			}
		})
	}
}

// plugin runs our verb alone, as a runtime does: environment, stdin, stdout.
func (h *house) plugin(t testing.TB, verb, stdin string, environment ...string) (object, error) {
	t.Helper()
	env := append([]string{
		"CNI_COMMAND=" + verb, "CNI_CONTAINERID=sandbox-1", "CNI_NETNS=" + h.pod.Path, "CNI_IFNAME=net1", "CNI_PATH=" + h.plugins,
	}, environment...)
	stdout, stderr, err := h.node.Run(netlab.Command{Args: []string{filepath.Join(h.plugins, "route-fix")}, Stdin: stdin, Env: env})
	var answer object
	if stdout != "" {
		if jsonErr := json.Unmarshal([]byte(stdout), &answer); jsonErr != nil {
			t.Fatalf("%s answered %q: %v", verb, stdout, jsonErr)
		}
	}
	if err != nil {
		message, _ := answer["msg"].(string)
		details, _ := answer["details"].(string)
		return answer, errors.New(message + ": " + details + stderr)
	}
	return answer, nil
}

// checkAlone runs our CHECK without those of the plugins before, which would stop the chain.
func (h *house) checkAlone(t testing.TB, chain object, added *current.Result) error {
	t.Helper()
	conf := object{"cniVersion": chain["cniVersion"], "name": chain["name"]}
	plugins := chain["plugins"].([]object)
	for key, value := range plugins[len(plugins)-1] {
		conf[key] = value
	}
	var err error
	if conf["prevResult"], err = added.GetAsVersion(chain["cniVersion"].(string)); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(conf)
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.plugin(t, "CHECK", string(text))
	return err
}

func TestVersion(t *testing.T) {
	h := newHouse(t)
	answer, err := h.plugin(t, "VERSION", "")
	if err != nil {
		t.Fatal(err)
	}
	supported, _ := answer["supportedVersions"].([]any)
	for _, cniVersion := range versions {
		if !slices.Contains(supported, any(cniVersion)) {
			t.Errorf("%s is not among %v", cniVersion, supported)
		}
	}
}

func TestDelWithoutAnythingToDelete(t *testing.T) {
	h := newHouse(t)
	chain := h.chain("1.0.0", nil)
	h.must(t, "ADD", chain)
	conf := `{"cniVersion":"1.0.0","name":"layer2-bridge","type":"route-fix","statePath":"` + h.state + `"}`
	t.Run("a configuration that is wrong", func(t *testing.T) {
		wrong := strings.Replace(conf, `{`, `{"defaultRoute":"nowhere",`, 1)
		if _, err := h.plugin(t, "DEL", wrong); err != nil {
			t.Error(err)
		}
		if paths := h.records(t); len(paths) != 0 {
			t.Errorf("records left: %v", paths)
		}
		if tables := h.tables(t); strings.Contains(tables, "proto 98") {
			t.Errorf("left in the pod:\n%s", tables)
		}
	})
	t.Run("no interface", func(t *testing.T) {
		if _, err := h.plugin(t, "DEL", conf, "CNI_IFNAME=net7"); err != nil {
			t.Error(err)
		}
	})
	t.Run("no namespace", func(t *testing.T) {
		for _, netns := range []string{"", h.pod.Path + "-gone"} {
			if _, err := h.plugin(t, "DEL", conf, "CNI_NETNS="+netns); err != nil {
				t.Errorf("CNI_NETNS=%s: %v", netns, err)
			}
		}
	})
}

// The namespace goes first when a node reboots; its record must go with the DEL that follows.
func TestDelAfterTheNamespaceRemovesTheRecord(t *testing.T) {
	h := newHouse(t)
	chain := h.chain("1.0.0", nil)
	h.must(t, "ADD", chain)
	h.pod.Delete(t)
	conf := `{"cniVersion":"1.0.0","name":"layer2-bridge","type":"route-fix","statePath":"` + h.state + `"}`
	if _, err := h.plugin(t, "DEL", conf); err != nil {
		t.Error(err)
	}
	if paths := h.records(t); len(paths) != 0 {
		t.Errorf("records left: %v", paths)
	}
}

func TestGCRemovesWhatTheRuntimeNoLongerKnows(t *testing.T) {
	h := newHouse(t)
	h.must(t, "ADD", h.chain("1.1.0", nil))
	for _, record := range []Record{
		{Version: 1, Network: "layer2-bridge", ContainerID: "dead", IfName: "net1", Netns: "/run/netns/dead"},
		{Version: 1, Network: "other", ContainerID: "dead", IfName: "net1", Netns: "/run/netns/dead"},
	} {
		record.Conf.StatePath = h.state
		if err := statefile.Write(record.path(), record); err != nil {
			t.Fatal(err)
		}
	}
	conf := `{"cniVersion":"1.1.0","name":"layer2-bridge","type":"route-fix","statePath":"` + h.state + `",
		"cni.dev/valid-attachments":[{"containerID":"sandbox-1","ifname":"net1"}]}`
	if _, err := h.plugin(t, "GC", conf); err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, path := range h.records(t) {
		record, err := readRecord(path)
		if err != nil {
			t.Fatal(err)
		}
		left = append(left, record.Network+"/"+record.ContainerID)
	}
	slices.Sort(left)
	if strings.Join(left, " ") != "layer2-bridge/sandbox-1 other/dead" {
		t.Errorf("left: %v", left)
	}
}

func TestStatusOfAStatePathThatCannotBe(t *testing.T) {
	h := newHouse(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := h.call(t, "STATUS", h.chain("1.1.0", object{"statePath": file + "/routes"}), "net1")
	wantError(t, err, "statePath", "not a directory")
	var failure *types.Error
	if !errors.As(err, &failure) || failure.Code != types.ErrPluginNotAvailable {
		t.Errorf("the code tells the runtime nothing: %#v", err)
	}
}

func TestAddThatFailsLeavesNothing(t *testing.T) {
	cases := map[string]struct {
		fix, ipam object
		words     []string
	}{
		"several mistakes": {
			fix:   object{"clustersubnets": []string{}, "lanSubnets": []string{"10.1.2.3/8", "x"}, "ipv6": "yes", "multicast": nil},
			words: []string{`unknown key "clustersubnets": write clusterSubnets`, "write 10.0.0.0/8", `"x" is not a subnet`, `"yes" is not one of`, "null is not true or false"},
		},
		"no such cluster interface": {
			fix:   object{"clusterInterface": "ens5"},
			words: []string{"net1 in /run/netns/pod-", "ens5 is not in the pod: set clusterInterface"},
		},
		"the cluster interface is ours": {
			fix:   object{"clusterInterface": "net1"},
			words: []string{"clusterInterface is net1, the interface of this attachment"},
		},
		"a router that is no neighbour": {
			ipam:  object{"type": "static", "addresses": []object{{"address": lanAddress + "/24", "gateway": "192.168.9.1"}}},
			words: []string{"gateway 192.168.9.1 is in no subnet of net1"},
		},
		"no router for the default route": {
			fix:   object{"defaultRoute": "lan"},
			ipam:  object{"type": "static", "addresses": []object{{"address": lanAddress + "/24"}}},
			words: []string{"defaultRoute is lan", "named no gateway"},
		},
		"no router for a LAN subnet": {
			fix:   object{"lanSubnets": []string{"192.168.50.0/24"}},
			ipam:  object{"type": "static", "addresses": []object{{"address": lanAddress + "/24"}}},
			words: []string{"lanSubnets 192.168.50.0/24 needs a gateway"},
		},
		"no address": {
			ipam:  object{},
			words: []string{"net1 has no address and ipv6 is none"},
		},
		"a state path that cannot be": {
			fix:   object{"statePath": "/proc/routes"},
			words: []string{"/proc/routes"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			chain := h.chain("1.0.0", c.fix)
			if c.ipam != nil {
				chain["plugins"].([]object)[0]["ipam"] = c.ipam
			}
			_, err := h.call(t, "ADD", chain, "net1")
			wantError(t, err, append(c.words, "route-fix")...)
			if tables := h.tables(t); strings.Contains(tables, "proto 98") {
				t.Errorf("left in the pod:\n%s", tables)
			}
			if paths := h.records(t); len(paths) != 0 {
				t.Errorf("records left: %v", paths)
			}
		})
	}
}

// A plugin between IPAM and route-fix that takes an address away would leave the pod with rules for an address it lacks.
func TestAddWithoutAnAddressOfTheResult(t *testing.T) {
	h := newHouse(t)
	added := h.must(t, "ADD", withoutFix(h.chain("1.0.0", nil)))
	h.pod.Output(t, testenv.Command(t, "ip", "iproute2"), "addr", "replace", "192.168.2.78/24", "dev", "net1")
	h.pod.Output(t, testenv.Command(t, "ip", "iproute2"), "addr", "del", lanAddress+"/24", "dev", "net1")
	conf := onlyFix(h.chain("1.0.0", nil))["plugins"].([]object)[0]
	conf["cniVersion"], conf["name"], conf["prevResult"] = "1.0.0", "layer2-bridge", added
	stdin, err := json.Marshal(conf)
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.plugin(t, "ADD", string(stdin))
	wantError(t, err, "prevResult gives net1 the address "+lanAddress+"/24", "took it away")
	if len(h.records(t)) != 0 {
		t.Errorf("left is %v", h.records(t))
	}
}

func TestAddOnAnInterfaceThatIsDown(t *testing.T) {
	h := newHouse(t)
	netlab.Cable(t, h.pod, "net1", h.lan, "pod")
	h.pod.Address(t, "net1", lanAddress+"/24")
	h.pod.SetDown(t, "net1")
	_, err := h.plugin(t, "ADD", `{"cniVersion":"1.0.0","name":"n","type":"route-fix","statePath":"`+h.state+`","prevResult":{"cniVersion":"1.0.0"}}`)
	wantError(t, err, "interface net1 is down")
	_, err = h.plugin(t, "ADD", `{"cniVersion":"1.0.0","name":"n","type":"route-fix","statePath":"`+h.state+`"}`)
	wantError(t, err, "no prevResult", "chained")
	_, err = h.plugin(t, "ADD", `{"cniVersion":"1.0.0","name":"n","type":"route-fix","prevResult":{"cniVersion":"1.0.0"}}`, "CNI_NETNS=/run/netns/none")
	wantError(t, err, "/run/netns/none is gone")
}
