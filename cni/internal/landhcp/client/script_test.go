package client

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"

	"github.com/flatlan/flatlan/cni/internal/landhcp/dhcptest"
)

// These tests run in a bubble of testing/synctest: its clock stands still while anybody works and jumps when all wait,
// so times are exact and nothing sleeps.

var (
	ownMAC   = net.HardwareAddr{2, 0xf1, 0xa7, 0, 0, 1}
	otherMAC = net.HardwareAddr{2, 0, 0, 0, 0, 9}
)

// A script is a server, a network and a pod in one: what it answers is up to the test.
type script struct {
	t *testing.T
	// answer makes the server's replies to a message; nil for silence.
	answer func(m *dhcpv4.DHCPv4, unicast bool) []*dhcpv4.DHCPv4
	taken  map[string]net.HardwareAddr

	mu      sync.Mutex
	sent    []string // kind, how, at what time since the start
	setups  []string
	before  []Terms // what the pod was set up for at each of them but a withdrawal
	events  []event
	saved   []Terms
	counts  map[string]int
	start   time.Time
	openErr error
	failing error
}

type event struct {
	Kind    EventKind
	Message string
	Address netip.Addr
}

// usual are the server's defaults.
var usual = Timeouts{Acquire: 15 * time.Second, ARPProbe: 200 * time.Millisecond}

func (s *script) note(format string, values ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, fmt.Sprintf("%s %s", time.Since(s.start).Round(time.Millisecond), fmt.Sprintf(format, values...)))
}

func (s *script) Open() (Wire, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.openErr != nil {
		return nil, s.openErr
	}
	return &scriptWire{s, make(chan Reply, 16)}, nil
}

func (s *script) Configure(old, now Terms) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failing != nil {
		return s.failing
	}
	s.setups = append(s.setups, fmt.Sprintf("%s via %s mtu %d", now.Address, now.Gateway, now.MTU))
	s.before = append(s.before, old)
	return nil
}

func (s *script) Withdraw(old Terms) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.setups = append(s.setups, "withdraw "+old.Address.String())
	return nil
}

func (s *script) setup() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.setups...)
}

func (s *script) messages() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.sent...)
}

type scriptWire struct {
	*script
	replies chan Reply
}

func (w *scriptWire) send(m *dhcpv4.DHCPv4, unicast bool, text string) error {
	w.note("%s", text)
	w.mu.Lock()
	answer := w.answer
	w.mu.Unlock()
	for _, one := range answer(m, unicast) {
		w.replies <- Reply{Message: one, From: otherMAC}
	}
	return nil
}

func (w *scriptWire) Broadcast(m *dhcpv4.DHCPv4, source netip.Addr) error {
	return w.send(m, false, fmt.Sprintf("%s from %s", m.MessageType(), source))
}

func (w *scriptWire) Unicast(m *dhcpv4.DHCPv4, terms Terms, again bool) error {
	text := fmt.Sprintf("%s from %s to %s", m.MessageType(), terms.Address.Addr(), terms.Server)
	if again {
		text += ", whoever that is by now"
	}
	return w.send(m, true, text)
}

func (w *scriptWire) Replies() <-chan Reply { return w.replies }

func (w *scriptWire) Probe(ctx context.Context, address netip.Addr, window time.Duration) func() (net.HardwareAddr, error) {
	w.note("probe %s", address)
	end := time.Now().Add(window)
	return func() (net.HardwareAddr, error) {
		if taker := w.taken[address.String()]; taker != nil {
			return taker, nil
		}
		Pause(ctx, time.Until(end))
		return nil, ctx.Err()
	}
}

func (w *scriptWire) Announce(address netip.Addr) error { w.note("announce %s", address); return nil }
func (w *scriptWire) Close() error                      { return nil }

// newScript joins a script and a machine.
func newScript(t *testing.T) (*script, *Machine) {
	s := &script{t: t, start: time.Now(), counts: map[string]int{}, taken: map[string]net.HardwareAddr{}}
	s.answer = s.server("192.168.2.40")
	m := New(Config{
		Identity: Identity{MAC: ownMAC, Identifier: []byte("\x00web"), Request: DefaultRequest}, Port: s,
		Timeouts: func() Timeouts { return usual }, Log: slog.New(slog.DiscardHandler),
		Hooks: Hooks{
			Save: func(terms *Terms, _ bool) error {
				s.mu.Lock()
				defer s.mu.Unlock()
				s.saved = append(s.saved, *terms)
				return nil
			},
			Tell: func(kind EventKind, message string, address netip.Addr) {
				s.mu.Lock()
				defer s.mu.Unlock()
				s.events = append(s.events, event{kind, message, address})
			},
			Count: func(result string) { s.mu.Lock(); defer s.mu.Unlock(); s.counts[result]++ },
			Gone:  func() { s.note("gone") },
		},
	})
	m.chance = func() float64 { return 0 }
	return s, m
}

// become changes how the server answers while the pod runs.
func (s *script) become(answer func(*dhcpv4.DHCPv4, bool) []*dhcpv4.DHCPv4) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

// offering is a server that has offered its first address already.
func (s *script) offering(addresses ...string) func(*dhcpv4.DHCPv4, bool) []*dhcpv4.DHCPv4 {
	answer := s.server(addresses...)
	answer(&dhcpv4.DHCPv4{Options: dhcpv4.OptionsFromList(dhcpv4.OptMessageType(dhcpv4.MessageTypeDiscover))}, false)
	return answer
}

// reply makes a server's answer to a message.
func (s *script) reply(m *dhcpv4.DHCPv4, kind dhcpv4.MessageType, address string, options ...dhcpv4.Option) *dhcpv4.DHCPv4 {
	answer := dhcptest.Granted(options...)
	answer.TransactionID, answer.ClientHWAddr = m.TransactionID, m.ClientHWAddr
	answer.UpdateOption(dhcpv4.OptMessageType(kind))
	answer.YourIPAddr = net.ParseIP(address).To4()
	return answer
}

// server grants one address after the other for an hour, by the order of DISCOVERs.
func (s *script) server(addresses ...string) func(*dhcpv4.DHCPv4, bool) []*dhcpv4.DHCPv4 {
	next := -1
	return func(m *dhcpv4.DHCPv4, _ bool) []*dhcpv4.DHCPv4 {
		kind := dhcpv4.MessageTypeAck
		switch m.MessageType() {
		case dhcpv4.MessageTypeDiscover:
			kind, next = dhcpv4.MessageTypeOffer, min(next+1, len(addresses)-1)
		case dhcpv4.MessageTypeRequest:
		default:
			return nil
		}
		return []*dhcpv4.DHCPv4{s.reply(m, kind, addresses[next], dhcpv4.OptRouter(net.IPv4(192, 168, 2, 1)))}
	}
}

// bind gets a lease and keeps it; what follows happens to a bound pod.
func (s *script) bind(ctx context.Context, m *Machine) Terms {
	s.t.Helper()
	terms, err := m.Acquire(ctx, netip.Addr{}, func(Terms) error { return nil })
	if err != nil {
		s.t.Fatal(err)
	}
	if err := m.Bind(terms); err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	s.sent = nil
	s.mu.Unlock()
	go m.Maintain(ctx)
	return terms
}

// bubble runs a test with a context that ends with it.
func bubble(t *testing.T, work func(t *testing.T, ctx context.Context)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		work(t, ctx)
		cancel()
		synctest.Wait()
	})
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}
