package client

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"

	"github.com/flatlan/flatlan/cni/internal/landhcp/dhcptest"
)

func TestAcquire(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		s, m := newScript(t)
		terms, err := m.Acquire(ctx, netip.MustParseAddr("192.168.2.77"), func(offered Terms) error {
			s.note("offered %s", offered.Address)
			return nil
		})
		if err != nil || terms.Address.String() != "192.168.2.40/24" || terms.ServerMAC != otherMAC.String() {
			t.Fatalf("%+v, %v", terms, err)
		}
		expect(t, s.messages(), "0s DISCOVER from 0.0.0.0", "0s offered 192.168.2.40/24", "0s probe 192.168.2.40",
			"0s REQUEST from 0.0.0.0", "200ms announce 192.168.2.40")
		if s.counts["ack"] != 1 {
			t.Errorf("counted %v", s.counts)
		}
	})
}

func TestAcquireAsksForAWish(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		s, m := newScript(t)
		server := s.answer
		s.answer = func(d *dhcpv4.DHCPv4, unicast bool) []*dhcpv4.DHCPv4 {
			if d.MessageType() == dhcpv4.MessageTypeDiscover {
				s.note("wish %s", d.RequestedIPAddress())
			} else {
				s.note("wants %s of %s", d.RequestedIPAddress(), d.ServerIdentifier())
			}
			return server(d, unicast)
		}
		if _, err := m.Acquire(ctx, netip.MustParseAddr("192.168.2.77"), func(Terms) error { return nil }); err != nil {
			t.Fatal(err)
		}
		expect(t, s.messages()[1:5], "0s wish 192.168.2.77", "0s probe 192.168.2.40", "0s REQUEST from 0.0.0.0", "0s wants 192.168.2.40 of 192.168.2.1")
	})
}

// An acknowledgement that takes its time costs no more: the address is probed for meanwhile. One of another address is
// probed for itself.
func TestTheProbeRunsBesideTheRequest(t *testing.T) {
	for granted, want := range map[string]string{"192.168.2.40": "250ms announce 192.168.2.40", "192.168.2.41": "450ms announce 192.168.2.41"} {
		bubble(t, func(t *testing.T, ctx context.Context) {
			s, m := newScript(t)
			requests := 0
			s.answer = func(d *dhcpv4.DHCPv4, _ bool) []*dhcpv4.DHCPv4 {
				if d.MessageType() == dhcpv4.MessageTypeDiscover {
					return []*dhcpv4.DHCPv4{s.reply(d, dhcpv4.MessageTypeOffer, "192.168.2.40")}
				}
				if requests++; requests == 1 {
					return nil
				}
				return []*dhcpv4.DHCPv4{s.reply(d, dhcpv4.MessageTypeAck, granted)}
			}
			if _, err := m.Acquire(ctx, netip.Addr{}, func(Terms) error { return nil }); err != nil {
				t.Fatal(err)
			}
			if got := s.messages(); got[len(got)-1] != want {
				t.Errorf("%q, want %s", got, want)
			}
		})
	}
}

// The first frame is often lost: it costs a quarter of a second, and the waits stay below a bound.
func TestRetransmissions(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		s, m := newScript(t)
		s.answer = func(*dhcpv4.DHCPv4, bool) []*dhcpv4.DHCPv4 { return nil }
		ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		_, err := m.Acquire(ctx, netip.Addr{}, func(Terms) error { return nil })
		expect(t, s.messages(), "0s DISCOVER from 0.0.0.0", "250ms DISCOVER from 0.0.0.0", "750ms DISCOVER from 0.0.0.0",
			"1.75s DISCOVER from 0.0.0.0", "3.75s DISCOVER from 0.0.0.0", "7.75s DISCOVER from 0.0.0.0",
			"15.75s DISCOVER from 0.0.0.0", "23.75s DISCOVER from 0.0.0.0")
		for _, part := range []string{"after 30s", "no DHCP server answered 8 requests from 02:f1:a7:00:00:01", "Hyper-V: MAC address spoofing"} {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%v, want %q", err, part)
			}
		}
		if s.counts["silence"] != 1 {
			t.Errorf("counted %v", s.counts)
		}
	})
}

// RFC 2131 (table 5): relays and servers go by the seconds since the client began, and send no answer larger than it takes.
func TestWhatEachMessageSays(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		s, m := newScript(t)
		m.Provide = []Option{{Code: 12, Value: []byte("web")}}
		server := s.answer
		var seconds []uint16
		s.answer = func(d *dhcpv4.DHCPv4, unicast bool) []*dhcpv4.DHCPv4 {
			size, err := d.MaxMessageSize()
			if err != nil || size != 1472 || d.HostName() != "web" || string(d.Options.Get(dhcpv4.OptionClientIdentifier)) != "\x00web" {
				t.Errorf("it said %s", d.Summary())
			}
			if seconds = append(seconds, d.NumSeconds); len(seconds) < 5 {
				return nil
			}
			return server(d, unicast)
		}
		if _, err := m.Acquire(ctx, netip.Addr{}, func(Terms) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if want := []uint16{0, 0, 0, 1, 3, 3}; !slices.Equal(seconds, want) {
			t.Errorf("seconds %v, want %v", seconds, want)
		}
	})
}

// Errors name what the server answered.
func TestAcquireErrors(t *testing.T) {
	discover := dhcpv4.MessageTypeDiscover
	for name, one := range map[string]struct {
		answer func(*script, *dhcpv4.DHCPv4) *dhcpv4.DHCPv4
		taken  string
		want   string
		result string
	}{
		"refusal": {func(s *script, m *dhcpv4.DHCPv4) *dhcpv4.DHCPv4 {
			if m.MessageType() == discover {
				return s.reply(m, dhcpv4.MessageTypeOffer, "192.168.2.40")
			}
			return s.reply(m, dhcpv4.MessageTypeNak, "0.0.0.0", dhcptest.Raw(56, []byte("address in use")...))
		}, "", `DHCP server 192.168.2.1 refused 192.168.2.40, which it had offered ("address in use")`, "refused"},
		"no acknowledgement": {func(s *script, m *dhcpv4.DHCPv4) *dhcpv4.DHCPv4 {
			if m.MessageType() == discover {
				return s.reply(m, dhcpv4.MessageTypeOffer, "192.168.2.40")
			}
			return nil
		}, "", "DHCP server 192.168.2.1 offered 192.168.2.40 and did not acknowledge it", "no-ack"},
		"an offer without a mask": {func(s *script, m *dhcpv4.DHCPv4) *dhcpv4.DHCPv4 {
			offer := s.reply(m, dhcpv4.MessageTypeOffer, "192.168.2.40")
			offer.DeleteOption(dhcpv4.OptionSubnetMask)
			return offer
		}, "", "DHCP server 192.168.2.1 answered OFFER with what cannot be used: there is no usable subnet mask", "unusable"},
		"an address in use": {func(s *script, m *dhcpv4.DHCPv4) *dhcpv4.DHCPv4 {
			if m.MessageType() == discover {
				return s.reply(m, dhcpv4.MessageTypeOffer, "192.168.2.40")
			}
			return s.reply(m, dhcpv4.MessageTypeAck, "192.168.2.40")
		}, "192.168.2.40", "are in use (192.168.2.40 by 02:00:00:00:00:09); find", "conflict"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, ctx context.Context) {
				s, m := newScript(t)
				s.answer = func(d *dhcpv4.DHCPv4, _ bool) []*dhcpv4.DHCPv4 {
					if d.MessageType() == dhcpv4.MessageTypeDecline {
						return nil
					}
					if answer := one.answer(s, d); answer != nil {
						return []*dhcpv4.DHCPv4{answer}
					}
					return nil
				}
				s.taken[one.taken] = otherMAC
				ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
				defer cancel()
				_, err := m.Acquire(ctx, netip.Addr{}, func(Terms) error { return nil })
				if err == nil || !strings.Contains(err.Error(), one.want) {
					t.Errorf("%v, want %q", err, one.want)
				}
				if s.counts[one.result] != 1 {
					t.Errorf("counted %v, want one %s", s.counts, one.result)
				}
			})
		})
	}
}

func TestDeclineThenAnother(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		s, m := newScript(t)
		s.answer = s.server("192.168.2.40", "192.168.2.41")
		s.taken["192.168.2.40"] = otherMAC
		terms, err := m.Acquire(ctx, netip.Addr{}, func(Terms) error { return nil })
		if err != nil || terms.Address.Addr().String() != "192.168.2.41" {
			t.Fatalf("%v, %v", terms.Address, err)
		}
		expect(t, s.messages(), "0s DISCOVER from 0.0.0.0", "0s probe 192.168.2.40", "0s REQUEST from 0.0.0.0", "0s DECLINE from 0.0.0.0",
			"10s DISCOVER from 0.0.0.0", "10s probe 192.168.2.41", "10s REQUEST from 0.0.0.0", "10.2s announce 192.168.2.41")
	})
}

// An address that was refused, or that another device uses, is not wished for again.
func TestAWishIsGivenUp(t *testing.T) {
	for name, refuse := range map[string]bool{"refused": true, "in use": false} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, ctx context.Context) {
				s, m := newScript(t)
				server := s.server("192.168.2.77", "192.168.2.40")
				if !refuse {
					s.taken["192.168.2.77"] = otherMAC
				}
				var wishes []string
				s.answer = func(d *dhcpv4.DHCPv4, unicast bool) []*dhcpv4.DHCPv4 {
					if d.MessageType() == dhcpv4.MessageTypeDiscover {
						wishes = append(wishes, d.RequestedIPAddress().String())
					}
					if refuse && d.MessageType() == dhcpv4.MessageTypeRequest && len(wishes) == 1 {
						return []*dhcpv4.DHCPv4{s.reply(d, dhcpv4.MessageTypeNak, "0.0.0.0")}
					}
					return server(d, unicast)
				}
				terms, err := m.Acquire(ctx, netip.MustParseAddr("192.168.2.77"), func(Terms) error { return nil })
				if err != nil || terms.Address.Addr().String() != "192.168.2.40" {
					t.Errorf("%s, %v", terms.Address, err)
				}
				expect(t, wishes, "192.168.2.77", "<nil>")
			})
		})
	}
}

// What cannot be noted on disk is not asked for: a kill would leave it with the server.
func TestAnOfferThatCannotBeNoted(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		s, m := newScript(t)
		full := errors.New("the disk is full")
		if _, err := m.Acquire(ctx, netip.Addr{}, func(Terms) error { return full }); !errors.Is(err, full) {
			t.Error(err)
		}
		expect(t, s.messages(), "0s DISCOVER from 0.0.0.0")
	})
}

func TestAnswersToOthersAreIgnored(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		s, m := newScript(t)
		server := s.answer
		s.answer = func(d *dhcpv4.DHCPv4, unicast bool) []*dhcpv4.DHCPv4 {
			foreign := s.reply(d, dhcpv4.MessageTypeOffer, "192.168.2.99")
			foreign.TransactionID[0]++
			elsewhere := s.reply(d, dhcpv4.MessageTypeOffer, "192.168.2.98")
			elsewhere.ClientHWAddr = otherMAC
			echo := s.reply(d, dhcpv4.MessageTypeOffer, "192.168.2.97")
			echo.OpCode = dhcpv4.OpcodeBootRequest
			nak := s.reply(d, dhcpv4.MessageTypeNak, "0.0.0.0")
			nak.UpdateOption(dhcpv4.OptServerIdentifier(net.IPv4(192, 168, 2, 254)))
			return append([]*dhcpv4.DHCPv4{foreign, elsewhere, echo, nak}, server(d, unicast)...)
		}
		terms, err := m.Acquire(ctx, netip.Addr{}, func(Terms) error { return nil })
		if err != nil || terms.Address.Addr().String() != "192.168.2.40" {
			t.Errorf("%v, %v", terms.Address, err)
		}
	})
}

func TestAcquireEndsWhenTheInterfaceGoes(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		s, m := newScript(t)
		s.openErr = ErrGone
		if _, err := m.Acquire(ctx, netip.Addr{}, nil); !errors.Is(err, ErrGone) {
			t.Error(err)
		}
	})
}
