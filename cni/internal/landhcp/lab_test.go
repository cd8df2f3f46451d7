package landhcp

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	current "github.com/containernetworking/cni/pkg/types/100"
	"github.com/containernetworking/cni/pkg/types/create"

	"github.com/flatlan/flatlan/cni/internal/landhcp/dhcptest"
	"github.com/flatlan/flatlan/cni/internal/netlab"
	"github.com/flatlan/flatlan/cni/internal/testenv"
)

// The test binary is the daemon, too, with the race detector if the tests have it: it takes its role from its name, as
// flatlan-cni does. The plugins are the real program: with the race detector each call would take half a second.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "lan-dhcp" {
		os.Exit(Main(os.Args[1:]))
	}
	netlab.Main(m)
}

// A house is a LAN with a router, a device, and a node whose pods upstream's bridge plugin connects:
//
//	router eth0 ── br0 of lan ── uplink, a port of br0 of node ── net1 of each pod
//	device eth0 ──┘
type house struct {
	t                         testing.TB
	router, lan, device, node *netlab.Netns
	plugins                   string
	bridge                    string
	folder                    string
	serverPort                string // of the router
	socket, state, routes     string
	daemon                    *netlab.Process
	pods                      atomic.Int32
}

func newHouse(t testing.TB) *house {
	t.Helper()
	netlab.RequireRoot(t)
	h := &house{t: t, bridge: testenv.Tool(t, "cni-bridge"), folder: t.TempDir(), serverPort: "eth0"}
	h.router, h.lan, h.device, h.node = netlab.New(t, "router"), netlab.New(t, "lan"), netlab.New(t, "device"), netlab.New(t, "node")
	h.lan.Bridge(t, "br0")
	h.node.Bridge(t, "br0")
	netlab.Cable(t, h.router, "eth0", h.lan, "router")
	netlab.Cable(t, h.device, "eth0", h.lan, "device")
	netlab.Cable(t, h.node, "uplink", h.lan, "node")
	for _, port := range []string{"router", "device", "node"} {
		h.lan.Enslave(t, port, "br0")
	}
	h.node.Enslave(t, "uplink", "br0")
	h.router.Address(t, "eth0", dhcptest.Router+"/24")
	h.device.Address(t, "eth0", "192.168.2.9/24")
	h.node.Address(t, "br0", "192.168.2.2/24")

	h.plugins = filepath.Join(h.folder, "bin")
	h.state, h.socket = filepath.Join(h.folder, "state"), filepath.Join(h.folder, "run", "lan-dhcp.sock")
	h.routes = filepath.Join(h.folder, "routes")
	self, err := os.Executable()
	if err == nil {
		err = errors.Join(os.Mkdir(h.plugins, 0o755),
			os.Symlink(self, filepath.Join(h.folder, "lan-dhcp")),
			os.Symlink(product(t), filepath.Join(h.plugins, "lan-dhcp")),
			os.Symlink(product(t), filepath.Join(h.plugins, "route-fix")))
	}
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// product builds what the image carries, once.
func product(t testing.TB) string {
	t.Helper()
	program, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return program
}

var build = sync.OnceValues(func() (string, error) {
	module, err := filepath.Abs("../..")
	if err != nil {
		return "", err
	}
	program := filepath.Join(buildFolder, "flatlan-cni")
	command := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", program, "./cmd/flatlan-cni")
	command.Dir, command.Env = module, append(os.Environ(), "CGO_ENABLED=0")
	if output, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, output)
	}
	return program, nil
})

// buildFolder is in the tests' own /run, which goes with them.
const buildFolder = "/run"

// startDaemon starts the daemon and waits until plugins reach it.
func (h *house) startDaemon(flags ...string) *netlab.Process {
	h.t.Helper()
	// No more rights than the daemon's container has (docs/node-contract.md).
	rights := "-all,+net_admin,+net_raw,+sys_admin"
	args := append([]string{
		testenv.Command(h.t, "setpriv", "util-linux"), "--bounding-set=" + rights, "--inh-caps=" + rights,
		filepath.Join(h.folder, "lan-dhcp"), "daemon", "--socket", h.socket, "--state", h.state, "--routes", h.routes,
		// All pods of these tests are in one namespace.
		"--leases-per-namespace=200",
	}, flags...)
	h.daemon = h.node.Start(h.t, netlab.Command{Args: args})
	testenv.Eventually(h.t, 10*time.Second, "the daemon serves", func() error {
		if !strings.Contains(h.daemon.Output(), `"msg":"serving"`) {
			return fmt.Errorf("it wrote: %s", h.daemon.Output())
		}
		return nil
	})
	return h.daemon
}

// stopDaemon ends it as kubelet does, and sees that it ended well.
func (h *house) stopDaemon() {
	h.t.Helper()
	h.daemon.Stop(h.t)
	if err := h.daemon.Err(); err != nil {
		h.t.Errorf("the daemon ended with %v:\n%s", err, h.daemon.Output())
	}
}

// A pod is a container whose net1 the bridge plugin makes.
type pod struct {
	house       *house
	netns       *netlab.Netns
	name        string
	containerID string
	ifName      string
	bridge      string
	program     string // another IPAM plugin than ours
	mac         string // pinned
	version     string
	ipam        map[string]any
	valid       []map[string]string // for GC
	address     netip.Prefix
	result      *current.Result
}

func (h *house) newPod(name string) *pod {
	h.t.Helper()
	return &pod{house: h, netns: netlab.New(h.t, "pod"), name: name, containerID: fmt.Sprintf("sandbox-%d", h.pods.Add(1)), version: "1.0.0", ifName: "net1", bridge: "br0"}
}

func (p *pod) config() string {
	ipam := map[string]any{"type": "lan-dhcp", "daemonSocketPath": p.house.socket}
	for key, value := range p.ipam {
		ipam[key] = value
	}
	config := map[string]any{
		"cniVersion": p.version, "name": "layer2-bridge", "type": "bridge", "bridge": p.bridge, "mtu": 1500,
		"capabilities": map[string]bool{"mac": true}, "ipam": ipam,
	}
	if p.mac != "" {
		config["runtimeConfig"] = map[string]any{"mac": p.mac}
	}
	if p.valid != nil {
		config["cni.dev/valid-attachments"] = p.valid
	}
	text, _ := json.Marshal(config)
	return string(text)
}

// call runs the bridge plugin as the runtime does.
func (p *pod) call(command string) (string, error) {
	env := p.env()
	if p.program != "" {
		env = append(env, "CNI_PATH="+filepath.Dir(p.program))
	}
	return p.house.cni(p.house.bridge, command, p.config(), env...)
}

// ask runs lan-dhcp alone, as a plugin that makes interfaces does.
func (p *pod) ask(command string) (string, error) {
	program := p.program
	if program == "" {
		program = filepath.Join(p.house.plugins, "lan-dhcp")
	}
	return p.house.cni(program, command, p.config(), p.env()...)
}

func (p *pod) env() []string {
	return []string{
		"CNI_CONTAINERID=" + p.containerID, "CNI_NETNS=" + p.netns.Path, "CNI_IFNAME=" + p.ifName,
		"CNI_ARGS=IgnoreUnknown=1;K8S_POD_NAMESPACE=home;K8S_POD_NAME=" + p.name + ";K8S_POD_UID=uid-" + p.name,
	}
}

func (h *house) cni(plugin, command, config string, env ...string) (string, error) {
	out, stderr, err := h.node.Run(netlab.Command{
		Args: []string{plugin}, Stdin: config,
		Env: append([]string{"CNI_COMMAND=" + command, "CNI_PATH=" + h.plugins}, env...),
	})
	if err != nil {
		return out, fmt.Errorf("%s: %w: %s%s", command, err, out, stderr)
	}
	return out, nil
}

func (p *pod) add() error {
	out, err := p.call("ADD")
	if err != nil {
		return err
	}
	answer, err := create.Create(p.version, []byte(out))
	if err != nil {
		return err
	}
	if p.result, err = current.NewResultFromResult(answer); err != nil {
		return err
	}
	p.address = netip.MustParsePrefix(p.result.IPs[0].Address.String())
	return nil
}

func (p *pod) mustAdd() *pod {
	p.house.t.Helper()
	if err := p.add(); err != nil {
		p.house.t.Fatal(err)
	}
	return p
}

func (p *pod) mustDel() {
	p.house.t.Helper()
	if _, err := p.call("DEL"); err != nil {
		p.house.t.Error(err)
	}
	p.netns.Delete(p.house.t)
}

// addresses are the IPv4 addresses that the pod has on the LAN now.
func (p *pod) addresses() []string {
	var all []string
	for _, one := range p.netns.IPv4(p.house.t, p.ifName) {
		all = append(all, one.String())
	}
	return all
}

// records are the leases' files on the node's disk.
func (h *house) records() []string {
	files, err := filepath.Glob(filepath.Join(h.state, "*"))
	if err != nil {
		h.t.Fatal(err)
	}
	return files
}

func (h *house) waitNoState() {
	h.t.Helper()
	testenv.Eventually(h.t, 5*time.Second, "no state is left on the node's disk", func() error {
		if files := h.records(); len(files) != 0 {
			return fmt.Errorf("%d files are", len(files))
		}
		return nil
	})
}
