package server

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/containernetworking/cni/pkg/types"
	current "github.com/containernetworking/cni/pkg/types/100"

	"github.com/flatlan/flatlan/cni/internal/landhcp/client"
	"github.com/flatlan/flatlan/cni/internal/landhcp/link"
)

// add gets a pod its address. Called again for the same interface, it returns the same result.
func (s *Server) add(ctx context.Context, request Call) (*current.Result, error) {
	c, err := parseConf(request.Config, request.Args)
	if err != nil {
		return nil, codedError{types.ErrInvalidNetworkConfig, err}
	}
	one, err := describe(c, request)
	if err != nil {
		return nil, err
	}
	if err := s.currentPolicy().admit(one, c); err != nil {
		s.tell(one, PodRefused, err.Error(), netip.Addr{})
		return nil, err
	}
	if err := s.heldByAnother(one); err != nil {
		return nil, err
	}
	l, isNew, err := s.reserve(one)
	if err != nil {
		if failureOf(err).Code == codeCap {
			s.tell(one, AddressFailed, err.Error(), netip.Addr{})
		}
		return nil, err
	}
	if !isNew {
		terms, _ := l.machine.Current()
		return result(terms, one.Priority), nil
	}
	terms, err := s.bind(ctx, l)
	if err != nil {
		s.remove(one.key(), l) // of a plugin that went away at the last moment: whatever else went wrong is undone
		return nil, err
	}
	return result(terms, one.Priority), nil
}

// bind gets a lease that was reserved its terms, and hands it to its machine. With an error nothing goes on for the lease.
func (s *Server) bind(ctx context.Context, l *lease) (client.Terms, error) {
	defer l.work.Done()
	one := l.record
	stop := context.AfterFunc(ctx, l.cancel)
	defer stop()

	before, took := s.takeOver(one)
	terms, err := s.acquire(ctx, l, before)
	if err != nil {
		s.giveUp(l, before, took, err)
		return client.Terms{}, coded(codeNoAddress, "%s, network %s (%s): %w", one.Pod, one.Network, one.HostInterface, err)
	}
	if took && before.key() != one.key() {
		s.settle(before, terms)
	}
	s.replaceOthers(l, terms)
	s.mu.Lock()
	l.isBound = true
	s.mu.Unlock()
	if !stop() {
		return client.Terms{}, context.Cause(ctx)
	}
	s.maintain(l)
	return terms, nil
}

// describe makes the record of an interface that upstream's plugin has just made.
func describe(c conf, request Call) (record, error) {
	one := record{
		Network:       c.Network,
		ContainerID:   request.ContainerID,
		Interface:     request.Interface,
		Netns:         request.Netns,
		Pod:           c.Pod,
		HostInterface: c.HostInterface,
		Identifier:    hex.EncodeToString(clientIdentifier(c, request.ContainerID, request.Interface)),
		Pinned:        c.PinnedMAC != nil,
		Provide:       c.Provide,
		Request:       c.Request,
		Priority:      c.Priority,
	}
	pod := &link.Pod{Netns: one.Netns, Name: one.Interface}
	facts, err := pod.Facts()
	if errors.Is(err, client.ErrGone) {
		return record{}, fmt.Errorf("there is no interface %s in %s; lan-dhcp has to run as the IPAM plugin of one that makes it", one.Interface, one.Netns)
	}
	one.MAC, one.LinkMTU, one.IPv6 = facts.MAC.String(), facts.MTU, facts.IPv6
	if err == nil && c.PinnedMAC != nil && one.MAC != c.PinnedMAC.String() {
		return record{}, coded(types.ErrInvalidNetworkConfig, "%s has MAC %s and not %s, which was asked for: the attachment's plugin needs capabilities.mac", one.Interface, one.MAC, c.PinnedMAC)
	}
	return one, err
}

// reserve takes a place below the cap, so that calls at the same time cannot exceed it together. A new lease has to be bound;
// one that is not new is bound already.
func (s *Server) reserve(one record) (l *lease, isNew bool, err error) {
	identity, err := one.identity()
	if err != nil {
		return nil, false, err
	}
	l = s.newLease(s.base, one, identity)
	s.mu.Lock()
	defer s.mu.Unlock()
	if there := s.leases[one.key()]; there != nil {
		l.cancel()
		if !there.isBound {
			return nil, false, coded(types.ErrTryAgainLater, "%s is being added already", one.key())
		}
		return there, false, nil
	}
	if err := s.beyondCaps(one); err != nil {
		l.cancel()
		return nil, false, err
	}
	s.leases[one.key()] = l
	return l, true, nil
}

// beyondCaps keeps one pod or one namespace from taking all that a node may have of the LAN's pool. The caller holds
// the lock.
func (s *Server) beyondCaps(one record) error {
	inNamespace, inPod := 0, 0
	for _, l := range s.leases {
		if l.record.Pod.Namespace == one.Pod.Namespace {
			inNamespace++
		}
		if l.record.ContainerID == one.ContainerID {
			inPod++
		}
	}
	for _, cap := range []struct {
		whose, key string
		has, may   int
	}{
		{"this node", "leasesPerNode", len(s.leases), s.limits.LeasesPerNode},
		{"its namespace", "leasesPerNamespace", inNamespace, s.limits.LeasesPerNamespace},
		{"it", "leasesPerPod", inPod, s.limits.LeasesPerPod},
	} {
		if cap.has >= cap.may {
			return coded(codeCap, "%s gets no address: %s has %d leases, as many as %s allows; raise it, if the DHCP server's range is large enough",
				one.Pod, cap.whose, cap.has, cap.key)
		}
	}
	return nil
}

// acquire gets the address and makes the interface ready for it, but for the address itself: that is the calling
// plugin's work.
func (s *Server) acquire(ctx context.Context, l *lease, before record) (client.Terms, error) {
	wish := s.wish(l.record, before)
	began := time.Now()
	timeout := s.currentLimits().AcquireTimeout
	bounded, cancel := context.WithTimeout(l.ctx, timeout)
	defer cancel()
	terms, err := l.machine.Acquire(bounded, wish, func(offered client.Terms) error {
		pending := l.record
		pending.Terms = &offered
		return s.store.note(pending)
	})
	s.counters.acquired(time.Since(began))
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return client.Terms{}, cause
		}
		return client.Terms{}, err
	}
	if err := l.pod.LowerMTU(terms); err != nil {
		return terms, err
	}
	return terms, l.machine.Bind(terms)
}

// giveUp undoes an ADD. What a server may have granted is given back by the last record on disk. A DEL may wait for the
// end of the ADD: what it finds then has to be an orphan already, since a lease without terms has nothing to give back.
func (s *Server) giveUp(l *lease, before record, took bool, why error) {
	l.cancel()
	s.mu.Lock()
	delete(s.leases, l.record.key())
	s.mu.Unlock()
	pending, ok := s.store.find(l.record.key())
	if ok {
		s.orphan(pending, 0)
	}
	if took && before.key() != l.record.key() {
		s.orphan(before, 0)
	}
	if !errors.Is(why, errCallerGone) && !errors.Is(why, context.Canceled) {
		s.tell(l.record, AddressFailed, why.Error(), netip.Addr{})
	}
}

// settle decides about the lease of the same pod's last sandbox: the server moved it to the new one, or holds both.
func (s *Server) settle(before record, terms client.Terms) {
	if before.Terms.Address.Addr() == terms.Address.Addr() {
		s.forget(before.key())
		return
	}
	s.orphan(before, 0)
}

// replaceOthers drops the leases of older sandboxes of the same pod whose address this one has now. Their DEL, which is
// still to come, then gives nothing back.
func (s *Server) replaceOthers(l *lease, terms client.Terms) {
	for _, other := range s.bound() {
		theirs, ok := other.machine.Current()
		if other == l || !ok || !other.record.sameClient(l.record) || !other.record.samePod(l.record) || theirs.Address.Addr() != terms.Address.Addr() {
			continue
		}
		s.mu.Lock()
		delete(s.leases, other.record.key())
		s.mu.Unlock()
		other.stop()
		s.close(other.record)
		s.forget(other.record.key())
	}
}
