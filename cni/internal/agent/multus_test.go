package agent

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/flatlan/flatlan/cni/internal/kube"
	"github.com/flatlan/flatlan/cni/internal/kubetest"
	"github.com/flatlan/flatlan/cni/internal/netlab"
	"github.com/flatlan/flatlan/cni/internal/testenv"
)

const daemonSetPath = "/apis/apps/v1/namespaces/flatlan-system/daemonsets/flatlan-multus"

// The whole way of a pod: the gate installs Multus' configuration, the real Multus asks the real API server, calls the
// cluster's network and the chain of docs/node-contract.md, and writes what the pod got. Upstream's bridge and host-local
// stand in for Calico.
func TestPodsByMultus(t *testing.T) {
	h := newHouse(t)
	multus := testenv.Tool(t, "multus")
	h.settings(settingsFor(manyLeases))
	h.startAgent()
	m := h.installMultus(multus)

	p := h.sandbox("web")
	h.podObject(p, map[string]any{"k8s.v1.cni.cncf.io/networks": "layer2-bridge"})
	if _, err := m.call("ADD", p); err != nil {
		t.Fatal(err)
	}
	status := h.networkStatus(p)
	if len(status) != 2 || status[1].Name != "default/layer2-bridge" || status[1].Interface != "net1" || !strings.HasPrefix(status[1].IPs[0], "192.168.2.") {
		t.Errorf("network-status %+v", status)
	}
	for to, by := range map[string]networkStatus{"224.0.0.251": status[1], "203.0.113.9": status[0], "10.43.0.1": status[0]} {
		got := p.netns.Output(t, "ip", "route", "get", to)
		if !strings.Contains(got, "dev "+by.Interface+" ") || !strings.Contains(got, "src "+by.IPs[0]+" ") {
			t.Errorf("%s leaves by %s, not by %s", to, got, by.Interface)
		}
	}
	t.Run("a pinned MAC", func(t *testing.T) { m.pinned(t) })
	t.Run("a pod that does not ask", func(t *testing.T) { m.plain(t) })

	// The token that the gate wrote is one of a pod that is gone; the sidecar's is not.
	m.freshToken()
	if _, err := m.call("DEL", p); err != nil {
		t.Error(err)
	}
	testenv.Eventually(t, bound, "the address is given back", func() error {
		if held, releasing := h.metric("flatlan_leases", attachment), h.metric("flatlan_leases_releasing"); held != 0 || releasing != 0 {
			return fmt.Errorf("%v held, %v to be given back", held, releasing)
		}
		return nil
	})
	m.uninstall()
}

// A multusNode is the node's CNI folder with Multus in it.
type multusNode struct {
	house   *house
	program string
	confDir string
	account kube.Account
	sidecar *netlab.Process
}

func (h *house) installMultus(program string) *multusNode {
	t := h.t
	t.Helper()
	for name, tool := range map[string]string{"bridge": "cni-bridge", "host-local": "cni-host-local", "tuning": "cni-tuning"} {
		testenv.Must(t, os.Symlink(testenv.Tool(t, tool), filepath.Join(h.plugins, name)))
	}
	h.definition()
	m := &multusNode{house: h, program: program, confDir: h.path("net.d")}
	// The rights of docs/node-contract.md and no others.
	m.account = h.server.ServiceAccount(t, "flatlan-system", "flatlan-multus",
		kubetest.Rule("k8s.cni.cncf.io", "network-attachment-definitions", "get"), kubetest.Rule("", "pods", "get"),
		kubetest.Rule("", "pods/status", "update"), kubetest.Rule("", "events", "create,patch"), kubetest.Rule("apps", "daemonsets", "get"))
	h.daemonSet()
	testenv.Must(t, os.Mkdir(m.confDir, 0o755))
	m.write(filepath.Join(m.confDir, "10-calico.conflist"), map[string]any{"cniVersion": "0.3.1", "name": "k8s-pod-network",
		"plugins": []any{map[string]any{"type": "bridge", "bridge": "cali0", "isGateway": true, "ipam": map[string]any{
			"type": "host-local", "subnet": "192.168.7.0/24", "dataDir": h.path("host-local"), "routes": []any{map[string]string{"dst": "0.0.0.0/0"}}}}}})
	t.Cleanup(func() { h.node.Remove(t, "cali0") })
	m.write(h.path("0-multus.conf"), map[string]any{"cniVersion": "1.0.0", "name": "multus-cni-network", "type": "multus",
		"capabilities": map[string]bool{"portMappings": true, "bandwidth": true},
		"kubeconfig":   filepath.Join(m.confDir, "multus.d/multus.kubeconfig"), "confDir": m.confDir, "binDir": h.plugins, "cniDir": h.path("multus"),
		"clusterNetwork": "k8s-pod-network", "multusNamespace": "flatlan-system",
		"readinessindicatorfile": filepath.Join(m.confDir, "10-calico.conflist"), "logLevel": "error", "logToStderr": true})
	h.node.Output(t, h.program, "multus", "gate", "--conf-dir", m.confDir, "--host-conf-dir", m.confDir, "--conf", h.path("0-multus.conf"),
		"--server", m.account.Server, "--service-account", m.account.ServiceAccount)
	m.sidecar = h.node.Start(t, netlab.Command{Args: []string{h.program, "multus", "credentials", "--conf-dir", m.confDir,
		"--daemonset", "flatlan-system/flatlan-multus", "--server", m.account.Server, "--service-account", m.account.ServiceAccount}})
	return m
}

// call runs the installed configuration as the runtime does.
func (m *multusNode) call(command string, p *pod) (string, error) {
	conf, err := os.ReadFile(filepath.Join(m.confDir, "0-multus.conf"))
	if err != nil {
		return "", err
	}
	args := "IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=" + p.name + ";K8S_POD_INFRA_CONTAINER_ID=sandbox-" + p.name + ";K8S_POD_UID=" + p.uid()
	stdout, stderr, err := m.house.node.Run(netlab.Command{Args: []string{m.program}, Stdin: string(conf), Env: []string{
		"CNI_COMMAND=" + command, "CNI_PATH=" + m.house.plugins, "CNI_CONTAINERID=sandbox-" + p.name, "CNI_NETNS=" + p.netns.Path,
		"CNI_IFNAME=eth0", "CNI_ARGS=" + args}})
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s%s", command, err, stdout, stderr)
	}
	return stdout, nil
}

func (m *multusNode) pinned(t *testing.T) {
	const mac = "02:f1:a7:00:00:07"
	var addresses []string
	for _, name := range []string{"pinned-1", "pinned-2"} {
		p := m.house.sandbox(name)
		m.house.podObject(p, map[string]any{"k8s.v1.cni.cncf.io/networks": `[{"name":"layer2-bridge","mac":"` + mac + `"}]`})
		if _, err := m.call("ADD", p); err != nil {
			t.Fatal(err)
		}
		if got := p.netns.MAC(t, "net1").String(); got != mac {
			t.Errorf("net1 has MAC %s", got)
		}
		addresses = append(addresses, m.house.networkStatus(p)[1].IPs[0])
		if _, err := m.call("DEL", p); err != nil {
			t.Error(err)
		}
	}
	if addresses[0] != addresses[1] {
		t.Errorf("the next pod with the MAC got %s, not %s", addresses[1], addresses[0])
	}
}

func (m *multusNode) plain(t *testing.T) {
	p := m.house.sandbox("plain")
	m.house.podObject(p, nil)
	if _, err := m.call("ADD", p); err != nil {
		t.Fatal(err)
	}
	if status := m.house.networkStatus(p); len(status) != 1 {
		t.Errorf("network-status %+v", status)
	}
	if _, err := m.call("DEL", p); err != nil {
		t.Error(err)
	}
}

// freshToken exchanges the token under the sidecar, as the kubelet does, and waits until the node has it.
func (m *multusNode) freshToken() {
	t := m.house.t
	t.Helper()
	token := m.house.server.Token(t, "flatlan-system", "flatlan-multus")
	temporary := filepath.Join(m.account.ServiceAccount, "new")
	testenv.Must(t, os.WriteFile(temporary, []byte(token), 0o600))
	testenv.Must(t, os.Rename(temporary, filepath.Join(m.account.ServiceAccount, "token")))
	testenv.Eventually(t, bound, "the node has the new token", func() error {
		text, err := os.ReadFile(filepath.Join(m.confDir, "multus.d/multus.kubeconfig"))
		if err == nil && !strings.Contains(string(text), token) {
			return fmt.Errorf("the sidecar said %s", m.sidecar.Output())
		}
		return err
	})
}

// uninstall deletes the DaemonSet and ends the sidecar, as its controller and the kubelet do: the next pod gets the
// cluster's network alone.
func (m *multusNode) uninstall() {
	t := m.house.t
	t.Helper()
	m.house.server.Delete(t, daemonSetPath)
	m.sidecar.Signal(t, os.Interrupt)
	<-m.sidecar.Ended()
	if entries, err := filepath.Glob(filepath.Join(m.confDir, "*.conf*")); err != nil || !slices.Equal(entries, []string{filepath.Join(m.confDir, "10-calico.conflist")}) {
		t.Errorf("on the node are %v (%v)", entries, err)
	}
	if _, err := os.Stat(filepath.Join(m.confDir, "multus.d/multus.kubeconfig")); err != nil {
		t.Errorf("running pods need it to stop: %v", err)
	}
}

func (m *multusNode) write(path string, value any) {
	text, err := json.Marshal(value)
	testenv.Must(m.house.t, err)
	testenv.Must(m.house.t, os.WriteFile(path, text, 0o600))
}

// definition makes the kind and the pod network attachment of the contract.
func (h *house) definition() {
	t := h.t
	open := map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}
	h.server.Apply(t, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/network-attachment-definitions.k8s.cni.cncf.io",
		kubetest.Object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", "network-attachment-definitions.k8s.cni.cncf.io", map[string]any{
			"spec": map[string]any{"group": "k8s.cni.cncf.io", "scope": "Namespaced",
				"names":    map[string]any{"plural": "network-attachment-definitions", "singular": "network-attachment-definition", "kind": "NetworkAttachmentDefinition"},
				"versions": []any{map[string]any{"name": "v1", "served": true, "storage": true, "schema": map[string]any{"openAPIV3Schema": open}}}}}))
	config, err := json.Marshal(map[string]any{"cniVersion": "1.0.0", "name": "layer2-bridge", "plugins": []any{
		map[string]any{"type": "bridge", "bridge": "br0", "mtu": 1500, "capabilities": map[string]bool{"mac": true}, "ipam": map[string]any{
			"type": "lan-dhcp", "daemonSocketPath": h.path("run/lan-dhcp.sock"), "priority": 500,
			"provide": []any{map[string]string{"option": "host-name", "fromArg": "K8S_POD_NAME"}}}},
		map[string]any{"type": "tuning", "dataDir": h.path("tuning"), "sysctl": map[string]string{"net.ipv6.conf.IFNAME.accept_ra": "1"}},
		map[string]any{"type": "route-fix", "clusterSubnets": []string{"192.168.7.0/24", "10.43.0.0/16", "192.168.6.0/24"}, "ipv6": "ra",
			"statePath": h.path("state/routes")},
	}})
	testenv.Must(t, err)
	const path = "/apis/k8s.cni.cncf.io/v1/namespaces/default/network-attachment-definitions/layer2-bridge"
	testenv.Eventually(t, bound, "the kind is served", func() error {
		return h.server.Client.Get(t.Context(), filepath.Dir(path), nil, nil)
	})
	h.server.Apply(t, path, kubetest.Object("k8s.cni.cncf.io/v1", "NetworkAttachmentDefinition", "default", "layer2-bridge",
		map[string]any{"spec": map[string]any{"config": string(config)}}))
}

func (h *house) daemonSet() {
	labels := map[string]any{"app": "flatlan-multus"}
	h.server.Apply(h.t, daemonSetPath, kubetest.Object("apps/v1", "DaemonSet", "flatlan-system", "flatlan-multus", map[string]any{
		"spec": map[string]any{"selector": map[string]any{"matchLabels": labels}, "template": map[string]any{
			"metadata": map[string]any{"labels": labels},
			"spec":     map[string]any{"containers": []any{map[string]any{"name": "multus", "image": "example.org/multus:1"}}}}}}))
}

// sandbox is a pod's namespace before any network.
func (h *house) sandbox(name string) *pod { return &pod{h, netlab.New(h.t, "pod"), name} }

func (p *pod) path() string { return "/api/v1/namespaces/default/pods/" + p.name }

func (p *pod) uid() string {
	var found struct{ Metadata struct{ UID string } }
	testenv.Must(p.house.t, p.house.server.Client.Get(p.house.t.Context(), p.path(), nil, &found))
	return found.Metadata.UID
}

func (h *house) podObject(p *pod, annotations map[string]any) {
	h.t.Helper()
	h.server.Apply(h.t, "/api/v1/namespaces/default/serviceaccounts/default", kubetest.Object("v1", "ServiceAccount", "default", "default", nil))
	object := kubetest.Object("v1", "Pod", "default", p.name, map[string]any{"spec": map[string]any{
		"nodeName": "node1", "containers": []any{map[string]any{"name": "c", "image": "example.org/c:1"}}}})
	metadata, _ := object["metadata"].(map[string]any)
	metadata["annotations"] = annotations
	testenv.Must(h.t, h.server.Client.Do(h.t.Context(), kube.Request{Method: http.MethodPost, Path: filepath.Dir(p.path()), Body: object}, nil))
}

type networkStatus struct {
	Name, Interface string
	IPs             []string
}

func (h *house) networkStatus(p *pod) []networkStatus {
	h.t.Helper()
	var found struct {
		Metadata struct{ Annotations map[string]string }
	}
	testenv.Must(h.t, h.server.Client.Get(h.t.Context(), p.path(), nil, &found))
	var status []networkStatus
	if err := json.Unmarshal([]byte(found.Metadata.Annotations["k8s.v1.cni.cncf.io/network-status"]), &status); err != nil {
		h.t.Fatalf("network-status: %v in %v", err, found.Metadata.Annotations)
	}
	return status
}
