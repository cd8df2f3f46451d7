package client

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"
)

// ErrGone says that a pod's interface or its namespace is no longer there.
var ErrGone = errors.New("the pod's interface is gone")

// A Port is a pod's interface, there or not.
type Port interface {
	// Open makes the interface ready to send and receive; ErrGone where there is none.
	Open() (Wire, error)
	// Configure gives the interface what the new terms say and takes what only the old ones said.
	Configure(old, now Terms) error
	// Withdraw takes address and routes away.
	Withdraw(old Terms) error
}

// A Machine keeps one lease. Its states are RFC 2131's (section 4.4, figure 5), and where the pod's address is in use:
//
//	Acquire    INIT ──DISCOVER──> SELECTING ──REQUEST──> REQUESTING ──ACK──> BOUND
//
//	Maintain             T1              T2               end
//	           BOUND ────────> RENEWING ────> REBINDING ─────────────> INIT
//	            │ ^ ACK by unicast │     any ACK  │  NAK, in both too    ^
//	            │ └────────────────┴──────────────┘                      │
//	            └── second conflict within 10 s: DECLINE ── Withdraw ────┘
//
// There is no INIT-REBOOT: across a restart of the daemon the lease is on disk and the pod keeps its address, so
// Maintain continues in the state that follows from the times on disk. A pod that lost its interface comes back with
// another MAC address, and requests its last address in DISCOVER.
type Machine struct {
	Config
	// chance is a random number from 0 to 1, which keeps pods from sending at the same moment.
	chance func() float64

	conflicts chan net.HardwareAddr

	mu    sync.Mutex
	terms *Terms
	// applied is what the pod is set up for; other than terms while the pod could not be changed.
	applied *Terms
	// defended is when the last conflict was answered.
	defended time.Time
	// refused is when a refusal was told, leftOut what was told of options.
	refused time.Time
	leftOut string
	// declined counts over recoveries, contested is when a dispute was told.
	declined  int
	contested time.Time
}

// A Config is what a machine is made of, and stays while it runs.
type Config struct {
	Identity
	Port     Port
	Log      *slog.Logger
	Timeouts func() Timeouts
	Hooks    Hooks

	// IsPinned: the MAC address was asked for, so another pod may have it.
	IsPinned bool
	// Explained tells whether an ARP reply from the pod's own MAC address is from an older sandbox of the same pod.
	// Default: no.
	Explained func() bool
	// Elsewhere probes from another MAC address whether an interface with the pod's own has an address. Default: none
	// has.
	Elsewhere func(context.Context, netip.Addr) bool
	// Disputes are of the pod's bridge: all its pods have them in common. Default: the pod's own.
	Disputes *Dispute
	// Ruling is what is asked of the terms that servers offer. Default: nothing.
	Ruling func() Ruling
}

// Timeouts may change while a machine runs.
type Timeouts struct {
	// Acquire is how long an ADD waits for an address: a pod without one for as long has lost it.
	Acquire time.Duration
	// ARPProbe is how long an address is probed for before use.
	ARPProbe time.Duration
}

// Hooks are the callbacks of a machine.
type Hooks struct {
	// Save puts the terms on disk. What is not anew differs in its times only, and need not survive a power cut.
	Save func(terms *Terms, anew bool) error
	// Tell speaks of what changed for the pod.
	Tell func(kind EventKind, message string, address netip.Addr)
	// Count counts a finished exchange.
	Count func(result string)
	// Gone is called when the pod's interface is not there any more.
	Gone func()
}

// New makes a machine without a lease: Acquire and Bind give it one, or Restore.
func New(c Config) *Machine {
	if c.Explained == nil {
		c.Explained = func() bool { return false }
	}
	if c.Elsewhere == nil {
		c.Elsewhere = func(context.Context, netip.Addr) bool { return false }
	}
	if c.Disputes == nil {
		c.Disputes = newDispute()
	}
	if c.Ruling == nil {
		c.Ruling = func() Ruling { return Ruling{} }
	}
	return &Machine{Config: c, chance: rand.Float64, conflicts: make(chan net.HardwareAddr, 1)}
}

// Current is a copy of the terms; ok is false without a lease.
func (m *Machine) Current() (Terms, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.terms == nil {
		return Terms{}, false
	}
	return *m.terms, true
}

// adopt takes over terms that the server granted. They are on disk before anybody learns of them.
func (m *Machine) adopt(terms *Terms) error {
	m.mu.Lock()
	anew := m.terms == nil || !m.terms.sameGrant(*terms)
	m.terms = terms
	m.mu.Unlock()
	return m.Hooks.Save(terms, anew)
}

// Bind enters BOUND by terms of Acquire, for which somebody else has set the pod up: the plugin that called.
func (m *Machine) Bind(terms Terms) error {
	if err := m.adopt(&terms); err != nil {
		return err
	}
	m.inPlace(&terms)
	return nil
}

// inPlace says that the pod is set up for the terms.
func (m *Machine) inPlace(terms *Terms) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.applied = terms
}

// Conflict is called by the watcher of the network when another interface claims the pod's address.
func (m *Machine) Conflict(with net.HardwareAddr) {
	select {
	case m.conflicts <- with:
	default: // one is being handled
	}
}

// Maintain keeps the lease until ctx ends.
func (m *Machine) Maintain(ctx context.Context) {
	for ctx.Err() == nil {
		terms, ok := m.Current()
		now := time.Now()
		switch {
		case !ok || !now.Before(terms.Expires): // INIT
			m.recover(ctx, "its lease is over")
		case !m.IsInPlace(terms):
			m.configure(ctx, terms)
		case now.Before(terms.Renew): // BOUND
			m.rest(ctx, time.Until(terms.Renew))
		case now.Before(terms.Rebind): // RENEWING
			m.renew(ctx, terms)
		default: // REBINDING
			m.rebind(ctx, terms)
		}
	}
}

// IsInPlace tells whether the pod is set up for the terms.
func (m *Machine) IsInPlace(terms Terms) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.applied != nil && m.applied.sameSetup(terms)
}

// configure sets the pod up for its terms, or tries again a little later.
func (m *Machine) configure(ctx context.Context, terms Terms) {
	m.mu.Lock()
	var old Terms
	if m.applied != nil {
		old = *m.applied
	}
	m.mu.Unlock()
	if err := m.Port.Configure(old, terms); err != nil {
		m.failed("cannot set up the pod's interface", err)
		Pause(ctx, time.Second)
		return
	}
	m.inPlace(&terms)
}

// failed logs what went wrong on the pod's interface; one that is gone is the server's business.
func (m *Machine) failed(what string, err error) {
	if errors.Is(err, ErrGone) {
		m.Hooks.Gone()
		return
	}
	m.Log.Warn(what, "error", err)
}

// rest waits while all is well, and defends the address.
func (m *Machine) rest(ctx context.Context, wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case with := <-m.conflicts:
		m.defend(ctx, with)
	}
}
