package server

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/flatlan/flatlan/cni/internal/landhcp/client"
)

// Two interfaces with one MAC address, or one identifier, are one client for a DHCP server: both get the same address, and
// the switch sends each frame to whoever spoke last. On a node the daemon sees both; elsewhere the ARP probe hears the
// other, whose answer comes from the pod's own MAC address. That lease is the other's: it is neither declined nor given
// back, since the server would take both for the other's word.

// heldByAnother refuses a pod that wants to be who a living pod of this node is. The living one keeps its lease.
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

// explains tells whether an older sandbox of the same pod is on this node, whose interface answers for its address.
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

// livesElsewhere asks by the host's bridge. The pod itself would never hear the answer: it goes to the MAC address that it
// comes from, and no switch sends a frame back to where it came from.
func (s *Server) livesElsewhere(ctx context.Context, one record, address netip.Addr) bool {
	user, err := s.hosts.InUse(ctx, one.HostInterface, address, nil)
	return err == nil && user != nil && user.String() == one.MAC
}

// samePod tells whether two interfaces are of one pod, or of its next life: a StatefulSet's pod keeps its name. Outside
// of Kubernetes nobody can tell, and the identifier decides.
func (r record) samePod(other record) bool {
	return r.Pod.Name == other.Pod.Name && r.Pod.Namespace == other.Pod.Namespace
}
