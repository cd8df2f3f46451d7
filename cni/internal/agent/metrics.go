package agent

import (
	"maps"
	"runtime"
	"slices"
	"strings"

	"github.com/flatlan/flatlan/cni/internal/metrics"
	"github.com/flatlan/flatlan/cni/internal/version"
)

// metrics are computed at each request: they show the current state.
func (a *Agent) metrics() string {
	shot := a.dhcp.Snapshot()
	a.mutex.Lock()
	file, results, fileOK := a.file, a.results, a.fileOK
	repaired, failed, damaged := a.repaired, a.repairFail, a.damaged+shot.StateDamaged
	a.mutex.Unlock()
	var w metrics.Writer
	w.Single("flatlan_info", metrics.Gauge, "Which flatlan this is.", 1,
		"version", version.Version, "plugins", version.Plugins, "go", runtime.Version())
	w.Single("flatlan_config_ok", metrics.Gauge, "1 where the settings in use are those of the file.", truth(fileOK))
	w.Single("flatlan_lease_cap", metrics.Gauge, "How many addresses of the LAN this node's pods may hold.", float64(shot.LeaseCap))

	leases := map[string]int{}
	for name := range file.Attachments {
		leases[name] = 0
	}
	for _, lease := range shot.Leases {
		leases[qualified(file, lease.Network)]++
	}
	w.Family("flatlan_leases", metrics.Gauge, "Addresses of the LAN that this node's pods hold.")
	for _, name := range sortedKeys(leases) {
		w.Sample("flatlan_leases", float64(leases[name]), "attachment", name)
	}
	w.Single("flatlan_leases_releasing", metrics.Gauge, "Addresses of pods that are gone, to be given back.", float64(shot.Releasing))
	w.Family("flatlan_dhcp_exchanges_total", metrics.Counter, "Exchanges with DHCP servers, by how they ended.")
	for _, exchange := range shot.Exchanges {
		w.Sample("flatlan_dhcp_exchanges_total", float64(exchange.Count),
			"attachment", qualified(file, exchange.Network), "result", exchange.Result)
	}
	w.Histogram("flatlan_dhcp_acquire_seconds", "How long pods waited for an address, with or without success.",
		shot.Acquire.Bounds, shot.Acquire.Counts, shot.Acquire.Count, shot.Acquire.Sum)
	w.Single("flatlan_route_repairs_total", metrics.Counter, "Interfaces whose lost routes were put back.", float64(repaired))
	w.Single("flatlan_route_repair_failures_total", metrics.Counter, "Interfaces that could not be looked at or repaired.", float64(failed))
	w.Single("flatlan_state_damaged_total", metrics.Counter, "Files of the state that could not be read and were set aside.", float64(damaged))
	w.Family("flatlan_preflight_ok", metrics.Gauge, "1 where the node is as an attachment needs it.")
	for _, result := range results {
		w.Sample("flatlan_preflight_ok", truth(result.OK()), "attachment", result.Attachment, "check", result.Check)
	}
	dropped := uint64(0)
	if a.Events != nil {
		dropped = a.Events.Dropped()
	}
	w.Single("flatlan_events_dropped_total", metrics.Counter, "Kubernetes events that were not posted.", float64(dropped))
	return w.String()
}

// qualified is namespace/name of the attachment with a CNI network of that name, where there is one such attachment.
func qualified(file File, network string) string {
	found := ""
	for name := range file.Attachments {
		if strings.HasSuffix(name, "/"+network) {
			if found != "" {
				return network
			}
			found = name
		}
	}
	if found == "" {
		return network
	}
	return found
}

func truth(ok bool) float64 {
	if ok {
		return 1
	}
	return 0
}

func sortedKeys(of map[string]int) []string { return slices.Sorted(maps.Keys(of)) }
