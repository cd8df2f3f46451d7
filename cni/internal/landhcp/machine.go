package landhcp

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

// errGone says that a pod's interface or its namespace is no longer there.
var errGone = errors.New("the pod's interface is gone")

// A port is a pod's interface, there or not.
type port interface {
	// Open makes the interface ready to send and receive.
	Open() (wire, error)
	// Configure gives the interface what the new terms say and takes what only the old ones said.
	Configure(old, now Terms) error
	// Withdraw takes address and routes away.
	Withdraw(old Terms) error
}

// A machine keeps one lease. Its states are RFC 2131's (section 4.4, figure 5); where the pod's address is in use:
//
//	          ADD                        T1            T2           end
//	init ──acquire──> bound ──────────> renewing ───> rebinding ──> init
//	  ^                 │  ^ unicast ACK   │ broadcast ACK │          │
//	  │                 │  └───────────────┴───────────────┘          │
//	  │  second conflict within 10 s: DECLINE            NAK, no ACK  │
//	  └─────────────────┴──────────────── withdraw ───────────────────┘
//
// There is no state for a restart of the daemon: the lease is on disk and the pod holds its address all along, so the
// machine goes on where the times on disk say it is.
type machine struct {
	client
	port   port
	limits func() Limits
	log    *slog.Logger
	hooks  hooks
	// chance keeps pods from doing the same in the same moment; 0 to 1.
	chance func() float64

	// isPinned: the MAC address was asked for, so another pod may have it.
	isPinned bool
	// explained tells whether an older sandbox of the same pod answers for the pod's own MAC address.
	explained func() bool
	// elsewhere asks in another name whether an interface with the pod's own MAC address has an address.
	elsewhere func(context.Context, netip.Addr) bool
	// disputes are of the pod's bridge: all its pods have them in common.
	disputes *dispute
	// ruling is what is asked of the terms that servers offer.
	ruling func() ruling

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

// hooks are what a machine tells others.
type hooks struct {
	// save puts the terms on disk. What is not anew differs in its times only, and need not survive a power cut.
	save func(terms *Terms, anew bool) error
	// tell speaks of what changed for the pod.
	tell func(kind EventKind, message string, address netip.Addr)
	// count counts a finished exchange.
	count func(result string)
	// gone is called when the pod's interface is not there any more.
	gone func()
}

func newMachine(c client, p port, limits func() Limits, log *slog.Logger, h hooks) *machine {
	return &machine{client: c, port: p, limits: limits, log: log, hooks: h, chance: rand.Float64,
		explained: func() bool { return false }, elsewhere: func(context.Context, netip.Addr) bool { return false },
		disputes: newDispute(),
		ruling:   func() ruling { return ruling{} }, conflicts: make(chan net.HardwareAddr, 1)}
}

// current is a copy of the terms; ok is false without a lease.
func (m *machine) current() (Terms, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.terms == nil {
		return Terms{}, false
	}
	return *m.terms, true
}

// adopt takes over terms that the server granted. They are on disk before anybody learns of them.
func (m *machine) adopt(terms *Terms) error {
	m.mu.Lock()
	anew := m.terms == nil || !m.terms.sameGrant(*terms)
	m.terms = terms
	m.mu.Unlock()
	return m.hooks.save(terms, anew)
}

// inPlace says that the pod is set up for the terms.
func (m *machine) inPlace(terms *Terms) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.applied = terms
}

// conflict is told by the watcher of the network: another interface claims the pod's address.
func (m *machine) conflict(with net.HardwareAddr) {
	select {
	case m.conflicts <- with:
	default: // one is being handled
	}
}

// maintain keeps the lease until ctx ends.
func (m *machine) maintain(ctx context.Context) {
	for ctx.Err() == nil {
		terms, ok := m.current()
		now := time.Now()
		switch {
		case !ok || !now.Before(terms.Expires):
			m.recover(ctx, "its lease is over")
		case !m.isInPlace(terms):
			m.configure(ctx, terms)
		case now.Before(terms.Renew):
			m.rest(ctx, time.Until(terms.Renew))
		case now.Before(terms.Rebind):
			m.extend(ctx, terms, false)
		default:
			m.extend(ctx, terms, true)
		}
	}
}

func (m *machine) isInPlace(terms Terms) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.applied != nil && m.applied.sameSetup(terms)
}

// configure sets the pod up for its terms, or tries again a little later.
func (m *machine) configure(ctx context.Context, terms Terms) {
	m.mu.Lock()
	var old Terms
	if m.applied != nil {
		old = *m.applied
	}
	m.mu.Unlock()
	if err := m.port.Configure(old, terms); err != nil {
		m.failed("cannot set up the pod's interface", err)
		pause(ctx, time.Second)
		return
	}
	m.inPlace(&terms)
}

// failed logs what went wrong on the pod's interface; one that is gone is the server's business.
func (m *machine) failed(what string, err error) {
	if errors.Is(err, errGone) {
		m.hooks.gone()
		return
	}
	m.log.Warn(what, "error", err)
}

// rest waits while all is well, and defends the address.
func (m *machine) rest(ctx context.Context, wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case with := <-m.conflicts:
		m.defend(ctx, with)
	}
}
