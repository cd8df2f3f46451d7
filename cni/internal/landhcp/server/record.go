package server

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"path/filepath"

	"github.com/flatlan/flatlan/cni/internal/cniargs"
	"github.com/flatlan/flatlan/cni/internal/landhcp/client"
	"github.com/flatlan/flatlan/cni/internal/landhcp/link"
	"github.com/flatlan/flatlan/cni/internal/statefile"
)

// A key is an attachment as CNI sees it. The namespace is not part of it: DEL comes without one after a reboot.
type key struct {
	Network, ContainerID, Interface string
}

func (k key) String() string {
	return fmt.Sprintf("network %s, container %s, interface %s", k.Network, k.ContainerID, k.Interface)
}

// A record is one lease on disk: all that is needed to keep it, or to give it back, without the pod's configuration.
type record struct {
	Network     string      `json:"network"`
	ContainerID string      `json:"containerID"`
	Interface   string      `json:"interface"`
	Netns       string      `json:"netns"`
	Pod         cniargs.Pod `json:"pod"`

	HostInterface string          `json:"hostInterface"`
	MAC           string          `json:"mac"`
	Identifier    string          `json:"clientIdentifier"`
	Pinned        bool            `json:"pinned"`
	Provide       []client.Option `json:"provide,omitempty"`
	Request       []uint8         `json:"request,omitempty"`
	Priority      int             `json:"priority"`
	// LinkMTU is what the interface had before a lease said less.
	LinkMTU int `json:"linkMTU"`
	// IPv6 says that the kernel does IPv6 on the interface, which bounds its MTU.
	IPv6 bool `json:"ipv6,omitempty"`
	// Bound is false for an address that was offered while the pod was made, and not yet handed over.
	Bound bool          `json:"bound"`
	Terms *client.Terms `json:"terms,omitempty"`
}

// pod is the interface of the record; moved may be nil where it is only looked at.
func (r record) pod(moved func(client.Terms) error) *link.Pod {
	mac, _ := net.ParseMAC(r.MAC)
	return &link.Pod{Netns: r.Netns, Name: r.Interface, MAC: mac, Priority: r.Priority, LinkMTU: r.LinkMTU, Moved: moved}
}

func (r record) key() key { return key{r.Network, r.ContainerID, r.Interface} }

// identity can fail for a record of a damaged disk only.
func (r record) identity() (client.Identity, error) {
	mac, err := net.ParseMAC(r.MAC)
	if err != nil {
		return client.Identity{}, err
	}
	identifier, err := hex.DecodeString(r.Identifier)
	if err == nil && len(identifier) < 2 {
		err = errors.New("client identifier is shorter than RFC 2132 allows")
	}
	return client.Identity{MAC: mac, Identifier: identifier, Provide: r.Provide, Request: r.Request}, err
}

// A store is the folder of records.
type store struct {
	folder string
}

func (s store) path(k key) string {
	return filepath.Join(s.folder, statefile.Name(k.Network, k.ContainerID, k.Interface))
}

func (s store) save(r record) error { return statefile.Write(s.path(r.key()), r) }

// note saves a record that only a kill has to be survived for: an address that is being asked for.
func (s store) note(r record) error { return statefile.WriteUnsynced(s.path(r.key()), r) }

func (s store) remove(k key) error { return statefile.Remove(s.path(k)) }

// find reads one record.
func (s store) find(k key) (record, bool) {
	var one record
	err := statefile.Read(s.path(k), &one)
	return one, err == nil
}

// load reads every record. Damaged ones are set aside and told as errors; the others count.
func (s store) load() ([]record, []error) {
	paths, err := statefile.List(s.folder)
	if err != nil {
		return nil, []error{err}
	}
	var records []record
	var problems []error
	for _, path := range paths {
		var one record
		if err := statefile.Read(path, &one); err != nil {
			problems = append(problems, err)
			continue
		}
		if _, err := one.identity(); err != nil || s.path(one.key()) != path {
			problems = append(problems, statefile.SetAside(path, errors.Join(errors.New("no lease of this name"), err)))
			continue
		}
		records = append(records, one)
	}
	return records, problems
}
