package landhcp

import (
	"context"
	"net"
	"net/netip"

	"github.com/flatlan/flatlan/cni/internal/routefix"
)

// A lease is one pod interface that the daemon serves.
type lease struct {
	record  record
	link    *podLink
	machine *machine
	// isBound turns true when ADD has an answer; guarded by the server's lock.
	isBound bool
	// cancel ends whatever goes on for the lease, and done tells that it has ended.
	cancel context.CancelFunc
	done   chan struct{}
}

func (l *lease) info() LeaseInfo {
	info := LeaseInfo{
		Attachment: l.record.attachment(),
		Pod:        l.record.Pod,
		MAC:        l.record.MAC,
		Pinned:     l.record.Pinned,
	}
	if terms, ok := l.machine.current(); ok {
		info.Server, info.Expires = terms.Server, terms.Expires
		if l.machine.isInPlace(terms) {
			info.Address = terms.Address
		}
	}
	return info
}

func (r record) attachment() Attachment {
	return Attachment{Network: r.Network, ContainerID: r.ContainerID, Interface: r.Interface, Netns: r.Netns}
}

// stop ends the lease's work and waits for it.
func (l *lease) stop() {
	l.cancel()
	<-l.done
}

// newLease joins a record with what keeps it. Its work has to be started, and closes done.
func (s *Server) newLease(one record, c client, ctx context.Context) (*lease, context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	l := &lease{record: one, cancel: cancel, done: make(chan struct{})}
	l.link = one.link(func(terms Terms) error { return s.moved(one, terms) })
	l.machine = newMachine(c, l.link, s.currentLimits, s.log.With("pod", one.Pod.String(), "network", one.Network, "interface", one.Interface), hooks{
		save: func(terms *Terms, anew bool) error {
			defer s.watch.refresh(one.HostInterface)
			if anew {
				return s.store.save(one.with(terms))
			}
			return s.store.note(one.with(terms))
		},
		tell:  func(kind EventKind, message string, address netip.Addr) { s.tell(one, kind, message, address) },
		count: func(result string) { s.counters.exchange(one.Network, result) },
		gone:  func() { s.run(func() { s.abandon(one.key(), l) }) },
	})
	l.machine.explained = func() bool { return s.explains(one) }
	if l.machine.isPinned = one.Pinned; one.Pinned {
		l.machine.elsewhere = func(ctx context.Context, address netip.Addr) bool { return s.livesElsewhere(ctx, one, address) }
	}
	l.machine.disputes = s.disputes.on(one.HostInterface)
	l.machine.ruling = func() ruling { return s.currentPolicy().ruling(one) }
	return l, ctx
}

func (r record) with(terms *Terms) record {
	r.Bound, r.Terms = true, terms
	return r
}

// moved has route-fix make routes and rules fit; where none stands in the interface's chain it does nothing.
func (s *Server) moved(one record, terms Terms) error {
	var gateways []netip.Addr
	if terms.Gateway.IsValid() {
		gateways = append(gateways, terms.Gateway)
	}
	_, err := routefix.Moved(s.config.Routes, one.Network, one.ContainerID, one.Interface, gateways)
	return err
}

func (s *Server) tell(one record, kind EventKind, message string, address netip.Addr) {
	s.log.Info(message, "event", kind, "pod", one.Pod.String(), "network", one.Network, "interface", one.Interface)
	s.config.OnEvent(Event{Kind: kind, Pod: one.Pod, Network: one.Network, Interface: one.Interface, Address: address, Message: message})
}

// maintain starts the machine of a lease that has its terms.
func (s *Server) maintain(ctx context.Context, l *lease) {
	s.watch.add(s.base, l.record.HostInterface)
	s.run(func() {
		defer close(l.done)
		l.machine.maintain(ctx)
	})
}

// resume goes on with a lease of an earlier daemon. The pod is set up again, in case that daemon ended in the middle.
func (s *Server) resume(one record) {
	c, err := one.client()
	if err != nil {
		return // load has set such a record aside
	}
	l, ctx := s.newLease(one, c, s.base)
	l.machine.restore(*one.Terms)
	l.isBound = true
	s.mu.Lock()
	s.leases[one.key()] = l
	s.mu.Unlock()
	s.maintain(ctx, l)
}

// conflict finds the pod whose address another interface on a host's network claims. A claim of the same pod's next
// sandbox is none: it takes the lease over. One of another pod of this node is: it has no business with the address.
func (s *Server) conflict(hostInterface string, address netip.Addr, with net.HardwareAddr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var claimed, claimant *lease
	for _, l := range s.leases {
		if l.record.HostInterface != hostInterface {
			continue
		}
		if l.record.MAC == with.String() {
			claimant = l
		}
		terms, ok := l.machine.current()
		if ok && l.isBound && terms.Address.Addr() == address && l.machine.isInPlace(terms) {
			claimed = l
		}
	}
	switch {
	case claimed == nil || claimed.record.MAC == with.String():
	case claimant != nil && claimant.record.samePod(claimed.record):
	default:
		claimed.machine.conflict(with)
	}
}

// addressesOn are those of the pods on one of the host's networks.
func (s *Server) addressesOn(hostInterface string) []netip.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []netip.Addr
	for _, l := range s.leases {
		if terms, ok := l.machine.current(); ok && l.record.HostInterface == hostInterface {
			all = append(all, terms.Address.Addr())
		}
	}
	return all
}
