package routefix

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/containernetworking/cni/libcni"
	"github.com/containernetworking/cni/pkg/invoke"
	"github.com/containernetworking/cni/pkg/types"
	current "github.com/containernetworking/cni/pkg/types/100"

	"github.com/flatlan/flatlan/cni/internal/netlab"
	"github.com/flatlan/flatlan/cni/internal/testenv"
)

// The test binary is the plugin, too: called as route-fix it does what flatlan-cni does by that name.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "route-fix" {
		os.Exit(Main(nil))
	}
	// Else the race detector holds every call of the plugin for a second at its end.
	if err := os.Setenv("GORACE", "atexit_sleep_ms=0"); err != nil {
		panic(err)
	}
	netlab.Main(m)
}

// house is system S4 (hybrid) with one node and one pod.
//
//	lan switch ──── device 192.168.2.50            192.168.3.1  192.168.50.1
//	 │  │  └─── 192.168.2.1 router ────────────────────┘            └── far 192.168.50.9
//	 │  │                            │                                      (another VLAN)
//	 │  └── eth0 ─ br0 192.168.2.11 node eth1 192.168.3.11, default by 192.168.3.1
//	                 │                 │
//	                 └─ net1       eth0 192.168.7.1/32 by 169.254.1.1, as Calico makes it
//	                      └──── pod ───┘
type house struct {
	lan, device, router, far, node, pod *netlab.Netns
	plugins, state                      string
	cni                                 *libcni.CNIConfig
}

const (
	lanAddress = "192.168.2.77" // what the pod gets on net1
	podAddress = "192.168.7.1"
	deviceAddr = "192.168.2.50"
	farAddr    = "192.168.50.9"

	otherPodAddress = "192.168.7.65"
)

func newHouse(t testing.TB) *house {
	h := &house{
		lan: netlab.New(t, "lan"), device: netlab.New(t, "device"), router: netlab.New(t, "router"),
		far: netlab.New(t, "far"), node: netlab.New(t, "node"), pod: netlab.New(t, "pod"),
		plugins: t.TempDir(), state: filepath.Join(t.TempDir(), "routes"),
	}
	h.lan.Bridge(t, "br0")
	for _, end := range []struct {
		netns  *netlab.Netns
		ifName string
	}{{h.device, "eth0"}, {h.router, "lan"}, {h.node, "eth0"}} {
		netlab.Cable(t, end.netns, end.ifName, h.lan, end.netns.Name)
		h.lan.Enslave(t, end.netns.Name, "br0")
	}
	netlab.Cable(t, h.router, "k8s", h.node, "eth1")
	netlab.Cable(t, h.router, "vlan50", h.far, "eth0")
	h.node.Bridge(t, "br0")
	h.node.Enslave(t, "eth0", "br0")
	// Else the bridge changes its MAC with its ports, and upstream's CHECK compares it.
	h.node.SetMAC(t, "br0", h.node.MAC(t, "eth0").String())
	h.address(t)
	h.calico(t, h.pod, podAddress, "cali1")
	h.install(t)
	return h
}

func (h *house) address(t testing.TB) {
	h.device.Address(t, "eth0", deviceAddr+"/24")
	h.device.Route(t, "default", "192.168.2.1", "eth0")
	h.router.Address(t, "lan", "192.168.2.1/24")
	h.router.Address(t, "k8s", "192.168.3.1/24")
	h.router.Address(t, "vlan50", "192.168.50.1/24")
	h.router.Route(t, "192.168.7.0/24", "192.168.3.11", "k8s")
	h.router.Route(t, "192.168.6.0/24", "192.168.3.11", "k8s")
	h.far.Address(t, "eth0", farAddr+"/24")
	h.far.Route(t, "default", "192.168.50.1", "eth0")
	h.node.Address(t, "br0", "192.168.2.11/24")
	h.node.Address(t, "eth1", "192.168.3.11/24")
	h.node.Route(t, "default", "192.168.3.1", "eth1")
	for _, forwarder := range []*netlab.Netns{h.router, h.node} {
		forwarder.Sysctl(t, "net/ipv4/ip_forward", "1")
	}
	// An ICMP redirect would teach the device a way that hides what the tests look for.
	h.router.Sysctl(t, "net/ipv4/conf/all/send_redirects", "0")
	h.router.Sysctl(t, "net/ipv4/conf/lan/send_redirects", "0")
	h.node.Sysctl(t, "net/ipv4/conf/all/send_redirects", "0")
}

// calico makes a pod's eth0 as Calico v3.32 does: a /32, a router that only ARP knows, strict source check at the node.
func (h *house) calico(t testing.TB, pod *netlab.Netns, address, host string) {
	netlab.Cable(t, pod, "eth0", h.node, host)
	pod.Address(t, "eth0", address+"/32")
	pod.Route(t, "169.254.1.1/32", "", "eth0")
	pod.Route(t, "default", "169.254.1.1", "eth0")
	h.node.SetMAC(t, host, "ee:ee:ee:ee:ee:ee")
	h.node.Sysctl(t, "net/ipv4/conf/"+host+"/proxy_arp", "1")
	h.node.Sysctl(t, "net/ipv4/neigh/"+host+"/proxy_delay", "0")
	h.node.Sysctl(t, "net/ipv4/conf/"+host+"/rp_filter", "1")
	h.node.Route(t, address+"/32", "", host)
}

// secondPod is one without a LAN address.
func (h *house) secondPod(t testing.TB) *netlab.Netns {
	pod := netlab.New(t, "other")
	h.calico(t, pod, otherPodAddress, "cali2")
	return pod
}

func (h *house) install(t testing.TB) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	links := map[string]string{"route-fix": self}
	for _, name := range []string{"bridge", "macvlan", "tuning", "static"} {
		links[name] = upstream(t, name)
	}
	for name, target := range links {
		if err := os.Symlink(target, filepath.Join(h.plugins, name)); err != nil {
			t.Fatal(err)
		}
	}
	run := &invoke.DefaultExec{RawExec: &invoke.RawExec{Stderr: os.Stderr}}
	h.cni = libcni.NewCNIConfigWithCacheDir([]string{h.plugins}, t.TempDir(), run)
}

var upstreamPaths = map[string]string{}

// upstream is a plugin of containernetworking/plugins, as tools/cni-plugins pins it.
func upstream(t testing.TB, name string) string {
	t.Helper()
	if upstreamPaths[name] == "" {
		upstreamPaths[name] = testenv.Tool(t, "cni-"+name)
	}
	return upstreamPaths[name]
}

type object = map[string]any

// chain is the pod network attachment of docs/node-contract.md with static addresses instead of leased ones.
func (h *house) chain(cniVersion string, changes object) object {
	fix := object{
		"type":           "route-fix",
		"clusterSubnets": []string{"192.168.7.0/24", "10.43.0.0/16", "192.168.6.0/24"},
		"statePath":      h.state,
	}
	for key, value := range changes {
		fix[key] = value
	}
	return object{
		"cniVersion": cniVersion,
		"name":       "layer2-bridge",
		"plugins": []object{
			{"type": "bridge", "bridge": "br0", "mtu": 1500, "ipam": object{
				"type":      "static",
				"addresses": []object{{"address": lanAddress + "/24", "gateway": "192.168.2.1"}},
			}},
			{"type": "tuning", "sysctl": object{"net.ipv4.conf.IFNAME.arp_notify": "1"}},
			fix,
		},
	}
}

func (h *house) runtime(ifName string) *libcni.RuntimeConf {
	return &libcni.RuntimeConf{
		ContainerID: "sandbox-1",
		NetNS:       h.pod.Path,
		IfName:      ifName,
		Args:        [][2]string{{"IgnoreUnknown", "1"}, {"K8S_POD_NAMESPACE", "default"}, {"K8S_POD_NAME", "hass-0"}, {"K8S_POD_UID", "u-1"}},
	}
}

func list(t testing.TB, chain object) *libcni.NetworkConfigList {
	t.Helper()
	text, err := json.Marshal(chain)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := libcni.ConfListFromBytes(text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// call runs a verb where the runtime runs it: in the node's network namespace.
func (h *house) call(t testing.TB, verb string, chain object, ifName string) (types.Result, error) {
	t.Helper()
	var result types.Result
	ctx, parsed, runtime := context.Background(), list(t, chain), h.runtime(ifName)
	err := h.node.Try(func() (err error) {
		switch verb {
		case "ADD":
			result, err = h.cni.AddNetworkList(ctx, parsed, runtime)
		case "CHECK":
			err = h.cni.CheckNetworkList(ctx, parsed, runtime)
		case "DEL":
			err = h.cni.DelNetworkList(ctx, parsed, runtime)
		case "STATUS":
			err = h.cni.GetStatusNetworkList(ctx, parsed)
		default:
			err = fmt.Errorf("no verb %s", verb)
		}
		return err
	})
	return result, err
}

func (h *house) must(t testing.TB, verb string, chain object) *current.Result {
	t.Helper()
	result, err := h.call(t, verb, chain, "net1")
	if err != nil {
		t.Fatalf("%s: %v", verb, err)
	}
	if result == nil {
		return nil
	}
	converted, err := current.NewResultFromResult(result)
	if err != nil {
		t.Fatal(err)
	}
	return converted
}

// wantError fails unless err speaks of all the words.
func wantError(t testing.TB, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; wanted one with %q", words)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("the error lacks %q: %v", word, err)
		}
	}
}

// way asks the pod's kernel how it would send: "net1 192.168.2.77".
func (h *house) way(t testing.TB, arguments ...string) string {
	t.Helper()
	output := h.pod.Output(t, append([]string{testenv.Command(t, "ip", "iproute2"), "-j", "route", "get"}, arguments...)...)
	var routes []struct {
		Dev, Prefsrc string
		Gateway      string
	}
	if err := json.Unmarshal([]byte(output), &routes); err != nil || len(routes) != 1 {
		t.Fatalf("ip route get %v: %v\n%s", arguments, err, output)
	}
	words := []string{routes[0].Dev}
	if routes[0].Gateway != "" {
		words = append(words, "via", routes[0].Gateway)
	}
	if routes[0].Prefsrc != "" {
		words = append(words, "src", routes[0].Prefsrc)
	}
	return strings.Join(words, " ")
}

// fixAfter is what a runtime gives route-fix, which is alone in it, after the plugins before answered so.
func (h *house) fixAfter(t *testing.T, added *current.Result) string {
	t.Helper()
	conf := onlyFix(h.chain("1.0.0", nil))["plugins"].([]object)[0]
	conf["cniVersion"], conf["name"], conf["prevResult"] = "1.0.0", "layer2-bridge", added
	stdin, err := json.Marshal(conf)
	if err != nil {
		t.Fatal(err)
	}
	return string(stdin)
}

// addByPath adds the pod by a path of its namespace that may lead elsewhere later, as /proc/<pid>/ns/net does.
func (h *house) addByPath(t *testing.T) (path, stdin string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "netns")
	if err := os.Symlink(h.pod.Path, path); err != nil {
		t.Fatal(err)
	}
	stdin = h.fixAfter(t, h.must(t, "ADD", withoutFix(h.chain("1.0.0", nil))))
	if _, err := h.plugin(t, "ADD", stdin, "CNI_NETNS="+path); err != nil {
		t.Fatal(err)
	}
	return path, stdin
}
