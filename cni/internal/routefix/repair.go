package routefix

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"slices"
	"time"

	"github.com/containernetworking/plugins/pkg/ns"
	"github.com/vishvananda/netlink"

	"github.com/flatlan/flatlan/cni/internal/statefile"
)

// An Outcome is what Repair found at one pod interface.
type Outcome struct {
	Path   string // the record
	Record Record // empty if it was damaged
	// What was missing and is there again; empty if all was well.
	Repaired []string
	// How many frames the guard of its port has dropped so far, by kind; restarts at 0 with the guard.
	Stopped map[string]uint64
	// Why it could not be repaired: *DownError while the interface is down, *statefile.DamagedError for a record that
	// had to be set aside, *NewerError for one of a later release, anything else needs an administrator.
	Err error
}

// Repair looks at every interface that ADD has recorded in folder and puts back what it lost: switching an interface
// down and up inside a pod drops its routes. Records of pods that have ended are removed. An error is for the folder;
// what concerns one interface stands in its outcome.
func Repair(ctx context.Context, folder string) ([]Outcome, error) {
	paths, err := statefile.List(folder)
	if err != nil {
		return nil, fmt.Errorf("records of route-fix: %w", err)
	}
	// Left by an ADD that was killed while it wrote.
	if err := statefile.Sweep(folder, time.Minute); err != nil {
		return nil, fmt.Errorf("records of route-fix: %w", err)
	}
	var outcomes []Outcome
	for _, path := range paths {
		if ctx.Err() != nil {
			return outcomes, ctx.Err()
		}
		if outcome, there := repairOne(path); there {
			outcomes = append(outcomes, outcome)
		}
	}
	if err := sweepPorts(); err != nil {
		return outcomes, fmt.Errorf("guards of ports that are gone: %w", err)
	}
	return outcomes, nil
}

// repairOne also says whether there still is something to repair.
func repairOne(path string) (Outcome, bool) {
	outcome := Outcome{Path: path}
	outcome.Record, outcome.Err = readRecord(path)
	if errors.Is(outcome.Err, fs.ErrNotExist) {
		return outcome, false
	}
	if outcome.Err != nil {
		return outcome, true
	}
	outcome.Err = insideSame(outcome.Record.Netns, outcome.Record.Inode, func(kernel *netlink.Handle, host ns.NetNS) (err error) {
		// Again, under the lock: DEL may have been here since, and must not find its work undone.
		if outcome.Record, err = readWhole(path, kernel, host); err != nil {
			return err
		}
		outcome.Repaired, err = applyHere(kernel, outcome.Record.IfName, outcome.Record.Conf, outcome.Record.Gateways)
		guard, guardErr := guardAt(host, outcome.Record.Port, outcome.Record.Conf, true)
		if guard.difference != "" {
			outcome.Repaired = append(outcome.Repaired, guard.difference)
		}
		outcome.Stopped = guard.stopped
		return errors.Join(err, guardErr)
	})
	var gone *GoneError
	if errors.As(outcome.Err, &gone) {
		outcome.Err = forget(path, gone)
	}
	ended := gone != nil && outcome.Err == nil || errors.Is(outcome.Err, fs.ErrNotExist)
	return outcome, !ended
}

// readWhole reads a record under its lock, and completes one of an earlier release: its port is found by what stands at
// the interface, since the addresses that were given are not recorded.
func readWhole(path string, kernel *netlink.Handle, host ns.NetNS) (Record, error) {
	record, err := readRecord(path)
	if err != nil || record.Version == recordVersion {
		return record, err
	}
	lan, err := lookAtLink(kernel, record.IfName)
	if err != nil {
		return record, err
	}
	err = host.Do(func(ns.NetNS) (err error) {
		record.Port, err = portOf(lan)
		return err
	})
	if err != nil {
		return record, err
	}
	record.Version = recordVersion
	return record, statefile.Write(path, record)
}

// forget removes the record of a pod that has ended. A file without a namespace is another matter.
func forget(path string, gone *GoneError) error {
	if _, err := os.Lstat(gone.Path); !gone.Replaced && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w (the file is there, so this process does not see the mount: mount the host's folder of network "+
			"namespaces with propagation HostToContainer)", gone)
	}
	return statefile.Remove(path)
}

// Moved tells route-fix that the interface has another lease, none (a zero one), or another router, and makes routes, rules
// and guard fit. It does nothing where no route-fix stands in the interface's chain, or not yet: then ADD will find the new
// state. folder is the statePath; the lease replaces the recorded IPv4 addresses, gateways the recorded ones.
func Moved(folder, network, containerID, ifName string, lease netip.Prefix, gateways []netip.Addr) ([]string, error) {
	path := recordPath(folder, network, containerID, ifName)
	record, err := readRecord(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var changed []string
	err = insideSame(record.Netns, record.Inode, func(kernel *netlink.Handle, host ns.NetNS) error {
		record, err := readWhole(path, kernel, host)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		// What the pod has done to its interfaces does not keep the old lease's address open.
		v, lookErr := look(kernel, ifName, record.Conf)
		record.Gateways = gateways
		record.Port.Addresses = slices.DeleteFunc(record.Port.Addresses, func(one netip.Prefix) bool { return one.Addr().Is4() })
		// A refused lease does not open the port either.
		if lookErr == nil && lease.IsValid() && refuseAddress(v, record.Conf, lease) == nil {
			record.Port.Addresses = append(record.Port.Addresses, lease)
		}
		err = errors.Join(statefile.Write(path, record), lookErr)
		if err == nil {
			changed, err = settle(kernel, v, record.Conf, gateways)
		}
		guard, guardErr := guardAt(host, record.Port, record.Conf, true)
		if guard.difference != "" {
			changed = append(changed, guard.difference)
		}
		return errors.Join(err, guardErr)
	})
	return changed, err
}
