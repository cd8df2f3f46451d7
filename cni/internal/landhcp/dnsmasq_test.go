package landhcp

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/flatlan/flatlan/cni/internal/netlab"
	"github.com/flatlan/flatlan/cni/internal/testenv"
)

// A dnsmasq is a real one on the house's router, serving DHCP alone.
type dnsmasq struct {
	*netlab.Process
	house  *house
	leases string
}

// startDnsmasq serves a range of addresses; its shortest lease is two minutes.
func (h *house) startDnsmasq(first, last string, more ...string) *dnsmasq {
	h.t.Helper()
	d := &dnsmasq{house: h, leases: filepath.Join(h.folder, "dnsmasq.leases")}
	d.Process = h.router.Start(h.t, netlab.Command{Args: append([]string{
		testenv.Command(h.t, "dnsmasq", "dnsmasq-base"),
		"--keep-in-foreground", "--conf-file=/dev/null", "--user=root", "--port=0", "--pid-file=",
		"--interface=" + h.serverPort, "--bind-interfaces", "--log-facility=-",
		"--dhcp-range=" + first + "," + last + ",255.255.255.0,2m", "--dhcp-leasefile=" + d.leases,
		"--dhcp-authoritative", "--no-ping",
	}, more...)})
	testenv.Eventually(h.t, 10*time.Second, "dnsmasq serves", func() error {
		if !strings.Contains(d.Output(), "DHCP, IP range") && !strings.Contains(d.Output(), "DHCP, sockets bound") {
			return fmt.Errorf("it wrote: %s", d.Output())
		}
		return nil
	})
	return d
}

// table is the server's own list of leases. It is written anew in place at each change: who reads in that moment sees a
// part of it, so expectations wait.
func (d *dnsmasq) table() []string {
	text, _ := os.ReadFile(d.leases)
	return strings.FieldsFunc(string(text), func(r rune) bool { return r == '\n' })
}

// holds waits until the server has so many leases, and goes on having them for a moment.
func (d *dnsmasq) holds(count int, bound time.Duration) (table []string) {
	d.house.t.Helper()
	again := 0
	testenv.Eventually(d.house.t, bound, fmt.Sprintf("the server has %d leases", count), func() error {
		table = d.table()
		if len(table) != count {
			again = 0
			return fmt.Errorf("it has %d: %s", len(table), strings.Join(table, "; "))
		}
		if again++; again < 5 {
			return errors.New("it had just now")
		}
		return nil
	})
	return table
}

// waitEmpty waits until the server has every address back.
func (d *dnsmasq) waitEmpty(bound time.Duration) {
	d.house.t.Helper()
	d.holds(0, bound)
}

// secondLAN is another network with a server of its own, behind the node's bridge cni1.
func (h *house) secondLAN() *dnsmasq {
	h.t.Helper()
	router := netlab.New(h.t, "router2")
	h.node.Bridge(h.t, "cni1")
	netlab.Cable(h.t, router, "eth0", h.node, "uplink2")
	h.node.Enslave(h.t, "uplink2", "cni1")
	router.Address(h.t, "eth0", "192.168.20.1/24")
	other := &house{t: h.t, router: router, folder: h.t.TempDir(), serverPort: "eth0"}
	return other.startDnsmasq("192.168.20.100", "192.168.20.119")
}
