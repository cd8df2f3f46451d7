package landhcp

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/flatlan/flatlan/cni/internal/testenv"
)

// open are the addresses that the port of the only pod with route-fix lets through, by its record.
func (h *house) open() ([]netip.Prefix, error) {
	paths, err := filepath.Glob(filepath.Join(h.routes, "*.json"))
	if err != nil || len(paths) != 1 {
		return nil, fmt.Errorf("records %v, %w", paths, err)
	}
	text, err := os.ReadFile(paths[0])
	if err != nil {
		return nil, err
	}
	var record struct {
		Port struct{ Addresses []netip.Prefix }
	}
	return record.Port.Addresses, json.Unmarshal(text, &record)
}

func (h *house) waitClosed(bound time.Duration, why string) {
	h.t.Helper()
	testenv.Eventually(h.t, bound, why+": the port is closed", func() error {
		open, err := h.open()
		if err == nil && len(open) > 0 {
			err = fmt.Errorf("it is open for %v", open)
		}
		return err
	})
}

// The server may give the address to somebody else from the lease's end on.
func TestALeaseThatEndsClosesThePort(t *testing.T) {
	h := newHouse(t)
	server := h.startKea(shortLeases())
	h.startDaemon()
	p := h.newPod("web")
	p.clusterSide()
	p.mustAdd().fixRoutes()
	if open, err := h.open(); err != nil || len(open) != 1 || open[0] != p.address {
		t.Fatalf("after ADD the port is open for %v, %v", open, err)
	}
	server.Stop(t)
	h.waitClosed(15*time.Second, "the server is off past the lease's end")
	h.stopDaemon()
}

// A pod with NET_ADMIN that looks gone to the daemon lives, and its lease is given back.
func TestALeaseThatIsGivenBackClosesThePort(t *testing.T) {
	h := newHouse(t)
	h.startDnsmasq("192.168.2.100", "192.168.2.119")
	h.startDaemon("--sweep=100ms", "--grace=100ms")
	p := h.newPod("web")
	p.clusterSide()
	p.mustAdd().fixRoutes()
	p.netns.SetMAC(t, "net1", "02:00:00:ba:d0:01")
	h.waitNoState()
	h.waitClosed(time.Second, "the address was given back")
	h.stopDaemon()
}

// The same while no daemon runs.
func TestALeaseThatIsGivenBackAfterAStartClosesThePort(t *testing.T) {
	h := newHouse(t)
	h.startDnsmasq("192.168.2.100", "192.168.2.119")
	h.startDaemon()
	p := h.newPod("web")
	p.clusterSide()
	p.mustAdd().fixRoutes()
	h.stopDaemon()
	p.netns.SetMAC(t, "net1", "02:00:00:ba:d0:01")
	h.startDaemon("--grace=100ms")
	h.waitNoState()
	h.waitClosed(time.Second, "the address was given back")
	h.stopDaemon()
}
