package routefix

import (
	"errors"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/flatlan/flatlan/cni/internal/dump"
)

// clearHere removes our routes and rules of an interface, and those of interfaces that are no more: rules and the copies
// of the cluster network's routes outlive the LAN interface.
func clearHere(kernel *netlink.Handle, ifName string) error {
	routes, err := listRoutes(kernel)
	if err != nil {
		return err
	}
	rules, err := listRules(kernel)
	if err != nil {
		return err
	}
	others, shared, err := otherInterfaces(kernel, ifName)
	if err != nil {
		return err
	}
	var problems []error
	if there, err := lookAtFilter(ifName); err == nil && len(there) > 0 {
		problems = append(problems, writeFilter(ifName, nil))
	}
	for _, there := range rules {
		ofPod := shared && there.all != 0 && (there.table == unix.RT_TABLE_MAIN || there.table == endTable)
		if there.protocol == Protocol && !ofPod && !ofAny(there.table, others) {
			problems = append(problems, removeRule(kernel, there.rule))
		}
	}
	for _, there := range routes {
		// Main and local: by interface. Policy tables: by their number.
		kept := there.table < lanTableBase && others[there.dev] || ofAny(there.table, others) || there.table == endTable && shared
		if there.protocol == Protocol && !kept {
			problems = append(problems, removeRoute(kernel, there))
		}
	}
	return joined(problems...)
}

// ofAny tells whether a policy table belongs to one of the interfaces.
func ofAny(table int, indexes map[int]bool) bool {
	return indexes[table-lanTableBase] || indexes[table-clusterTableBase]
}

// otherInterfaces are the indexes of the interfaces that stay, and whether one of them needs the pod's rules for advertised
// routes, too.
func otherInterfaces(kernel *netlink.Handle, ifName string) (indexes map[int]bool, shared bool, err error) {
	devices, err := dump.Whole(kernel.LinkList)
	if err != nil {
		return nil, false, errors.Join(errors.New("list of interfaces"), err)
	}
	indexes = map[int]bool{}
	for _, device := range devices {
		if device.Attrs().Name != ifName {
			indexes[device.Attrs().Index] = true
			shared = shared || device.Attrs().Group == advertisedGroup
		}
	}
	return indexes, shared, nil
}
