package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
)

// Something answers for the one address that the server has: RFC 2131 asks for 10 s after each DECLINE, RFC 5227 for a
// minute after ten conflicts.
func TestDeclinesAreAsRareAsTheRFCsAsk(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		s, m := newScript(t)
		s.taken["192.168.2.40"] = otherMAC
		ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
		defer cancel()
		if _, err := m.Acquire(ctx, netip.Addr{}, func(Terms) error { return nil }); err == nil {
			t.Fatal("it got an address that another device uses")
		}
		var at []time.Duration
		for _, one := range s.messages() {
			if moment, found := strings.CutSuffix(one, " DECLINE from 0.0.0.0"); found {
				when, _ := time.ParseDuration(moment)
				at = append(at, when)
			}
		}
		// Ten, 10 s apart, and then one a minute.
		if len(at) != 10+3 {
			t.Errorf("declined at %v", at)
		}
		for i := 1; i < len(at); i++ {
			least := 10 * time.Second
			if i >= maxConflicts {
				least = time.Minute
			}
			if at[i]-at[i-1] < least {
				t.Errorf("DECLINE %d came %s after the one before", i+1, at[i]-at[i-1])
			}
		}
	})
}

// Who answers for every address that pods of a bridge get costs the server ten of them, and then no pod waits for it.
func TestAnAttackerWithARPDoesNotEmptyThePool(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		bridge := newDispute()
		lost := 0
		for i := range 30 {
			s, m := newScript(t)
			m.Disputes, m.Identifier = bridge, fmt.Appendf(nil, "pod %d", i)
			mine := fmt.Sprintf("192.168.2.%d", 10+i)
			s.answer = s.server(mine)
			s.taken[mine] = otherMAC
			adding, cancel := context.WithTimeout(ctx, usual.Acquire)
			terms, err := m.Acquire(adding, netip.Addr{}, func(Terms) error { return nil })
			cancel()
			switch {
			case i < mostDisputed && err == nil:
				t.Errorf("pod %d got %s, which another device uses", i, terms.Address)
			case i < mostDisputed:
				lost++
			case err != nil || terms.Address.Addr().String() != mine:
				t.Errorf("pod %d: %v, %v", i, terms.Address, err)
			case len(s.events) != 1 || s.events[0].Kind != AddressContested || !strings.Contains(s.events[0].Message, otherMAC.String()):
				t.Errorf("pod %d: events %+v", i, s.events)
			}
		}
		if lost != mostDisputed {
			t.Errorf("the pool lost %d addresses", lost)
		}
		after(disputeInterval)
		if !bridge.believe(netip.MustParseAddr("192.168.2.200")) {
			t.Error("a day later a device is not believed")
		}
	})
}

// Two claims for each address that a bound pod announces: the history goes on over recoveries, and at the end the pod stays.
func TestClaimsDoNotDriveAPodOnWithoutEnd(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		s, m := newScript(t)
		var addresses []string
		for i := range 50 {
			addresses = append(addresses, fmt.Sprintf("192.168.2.%d", 40+i))
		}
		s.answer = s.server(addresses...)
		s.bind(ctx, m)
		const rounds, pace = 100, 75 * time.Second
		for range rounds {
			m.Conflict(otherMAC)
			after(time.Second)
			m.Conflict(otherMAC)
			after(pace - time.Second)
		}
		declines := 0
		for _, one := range s.messages() {
			if strings.HasSuffix(one, "DECLINE from 0.0.0.0") {
				declines++
			}
		}
		if declines != mostDisputed {
			t.Errorf("%d addresses were declined", declines)
		}
		terms, ok := m.Current()
		if !ok || !m.IsInPlace(terms) || !time.Now().Before(terms.Expires) {
			t.Errorf("the pod has %+v", terms)
		}
		contested := 0
		for _, kind := range s.kinds() {
			if kind == AddressContested {
				contested++
			}
		}
		if most := int(rounds*pace/refusalInterval) + 1; contested == 0 || contested > most {
			t.Errorf("%d events of a contested address", contested)
		}
	})
}

// A server that offers declined addresses again, of a pool smaller than what may be declined: the pods start all the same.
func TestAnAttackerWithARPDoesNotOutlastASmallPool(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		s, m := newScript(t)
		s.answer = s.server("192.168.2.40")
		s.taken["192.168.2.40"] = otherMAC
		ctx, cancel := context.WithTimeout(ctx, time.Hour)
		defer cancel()
		terms, err := m.Acquire(ctx, netip.Addr{}, func(Terms) error { return nil })
		if err != nil || terms.Address.Addr().String() != "192.168.2.40" || s.counts["declined"] != mostDeclines {
			t.Errorf("%v, %v after %d DECLINEs", terms.Address, err, s.counts["declined"])
		}
	})
}

// Whoever hears a probe can answer by the MAC address that it came from. That stops no pod whose MAC address is its own
// by chance: it is a claim as any other.
func TestAnAnswerByThePodsOwnMACIsAClaim(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		bridge := newDispute()
		for i := range mostDisputed + 5 {
			s, m := newScript(t)
			m.Disputes, m.Identifier = bridge, fmt.Appendf(nil, "pod %d", i)
			mine := fmt.Sprintf("192.168.2.%d", 10+i)
			s.answer = s.server(mine)
			s.taken[mine] = ownMAC
			adding, cancel := context.WithTimeout(ctx, usual.Acquire)
			_, err := m.Acquire(adding, netip.Addr{}, func(Terms) error { return nil })
			cancel()
			if errors.Is(err, errTwin) || (err == nil) != (i >= mostDisputed) {
				t.Errorf("pod %d: %v", i, err)
			}
		}
	})
}

// An answer from a pinned MAC address is another device's, unless an older sandbox of the pod explains it. The server
// takes both for one client: a DECLINE would take the address from the one that has it.
func TestAnotherDeviceWithThePodsMAC(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		s, m := newScript(t)
		m.IsPinned = true
		s.taken["192.168.2.40"] = ownMAC
		_, err := m.Acquire(ctx, netip.Addr{}, func(Terms) error { return nil })
		if !errors.Is(err, errTwin) || len(s.events) != 1 || s.events[0].Kind != AddressContested {
			t.Errorf("%v, events %+v", err, s.events)
		}
		for _, one := range s.messages() {
			if strings.Contains(one, "DECLINE") || strings.Contains(one, "announce") {
				t.Errorf("it sent %s", one)
			}
		}
		m.Explained = func() bool { return true }
		if _, err := m.Acquire(ctx, netip.Addr{}, func(Terms) error { return nil }); err != nil {
			t.Errorf("an older sandbox of the same pod: %v", err)
		}
	})
}

// The pod itself never hears who has its own MAC address: the bridge is asked for it.
func TestAPinnedMACThatTheBridgeHears(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		_, m := newScript(t)
		m.IsPinned = true
		var asked []netip.Addr
		m.Elsewhere = func(_ context.Context, address netip.Addr) bool { asked = append(asked, address); return true }
		_, err := m.Acquire(ctx, netip.Addr{}, func(Terms) error { return nil })
		if !errors.Is(err, errTwin) || len(asked) != 1 || asked[0].String() != "192.168.2.40" {
			t.Errorf("%v, asked %v", err, asked)
		}
	})
}

// Another server's NAK ends no lease, also while any server may answer.
func TestANakOfAnotherServerIsIgnoredWhileRebinding(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		s, m := newScript(t)
		first := s.bind(ctx, m)
		s.become(func(d *dhcpv4.DHCPv4, _ bool) []*dhcpv4.DHCPv4 {
			nak := s.reply(d, dhcpv4.MessageTypeNak, "0.0.0.0")
			nak.UpdateOption(dhcpv4.OptServerIdentifier(net.IPv4(192, 168, 2, 66)))
			return []*dhcpv4.DHCPv4{nak}
		})
		after(time.Until(first.Expires) - time.Second)
		if got := s.setup(); len(got) != 0 {
			t.Errorf("the pod was changed: %v", got)
		}
	})
}

// A client that had to be quiet is forgotten when that is over.
func TestQuietClientsAreForgotten(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		d := newDispute()
		d.hush([]byte("a"), time.Now().Add(time.Second))
		d.hush([]byte("b"), time.Now().Add(time.Minute))
		after(2 * time.Second)
		d.hush([]byte("c"), time.Now().Add(time.Minute))
		if len(d.quiet) != 2 || d.quietUntil([]byte("b")).IsZero() || d.quietUntil([]byte("c")).IsZero() {
			t.Errorf("kept are %v", d.quiet)
		}
	})
}
