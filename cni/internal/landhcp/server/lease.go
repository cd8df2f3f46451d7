package server

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"

	"github.com/flatlan/flatlan/cni/internal/landhcp/client"
	"github.com/flatlan/flatlan/cni/internal/landhcp/link"
	"github.com/flatlan/flatlan/cni/internal/routefix"
)

// A lease is one pod interface that the daemon serves.
type lease struct {
	record  record
	pod     *link.Pod
	machine *client.Machine
	// isBound says that ADD has returned its result. It is guarded by Server.mu, like the map that the lease stands in:
	// to read it anywhere without that lock is a mistake, also for who holds the lease alone.
	isBound bool
	// ctx ends with the daemon, or by cancel: whatever goes on for the lease goes on under it.
	ctx    context.Context
	cancel context.CancelFunc
	// work is what goes on for the lease, and stop waits for its end: from newLease on bind, of an ADD, or resume, and then
	// the machine by maintain, which enters before those leave. Each leaves by itself; nobody else says that it is over.
	work sync.WaitGroup
}

func (l *lease) info() LeaseInfo {
	info := LeaseInfo{
		Attachment: l.record.attachment(),
		Pod:        l.record.Pod,
		MAC:        l.record.MAC,
		Pinned:     l.record.Pinned,
	}
	if terms, ok := l.machine.Current(); ok {
		info.Server, info.Expires = terms.Server, terms.Expires
		if l.machine.IsInPlace(terms) {
			info.Address = terms.Address
		}
	}
	return info
}

func (r record) attachment() Attachment {
	return Attachment{Network: r.Network, ContainerID: r.ContainerID, Interface: r.Interface, Netns: r.Netns}
}

// stop cancels the lease's work and waits for its end.
func (l *lease) stop() {
	l.cancel()
	l.work.Wait()
}

// newLease joins a record with what keeps it. Who makes it is at work for it, and has to say when that is over.
func (s *Server) newLease(ctx context.Context, one record, identity client.Identity) *lease {
	ctx, cancel := context.WithCancel(ctx)
	l := &lease{record: one, ctx: ctx, cancel: cancel}
	l.pod = one.pod(func(terms client.Terms) error { return s.moved(one, terms) })
	config := client.Config{
		Identity: identity,
		Port:     l.pod,
		Log:      s.log.With("pod", one.Pod.String(), "network", one.Network, "interface", one.Interface),
		Timeouts: func() client.Timeouts { return s.currentLimits().timeouts() },
		Hooks: client.Hooks{
			Save: func(terms *client.Terms, anew bool) error {
				defer s.watch.Refresh(one.HostInterface)
				if anew {
					return s.store.save(one.with(terms))
				}
				return s.store.note(one.with(terms))
			},
			Tell:  func(kind client.EventKind, message string, address netip.Addr) { s.tell(one, kind, message, address) },
			Count: func(result string) { s.counters.exchange(one.Network, result) },
			Gone:  func() { s.run(func() { s.abandon(one.key(), l) }) },
		},
		IsPinned:  one.Pinned,
		Explained: func() bool { return s.explains(one) },
		Disputes:  s.disputes.On(one.HostInterface),
		Ruling:    func() client.Ruling { return s.currentPolicy().ruling(one) },
	}
	if one.Pinned {
		config.Elsewhere = func(ctx context.Context, address netip.Addr) bool { return s.livesElsewhere(ctx, one, address) }
	}
	l.machine = client.New(config)
	l.work.Add(1)
	return l
}

func (r record) with(terms *client.Terms) record {
	r.Bound, r.Terms = true, terms
	return r
}

// moved has route-fix make routes and rules fit; where none stands in the interface's chain it does nothing.
func (s *Server) moved(one record, terms client.Terms) error {
	var gateways []netip.Addr
	if terms.Gateway.IsValid() {
		gateways = append(gateways, terms.Gateway)
	}
	_, err := routefix.Moved(s.config.Routes, one.Network, one.ContainerID, one.Interface, terms.Address, gateways)
	if errors.As(err, new(*routefix.NewerError)) {
		// A release that was rolled back: the lease goes on, whatever the port lets through.
		s.log.Warn("route-fix cannot follow a lease", "lease", one.key(), "error", err)
		return nil
	}
	return err
}

func (s *Server) tell(one record, kind client.EventKind, message string, address netip.Addr) {
	s.log.Info(message, "event", kind, "pod", one.Pod.String(), "network", one.Network, "interface", one.Interface)
	s.config.OnEvent(Event{Kind: kind, Pod: one.Pod, Network: one.Network, Interface: one.Interface, Address: address, Message: message})
}

// maintain starts the machine of a lease that has its terms.
func (s *Server) maintain(l *lease) {
	s.watch.Add(s.base, l.record.HostInterface)
	l.work.Add(1)
	s.run(func() {
		defer l.work.Done()
		l.machine.Maintain(l.ctx)
	})
}

// resume goes on with a lease of an earlier daemon. The pod is set up again, in case that daemon ended in the middle.
func (s *Server) resume(one record) {
	identity, err := one.identity()
	if err != nil {
		return // load has set such a record aside
	}
	l := s.newLease(s.base, one, identity)
	defer l.work.Done()
	l.machine.Restore(*one.Terms)
	s.mu.Lock()
	l.isBound = true
	s.leases[one.key()] = l
	s.mu.Unlock()
	s.maintain(l)
}

// conflict finds the pod whose address another interface on a host's network claims. A claim of the same pod's next
// sandbox is not a conflict, since it takes the lease over. A claim of another pod of this node is one.
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
		terms, ok := l.machine.Current()
		if ok && terms.Address.Addr() == address && l.machine.IsInPlace(terms) {
			claimed = l
		}
	}
	switch {
	case claimed == nil || claimed.record.MAC == with.String():
	case claimant != nil && claimant.record.samePod(claimed.record):
	default:
		claimed.machine.Conflict(with)
	}
}

// addressesOn are those of the pods on one of the host's networks.
func (s *Server) addressesOn(hostInterface string) []netip.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []netip.Addr
	for _, l := range s.leases {
		if terms, ok := l.machine.Current(); ok && l.record.HostInterface == hostInterface {
			all = append(all, terms.Address.Addr())
		}
	}
	return all
}
