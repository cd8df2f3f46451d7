package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
)

const (
	// renewTries make one attempt to renew or rebind: 0.25 + 0.5 + 1 s.
	renewTries = 3
	// defendInterval is RFC 5227's (section 2.4): a second conflict within it means that the other one does not yield.
	defendInterval = 10 * time.Second
)

// renew is RENEWING, from T1 to T2: the server that granted the lease is asked for an extension. The first frame goes
// to the MAC address that is known for the server, the later ones are broadcast frames.
func (m *Machine) renew(ctx context.Context, terms Terms) {
	tries := 0
	m.more(ctx, terms, terms.Rebind, func(w Wire, request *dhcpv4.DHCPv4) error {
		tries++
		return w.Unicast(request, terms, tries > 1)
	})
}

// rebind is REBINDING, from T2 to the lease's end: any server is asked.
func (m *Machine) rebind(ctx context.Context, terms Terms) {
	m.more(ctx, terms, terms.Expires, func(w Wire, request *dhcpv4.DHCPv4) error {
		return w.Broadcast(request, terms.Address.Addr())
	})
}

// more is one attempt of RENEWING or REBINDING, which ends at `until`, and the rest before the next one.
func (m *Machine) more(ctx context.Context, terms Terms, until time.Time, send func(Wire, *dhcpv4.DHCPv4) error) {
	attempt, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	granted, err := m.ask(attempt, terms, send)
	switch {
	case ctx.Err() != nil:
	case err == nil:
		m.take(ctx, terms, granted)
	case errors.Is(err, errRefused):
		m.recover(ctx, err.Error())
	case errors.Is(err, errInUse):
		m.recover(ctx, "another device uses it")
	default:
		if errors.Is(err, errSilence) || errors.Is(err, context.DeadlineExceeded) {
			m.Hooks.Count("silence")
		} else {
			m.failed("cannot ask for more time", err)
		}
		m.rest(ctx, untilNextTry(terms, until))
	}
}

// untilNextTry is half of what remains of the phase, but not less than a minute (RFC 2131, section 4.4.5), or an eighth
// of the lease's second half where that is shorter: leases of seconds exist, too.
func untilNextTry(terms Terms, until time.Time) time.Duration {
	remains := time.Until(until)
	least := min(time.Minute, terms.Expires.Sub(terms.Renew)/8)
	return max(min(remains, max(remains/2, least)), 0)
}

// ask sends a REQUEST for an extension until there is a reply. The granted address is claimed if it is another one.
func (m *Machine) ask(ctx context.Context, terms Terms, send func(Wire, *dhcpv4.DHCPv4) error) (Terms, error) {
	w, err := m.Port.Open()
	if err != nil {
		return Terms{}, err
	}
	defer w.Close()
	t := m.start()
	asked := time.Now()
	heard := history{mac: m.MAC, began: asked}
	refusal := ""
	granted, err := exchange(ctx, w, waits(renewTries, m.chance),
		func() error { return send(w, t.renew(terms)) },
		func(r Reply) (*Terms, verdict) {
			// Only from the lease's own server, in REBINDING too: another server must not end a lease that it did not
			// grant.
			if text, ok := t.refusal(r, terms.Server); ok {
				refusal = text
				return nil, doubtful
			}
			granted, worth := m.usable(t, r, dhcpv4.MessageTypeAck, asked, &heard)
			return &granted, worth
		})
	switch {
	case err != nil:
		return Terms{}, err
	case granted == nil:
		m.Hooks.Count("nak")
		return Terms{}, fmt.Errorf("the DHCP server %w it (%q)", errRefused, refusal)
	}
	m.tellLeftOut(*granted, heard.leftOut)
	if granted.Address.Addr() != terms.Address.Addr() {
		return *granted, m.claim(ctx, w, t, *granted, nil, &heard)
	}
	m.Hooks.Count("ack")
	return *granted, nil
}

// take adopts what an attempt brought, and tells the pod's owner if its address is another one.
func (m *Machine) take(ctx context.Context, old, granted Terms) {
	if err := m.adopt(&granted); err != nil {
		m.Log.Warn("cannot keep the lease on disk", "error", err)
	}
	if !m.IsInPlace(granted) {
		m.configure(ctx, granted)
	}
	if old.Address.Addr() != granted.Address.Addr() {
		m.changed(old, granted, "the DHCP server moved it")
	}
}

func (m *Machine) changed(old, granted Terms, why string) {
	m.Hooks.Tell(AddressChanged, fmt.Sprintf("LAN address %s became %s: %s", old.Address.Addr(), granted.Address.Addr(), why), granted.Address.Addr())
}

// recover goes back to INIT: it takes an address away that the pod may no longer use and gets it a new one, however long
// that takes.
func (m *Machine) recover(ctx context.Context, why string) {
	old, _ := m.Current()
	m.Log.Info("the pod loses its LAN address", "address", old.Address.Addr(), "why", why)
	m.lose(old)
	lost := fmt.Sprintf("LAN address %s is lost: %s, and no DHCP server has given another one yet", old.Address.Addr(), why)
	silent := time.AfterFunc(m.Timeouts().Acquire, func() { m.Hooks.Tell(AddressLost, lost, old.Address.Addr()) })
	defer silent.Stop()
	for ctx.Err() == nil {
		granted, err := m.replace(ctx, old)
		if err == nil {
			m.drainConflicts()
			m.take(ctx, granted, granted)
			if old.Address.Addr() != granted.Address.Addr() {
				m.changed(old, granted, why)
			}
			return
		}
		if ctx.Err() == nil {
			m.failed("cannot replace the pod's address", err)
			Pause(ctx, time.Second)
		}
	}
}

// lose ends the terms before their time, on disk too: a daemon that starts again must not use them.
func (m *Machine) lose(old Terms) {
	now := time.Now()
	if old.Expires.Before(now) {
		return
	}
	old.Renew, old.Rebind, old.Expires = now, now, now
	if err := m.adopt(&old); err != nil {
		m.Log.Warn("cannot keep on disk that the lease is over", "error", err)
	}
}

func (m *Machine) replace(ctx context.Context, old Terms) (Terms, error) {
	if err := m.Port.Withdraw(old); err != nil {
		return Terms{}, err
	}
	m.inPlace(nil)
	return m.Acquire(ctx, old.Address.Addr(), func(Terms) error { return nil })
}

func (m *Machine) drainConflicts() {
	select {
	case <-m.conflicts:
	default:
	}
}

// defend announces the address after another interface's claim, once, and yields if the claim comes again (RFC 5227,
// section 2.4, choice b).
func (m *Machine) defend(ctx context.Context, with net.HardwareAddr) {
	terms, ok := m.Current()
	if !ok {
		return
	}
	w, err := m.Port.Open()
	if err != nil {
		m.failed("cannot defend the address", err)
		Pause(ctx, time.Second)
		return
	}
	defer w.Close()
	address := terms.Address.Addr()
	m.mu.Lock()
	again := time.Since(m.defended) < defendInterval
	if !again {
		m.defended = time.Now()
	}
	m.mu.Unlock()
	if !again {
		m.Log.Warn("another device claims the pod's LAN address", "address", address, "mac", with.String())
		if err := w.Announce(address); err != nil {
			m.failed("cannot defend the address", err)
		}
		return
	}
	if !m.Disputes.believe(address) {
		m.contest(address, with)
		return
	}
	if err := m.decline(w, m.start(), terms); err != nil {
		m.failed("cannot decline the address", err)
	}
	m.recover(ctx, fmt.Sprintf("%s uses it, too", with))
}
