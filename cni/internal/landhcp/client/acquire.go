package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
)

const (
	// requestTries is how many REQUESTs are sent for an offer before DISCOVER starts again: 0.25 + 0.5 + 1 + 2 s.
	requestTries = 4
	// declinePause is RFC 2131's (section 3.1.5) wait after a DECLINE.
	declinePause = 10 * time.Second
)

// Acquire gets an address that nobody uses. It goes on until ctx ends, and its error says what was received until
// then. `offered` is called before an offer is requested, so that the address can be released whatever happens next.
func (m *Machine) Acquire(ctx context.Context, wish netip.Addr, offered func(Terms) error) (Terms, error) {
	heard := history{mac: m.MAC, began: time.Now()}
	w, err := m.Port.Open()
	if err != nil {
		return Terms{}, err
	}
	defer w.Close()
	for {
		m.keepQuiet(ctx, &heard)
		terms, err := m.round(ctx, w, wish, offered, &heard)
		switch {
		case err == nil:
			m.tellLeftOut(terms, heard.leftOut)
			m.Log.Info("got an address", "address", terms.Address, "server", terms.Server, "discovers", heard.discovers, "took", time.Since(heard.began))
			return terms, nil
		case ctx.Err() != nil:
			m.Hooks.Count(heard.result())
			return Terms{}, heard.error(context.Cause(ctx))
		case errors.Is(err, errRefused):
			wish = netip.Addr{}
			if !Pause(ctx, firstWait) {
				continue
			}
		case errors.Is(err, errInUse):
			wish = netip.Addr{}
		case errors.Is(err, errSilence):
		default:
			return Terms{}, err
		}
	}
}

var (
	errRefused = errors.New("refused")
	errInUse   = errors.New("in use")
	// errTwin: the lease belongs to another interface, which is the same client to the server.
	errTwin = errors.New("another interface has the pod's own MAC address")
)

// round goes once through SELECTING and REQUESTING, with a probe for the address beside the latter.
func (m *Machine) round(ctx context.Context, w Wire, wish netip.Addr, offered func(Terms) error, heard *history) (Terms, error) {
	t := m.start()
	offer, err := m.selectOffer(ctx, w, t, wish, heard)
	if err != nil {
		return Terms{}, err
	}
	heard.offer(offer)
	if err := offered(offer); err != nil {
		return Terms{}, err
	}

	// The reply to the REQUEST takes time as well: the address is probed meanwhile.
	asking := m.probe(ctx, w, offer.Address.Addr())
	defer asking.stop()
	terms, err := m.requestOffer(ctx, w, t, offer, heard)
	if err != nil {
		return Terms{}, err
	}
	return terms, m.claim(ctx, w, t, terms, asking, heard)
}

// selectOffer is SELECTING: DISCOVERs until the first offer that can be used.
func (m *Machine) selectOffer(ctx context.Context, w Wire, t transaction, wish netip.Addr, heard *history) (Terms, error) {
	return exchange(ctx, w, waits(0, m.chance),
		func() error { heard.discovers++; return w.Broadcast(t.discover(wish), netip.IPv4Unspecified()) },
		func(r Reply) (Terms, verdict) { return m.usable(t, r, dhcpv4.MessageTypeOffer, t.began, heard) })
}

// requestOffer is REQUESTING: REQUESTs until the server acknowledges its offer, or refuses it.
func (m *Machine) requestOffer(ctx context.Context, w Wire, t transaction, offer Terms, heard *history) (Terms, error) {
	asked := time.Now()
	granted, err := exchange(ctx, w, waits(requestTries, m.chance),
		func() error { return w.Broadcast(t.request(offer), netip.IPv4Unspecified()) },
		func(r Reply) (*Terms, verdict) {
			if refusal, ok := t.refusal(r, offer.Server); ok {
				heard.refuse(offer, refusal)
				return nil, doubtful
			}
			granted, worth := m.usable(t, r, dhcpv4.MessageTypeAck, asked, heard)
			return &granted, worth
		})
	if err != nil {
		return Terms{}, err
	}
	if granted == nil {
		m.Hooks.Count("nak")
		return Terms{}, errRefused
	}
	return *granted, nil
}

// claim makes sure that nobody has the address, then claims it. RFC 5227 asks for three probes over several seconds; a
// pod's start should not wait that long, and a conflict with a device that wakes up later is detected while the pod
// runs.
func (m *Machine) claim(ctx context.Context, w Wire, t transaction, terms Terms, asking *probing, heard *history) error {
	address := terms.Address.Addr()
	if asking == nil || asking.address != address {
		if asking != nil {
			asking.stop()
		}
		asking = m.probe(ctx, w, address)
		defer asking.stop()
	}
	taker, err := asking.answer()
	if asking.twin() && taker == nil {
		taker = m.MAC
	}
	if err != nil {
		return err
	}
	switch {
	case taker == nil, bytes.Equal(taker, m.MAC) && m.Explained():
	case bytes.Equal(taker, m.MAC) && m.IsPinned:
		// No other pod has a MAC address that the kernel chose at random: such a reply comes from a device that saw the
		// probe.
		m.Disputes.hush(m.Identifier, time.Now().Add(rateLimit))
		m.Hooks.Tell(AddressContested, fmt.Sprintf("another interface with the pod's own MAC address %s uses %s, which the DHCP server gave to both: they cannot live at once", m.MAC, address), address)
		return fmt.Errorf("%w, %s, and uses %s: find it, or give the pod another one", errTwin, m.MAC, address)
	case !m.Disputes.believe(address):
		m.contest(address, taker)
	default:
		m.Log.Warn("another device uses the address that the DHCP server gave", "address", address, "mac", taker.String(), "server", terms.Server)
		heard.decline(address, taker)
		if err := m.decline(w, t, terms); err != nil {
			return err
		}
		return errInUse
	}
	m.Hooks.Count("ack")
	// Updates neighbors whose ARP cache has the address with the MAC of the pod's last sandbox.
	return w.Announce(address)
}

// usable reads an offer or an acknowledgement of this transaction.
func (m *Machine) usable(t transaction, r Reply, kind dhcpv4.MessageType, sent time.Time, heard *history) (Terms, verdict) {
	if !t.answers(r.Message) || r.Message.MessageType() != kind {
		return Terms{}, ignored
	}
	terms, leftOut, err := termsOf(r.Message, t.Request, sent)
	if err == nil {
		var more []string
		more, err = m.Ruling().grants(&terms, sent)
		heard.leftOut = append(leftOut, more...)
		if err != nil {
			m.tellRefused(r, kind, err)
		}
	}
	if err != nil {
		heard.unusable = fmt.Sprintf("DHCP server %s answered %s with what cannot be used: %s", r.Message.ServerIdentifier(), kind, err)
		return Terms{}, ignored
	}
	terms.ServerMAC = r.From.String()
	terms.spread(sent, m.chance())
	return terms, accepted
}

// refusal is a NAK of the server that the REQUEST was for. One without a server identifier is invalid (RFC 2131,
// section 4.3.1, table 3).
func (t transaction) refusal(r Reply, server netip.Addr) (string, bool) {
	if !t.answers(r.Message) || r.Message.MessageType() != dhcpv4.MessageTypeNak {
		return "", false
	}
	if from, ok := unicast(r.Message.ServerIdentifier()); !ok || from != server {
		return "", false
	}
	return r.Message.Message(), true
}
