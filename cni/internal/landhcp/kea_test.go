package landhcp

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/flatlan/flatlan/cni/internal/netlab"
	"github.com/flatlan/flatlan/cni/internal/testenv"
)

// A kea is a real one on the house's router. Unlike dnsmasq it grants leases of seconds.
type kea struct {
	*netlab.Process
	house  *house
	config string
	leases string
	keaPlan
}

// A keaPlan is what tests change while it runs.
type keaPlan struct {
	pool         string
	subnet       string // default the house's LAN
	router       string
	mtu          int
	reservations []map[string]string
	lease        int // seconds; renewed after a third, rebound after two thirds
}

func (p keaPlan) document(leases string) map[string]any {
	options := []map[string]string{{"name": "routers", "data": p.router}}
	if p.mtu != 0 {
		options = append(options, map[string]string{"name": "interface-mtu", "data": fmt.Sprint(p.mtu)})
	}
	return map[string]any{"Dhcp4": map[string]any{
		"interfaces-config": map[string]any{"interfaces": []string{"eth0"}, "dhcp-socket-type": "raw"},
		"lease-database":    map[string]any{"type": "memfile", "persist": true, "name": leases, "lfc-interval": 0},
		"valid-lifetime":    p.lease, "renew-timer": p.lease / 3, "rebind-timer": 2 * p.lease / 3,
		"authoritative": true,
		"subnet4": []map[string]any{{
			"subnet": cmp.Or(p.subnet, "192.168.2.0/24"), "pools": []map[string]string{{"pool": p.pool}},
			"option-data": options, "reservations": append([]map[string]string{}, p.reservations...),
		}},
		"loggers": []map[string]any{{"name": "kea-dhcp4", "severity": "INFO", "output_options": []map[string]string{{"output": "stdout"}}}},
	}}
}

func (h *house) startKea(plan keaPlan) *kea {
	h.t.Helper()
	k := &kea{house: h, config: filepath.Join(h.folder, "kea.json"), leases: filepath.Join(h.folder, "kea.csv"), keaPlan: plan}
	k.write()
	k.start()
	return k
}

func (k *kea) write() {
	k.house.t.Helper()
	text, err := json.MarshalIndent(k.document(k.leases), "", " ")
	if err == nil {
		err = os.WriteFile(k.config, text, 0o644)
	}
	if err != nil {
		k.house.t.Fatal(err)
	}
}

// start starts it, or starts it again after its end; it remembers its leases.
func (k *kea) start() {
	k.house.t.Helper()
	k.Process = k.house.router.Start(k.house.t, netlab.Command{
		Args: []string{testenv.Command(k.house.t, "kea-dhcp4", "kea-dhcp4-server"), "-c", k.config},
		Env:  []string{"KEA_PIDFILE_DIR=" + k.house.folder, "KEA_LOCKFILE_DIR=" + k.house.folder},
	})
	k.waitFor("DHCP4_STARTED", 1)
}

// change makes it read another plan.
func (k *kea) change(change func(*keaPlan)) {
	k.house.t.Helper()
	change(&k.keaPlan)
	k.write()
	before := strings.Count(k.Output(), "DHCP4_DYNAMIC_RECONFIGURATION_SUCCESS")
	k.Signal(k.house.t, syscall.SIGHUP)
	k.waitFor("DHCP4_DYNAMIC_RECONFIGURATION_SUCCESS", before+1)
}

func (k *kea) waitFor(message string, times int) {
	k.house.t.Helper()
	testenv.Eventually(k.house.t, 10*time.Second, "kea says "+message, func() error {
		if strings.Count(k.Output(), message) < times {
			return fmt.Errorf("it wrote:\n%s", k.Output())
		}
		return nil
	})
}

// table is the server's own list of living leases. Its file is a journal: an address's last line counts, and one that
// was given back has a lifetime of 0.
func (k *kea) table() []string {
	text, _ := os.ReadFile(k.leases)
	last := map[string]string{}
	for line := range strings.Lines(string(text)) {
		fields := strings.Split(strings.TrimSpace(line), ",")
		if len(fields) < 5 || fields[0] == "address" {
			continue
		}
		if fields[3] == "0" {
			delete(last, fields[0])
		} else {
			last[fields[0]] = strings.TrimSpace(line)
		}
	}
	var lines []string
	for _, line := range last {
		lines = append(lines, line)
	}
	return lines
}
