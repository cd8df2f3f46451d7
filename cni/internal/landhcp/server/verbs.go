package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/containernetworking/cni/pkg/types"
	current "github.com/containernetworking/cni/pkg/types/100"

	"github.com/flatlan/flatlan/cni/internal/landhcp/client"
)

// answer carries out a plugin's call.
func (s *Server) answer(ctx context.Context, request Call) (*current.Result, error) {
	if request.Version != ProtocolVersion {
		return nil, fmt.Errorf("the plugin speaks version %d and the daemon version %d: both come with one release, restart the DaemonSet that installs them",
			request.Version, ProtocolVersion)
	}
	switch request.Verb {
	case VerbAdd:
		return s.add(ctx, request)
	case VerbCheck:
		return nil, s.check(request)
	case VerbDel:
		return nil, s.del(request)
	case VerbGC:
		return nil, s.gc(request)
	case VerbStatus:
		return nil, s.status(request)
	}
	return nil, fmt.Errorf("the daemon knows no verb %q", request.Verb)
}

// del ends a lease. One that is not known is deleted already. A configuration that has become wrong must not keep a pod
// from ending, so nothing but the network's name is read from it.
func (s *Server) del(request Call) error {
	name, err := networkName(request.Config)
	if err != nil {
		return codedError{types.ErrInvalidNetworkConfig, err}
	}
	k := request.key(name)
	s.mu.Lock()
	l, waiting := s.leases[k], s.orphans[k]
	s.mu.Unlock()
	if l != nil {
		s.remove(k, l)
		return nil
	}
	if waiting != nil { // after a reboot: its pod comes back and requests the same address (remembered.go)
		if one, ok := s.takeOver(waiting.record); ok {
			s.orphan(one, 0)
		}
	}
	return nil
}

// remove ends a lease and gives it back. An ADD that is under way gives back by itself what it has got.
func (s *Server) remove(k key, l *lease) {
	l.stop()
	s.mu.Lock()
	mine := s.leases[k] == l
	if mine {
		delete(s.leases, k)
	}
	s.mu.Unlock()
	if mine {
		s.orphan(l.lastRecord(), 0)
	}
}

// check compares what a lease says with what the pod has.
func (s *Server) check(request Call) error {
	c, err := parseConf(request.Config, request.Args)
	if err != nil {
		return codedError{types.ErrInvalidNetworkConfig, err}
	}
	k := request.key(c.Network)
	s.mu.Lock()
	l := s.leases[k]
	bound := l != nil && l.isBound
	s.mu.Unlock()
	if !bound {
		return coded(codeNoLease, "the daemon keeps no lease for %s; delete the pod, its next one gets an address", k)
	}
	terms, ok := l.machine.Current()
	if !ok || !time.Now().Before(terms.Expires) {
		return coded(codeNoLease, "the lease of %s for %s is over and no DHCP server has given another one", terms.Address.Addr(), k)
	}
	has, err := l.pod.Has(terms.Address)
	switch {
	case errors.Is(err, client.ErrGone):
		return coded(codeNoLease, "the interface %s in %s is gone", request.Interface, request.Netns)
	case err != nil:
		return err
	case !has:
		return coded(codeNoLease, "%s does not have the address %s of its lease", request.Interface, terms.Address)
	}
	return nil
}

// gc ends the leases of a network whose attachments the runtime no longer knows.
func (s *Server) gc(request Call) error {
	c, err := parseConf(request.Config, request.Args)
	if err != nil {
		return codedError{types.ErrInvalidNetworkConfig, err}
	}
	valid := func(k key) bool {
		return k.Network != c.Network || slices.Contains(c.Valid, types.GCAttachment{ContainerID: k.ContainerID, IfName: k.Interface})
	}
	var gone []key
	s.mu.Lock()
	for k, l := range s.leases {
		if !valid(k) && l.isBound { // an ADD under way is not in the runtime's list yet
			gone = append(gone, k)
		}
	}
	for k := range s.orphans {
		if !valid(k) {
			gone = append(gone, k)
		}
	}
	s.mu.Unlock()
	for _, k := range gone {
		if err := s.del(Call{ContainerID: k.ContainerID, Interface: k.Interface, Config: request.Config}); err != nil {
			return err
		}
	}
	return nil
}

// status reports that the daemon serves and that the configuration is valid. A node whose leases are used up is not a
// failure of the network: the runtime would call the whole node unready.
func (s *Server) status(request Call) error {
	if _, err := parseConf(request.Config, request.Args); err != nil {
		return codedError{types.ErrInvalidNetworkConfig, err}
	}
	return nil
}

// describe is how the log names a call.
func (c Call) describe() string {
	return strings.TrimSpace(fmt.Sprintf("%s %s %s", c.Verb, c.ContainerID, c.Interface))
}
