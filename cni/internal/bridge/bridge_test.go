package bridge

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flatlan/flatlan/cni/internal/kube"
	"github.com/flatlan/flatlan/cni/internal/kubetest"
	"github.com/flatlan/flatlan/cni/internal/netlab"
	"github.com/flatlan/flatlan/cni/internal/testenv"
)

const (
	bound = 20 * time.Second
	file  = "10-flatlan.conflist"
)

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "bridge" {
		os.Exit(Main(os.Args[1:]))
	}
	netlab.Main(m)
}

// settings of nodes 1 to count; the last address of each range tells one version from another.
func settings(count, last int) string {
	nodes := map[string]any{}
	for n := 1; n <= count; n++ {
		nodes[fmt.Sprintf("node%d", n)] = map[string]any{"bridge": "br0", "ipam": map[string]any{"ranges": [][]any{{map[string]string{
			"subnet": "10.10.0.0/16", "gateway": fmt.Sprintf("10.10.%d.0", n),
			"rangeStart": fmt.Sprintf("10.10.%d.1", n), "rangeEnd": fmt.Sprintf("10.10.%d.%d", n, last)}}}}}
	}
	text, _ := json.Marshal(map[string]any{"file": file, "nodes": nodes, "conflist": map[string]any{
		"cniVersion": "1.0.0", "name": "flatlan", "plugins": []any{
			map[string]any{"type": "bridge", "promiscMode": true, "mtu": 1500, "ipam": map[string]any{
				"type": "host-local", "dataDir": "/run/cni/networks", "routes": []any{map[string]string{"dst": "0.0.0.0/0"}}}},
			map[string]any{"type": "portmap", "capabilities": map[string]bool{"portMappings": true}}}}})
	return string(text)
}

const conflistOfNode2 = `{
  "cniVersion": "1.0.0",
  "name": "flatlan",
  "plugins": [
    {
      "bridge": "br0",
      "ipam": {
        "dataDir": "/run/cni/networks",
        "ranges": [
          [
            {
              "gateway": "10.10.2.0",
              "rangeEnd": "10.10.2.101",
              "rangeStart": "10.10.2.1",
              "subnet": "10.10.0.0/16"
            }
          ]
        ],
        "routes": [
          {
            "dst": "0.0.0.0/0"
          }
        ],
        "type": "host-local"
      },
      "mtu": 1500,
      "promiscMode": true,
      "type": "bridge"
    },
    {
      "capabilities": {
        "portMappings": true
      },
      "type": "portmap"
    }
  ]
}
`

// A node with folders of its own, and its keeper.
func keeper(t *testing.T, node string) *Keeper {
	t.Helper()
	folder := t.TempDir()
	config := filepath.Join(folder, "bridge.json")
	write(t, config, settings(3, 101))
	conf := filepath.Join(folder, "net.d")
	testenv.Must(t, os.Mkdir(conf, 0o755))
	return &Keeper{ConfDir: conf, Config: config, Node: node, DaemonSet: "flatlan-system/flatlan-bridge",
		Account: kube.Account{Server: "https://127.0.0.1:1", ServiceAccount: folder},
		Log:     slog.New(slog.NewJSONHandler(io.Discard, nil)), poll: time.Millisecond, farewell: time.Millisecond}
}

func write(t testing.TB, path, text string) {
	t.Helper()
	testenv.Must(t, os.WriteFile(path, []byte(text), 0o644))
}

// Kubelet exchanges the files of a ConfigMap by a rename too.
func exchange(t testing.TB, path, text string) {
	t.Helper()
	write(t, path+".new", text)
	testenv.Must(t, os.Rename(path+".new", path))
}

func (k *Keeper) run(t *testing.T) func() {
	t.Helper()
	return testenv.Started(t, bound, k.Run)
}

func (k *Keeper) installed() string {
	text, _ := os.ReadFile(filepath.Join(k.ConfDir, file))
	return string(text)
}

// says waits until the keeper is not ready for a reason.
func (k *Keeper) says(t *testing.T, parts ...string) {
	t.Helper()
	testenv.Eventually(t, bound, strings.Join(parts, " "), func() error {
		state := fmt.Sprint(k.Ready())
		for _, part := range parts {
			if !strings.Contains(state, part) {
				return fmt.Errorf("it says %q", state)
			}
		}
		return nil
	})
}

func (k *Keeper) ready(t *testing.T) {
	t.Helper()
	testenv.Eventually(t, bound, "ready", k.Ready)
}

// lan is the node's side of the plan: a bridge with a port that leads to the switch.
func lan(t *testing.T, address string) *netlab.Netns {
	t.Helper()
	here, other := netlab.Here(t), netlab.New(t, "switch")
	here.Bridge(t, "br0")
	t.Cleanup(func() { here.Remove(t, "br0") })
	netlab.Cable(t, here, "eth1", other, "node")
	t.Cleanup(func() { here.Remove(t, "eth1") })
	here.Enslave(t, "eth1", "br0")
	if address != "" {
		here.Address(t, "br0", address)
	}
	return here
}

func TestTheConflistOfANode(t *testing.T) {
	lan(t, "10.10.2.0/16")
	k := keeper(t, "node2")
	write(t, filepath.Join(k.ConfDir, ".flatlan-partial-7"), "half")
	end := k.run(t)
	k.ready(t)
	if got := k.installed(); got != conflistOfNode2 {
		t.Errorf("conflist: %s", got)
	}
	write(t, filepath.Join(k.ConfDir, file), "{")
	testenv.Within(t, bound, "a damaged file is put right", func() bool { return k.installed() == conflistOfNode2 })
	testenv.Must(t, os.Remove(filepath.Join(k.ConfDir, file)))
	testenv.Within(t, bound, "a removed file is back", func() bool { return k.installed() == conflistOfNode2 })
	exchange(t, k.Config, settings(3, 50))
	testenv.Within(t, bound, "other settings are followed", func() bool { return strings.Contains(k.installed(), `"10.10.2.50"`) })
	exchange(t, k.Config, "{")
	k.says(t, "bridge.json")
	if !strings.Contains(k.installed(), `"10.10.2.50"`) {
		t.Error("settings that cannot be read took the file away")
	}
	end()
	if k.installed() == "" {
		t.Error("without an answer of the API server the file must stay")
	}
	if entries, _ := os.ReadDir(k.ConfDir); len(entries) != 1 {
		t.Errorf("left %v", entries)
	}
}

func TestANodeThatIsNotInThePlan(t *testing.T) {
	lan(t, "10.10.3.0/16")
	k := keeper(t, "node9")
	end := k.run(t)
	k.says(t, "node node9 is not in the plan", "add it under nodes")
	if k.installed() != "" {
		t.Error("it has a conflist")
	}
	end()
	k = keeper(t, "node3")
	end = k.run(t)
	defer end()
	k.ready(t)
	exchange(t, k.Config, settings(2, 101))
	k.says(t, "node node3 is not in the plan")
	testenv.Within(t, bound, "a node that left the plan loses its file", func() bool { return k.installed() == "" })
}

func TestWaitsForTheBridge(t *testing.T) {
	here := netlab.Here(t)
	k := keeper(t, "node2")
	defer k.run(t)()
	k.says(t, "there is no interface br0")
	lan(t, "10.10.7.0/16")
	k.says(t, "br0 has no address in 10.10.2.0/32")
	if k.installed() != "" {
		t.Error("upstream's plugin would make a bridge of its own")
	}
	here.Address(t, "br0", "10.10.2.0/16")
	k.ready(t)
	if k.installed() != conflistOfNode2 {
		t.Error("no conflist")
	}
}

func TestAnotherNetworkBeforeIt(t *testing.T) {
	lan(t, "10.10.2.0/16")
	k := keeper(t, "node2")
	flannel := filepath.Join(k.ConfDir, "05-flannel.conflist")
	write(t, flannel, `{"name":"cbr0","plugins":[{"type":"flannel"}]}`)
	write(t, filepath.Join(k.ConfDir, "87-podman.conflist"), `{"name":"podman","plugins":[{"type":"bridge"}]}`)
	defer k.run(t)()
	k.says(t, "05-flannel.conflist sorts before 10-flatlan.conflist", "uninstall what wrote it")
	if k.installed() != "" {
		t.Error("written all the same")
	}
	testenv.Must(t, os.Remove(flannel))
	k.ready(t)
	write(t, filepath.Join(k.ConfDir, "0-multus.conf"), `{"type":"multus","clusterNetwork":"flatlan"}`)
	write(t, filepath.Join(k.ConfDir, "00-multus.conf"), `{"type":"multus","clusterNetwork":"cbr0"}`)
	k.says(t, "00-multus.conf sorts before")
	if strings.Contains(fmt.Sprint(k.Ready()), "0-multus.conf sorts") && !strings.Contains(fmt.Sprint(k.Ready()), "00-multus.conf") {
		t.Error("Multus that delegates to it is refused")
	}
	testenv.Must(t, os.Remove(filepath.Join(k.ConfDir, "00-multus.conf")))
	k.ready(t)
}

func TestSettingsThatCannotWork(t *testing.T) {
	good := settings(1, 101)
	for from, c := range map[string]struct{ to, says string }{
		`"gateway":"10.10.1.0"`:    {`"gateway":"10.11.1.0"`, "gateway 10.11.1.0 is not in 10.10.0.0/16"},
		`"rangeStart":"10.10.1.1"`: {`"rangeStart":"10.10.1.0"`, "contains the node's own address 10.10.1.0"},
		`"rangeEnd":"10.10.1.101"`: {`"rangeEnd":"10.10.0.7"`, "range 10.10.1.1 to 10.10.0.7"},
		`"type":"bridge"`:          {`"type":"macvlan"`, "it must be bridge"},
		`"bridge":"br0",`:          {``, "it needs a bridge"},
		`"name":"flatlan",`:        {``, "conflist has no name"},
		`10-flatlan.conflist`:      {`../x.conflist`, "give the name of a .conflist"},
		`"nodes"`:                  {`"nodez"`, "nodez"},
	} {
		if !strings.Contains(good, from) {
			t.Fatalf("%s is not in the settings", from)
		}
		path := filepath.Join(t.TempDir(), "bridge.json")
		write(t, path, strings.Replace(good, from, c.to, 1))
		parsed, err := readSettings(path)
		if err == nil {
			_, _, err = parsed.of("node1")
		}
		testenv.Fails(t, err, c.says)
	}
}

func TestWrongFlags(t *testing.T) {
	account := kube.Account{Server: "https://a"}
	testenv.Fails(t, (&Keeper{DaemonSet: "a/b", Account: account}).Check(), "NODE_NAME")
	testenv.Fails(t, (&Keeper{Node: "n", DaemonSet: "b", Account: account}).Check(), "give namespace/name")
}

// The end of the pod, against a real API server, with the rights of docs/rbac.md and no others.
func TestTheEnd(t *testing.T) {
	const (
		daemonSets = "/apis/apps/v1/namespaces/flatlan-system/daemonsets/"
		accounts   = "/api/v1/namespaces/flatlan-system/serviceaccounts/"
		bindings   = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/"
		name       = "flatlan-bridge"
	)
	server := kubetest.Start(t)
	lan(t, "10.10.2.0/16")
	for _, c := range []struct {
		what  string
		event func()
		stays bool
	}{
		{"a rolling restart", func() {}, true},
		{"uninstalled", func() {
			server.Delete(t, daemonSets+name)
			server.Delete(t, bindings+name)
			server.Delete(t, accounts+name)
		}, false},
		// Last, since it waits for a garbage collector that is not there.
		{"being deleted", func() {
			testenv.Must(t, server.Client.Do(t.Context(), kube.Request{Method: http.MethodDelete, Path: daemonSets + name,
				Query: map[string][]string{"propagationPolicy": {"Foreground"}}}, nil))
		}, false},
	} {
		t.Run(c.what, func(t *testing.T) {
			k := keeper(t, "node2")
			k.farewell = 2 * time.Second
			k.Account = server.ServiceAccount(t, "flatlan-system", name, kubetest.Rule("apps", "daemonsets", "get"))
			server.Apply(t, daemonSets+name, daemonSet(name))
			end := k.run(t)
			k.ready(t)
			c.event()
			end()
			if stays := k.installed() != ""; stays != c.stays {
				t.Errorf("the conflist is on the node: %v", stays)
			}
		})
	}
}

func daemonSet(name string) map[string]any {
	labels := map[string]any{"app": name}
	return kubetest.Object("apps/v1", "DaemonSet", "flatlan-system", name, map[string]any{"spec": map[string]any{
		"selector": map[string]any{"matchLabels": labels},
		"template": map[string]any{
			"metadata": map[string]any{"labels": labels},
			"spec":     map[string]any{"containers": []any{map[string]any{"name": "bridge", "image": "example.org/bridge:1"}}},
		},
	}})
}
