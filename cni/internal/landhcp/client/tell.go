package client

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
)

// refusalInterval is the least time between reports of a server whose replies are refused again and again, or of a
// device that keeps claiming an address.
const refusalInterval = 10 * time.Minute

// isDue tells whether something may be told again, and then notes in `last` that it is told now.
func (m *Machine) isDue(last *time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !last.IsZero() && time.Since(*last) < refusalInterval {
		return false
	}
	*last = time.Now()
	return true
}

// tellRefused reports a reply that the plan does not allow. Every one is counted.
func (m *Machine) tellRefused(r Reply, kind dhcpv4.MessageType, why error) {
	m.Hooks.Count("forbidden")
	if !m.isDue(&m.refused) {
		return
	}
	address, _ := netip.AddrFromSlice(r.Message.YourIPAddr)
	m.Hooks.Tell(LeaseRefused, fmt.Sprintf("the %s of DHCP server %s (MAC %s) was refused: %s", kind, r.Message.ServerIdentifier(), r.From, why), address.Unmap())
}

// tellLeftOut reports options that are not applied, once until they change.
func (m *Machine) tellLeftOut(terms Terms, leftOut []string) {
	text := strings.Join(leftOut, "; ")
	m.mu.Lock()
	told := text == m.leftOut
	m.leftOut = text
	m.mu.Unlock()
	if told || text == "" {
		return
	}
	m.Hooks.Tell(OptionsLeftOut, fmt.Sprintf("DHCP server %s said what is left out: %s", terms.Server, text), terms.Address.Addr())
}

// Restore takes up the terms of an earlier daemon. They are judged as a server's are: another release wrote them, or
// another plan allowed them.
func (m *Machine) Restore(terms Terms) {
	before := terms
	leftOut, err := m.Ruling().judge(&terms)
	m.terms = &terms
	if err != nil {
		terms.Expires = time.Now()
		m.Hooks.Tell(LeaseRefused, fmt.Sprintf("the pod's lease of %s, of DHCP server %s, was refused: %s", before.Address, before.Server, err), before.Address.Addr())
		return
	}
	if !terms.sameSetup(before) {
		m.applied = &before
	}
	m.tellLeftOut(terms, leftOut)
}
