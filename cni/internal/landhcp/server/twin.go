package server

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/flatlan/flatlan/cni/internal/landhcp/client"
)

// Two interfaces with one MAC address, or one identifier, are one client for a DHCP server: both get the same address,
// and the switch sends each frame to the one that sent last. On one node the daemon sees both. On different nodes the
// ARP probe finds the other one, which replies from the pod's own MAC address. The lease belongs to the other: it is
// neither declined nor released, since the server would take either message as the other's.

// heldByAnother refuses a pod with the MAC address or identifier of a running pod of this node, which keeps its lease.
func (s *Server) heldByAnother(one record) error {
	for _, l := range s.bound() {
		other := l.record
		if other.HostInterface != one.HostInterface || other.samePod(one) || other.MAC != one.MAC && !other.sameClient(one) {
			continue
		}
		if !l.pod.Exists() {
			s.abandon(other.key(), l)
			continue
		}
		terms, _ := l.machine.Current()
		err := coded(codeRefused, "%s may not have MAC address %s on network %s: %s has it there, with %s, and lives; delete that one first",
			one.Pod, one.MAC, one.Network, other.Pod, terms.Address.Addr())
		s.tell(one, PodRefused, err.Error(), terms.Address.Addr())
		s.tell(other, client.AddressContested, fmt.Sprintf("%s asked for this pod's MAC address %s, and was refused", one.Pod, other.MAC), terms.Address.Addr())
		return err
	}
	return nil
}

// explains tells whether an older sandbox of the same pod is on this node, whose interface replies for its address.
func (s *Server) explains(one record) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.leases {
		if l.record.key() != one.key() && l.record.MAC == one.MAC && l.record.HostInterface == one.HostInterface && l.record.samePod(one) {
			return true
		}
	}
	return false
}

// livesElsewhere probes through the host's bridge. The pod itself would never receive the reply: source and destination
// are the same MAC address, and no switch sends a frame back to the port that it came from.
func (s *Server) livesElsewhere(ctx context.Context, one record, address netip.Addr) bool {
	user, err := s.hosts.InUse(ctx, one.HostInterface, address, nil)
	return err == nil && user != nil && user.String() == one.MAC
}

// samePod tells whether two interfaces are of one pod, or of its next life: a StatefulSet's pod keeps its name. Outside
// of Kubernetes this is not known, and the identifier decides.
func (r record) samePod(other record) bool {
	return r.Pod.Name == other.Pod.Name && r.Pod.Namespace == other.Pod.Namespace
}
