package client

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Any device can reply to an ARP probe, and each DECLINE takes an address out of the server's pool: for ten minutes
// with dnsmasq, for a day with Kea. A LAN has at most a few devices with static addresses in the range. Conflicts
// beyond that are reported but do not cause a DECLINE: the pod keeps its address, as RFC 5227 (section 2.4, choice c)
// permits. ARP is not authenticated: a device that claims every address could take each pod's traffic anyway, but must
// not exhaust the pool.
const (
	// mostDisputed limits how many addresses of one bridge are declined in a day: RFC 5227's MAX_CONFLICTS (section
	// 1.1).
	mostDisputed    = 10
	disputeInterval = 24 * time.Hour
	// mostDeclines limits the DECLINEs themselves: dnsmasq offers declined addresses again, so in a pool of eight
	// mostDisputed would never be reached.
	mostDeclines = 3 * mostDisputed
	// maxConflicts and rateLimit are RFC 5227's (section 2.1.1): after this many conflicts of one lease, one attempt a
	// minute.
	maxConflicts = 10
	rateLimit    = time.Minute
)

// Disputes holds the Dispute of each bridge.
type Disputes struct {
	mu       sync.Mutex
	byBridge map[string]*Dispute
}

// On returns the dispute of a bridge, which is the same for all its pods.
func (d *Disputes) On(bridge string) *Dispute {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.byBridge == nil {
		d.byBridge = map[string]*Dispute{}
	}
	if d.byBridge[bridge] == nil {
		d.byBridge[bridge] = newDispute()
	}
	return d.byBridge[bridge]
}

// A dispute records which addresses of one bridge were declined and when, and until when which clients have to wait.
type Dispute struct {
	mu       sync.Mutex
	declined []declined
	quiet    map[string]time.Time
}

type declined struct {
	address netip.Addr
	at      time.Time
}

func newDispute() *Dispute { return &Dispute{quiet: map[string]time.Time{}} }

// believe tells whether an address may be declined, and counts it. Declining the same address again costs the pool
// nothing more; the pod has to wait.
func (d *Dispute) believe(address netip.Addr) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.declined = slices.DeleteFunc(d.declined, func(one declined) bool { return time.Since(one.at) >= disputeInterval })
	addresses := map[netip.Addr]bool{address: true}
	for _, one := range d.declined {
		addresses[one.address] = true
	}
	if len(addresses) > mostDisputed || len(d.declined) >= mostDeclines {
		return false
	}
	d.declined = append(d.declined, declined{address, time.Now()})
	return true
}

// hush makes a client wait, even if its next ADD creates another machine.
func (d *Dispute) hush(identifier []byte, until time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for other, end := range d.quiet {
		if time.Now().After(end) {
			delete(d.quiet, other)
		}
	}
	d.quiet[string(identifier)] = until
}

func (d *Dispute) quietUntil(identifier []byte) time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.quiet[string(identifier)]
}

// decline tells the server that another device uses an address, and makes the client wait.
func (m *Machine) decline(w Wire, t transaction, terms Terms) error {
	m.Hooks.Count("declined")
	m.mu.Lock()
	m.declined++
	wait := declinePause
	if m.declined >= maxConflicts {
		wait = rateLimit
	}
	m.mu.Unlock()
	m.Disputes.hush(m.Identifier, time.Now().Add(wait))
	return w.Broadcast(t.decline(terms), netip.IPv4Unspecified())
}

// keepQuiet waits after a DECLINE (RFC 2131, section 3.1.5), also after one of the pod's last ADD.
func (m *Machine) keepQuiet(ctx context.Context, heard *history) {
	if wait := time.Until(m.Disputes.quietUntil(m.Identifier)); wait > 0 {
		heard.quiet = true
		Pause(ctx, wait)
	}
}

// contest reports that an address is kept although another device claims it.
func (m *Machine) contest(address netip.Addr, with net.HardwareAddr) {
	m.Hooks.Count("contested")
	if m.isDue(&m.contested) {
		m.Hooks.Tell(AddressContested, fmt.Sprintf("%s claims LAN address %s, too; so many were disputed on this bridge within a day, more than devices take by mistake, that the pod keeps it: find the device",
			with, address), address)
	}
}
