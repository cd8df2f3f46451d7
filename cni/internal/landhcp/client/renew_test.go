package client

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"

	"github.com/flatlan/flatlan/cni/internal/landhcp/dhcptest"
)

func (s *script) silent() {
	s.become(func(*dhcpv4.DHCPv4, bool) []*dhcpv4.DHCPv4 { return nil })
}

func (s *script) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failing = err
}

// after lets time pass in the bubble. Nothing really sleeps: the clock jumps.
func after(d time.Duration) {
	timer := time.NewTimer(d)
	<-timer.C
	synctest.Wait()
}

func (s *script) kinds() []EventKind {
	s.mu.Lock()
	defer s.mu.Unlock()
	var kinds []EventKind
	for _, one := range s.events {
		kinds = append(kinds, one.Kind)
	}
	return kinds
}

func TestRenewsByUnicastAtHalfTheLease(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		s, m := newScript(t)
		first := s.bind(ctx, m)
		after(time.Hour)
		expect(t, s.messages(), "30m0s REQUEST from 192.168.2.40 to 192.168.2.1", "1h0m0s REQUEST from 192.168.2.40 to 192.168.2.1")
		now, _ := m.Current()
		if got := now.Expires.Sub(first.Expires); got != time.Hour {
			t.Errorf("the lease ends %s later, want an hour", got)
		}
		if len(s.setup()) != 0 || len(s.kinds()) != 0 {
			t.Errorf("the pod was changed: %v, %v", s.setup(), s.kinds())
		}
	})
}

// Half of what remains, not less than a minute; then to everybody; then the pod must not use the address any more.
func TestRenewsRebindsAndLetsGo(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		s, m := newScript(t)
		s.bind(ctx, m)
		s.silent()
		after(time.Hour + time.Second)
		var unicasts, broadcasts []string
		for _, one := range s.messages() {
			switch {
			case strings.Contains(one, "REQUEST from 192.168.2.40 to 192.168.2.1"):
				unicasts = append(unicasts, one)
			case strings.HasSuffix(one, "REQUEST from 192.168.2.40"):
				broadcasts = append(broadcasts, one)
			}
		}
		if len(unicasts) < 6 || !strings.HasPrefix(unicasts[0], "30m0s") || !strings.HasPrefix(unicasts[3], "41m") {
			t.Errorf("renewing: %q", unicasts)
		}
		if len(broadcasts) < 3 || !strings.HasPrefix(broadcasts[0], "52m30") {
			t.Errorf("rebinding: %q", broadcasts)
		}
		expect(t, s.setup(), "withdraw 192.168.2.40/24")
		after(usual.Acquire)
		if got := s.kinds(); !slices.Equal(got, []EventKind{AddressLost}) {
			t.Errorf("events %v", got)
		}
		// The server is back, hours later.
		after(5 * time.Hour)
		back := time.Now()
		s.become(s.server("192.168.2.40"))
		after(longestWait + usual.ARPProbe)
		if got := s.setup(); got[len(got)-1] != "192.168.2.40/24 via 192.168.2.1 mtu 0" {
			t.Errorf("%s after the server came back: %v", time.Since(back), got)
		}
	})
}

// RFC 2131, section 4.4.5: half of what remains of the phase, not less than a minute; of leases of seconds less.
func TestUntilTheNextTry(t *testing.T) {
	bubble(t, func(t *testing.T, _ context.Context) {
		for _, one := range []struct{ lease, remains, want time.Duration }{
			{time.Hour, 20 * time.Minute, 10 * time.Minute},
			{time.Hour, 90 * time.Second, time.Minute},
			{time.Hour, 30 * time.Second, 30 * time.Second},
			{8 * time.Second, 600 * time.Millisecond, 500 * time.Millisecond},
			{8 * time.Second, 2 * time.Second, time.Second},
			{time.Hour, -time.Second, 0},
		} {
			now := time.Now()
			terms := Terms{Renew: now, Expires: now.Add(one.lease / 2)}
			if got := untilNextTry(terms, now.Add(one.remains)); got != one.want {
				t.Errorf("%s of a lease of %s: %s, want %s", one.remains, one.lease, got, one.want)
			}
		}
	})
}

// RFC 2131, sections 4.1 and 4.4.5: pods do not ask in step.
func TestChanceBringsTimesForward(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		s, m := newScript(t)
		m.chance = func() float64 { return 0.8 }
		s.bind(ctx, m)
		s.silent()
		after(29 * time.Minute)
		expect(t, s.messages(), "28m30s REQUEST from 192.168.2.40 to 192.168.2.1",
			"28m30.2s REQUEST from 192.168.2.40 to 192.168.2.1, whoever that is by now",
			"28m30.6s REQUEST from 192.168.2.40 to 192.168.2.1, whoever that is by now")
	})
}

func TestANewAddressIsTold(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		s, m := newScript(t)
		s.bind(ctx, m)
		next := s.server("192.168.2.41")
		s.become(func(d *dhcpv4.DHCPv4, unicast bool) []*dhcpv4.DHCPv4 {
			if unicast {
				return []*dhcpv4.DHCPv4{s.reply(d, dhcpv4.MessageTypeNak, "0.0.0.0", dhcptest.Raw(56, []byte("lease not found")...))}
			}
			return next(d, unicast)
		})
		after(30*time.Minute + time.Second)
		expect(t, s.messages(), "30m0s REQUEST from 192.168.2.40 to 192.168.2.1", "30m0.1s DISCOVER from 0.0.0.0",
			"30m0.1s probe 192.168.2.41", "30m0.1s REQUEST from 0.0.0.0", "30m0.3s announce 192.168.2.41")
		expect(t, s.setup(), "withdraw 192.168.2.40/24", "192.168.2.41/24 via 192.168.2.1 mtu 0")
		if len(s.events) != 1 || s.events[0].Kind != AddressChanged || s.events[0].Address.String() != "192.168.2.41" ||
			!strings.Contains(s.events[0].Message, `192.168.2.40 became 192.168.2.41: the DHCP server refused it ("lease not found")`) {
			t.Errorf("events %+v", s.events)
		}
		// On disk the old lease was over before the new one came.
		if n := len(s.saved); n < 3 || s.saved[n-2].Expires.After(s.saved[n-1].Expires.Add(-time.Hour)) {
			t.Errorf("saved %+v", s.saved)
		}
	})
}

// Anybody can refuse in the server's name. Who is faster than it stops no pod: a server that acknowledges has not refused.
func TestANakInTheServersName(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, time.Hour)
		defer cancel()
		s, m := newScript(t)
		server := s.answer
		s.answer = func(d *dhcpv4.DHCPv4, unicast bool) []*dhcpv4.DHCPv4 {
			nameless := s.reply(d, dhcpv4.MessageTypeNak, "0.0.0.0")
			nameless.DeleteOption(dhcpv4.OptionServerIdentifier)
			return append([]*dhcpv4.DHCPv4{nameless, s.reply(d, dhcpv4.MessageTypeNak, "0.0.0.0")}, server(d, unicast)...)
		}
		s.bind(ctx, m)
		after(40 * time.Minute)
		expect(t, s.messages(), "30m0s REQUEST from 192.168.2.40 to 192.168.2.1")
		if len(s.setup()) != 0 || len(s.events) != 0 {
			t.Errorf("setup %v, events %+v", s.setup(), s.events)
		}
	})
}

// A NAK of another server does not concern a lease that is being renewed.
func TestANakOfAnotherServerIsIgnoredWhileRenewing(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		s, m := newScript(t)
		s.bind(ctx, m)
		server := s.answer
		s.become(func(d *dhcpv4.DHCPv4, unicast bool) []*dhcpv4.DHCPv4 {
			nak := s.reply(d, dhcpv4.MessageTypeNak, "0.0.0.0")
			nak.UpdateOption(dhcpv4.OptServerIdentifier(net.IPv4(192, 168, 2, 254)))
			return append([]*dhcpv4.DHCPv4{nak}, server(d, unicast)...)
		})
		after(31 * time.Minute)
		if got := s.setup(); len(got) != 0 {
			t.Errorf("the pod was changed: %v", got)
		}
	})
}

func TestAnotherRouterAndMTU(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		s, m := newScript(t)
		s.bind(ctx, m)
		s.become(func(d *dhcpv4.DHCPv4, _ bool) []*dhcpv4.DHCPv4 {
			return []*dhcpv4.DHCPv4{s.reply(d, dhcpv4.MessageTypeAck, "192.168.2.40", dhcpv4.OptRouter(net.IPv4(192, 168, 2, 254)), dhcptest.Raw(26, 5, 120))}
		})
		after(31 * time.Minute)
		expect(t, s.setup(), "192.168.2.40/24 via 192.168.2.254 mtu 1400")
		if len(s.kinds()) != 0 {
			t.Errorf("events %v", s.kinds())
		}
	})
}

// Some servers acknowledge a renewal with another address.
func TestAnAcknowledgementWithAnotherAddress(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		s, m := newScript(t)
		s.bind(ctx, m)
		s.become(func(d *dhcpv4.DHCPv4, _ bool) []*dhcpv4.DHCPv4 {
			return []*dhcpv4.DHCPv4{s.reply(d, dhcpv4.MessageTypeAck, "192.168.2.50", dhcpv4.OptRouter(net.IPv4(192, 168, 2, 1)))}
		})
		after(31 * time.Minute)
		expect(t, s.setup(), "192.168.2.50/24 via 192.168.2.1 mtu 0")
		if got := s.kinds(); !slices.Equal(got, []EventKind{AddressChanged}) {
			t.Errorf("events %v", got)
		}
	})
}

func TestASetupThatFailsIsTriedAgain(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		s, m := newScript(t)
		s.bind(ctx, m)
		s.become(s.offering("192.168.2.41"))
		s.fail(errors.New("the kernel is busy"))
		after(30*time.Minute + 3*time.Second)
		s.fail(nil)
		after(time.Second)
		expect(t, s.setup(), "192.168.2.41/24 via 192.168.2.1 mtu 0")
	})
}

func TestOneConflictIsDefended(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		s, m := newScript(t)
		s.bind(ctx, m)
		after(time.Minute)
		m.Conflict(otherMAC)
		after(time.Minute)
		m.Conflict(otherMAC)
		after(time.Minute)
		expect(t, s.messages(), "1m0.2s announce 192.168.2.40", "2m0.2s announce 192.168.2.40")
		if len(s.setup()) != 0 {
			t.Errorf("the pod was changed: %v", s.setup())
		}
	})
}

func TestAConflictThatStaysMovesThePod(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		s, m := newScript(t)
		s.bind(ctx, m)
		s.become(s.server("192.168.2.41"))
		m.Conflict(otherMAC)
		after(time.Second)
		m.Conflict(otherMAC)
		after(11 * time.Second)
		expect(t, s.messages(), "200ms announce 192.168.2.40", "1.2s DECLINE from 0.0.0.0", "11.2s DISCOVER from 0.0.0.0",
			"11.2s probe 192.168.2.41", "11.2s REQUEST from 0.0.0.0", "11.4s announce 192.168.2.41")
		expect(t, s.setup(), "withdraw 192.168.2.40/24", "192.168.2.41/24 via 192.168.2.1 mtu 0")
	})
}

// Whoever claims the old address goes on while the pod gets another one: that says nothing about the new one.
func TestAClaimOfTheOldAddressIsForgotten(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		s, m := newScript(t)
		s.bind(ctx, m)
		s.become(s.server("192.168.2.41"))
		for range 3 {
			m.Conflict(otherMAC)
			after(time.Second)
		}
		after(time.Minute)
		expect(t, s.messages(), "200ms announce 192.168.2.40", "1.2s DECLINE from 0.0.0.0", "11.2s DISCOVER from 0.0.0.0",
			"11.2s probe 192.168.2.41", "11.2s REQUEST from 0.0.0.0", "11.4s announce 192.168.2.41")
	})
}

// A daemon that starts again goes on where the times on disk say.
func TestResumes(t *testing.T) {
	for name, one := range map[string]struct {
		age  time.Duration
		want string
	}{
		"before T1":     {10 * time.Minute, "20m0s REQUEST from 192.168.2.40 to 192.168.2.1"},
		"after T1":      {40 * time.Minute, "0s REQUEST from 192.168.2.40 to 192.168.2.1"},
		"after T2":      {55 * time.Minute, "0s REQUEST from 192.168.2.40"},
		"after the end": {2 * time.Hour, "0s DISCOVER from 0.0.0.0"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, ctx context.Context) {
				s, m := newScript(t)
				s.answer = s.offering("192.168.2.40")
				terms, _, err := termsOf(dhcptest.Granted(dhcpv4.OptRouter(net.IPv4(192, 168, 2, 1))), DefaultRequest, time.Now().Add(-one.age))
				if err != nil {
					t.Fatal(err)
				}
				m.terms = &terms
				go m.Maintain(ctx)
				after(21 * time.Minute)
				if got := s.messages(); len(got) == 0 || got[0] != one.want {
					t.Errorf("sent %q, want %q first", got, one.want)
				}
			})
		})
	}
}

func TestAPodThatIsGoneIsTold(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		s, m := newScript(t)
		s.bind(ctx, m)
		s.mu.Lock()
		s.openErr = ErrGone
		s.mu.Unlock()
		after(30*time.Minute + time.Second)
		expect(t, s.messages(), "30m0s gone")
	})
}
