package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/flatlan/flatlan/cni/internal/landhcp/client"
	"github.com/flatlan/flatlan/cni/internal/landhcp/link"
	"github.com/flatlan/flatlan/cni/internal/statefile"
)

// A Server is the daemon: it keeps every lease of the node's pods.
//
//	add ───> lease (its machine runs) ──del, or its interface is gone──> orphan ──> released
//	              ^                                                        │
//	              └──────── the same pod's next sandbox takes it over ─────┘
type Server struct {
	config   Config
	log      *slog.Logger
	store    store
	hosts    hostPort
	counters *counters
	watch    *link.Watcher
	disputes client.Disputes

	mu         sync.Mutex
	limits     Limits
	policy     *Policy
	leases     map[key]*lease
	orphans    map[key]*orphan
	remembered remembered
	// base ends when the daemon does; machines and releases run under it.
	base context.Context
	work sync.WaitGroup
}

// New checks the configuration; nothing is opened yet.
func New(config Config) (*Server, error) {
	config = config.withDefaults()
	if err := config.check(); err != nil {
		return nil, err
	}
	s := &Server{
		config:   config,
		log:      config.Log,
		store:    store{folder: config.State},
		hosts:    link.Host{},
		counters: newCounters(),
		limits:   config.Limits,
		policy:   config.Policy,
		leases:   map[key]*lease{},
		orphans:  map[key]*orphan{},
	}
	s.watch = link.NewWatcher(s.conflict, s.addressesOn, s.log)
	return s, nil
}

// SetLimits changes the limits of a running daemon. Leases beyond a lower cap are kept.
func (s *Server) SetLimits(limits Limits) error {
	if problems := limits.problems(); len(problems) > 0 {
		return joined(problems)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limits = limits
	return nil
}

// SetPolicy changes what the next pods and the next replies of servers are checked against. Leases go on until their
// renewal.
func (s *Server) SetPolicy(policy Policy) error {
	if err := policy.Check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.policy = &policy
	return nil
}

func (s *Server) currentPolicy() *Policy {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.policy
}

func (s *Server) currentLimits() Limits {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.limits
}

// Run serves until ctx ends. It takes over the state that an earlier daemon left, and a socket that a killed one left;
// a living daemon with the same state or socket is an error.
func (s *Server) Run(ctx context.Context) error {
	return s.Serve(ctx, func() {})
}

// Serve is Run; `ready` is called once plugins can reach the daemon.
func (s *Server) Serve(ctx context.Context, ready func()) error {
	lock, err := lockFolder(s.config.State)
	if err != nil {
		return err
	}
	defer lock.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer s.watch.Wait()
	defer s.work.Wait()
	defer cancel()
	s.base = ctx
	if err := statefile.Sweep(s.config.State, 0); err != nil {
		return fmt.Errorf("state folder: %w", err)
	}
	s.restore()
	listener, err := listen(s.config.Socket)
	if err != nil {
		return err
	}
	defer listener.remove()
	s.run(s.sweep)
	stop := context.AfterFunc(ctx, func() { _ = listener.Close() })
	defer stop()
	ready()
	for {
		conn, err := listener.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if errors.Is(err, net.ErrClosed) {
			return fmt.Errorf("socket %s was closed", s.config.Socket)
		}
		if err != nil { // too many open files: they will be fewer
			s.log.Error("cannot accept a connection", "error", err)
			client.Pause(ctx, time.Second)
			continue
		}
		s.run(func() { s.handle(ctx, conn) })
	}
}

// run starts work that the daemon waits for at its end.
func (s *Server) run(work func()) {
	s.work.Go(work)
}

// restore takes up the leases on disk: pods that are still there go on, the others' leases are given back.
func (s *Server) restore() {
	records, problems := s.store.load()
	for _, problem := range problems {
		s.counters.stateDamaged()
		s.log.Error("a lease's file is damaged: its address stays with its pod until the server's lease ends", "error", problem)
	}
	for _, one := range records {
		switch {
		case one.Bound && one.Terms != nil && one.pod(nil).Exists():
			s.resume(one)
		case one.Bound:
			s.orphan(one, s.config.Grace)
		default: // the daemon was killed while the pod was made; its ADD failed
			s.orphan(one, 0)
		}
	}
	if len(records) > 0 {
		now := s.Snapshot()
		s.log.Info("took up leases", "kept", len(now.Leases), "givingBack", now.Releasing)
	}
}

// sweep looks for interfaces that went without a DEL.
func (s *Server) sweep() {
	missing := map[key]bool{}
	for client.Pause(s.base, s.config.Sweep) {
		for _, l := range s.bound() {
			k := l.record.key()
			switch {
			case l.pod.Exists():
				delete(missing, k)
			case missing[k]: // twice in a row: not a runtime that is just at it
				delete(missing, k)
				s.log.Info("a pod's interface went without DEL", "lease", k)
				s.abandon(k, l)
			default:
				missing[k] = true
			}
		}
	}
}

func (s *Server) bound() []*lease {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*lease
	for _, l := range s.leases {
		if l.isBound {
			all = append(all, l)
		}
	}
	return all
}
