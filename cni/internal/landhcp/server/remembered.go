package server

import (
	"net/netip"
	"slices"
)

// remembered are addresses that were given back, by their client, the latest last. A pod that gets another sandbox, after a
// reboot or when its last one died, is deleted by kubelet before it is added again: servers that choose by MAC address
// would give it another address, unless it asks for the one it had.
type remembered []record

// mostRemembered is more than a node has pods.
const mostRemembered = 256

func (s *Server) remember(one record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remembered = append(slices.DeleteFunc(s.remembered, one.sameClient), one)
	if len(s.remembered) > mostRemembered {
		s.remembered = s.remembered[1:]
	}
}

// wish is the address to request from a server: the one that the client had last, or none.
func (s *Server) wish(next, before record) netip.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	if before.Terms == nil {
		if i := slices.IndexFunc(s.remembered, next.sameClient); i >= 0 {
			before = s.remembered[i]
		}
	}
	s.remembered = slices.DeleteFunc(s.remembered, next.sameClient)
	if before.Terms == nil {
		return netip.Addr{}
	}
	return before.Terms.Address.Addr()
}
