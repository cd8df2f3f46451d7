package server

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/flatlan/flatlan/cni/internal/landhcp/client"
	"github.com/flatlan/flatlan/cni/internal/routefix"
)

// An orphan is a lease without a pod: it waits to be released, or for its pod's next sandbox.
type orphan struct {
	record record
	cancel context.CancelFunc
	done   chan struct{}
}

// A hostPort is an interface of the host on a pod's network: its bridge. It speaks for pods that are gone.
type hostPort interface {
	// InUse probes whether an interface other than the pod's has the address; any interface if the pod is nil.
	InUse(ctx context.Context, hostInterface string, address netip.Addr, pod net.HardwareAddr) (net.HardwareAddr, error)
	// Release gives a pod's address back in the pod's name.
	Release(hostInterface string, identity client.Identity, terms client.Terms) error
}

// longestRetry bounds the wait between attempts to give an address back, after a boot whose bridge comes late.
const longestRetry = 30 * time.Second

// abandon makes an orphan of a lease whose interface is gone without a DEL, unless a DEL comes first.
func (s *Server) abandon(k key, l *lease) {
	s.mu.Lock()
	if s.leases[k] != l {
		s.mu.Unlock()
		return
	}
	delete(s.leases, k)
	s.mu.Unlock()
	l.stop()
	s.orphan(l.lastRecord(), s.config.Grace)
}

func (l *lease) lastRecord() record {
	if terms, ok := l.machine.Current(); ok {
		return l.record.with(&terms)
	}
	return l.record
}

// orphan gives a lease back after some time. A pinned pod's is kept at the server for the next pod with its MAC, and
// there is nothing to keep here: that pod asks by the same identifier.
func (s *Server) orphan(one record, after time.Duration) {
	s.close(one)
	c, err := one.identity()
	if err != nil || one.Pinned || one.Terms == nil || !time.Now().Before(one.Terms.Expires) {
		s.forget(one.key())
		return
	}
	ctx, cancel := context.WithCancel(s.base)
	o := &orphan{record: one, cancel: cancel, done: make(chan struct{})}
	s.mu.Lock()
	s.orphans[one.key()] = o
	s.mu.Unlock()
	s.run(func() {
		defer close(o.done)
		defer cancel()
		if s.release(ctx, one, c, after) {
			s.forget(one.key())
			s.mu.Lock()
			delete(s.orphans, one.key())
			s.mu.Unlock()
		}
	})
}

// release gives an address back, however often it takes while the lease lasts; false if ctx ended first.
func (s *Server) release(ctx context.Context, one record, c client.Identity, after time.Duration) bool {
	log := s.log.With("pod", one.Pod.String(), "network", one.Network, "address", one.Terms.Address.Addr())
	if !client.Pause(ctx, after) {
		return false
	}
	for wait := time.Second; time.Now().Before(one.Terms.Expires); wait = min(2*wait, longestRetry) {
		// The same pod may run on another node by now, with the same identifier and so with the same address.
		user, err := s.hosts.InUse(ctx, one.HostInterface, one.Terms.Address.Addr(), c.MAC)
		switch {
		case ctx.Err() != nil:
			return false
		case user != nil:
			log.Info("the address of a pod that is gone is in use and is not given back", "mac", user.String())
			return true
		case err == nil:
			err = s.hosts.Release(one.HostInterface, c, *one.Terms)
		}
		if err == nil {
			log.Info("gave the address back")
			s.remember(one)
			s.counters.exchange(one.Network, "release")
			return true
		}
		log.Warn("cannot give the address back yet", "error", err)
		if !client.Pause(ctx, wait) {
			return false
		}
	}
	return true // the server's lease has expired
}

// close removes the address from the port: without a DEL, the pod may be alive and have hidden its interface, and the
// address will be given to another client.
func (s *Server) close(one record) {
	err := s.moved(one, client.Terms{})
	if err != nil && !errors.As(err, new(*routefix.GoneError)) {
		s.log.Warn("route-fix closes a port with problems", "lease", one.key(), "error", err)
	}
}

func (s *Server) forget(k key) {
	if err := s.store.remove(k); err != nil {
		s.log.Error("cannot remove a lease's file", "error", err)
	}
}

// takeOver stops giving back the lease of a pod that is here again, and returns what it held.
func (s *Server) takeOver(next record) (record, bool) {
	s.mu.Lock()
	var found *orphan
	for k, o := range s.orphans {
		if k == next.key() || o.record.sameClient(next) {
			found = o
			delete(s.orphans, k)
			break
		}
	}
	s.mu.Unlock()
	if found == nil {
		return record{}, false
	}
	found.cancel()
	<-found.done
	return found.record, true
}

// sameClient tells whether a server takes both for one client.
func (r record) sameClient(other record) bool {
	return r.Identifier == other.Identifier && r.HostInterface == other.HostInterface && r.Network == other.Network
}
