package routefix

import (
	"encoding/json"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/containernetworking/plugins/pkg/ns"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/flatlan/flatlan/cni/internal/netlab"
	"github.com/flatlan/flatlan/cni/internal/testenv"
)

// BenchmarkAdd times one ADD as a process, as the runtime sees it, turn by turn with upstream's sbr: the plugin that does
// the nearest thing (reply routing), and less of it (no multicast, no broadcast, no IPv6, no record, no filter, no guard). Each
// ADD meets an interface that is new. It prints medians and 95th percentiles of both, their ratios, and what the start of each
// program costs by itself (VERSION). FLATLAN_BENCH_BEFORE is the program of another build that is called route-fix, to compare.
//
// A node in use has rules of nf_tables already, of kube-proxy, Calico or another attached pod. The first of a kind of hook on a
// machine makes the kernel rewrite its own code (a static key), which is timed by itself: "first".
func BenchmarkAdd(b *testing.B) {
	netlab.RequireRoot(b)
	b.Run("on a node in use", func(b *testing.B) { benchmarkAdd(b, true) })
	b.Run("first", func(b *testing.B) { benchmarkAdd(b, false) })
}

func benchmarkAdd(b *testing.B, inUse bool) {
	h := &house{node: netlab.New(b, "node"), pod: netlab.New(b, "pod"), lan: netlab.New(b, "lan"), state: DefaultStatePath}
	h.calico(b, h.pod, podAddress, "cali1")
	h.node.Bridge(b, "br0")
	if inUse {
		h.attached(b)
	}
	keys := `"type":"route-fix","clusterSubnets":["192.168.7.0/24","10.43.0.0/16"],"statePath":"` + h.state + `"`
	contestants := []contestant{{"route-fix", buildProduct(b), keys}, {"sbr", upstream(b, "sbr"), `"type":"sbr"`}}
	if before := os.Getenv("FLATLAN_BENCH_BEFORE"); before != "" {
		contestants = append(contestants, contestant{"before", before, keys})
	}
	wall, cpu, start := map[string][]time.Duration{}, map[string][]time.Duration{}, map[string][]time.Duration{}
	for b.Loop() {
		for _, c := range contestants {
			took, worked := h.timedAdd(b, c)
			wall[c.name], cpu[c.name] = append(wall[c.name], took), append(cpu[c.name], worked)
			_, worked = h.timed(b, c, netlab.Command{Args: []string{c.program}, Env: []string{"CNI_COMMAND=VERSION"}})
			start[c.name] = append(start[c.name], worked)
		}
	}
	b.ReportMetric(0, "ns/op")
	for _, c := range contestants {
		b.ReportMetric(percentile(wall[c.name], 50), c.name+"-p50-ms")
		b.ReportMetric(percentile(wall[c.name], 95), c.name+"-p95-ms")
		b.ReportMetric(percentile(cpu[c.name], 50), c.name+"-cpu-ms")
		b.ReportMetric(percentile(start[c.name], 50), c.name+"-start-cpu-ms")
		if c.name != "sbr" {
			b.ReportMetric(percentile(wall[c.name], 50)/percentile(wall["sbr"], 50), c.name+"-to-sbr-p50")
			b.ReportMetric(percentile(cpu[c.name], 50)/percentile(cpu["sbr"], 50), c.name+"-to-sbr-cpu")
		}
	}
}

// attached is another pod of the node, with its filter and its guard.
func (h *house) attached(b *testing.B) {
	b.Helper()
	pod := netlab.New(b, "attached")
	netlab.Cable(b, pod, "net1", h.node, "veth0")
	h.node.Enslave(b, "veth0", "br0")
	pod.Address(b, "net1", "192.168.2.78/24")
	conf := defaults()
	pod.Do(b, func() error {
		return inside(pod.Path, func(kernel *netlink.Handle, _ ns.NetNS) error {
			seen, err := lookAtLink(kernel, "net1")
			if err != nil {
				return err
			}
			return writeFilter("net1", wantedFilter(view{lan: seen}, conf))
		})
	})
	h.node.Do(b, func() error {
		device, err := net.InterfaceByName("veth0")
		if err != nil {
			return err
		}
		return guardNew(port{Name: "veth0", Index: device.Index, Pod: "net1", MAC: pod.MAC(b, "net1").String(),
			Addresses: []netip.Prefix{netip.MustParsePrefix("192.168.2.78/24")}}, conf)
	})
}

type contestant struct{ name, program, keys string }

// buildProduct builds what the image carries, by the name that makes it the plugin.
func buildProduct(b *testing.B) string {
	b.Helper()
	program := filepath.Join(b.TempDir(), "route-fix")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", program, "./cmd/flatlan-cni")
	build.Dir = filepath.Join(testenv.Repository(b), "cni")
	build.Env = append(build.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		b.Fatalf("build: %v\n%s", err, output)
	}
	return program
}

// timedAdd gives the time on the wall, and the processor's: the second hardly minds what else the machine does.
func (h *house) timedAdd(b *testing.B, c contestant) (took, worked time.Duration) {
	b.Helper()
	netlab.Cable(b, h.pod, "net1", h.node, "pod")
	h.node.Enslave(b, "pod", "br0")
	h.pod.Address(b, "net1", lanAddress+"/24")
	result, err := json.Marshal(object{
		"cniVersion": "1.0.0",
		"interfaces": []object{{"name": "net1", "sandbox": h.pod.Path}},
		"ips":        []object{{"interface": 0, "address": lanAddress + "/24", "gateway": "192.168.2.1"}},
	})
	if err != nil {
		b.Fatal(err)
	}
	command := netlab.Command{
		Args:  []string{c.program},
		Stdin: `{"cniVersion":"1.0.0","name":"lan",` + c.keys + `,"prevResult":` + string(result) + `}`,
		Env: []string{"CNI_COMMAND=ADD", "CNI_CONTAINERID=bench", "CNI_NETNS=" + h.pod.Path, "CNI_IFNAME=net1",
			"CNI_PATH=" + filepath.Dir(c.program)},
	}
	took, worked = h.timed(b, c, command)
	ip := testenv.Command(b, "ip", "iproute2")
	h.pod.Output(b, ip, "link", "del", "net1")
	// The filter and rules outlive the interface, and the guard does so since Linux 6.16.
	h.pod.Do(b, func() error { return writeFilter("net1", nil) })
	_ = h.node.Try(func() error { return replaceChain(portTable, filter{{name: "pod"}}, nil) })
	for _, selector := range []string{"from " + lanAddress, "from " + podAddress, "to 192.168.7.0/24", "to 10.43.0.0/16"} {
		_, _, _ = h.pod.Run(netlab.Command{Args: append([]string{ip, "rule", "del"}, strings.Fields(selector)...)})
	}
	return took, worked
}

func (h *house) timed(b *testing.B, c contestant, command netlab.Command) (took, worked time.Duration) {
	b.Helper()
	start, startCPU := time.Now(), childrenCPU(b)
	stdout, stderr, err := h.node.Run(command)
	took, worked = time.Since(start), childrenCPU(b)-startCPU
	if err != nil {
		b.Fatalf("%s: %v\n%s%s", c.name, err, stdout, stderr)
	}
	return took, worked
}

func childrenCPU(b *testing.B) time.Duration {
	b.Helper()
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_CHILDREN, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// percentile in milliseconds.
func percentile(times []time.Duration, percent int) float64 {
	sorted := slices.Sorted(slices.Values(times))
	return float64(sorted[min(len(sorted)-1, len(sorted)*percent/100)].Microseconds()) / 1000
}
