package agent

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/flatlan/flatlan/cni/internal/kube"
	"github.com/flatlan/flatlan/cni/internal/kubetest"
	"github.com/flatlan/flatlan/cni/internal/netlab"
	"github.com/flatlan/flatlan/cni/internal/testenv"
)

func TestMain(m *testing.M) { netlab.Main(m) }

const bound = 20 * time.Second

// A house has a node, which is where the test runs, so that the agent reaches the test's API server:
//
//	router (dnsmasq) eth0 ── uplink, a port of br0 ── net1 of each pod
//	                         br0: 192.168.2.2, agent, API server
type house struct {
	t               *testing.T
	server          *kubetest.Server
	account         kube.Account
	node, router    *netlab.Netns
	cluster         *netlab.Netns
	pods            atomic.Int32
	folder, plugins string
	program, bridge string
	listen          string
	agent           *netlab.Process
}

func newHouse(t *testing.T) *house {
	t.Helper()
	netlab.RequireRoot(t)
	h := &house{t: t, folder: t.TempDir(), bridge: testenv.Tool(t, "cni-bridge"), listen: "127.0.0.1:9479"}
	dnsmasq := testenv.Command(t, "dnsmasq", "dnsmasq-base")
	h.build()
	h.server = kubetest.Start(t)
	// The rights of docs/node-contract.md and no others.
	h.account = h.server.ServiceAccount(t, "flatlan-system", "flatlan-attachments", kubetest.Rule("", "events", "create,patch"))
	testenv.Command(t, "setpriv", "util-linux")
	h.node = netlab.Here(t)
	// As systemd leaves it on a node; the test's own mounts are private.
	h.node.Output(t, "mount", "--bind", "/run/netns", "/run/netns")
	h.node.Output(t, "mount", "--make-shared", "/run/netns")
	t.Cleanup(func() { h.node.Output(t, "umount", "--lazy", "/run/netns") })
	h.router, h.cluster = netlab.New(t, "router"), netlab.New(t, "cluster")
	h.node.Bridge(t, "br0")
	t.Cleanup(func() { h.node.Remove(t, "br0") })
	netlab.Cable(t, h.node, "uplink", h.router, "eth0")
	h.node.Enslave(t, "uplink", "br0")
	h.node.Address(t, "br0", "192.168.2.2/24")
	h.router.Address(t, "eth0", "192.168.2.1/24")
	h.router.Start(t, netlab.Command{Args: []string{dnsmasq, "--keep-in-foreground", "--conf-file=/dev/null", "--user=root",
		"--port=0", "--pid-file=", "--interface=eth0", "--bind-interfaces", "--log-facility=-", "--dhcp-authoritative", "--no-ping",
		"--dhcp-range=192.168.2.100,192.168.2.200,255.255.255.0,1h", "--dhcp-leasefile=" + filepath.Join(h.folder, "leases")}})
	return h
}

// build makes the programs as the image has them: what is measured must not be the race detector's.
func (h *house) build() {
	h.plugins, h.program = filepath.Join(h.folder, "bin"), filepath.Join(h.folder, "flatlan-node")
	commands := filepath.Join(testenv.Repository(h.t), "cni", "cmd")
	command := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", h.folder+"/",
		filepath.Join(commands, "flatlan-node"), filepath.Join(commands, "flatlan-cni"))
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if said, err := command.CombinedOutput(); err != nil {
		h.t.Fatalf("%v\n%s", err, said)
	}
	testenv.Must(h.t, os.Mkdir(h.plugins, 0o755))
	for _, name := range []string{"lan-dhcp", "route-fix"} {
		testenv.Must(h.t, os.Symlink(h.path("flatlan-cni"), filepath.Join(h.plugins, name)))
	}
}

func (h *house) path(name string) string { return filepath.Join(h.folder, name) }

// settings writes agent.json as the kubelet does: at once.
func (h *house) settings(text string) {
	h.t.Helper()
	testenv.Must(h.t, os.WriteFile(h.path("new.json"), []byte(text), 0o600))
	testenv.Must(h.t, os.Rename(h.path("new.json"), h.path("agent.json")))
}

func settingsFor(leases int) string {
	return fmt.Sprintf(`{"leasesPerNode": %d, "leasesPerNamespace": %[1]d, "repairInterval": "1s", "acquireTimeout": "30s",
		"attachments": {"default/layer2-bridge": {"bridge": "br0", "subnet": "192.168.2.0/24", "mtu": 1500,
			"clusterSubnets": ["192.168.7.0/24"], "servers": ["192.168.2.1"]}},
		"pins": {"02:f1:a7:00:00:07": {"namespace": "default", "workload": "pinned"}}}`, leases)
}

// asContainer runs a program as the DaemonSet's container: these capabilities and no others, /proc/sys for reading only,
// mounts of the host seen as they come (HostToContainer).
var asContainer = []string{"unshare", "--mount", "--propagation", "slave", "sh", "-c",
	`mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys && exec "$@"`, "sh",
	"setpriv", "--bounding-set=-all,+net_admin,+net_raw,+sys_admin", "--no-new-privs"}

func (h *house) startAgent() {
	h.t.Helper()
	h.agent = h.node.Start(h.t, netlab.Command{Args: append(slices.Clone(asContainer),
		h.program, "agent", "--node", "node1", "--listen", h.listen,
		"--config", h.path("agent.json"), "--socket", h.path("run/lan-dhcp.sock"), "--state", h.path("state"), "--routes", h.path("state/routes"),
		"--server", h.account.Server, "--service-account", h.account.ServiceAccount)})
	testenv.Eventually(h.t, bound, "the agent is ready", h.ready)
}

func (h *house) get(path string) (int, string, error) {
	client := &http.Client{Timeout: 5 * time.Second}
	response, err := client.Get("http://" + h.listen + path)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

func (h *house) ready() error {
	status, text, err := h.get("/readyz")
	if err == nil && status != http.StatusOK {
		return fmt.Errorf("%d %s", status, text)
	}
	return err
}

// metric is the value of a sample; labels are name=value.
func (h *house) metric(name string, labels ...string) float64 {
	h.t.Helper()
	_, text, err := h.get("/metrics")
	testenv.Must(h.t, err)
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	testenv.Must(h.t, err)
	for _, metric := range families[name].GetMetric() {
		var found []string
		for _, label := range metric.GetLabel() {
			found = append(found, label.GetName()+"="+label.GetValue())
		}
		if strings.Join(found, " ") == strings.Join(labels, " ") {
			return metric.GetGauge().GetValue() + metric.GetCounter().GetValue()
		}
	}
	return -1
}

type event struct {
	InvolvedObject kube.Object
	Reason         string
	Message        string
}

func (h *house) waitEvent(reason string, about kube.Object, says string) {
	h.t.Helper()
	namespace := about.Namespace
	if namespace == "" {
		namespace = "default"
	}
	testenv.Eventually(h.t, bound, "event "+reason, func() error {
		var list struct{ Items []event }
		if err := h.server.Client.Get(h.t.Context(), "/api/v1/namespaces/"+namespace+"/events", nil, &list); err != nil {
			return err
		}
		for _, item := range list.Items {
			if item.Reason == reason && item.InvolvedObject == about && strings.Contains(item.Message, says) {
				return nil
			}
		}
		return fmt.Errorf("events are %+v", list.Items)
	})
}

// A pod is a container with an attachment.
type pod struct {
	house *house
	netns *netlab.Netns
	name  string
}

// newPod makes a sandbox with the cluster's network in it, as Calico does.
func (h *house) newPod(name string) *pod {
	h.t.Helper()
	p := &pod{h, netlab.New(h.t, "pod"), name}
	netlab.Cable(h.t, p.netns, "eth0", h.cluster, name)
	p.netns.Address(h.t, "eth0", fmt.Sprintf("192.168.7.%d/32", h.pods.Add(1)))
	p.netns.Route(h.t, "169.254.1.1/32", "", "eth0")
	p.netns.Route(h.t, "default", "169.254.1.1", "eth0")
	return p
}

func (p *pod) object() kube.Object { return kube.Pod("default", p.name, "uid-"+p.name) }

func (p *pod) call(command, plugin string, config map[string]any) (string, error) {
	config["cniVersion"], config["name"] = "1.0.0", "layer2-bridge"
	text, err := json.Marshal(config)
	testenv.Must(p.house.t, err)
	stdout, stderr, err := p.house.node.Run(netlab.Command{Args: []string{plugin}, Stdin: string(text), Env: []string{
		"CNI_COMMAND=" + command, "CNI_PATH=" + p.house.plugins, "CNI_CONTAINERID=sandbox-" + p.name, "CNI_NETNS=" + p.netns.Path,
		"CNI_IFNAME=net1", "CNI_ARGS=IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=" + p.name + ";K8S_POD_UID=uid-" + p.name}})
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s%s", command, err, stdout, stderr)
	}
	return stdout, nil
}

func (p *pod) lan(command string) (string, error) {
	return p.call(command, p.house.bridge, map[string]any{"type": "bridge", "bridge": "br0", "mtu": 1500,
		"ipam": map[string]any{"type": "lan-dhcp", "daemonSocketPath": p.house.path("run/lan-dhcp.sock")}})
}

// add is what the runtime does with the chain of the contract.
func (p *pod) add() error {
	result, err := p.lan("ADD")
	if err != nil {
		return err
	}
	_, err = p.call("ADD", filepath.Join(p.house.plugins, "route-fix"), map[string]any{"type": "route-fix",
		"statePath": p.house.path("state/routes"), "prevResult": json.RawMessage(result)})
	return err
}

func (p *pod) del() error {
	_, err := p.call("DEL", filepath.Join(p.house.plugins, "route-fix"), map[string]any{"type": "route-fix", "statePath": p.house.path("state/routes")})
	if err != nil {
		return err
	}
	_, err = p.lan("DEL")
	return err
}
