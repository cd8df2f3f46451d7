package agent

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/flatlan/flatlan/cni/internal/kube"
	"github.com/flatlan/flatlan/cni/internal/netlab"
	"github.com/flatlan/flatlan/cni/internal/testenv"
)

const (
	attachment = "attachment=default/layer2-bridge"
	// The promise of the project: what the agent may take on each node.
	manyLeases  = 50
	memoryBound = 32 << 10 // KiB
)

// The agent as the DaemonSet runs it: the real program with a real DHCP server, API server and bridge plugin.
func TestAgent(t *testing.T) {
	h := newHouse(t)
	h.settings(settingsFor(manyLeases))
	h.startAgent()
	if status, text, err := h.get("/healthz"); err != nil || status != 200 {
		t.Fatalf("/healthz: %d %s %v", status, text, err)
	}
	var pods []*pod
	steps := []struct {
		name string
		run  func(t *testing.T)
	}{
		{"a mistake on the node", func(t *testing.T) { preflightMistake(t, h) }},
		{"50 pods", func(t *testing.T) { pods = manyPods(t, h) }},
		{"one too many", func(t *testing.T) { oneTooMany(t, h) }},
		{"a pod that loses its routes", func(t *testing.T) { lostRoutes(t, h, pods[0]) }},
		{"new settings", func(t *testing.T) { newSettings(t, h) }},
		{"a crash", func(t *testing.T) { crash(t, h) }},
		{"the end", func(t *testing.T) { end(t, h, pods) }},
	}
	for _, step := range steps {
		if !t.Run(step.name, step.run) {
			t.Fatalf("%s failed: the steps after it need it", step.name)
		}
	}
}

func preflightMistake(t *testing.T, h *house) {
	check := func(name string) float64 { return h.metric("flatlan_preflight_ok", attachment, "check="+name) }
	if check("address") != 1 || check("bridge") != 1 {
		t.Error("a good node is not called good")
	}
	h.node.Address(t, "uplink", "192.168.2.3/24")
	const says = "the node's address 192.168.2.3 is on uplink, a port of br0; put it on the bridge"
	testenv.Eventually(t, bound, "the mistake is found", func() error {
		if err := h.ready(); err == nil || !strings.Contains(err.Error(), says) {
			return fmt.Errorf("/readyz: %v", err)
		}
		return nil
	})
	if check("address") != 0 || check("bridge") != 1 {
		t.Error("metrics do not show it")
	}
	h.waitEvent("LanPreflightFailed", kube.Node("node1"), says)
	h.node.Output(t, "ip", "addr", "del", "192.168.2.3/24", "dev", "uplink")
	testenv.Eventually(t, bound, "the node is well again", h.ready)
}

// manyPods starts pods five at a time and looks at the agent's memory when all have an address.
func manyPods(t *testing.T, h *house) []*pod {
	pods := make([]*pod, manyLeases)
	for i := range pods {
		pods[i] = h.newPod(fmt.Sprintf("p%d", i))
	}
	todo, done := make(chan *pod), make(chan error)
	for range 5 {
		go func() {
			for p := range todo {
				done <- p.add()
			}
		}()
	}
	go func() {
		defer close(todo)
		for _, p := range pods {
			todo <- p
		}
	}()
	for range pods {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if got := h.metric("flatlan_leases", attachment); got != manyLeases {
		t.Errorf("%v leases", got)
	}
	resident, peak := memory(t, h.agent.Pid(), "VmRSS"), memory(t, h.agent.Pid(), "VmHWM")
	t.Logf("memory at %d leases: %d KiB resident, %d KiB at most", manyLeases, resident, peak)
	if resident > memoryBound || peak > memoryBound {
		t.Errorf("more than %d KiB", memoryBound)
	}
	return pods
}

func oneTooMany(t *testing.T, h *house) {
	p := h.newPod("late")
	if err := p.add(); err == nil {
		t.Error("it got an address beyond the node's cap")
	}
	h.waitEvent("LanAddressFailed", p.object(), fmt.Sprint(manyLeases))
	testenv.Must(t, p.del())
}

func lostRoutes(t *testing.T, h *house, p *pod) {
	before := h.metric("flatlan_route_repairs_total")
	p.netns.SetDown(t, "net1")
	p.netns.SetUp(t, "net1")
	testenv.Eventually(t, bound, "the route for multicast is back", func() error {
		stdout, stderr, err := p.netns.Run(netlab.Command{Args: []string{"ip", "route", "show", "224.0.0.0/4"}})
		if err != nil || !strings.Contains(stdout, "dev net1") {
			return fmt.Errorf("%q %s %w", stdout, stderr, err)
		}
		return nil
	})
	h.waitEvent("LanRoutesRepaired", p.object(), "224.0.0.0/4")
	if after := h.metric("flatlan_route_repairs_total"); after <= before {
		t.Errorf("repairs counted: %v before, %v after", before, after)
	}
}

func newSettings(t *testing.T, h *house) {
	h.settings(`{"leasesPerNode": "many"}`)
	testenv.Eventually(t, bound, "the mistake is seen", func() error {
		if got := h.metric("flatlan_config_ok"); got != 0 {
			return fmt.Errorf("flatlan_config_ok %v", got)
		}
		return nil
	})
	if got := h.metric("flatlan_lease_cap"); got != manyLeases {
		t.Errorf("with wrong settings the cap became %v", got)
	}
	h.settings(settingsFor(manyLeases + 1))
	testenv.Eventually(t, bound, "the new cap", func() error {
		if got := h.metric("flatlan_lease_cap"); got != manyLeases+1 || h.metric("flatlan_config_ok") != 1 {
			return fmt.Errorf("flatlan_lease_cap %v", got)
		}
		return nil
	})
	p := h.newPod("one-more")
	testenv.Must(t, p.add())
	testenv.Must(t, p.del())
	// After a crash an address that was about to be given back would wait for the pod's next sandbox.
	testenv.Eventually(t, bound, "its address is given back", func() error {
		if releasing := h.metric("flatlan_leases_releasing"); releasing != 0 {
			return fmt.Errorf("%v to be given back", releasing)
		}
		return nil
	})
}

func crash(t *testing.T, h *house) {
	h.agent.Kill(t)
	h.startAgent()
	if got := h.metric("flatlan_leases", attachment); got != manyLeases {
		t.Errorf("%v leases after a crash", got)
	}
}

func end(t *testing.T, h *house, pods []*pod) {
	for _, p := range pods {
		testenv.Must(t, p.del())
	}
	testenv.Eventually(t, bound, "no lease is left", func() error {
		if held, releasing := h.metric("flatlan_leases", attachment), h.metric("flatlan_leases_releasing"); held+releasing != 0 {
			return fmt.Errorf("%v held, %v to be given back", held, releasing)
		}
		return nil
	})
	began := time.Now()
	h.agent.Signal(t, os.Interrupt)
	select {
	case <-h.agent.Ended():
		t.Logf("ended after %s", time.Since(began).Round(time.Millisecond))
		if err := h.agent.Err(); err != nil {
			t.Errorf("it ended with %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("it does not end within 5 s")
	}
}

// memory reads a line of /proc/<pid>/status, in KiB.
func memory(t *testing.T, pid int, name string) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	testenv.Must(t, err)
	found := regexp.MustCompile(`(?m)^` + name + `:\s+(\d+) kB$`).FindSubmatch(text)
	if found == nil {
		t.Fatalf("no %s in\n%s", name, text)
	}
	kib, err := strconv.Atoi(string(found[1]))
	testenv.Must(t, err)
	return kib
}
