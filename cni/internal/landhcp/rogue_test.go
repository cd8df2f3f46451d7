package landhcp

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"

	"github.com/flatlan/flatlan/cni/internal/landhcp/client"
	"github.com/flatlan/flatlan/cni/internal/landhcp/dhcptest"
	"github.com/flatlan/flatlan/cni/internal/landhcp/frame"
	"github.com/flatlan/flatlan/cni/internal/testenv"
)

// A rogue is a DHCP server on the house's device, which answers whatever it hears before the real one can.
type rogue struct {
	socket *frame.Socket
	mac    net.HardwareAddr
	sent   atomic.Int64
}

func (h *house) startRogue(answers func(request *dhcpv4.DHCPv4) [][]byte) *rogue {
	h.t.Helper()
	r := &rogue{mac: h.device.MAC(h.t, "eth0")}
	h.device.Do(h.t, func() error {
		link, err := net.InterfaceByName("eth0")
		if err == nil {
			r.socket, err = frame.ListenServer(link)
		}
		return err
	})
	var work sync.WaitGroup
	work.Go(func() {
		_ = r.socket.Receive(func(raw []byte) {
			if len(raw) < 42 {
				return
			}
			request, err := dhcpv4.FromBytes(raw[14+int(raw[14]&15)*4+8:])
			if err != nil || request.OpCode != dhcpv4.OpcodeBootRequest {
				return
			}
			for _, answer := range answers(request) {
				r.send(answer)
			}
		})
	})
	h.t.Cleanup(func() { _ = r.socket.Close(); work.Wait() })
	return r
}

// send puts an answer on the network, to everybody.
func (r *rogue) send(payload []byte) {
	raw, err := frame.UDP(frame.Ends{SourceMAC: r.mac, DestinationMAC: frame.Broadcast,
		Source: netip.MustParseAddr("192.168.2.9"), Destination: frame.LimitedBroadcast}, payload)
	if err != nil {
		return // larger than a datagram
	}
	binary.BigEndian.PutUint16(raw[34:], frame.ServerPort)
	binary.BigEndian.PutUint16(raw[36:], frame.ClientPort)
	if r.socket.Send(raw) == nil {
		r.sent.Add(1)
	}
}

// noise makes frames of FuzzAnswers' corpus, in a transaction.
type noise struct {
	mu     sync.Mutex
	corpus [][]byte
	chance *rand.Rand
}

func newNoise(t *testing.T) *noise {
	t.Helper()
	corpus := corpusOf(t, "FuzzAnswers")
	return &noise{corpus: corpus, chance: rand.New(rand.NewPCG(2131, 5227))}
}

// corpusOf reads the inputs that Go's fuzzer has kept (one value of bytes each).
func corpusOf(t *testing.T, name string) (corpus [][]byte) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("client", "testdata", "fuzz", name, "*"))
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files of %s, %v", len(files), name, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		_, value, _ := strings.Cut(string(text), "[]byte(")
		value, err2 := strconv.Unquote(strings.TrimSuffix(strings.TrimSpace(value), ")"))
		if err != nil || err2 != nil {
			t.Fatalf("%s: %v, %v", file, err, err2)
		}
		corpus = append(corpus, []byte(value))
	}
	return corpus
}

func (n *noise) about(request *dhcpv4.DHCPv4, count int) (burst [][]byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for range count {
		payload := dhcptest.InTransaction(n.corpus[n.chance.IntN(len(n.corpus))], request)
		for range n.chance.IntN(4) {
			payload[n.chance.IntN(len(payload))] = byte(n.chance.Uint32())
		}
		if n.chance.IntN(4) == 0 {
			payload = payload[:1+n.chance.IntN(len(payload))]
		}
		burst = append(burst, payload)
	}
	return burst
}

// usage is what a process has used: its largest memory in KiB, and its processor time.
func usage(t *testing.T, pid int) (peak int, busy time.Duration) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	if found := regexp.MustCompile(`(?m)^VmHWM:\s+(\d+) kB$`).FindSubmatch(status); found != nil {
		peak, _ = strconv.Atoi(string(found[1]))
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+2:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return peak, time.Duration(user+system) * 10 * time.Millisecond
}

// Where the plan does not know the server, the fastest may be the rogue: no pod gets what is others' or the cluster's by it.
func TestARogueWhereAnyServerMayAnswer(t *testing.T) {
	h := newHouse(t)
	h.startDnsmasq("192.168.2.100", "192.168.2.149")
	h.startDaemon(h.policy(nil), quickProbe, "--acquire-timeout=5s")
	mess := newNoise(t)
	h.startRogue(func(request *dhcpv4.DHCPv4) [][]byte {
		return append(dhcptest.EveryTrick(request), mess.about(request, 100)...)
	})
	a := client.AttachmentPolicy{Subnet: netip.MustParsePrefix("192.168.2.0/24"), OtherSubnets: dhcptest.Prefixes("192.168.2.1/32", "192.168.2.2/32")}
	served := 0
	for i := range 5 {
		p := h.newPod(fmt.Sprintf("web-%d", i))
		if p.add() != nil {
			continue // closed
		}
		served++
		taken := slices.ContainsFunc(a.OtherSubnets, func(one netip.Prefix) bool { return one.Contains(p.address.Addr()) })
		if taken || !a.Subnet.Contains(p.address.Addr()) || p.address.Bits() < 24 || p.mtu() != 1500 {
			t.Errorf("%s has %s, MTU %d", p.name, p.address, p.mtu())
		}
		for line := range strings.Lines(p.netns.Output(t, testenv.Command(t, "ip", "iproute2"), "-4", "route")) {
			if to := strings.Fields(line)[0]; to != "default" && !strings.HasPrefix(to, "192.168.2.") {
				t.Errorf("%s has the route %s", p.name, line)
			}
		}
	}
	t.Logf("%d of 5 pods have addresses", served)
	h.stopDaemon()
}

// Twenty pods get their addresses of the real server, whatever another one says faster, and keep them while it goes on.
// It sends 10,000 frames of noise, most of them while they wait.
func TestARogueServerBesideTheRealOne(t *testing.T) {
	const frames, perRequest = 10_000, 100
	h := newHouse(t)
	server := h.startDnsmasq("192.168.2.100", "192.168.2.149", "--dhcp-option=option:T1,12")
	h.startDaemon(h.policy(known), "--acquire-timeout=30s")
	mess := newNoise(t)
	bad := h.startRogue(func(request *dhcpv4.DHCPv4) [][]byte {
		return append(dhcptest.EveryTrick(request), mess.about(request, perRequest)...)
	})
	pods := make([]*pod, 20)
	for i := range pods {
		pods[i] = h.newPod(fmt.Sprintf("web-%d", i))
	}
	var work sync.WaitGroup
	began := time.Now()
	for some := range slices.Chunk(pods, 5) {
		work.Go(func() {
			for _, p := range some {
				if err := p.add(); err != nil {
					t.Errorf("%s: %v", p.name, err)
				}
			}
		})
	}
	work.Wait()
	t.Logf("20 pods have their addresses after %s, beside %d frames of the rogue", time.Since(began).Round(time.Millisecond), bad.sent.Load())
	table := strings.Join(server.holds(20, 10*time.Second), "\n")
	seen := map[string]bool{}
	for _, p := range pods {
		address := p.address.Addr().String()
		if !strings.Contains(table, " "+address+" ") || seen[address] || p.address.Bits() != 24 {
			t.Errorf("%s has %s, which the real server did not give to it", p.name, p.address)
		}
		seen[address] = true
	}
	if !strings.Contains(h.daemon.Output(), `"event":"LanLeaseRefused"`) {
		t.Error("nobody was told")
	}
	// The rest is for the pods that have their leases, through a renewal of each.
	for i := 0; bad.sent.Load() < frames; i++ {
		request, _ := dhcpv4.New(dhcpv4.WithHwAddr(pods[i%len(pods)].netns.MAC(t, "net1")))
		for _, payload := range append(dhcptest.EveryTrick(request), mess.about(request, 10)...) {
			bad.send(payload)
		}
	}
	renewed := strings.Count(server.Output(), "DHCPACK") + len(pods)
	testenv.Eventually(t, 40*time.Second, "the pods renew at the real server", func() error {
		if got := strings.Count(server.Output(), "DHCPACK"); got < renewed {
			return fmt.Errorf("%d acknowledgements of %d", got, renewed)
		}
		return nil
	})
	for _, p := range pods {
		before := p.address
		if err := p.works(); err != nil || p.address != before {
			t.Errorf("%s: %s, was %s: %v", p.name, p.address, before, err)
		}
	}
	peak, busy := usage(t, h.daemon.Pid())
	t.Logf("the daemon: %d KiB at most, %s of a processor in %s; %d frames of the rogue", peak, busy, time.Since(began).Round(time.Second), bad.sent.Load())
	if peak > 64<<10 || busy > time.Since(began)/2 {
		t.Errorf("too much: %d KiB, %s", peak, busy)
	}
	for _, p := range pods {
		p.mustDel()
	}
	server.waitEmpty(20 * time.Second)
	h.stopDaemon()
}
