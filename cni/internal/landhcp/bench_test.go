package landhcp

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flatlan/flatlan/cni/internal/netlab"
	"github.com/flatlan/flatlan/cni/internal/testenv"
)

// BenchmarkLanDHCP measures lan-dhcp turn by turn with upstream's dhcp plugin, on one dnsmasq and under the same bridge
// plugin: how long ADD and DEL take as the runtime sees them, what a daemon with 50 leases weighs, and what is left of
// them when it is killed. bench/cni.js runs it; -benchtime=40x is 40 pods each.
func BenchmarkLanDHCP(b *testing.B) {
	h := newHouse(b)
	h.startDnsmasq("192.168.2.10", "192.168.2.254") // upstream gives nothing back
	contestants := []*contestant{
		{name: "lan-dhcp", kind: "lan-dhcp", args: []string{"daemon", "--state", h.state, "--leases", "100", "--leases-per-namespace", "100", "--socket"}},
		{name: "upstream, -timeout 10s (default)", kind: "dhcp", args: []string{"daemon", "-socketpath"}},
		{name: "upstream, -timeout 1s", kind: "dhcp", args: []string{"daemon", "-timeout", "1s", "-socketpath"}},
	}
	programs := map[string]string{"lan-dhcp": filepath.Join(h.plugins, "lan-dhcp"), "dhcp": testenv.Tool(b, "cni-dhcp")}
	for i, c := range contestants {
		c.house, c.program, c.socket = h, programs[c.kind], filepath.Join(h.folder, fmt.Sprintf("%d.sock", i))
		c.start()
	}
	for b.Loop() {
		for _, c := range contestants {
			c.cycle()
		}
	}
	// One of upstream's is enough: the daemons are the same, and 50 ADDs with the default timeout take minutes.
	contestants[0].crowd(50)
	contestants[2].crowd(50)
	contestants[1].memory, contestants[1].afterKill = contestants[2].memory, contestants[2].afterKill
	b.ReportMetric(0, "ns/op")
	fmt.Printf("\n\n%-34s %9s %9s %9s %9s %10s  %s\n", fmt.Sprintf("%d pods each", len(contestants[0].adds)), "ADD p50", "ADD p95", "DEL p50", "DEL p95", "RSS, 50", "after kill -9")
	for _, c := range contestants {
		fmt.Printf("%-34s %9s %9s %9s %9s %7.1fMiB  %s\n", c.name, percentile(c.adds, 50), percentile(c.adds, 95),
			percentile(c.dels, 50), percentile(c.dels, 95), c.memory, c.afterKill)
	}
	ours := contestants[0]
	for _, c := range contestants[1:] {
		fmt.Printf("ratios, lan-dhcp to %s: ADD p50 %.2f, p95 %.2f; DEL p50 %.2f; RSS %.2f\n", c.name,
			ratio(ours.adds, c.adds, 50), ratio(ours.adds, c.adds, 95), ratio(ours.dels, c.dels, 50), ours.memory/c.memory)
	}
	fmt.Printf("lan-dhcp's ADD less its ARP probe of 200 ms: p50 %s, p95 %s\n\n",
		percentile(ours.adds, 50)-200*time.Millisecond, percentile(ours.adds, 95)-200*time.Millisecond)
}

// A contestant is a daemon and its plugin.
type contestant struct {
	name, kind, program, socket string
	args                        []string
	house                       *house
	daemon                      *netlab.Process
	adds, dels                  []time.Duration
	memory                      float64
	afterKill                   string
}

func (c *contestant) start() {
	c.house.t.Helper()
	c.daemon = c.house.node.Start(c.house.t, netlab.Command{Args: append(append([]string{c.program}, c.args...), c.socket)})
	if err := c.serves(10 * time.Second); err != nil {
		c.house.t.Fatal(err)
	}
}

// serves waits until the daemon's socket is there and it lives.
func (c *contestant) serves(bound time.Duration) error {
	for deadline := time.Now().Add(bound); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		select {
		case <-c.daemon.Ended():
			return fmt.Errorf("%s ended: %s", c.name, strings.TrimSpace(c.daemon.Output()))
		default:
		}
		if _, err := c.pod().ask("CHECK"); err == nil || !strings.Contains(err.Error(), "no daemon") && !strings.Contains(err.Error(), "error dialing") {
			return nil
		}
	}
	return fmt.Errorf("%s does not serve within %s", c.name, bound)
}

func (c *contestant) pod() *pod {
	name := fmt.Sprintf("bench-%d", c.house.pods.Add(1))
	return &pod{house: c.house, name: name, containerID: name, version: "1.0.0", ifName: "net1", bridge: "br0",
		netns: &netlab.Netns{Path: "/run/netns/none"}, program: c.program,
		ipam: map[string]any{"type": c.kind, "daemonSocketPath": c.socket, "priority": 500}}
}

func (c *contestant) newPod() *pod {
	p := c.pod()
	p.netns = netlab.New(c.house.t, "bench")
	return p
}

func (c *contestant) cycle() {
	p := c.newPod()
	began := time.Now()
	if err := p.add(); err != nil {
		c.house.t.Fatalf("%s: %v", c.name, err)
	}
	added := time.Now()
	if _, err := p.call("DEL"); err != nil {
		c.house.t.Fatalf("%s: %v", c.name, err)
	}
	c.adds, c.dels = append(c.adds, added.Sub(began)), append(c.dels, time.Since(added))
	p.netns.Delete(c.house.t)
}

// crowd weighs a fresh daemon with many leases, kills it, and sees what the next one knows of them.
func (c *contestant) crowd(count int) {
	c.daemon.Stop(c.house.t)
	c.start()
	var pods []*pod
	for range count {
		p := c.newPod()
		if err := p.add(); err != nil {
			c.house.t.Fatalf("%s: %v", c.name, err)
		}
		pods = append(pods, p)
	}
	c.memory = rss(c.house.t, c.daemon.Pid())
	c.daemon.Kill(c.house.t)
	began := time.Now()
	c.daemon = c.house.node.Start(c.house.t, netlab.Command{Args: append(append([]string{c.program}, c.args...), c.socket)})
	if err := c.serves(10 * time.Second); err != nil {
		c.afterKill = "does not start again (" + err.Error()[strings.LastIndex(err.Error(), ": ")+2:] + "), 0 of 50 leases kept"
	} else {
		took := time.Since(began)
		c.afterKill = fmt.Sprintf("serves again after %s, %d of %d leases kept", took.Round(time.Millisecond), c.kept(pods), count)
	}
	for _, p := range pods {
		_, _ = p.call("DEL") // upstream's daemon is not there any more
		p.netns.Delete(c.house.t)
	}
}

// kept counts the pods whose lease the daemon has. Upstream's CHECK would get them anew, so only its start is asked.
func (c *contestant) kept(pods []*pod) int {
	kept := 0
	for _, p := range pods {
		if _, err := p.ask("CHECK"); err == nil {
			kept++
		}
	}
	return kept
}

func rss(t testing.TB, pid int) float64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var kib float64
		if n, _ := fmt.Sscanf(line, "VmRSS: %f kB", &kib); n == 1 {
			return kib / 1024
		}
	}
	t.Fatal("the kernel says nothing of RSS")
	return 0
}

func percentile(times []time.Duration, percent int) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[min(len(sorted)*percent/100, len(sorted)-1)].Round(100 * time.Microsecond)
}

func ratio(ours, theirs []time.Duration, percent int) float64 {
	return float64(percentile(ours, percent)) / float64(percentile(theirs, percent))
}
