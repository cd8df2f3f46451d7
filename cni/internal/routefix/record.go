package routefix

import (
	"fmt"
	"net/netip"
	"path/filepath"

	"github.com/flatlan/flatlan/cni/internal/cniargs"
	"github.com/flatlan/flatlan/cni/internal/statefile"
)

// Version 1 did not have the port.
const recordVersion = 2

// A Record is what ADD leaves in a file, so that the interface can be repaired without the runtime: it says everything that
// Apply has to know.
type Record struct {
	Version     int          `json:"version"`
	Network     string       `json:"network"`
	ContainerID string       `json:"containerID"`
	IfName      string       `json:"ifName"`
	Netns       string       `json:"netns"`
	Inode       uint64       `json:"inode"` // of the namespace
	Pod         cniargs.Pod  `json:"pod"`   // for logs and events
	Gateways    []netip.Addr `json:"gateways,omitempty"`
	Port        port         `json:"port,omitzero"` // zero: the interface has none
	Conf        Conf         `json:"conf"`
}

func (r Record) path() string {
	return recordPath(r.Conf.StatePath, r.Network, r.ContainerID, r.IfName)
}

func recordPath(folder, network, containerID, ifName string) string {
	return filepath.Join(folder, statefile.Name(network, containerID, ifName))
}

// A NewerError is a record that a later release wrote, before this one took its place again. It is kept for that one.
type NewerError struct {
	Path    string
	Version int
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("record %s is of a later release (version %d, not %d): make the pod anew, or go back to that release",
		e.Path, e.Version, recordVersion)
}

// readRecord also sets aside JSON that is not a valid record: a repair from it would change the wrong thing. One of a
// later release is a *NewerError and stays where it is.
func readRecord(path string) (Record, error) {
	record := Record{Conf: defaults()}
	// The version is read first: the other fields of later versions are unknown.
	var head struct {
		Version int `json:"version"`
	}
	if err := statefile.Read(path, &head); err != nil {
		return record, err
	}
	if head.Version > recordVersion {
		return record, &NewerError{Path: path, Version: head.Version}
	}
	if err := statefile.Read(path, &record); err != nil {
		return record, err
	}
	if err := record.check(path); err != nil {
		return record, statefile.SetAside(path, err)
	}
	return record, nil
}

func (r Record) check(path string) error {
	switch {
	case r.Version < 1 || r.Version > recordVersion:
		return fmt.Errorf("version %d is not %d", r.Version, recordVersion)
	case filepath.Base(path) != statefile.Name(r.Network, r.ContainerID, r.IfName):
		return fmt.Errorf("its name is not that of network %q, container %q, interface %q", r.Network, r.ContainerID, r.IfName)
	case !filepath.IsAbs(r.Netns):
		return fmt.Errorf("netns %q is not an absolute path", r.Netns)
	}
	return nil
}
