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

// Any device can answer an ARP probe, and each DECLINE takes an address from the server's pool: dnsmasq's for ten minutes,
// Kea's for a day. A LAN has at most a few devices with static addresses in the range; conflicts beyond that are reported, not
// believed, and the pod keeps what the server gave it, as RFC 5227 (section 2.4, choice c) lets a host do that has to. ARP
// proves nothing: who answers for every address could take each pod's traffic anyway, but it shall not take the pool.
const (
	// mostDisputed is RFC 5227's MAX_CONFLICTS (section 1.1): of addresses of one bridge that are declined in a day.
	mostDisputed    = 10
	disputeInterval = 24 * time.Hour
	// mostDeclines bounds it where a server offers declined addresses again, as dnsmasq does: a pool of eight would never end.
	mostDeclines = 3 * mostDisputed
	// maxConflicts and rateLimit are RFC 5227's (section 2.1.1): after so many conflicts of one lease, one attempt a minute.
	maxConflicts = 10
	rateLimit    = time.Minute
)

// Disputes are by bridge.
type Disputes struct {
	mu       sync.Mutex
	byBridge map[string]*Dispute
}

// On gives the dispute of a bridge: always the same.
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

// A dispute is about the addresses of one bridge: which were declined, when; and which clients have to be quiet until when.
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

// believe tells whether an address may be declined, and counts it. One that was declined already costs the pool nothing
// more, but the pod a pause.
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

// hush makes a client wait, also where its next ADD has another machine.
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

// decline gives an address back to the server as somebody else's, and makes the client wait.
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

// contest tells that an address is kept although somebody else claims it.
func (m *Machine) contest(address netip.Addr, with net.HardwareAddr) {
	m.Hooks.Count("contested")
	if m.isDue(&m.contested) {
		m.Hooks.Tell(AddressContested, fmt.Sprintf("%s claims LAN address %s, too; so many were disputed on this bridge within a day, more than devices take by mistake, that the pod keeps it: find the device",
			with, address), address)
	}
}
