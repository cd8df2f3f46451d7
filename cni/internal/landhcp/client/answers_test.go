package client

import (
	"log/slog"
	"net"
	"net/netip"
	"testing"

	"github.com/insomniacslk/dhcp/dhcpv4"

	"github.com/flatlan/flatlan/cni/internal/landhcp/dhcptest"
)

// FuzzAnswers reads whole answers of servers as a machine does: nothing but what the plan allows becomes a lease, and
// nobody but the server ends one.
func FuzzAnswers(f *testing.F) {
	request, _ := dhcpv4.NewDiscovery(ownMAC)
	for _, payload := range dhcptest.EveryTrick(request) {
		f.Add(payload)
	}
	f.Add(dhcptest.AnswerTo(request, "192.168.2.40", dhcptest.Router, dhcpv4.OptRouter(net.IPv4(192, 168, 2, 1)), dhcptest.Raw(26, 5, 220),
		dhcptest.Raw(121, 24, 192, 168, 50, 192, 168, 2, 1, 0, 192, 168, 2, 1), dhcptest.Raw(15, []byte("home.lan")...)).ToBytes())
	f.Fuzz(func(t *testing.T, payload []byte) {
		if len(payload) > largestMessage {
			return // the socket reads no more
		}
		message, err := dhcpv4.FromBytes(dhcptest.InTransaction(payload, request))
		if err != nil {
			return
		}
		told := 0
		m := New(Config{
			Identity: Identity{MAC: ownMAC, Identifier: []byte("\x00web"), Request: DefaultRequest}, Log: slog.New(slog.DiscardHandler),
			Hooks:  Hooks{Count: func(string) {}, Tell: func(EventKind, string, netip.Addr) { told++ }},
			Ruling: houseRuling,
		})
		exchange := transaction{Identity: m.Identity, id: request.TransactionID, began: began}
		heard := history{mac: ownMAC, began: began}
		answer := Reply{Message: message, From: otherMAC}
		real := houseRuling().Attachment.Servers[0]
		for _, kind := range []dhcpv4.MessageType{dhcpv4.MessageTypeOffer, dhcpv4.MessageTypeAck} {
			terms, worth := m.usable(exchange, answer, kind, began, &heard)
			if worth != accepted {
				continue
			}
			inBounds(t, terms)
			if message.MessageType() != kind || terms.Server != real {
				t.Errorf("%s of %s became %+v", message.MessageType(), message.ServerIdentifier(), terms)
			}
		}
		if _, ok := exchange.refusal(answer, real); ok && !message.ServerIdentifier().Equal(real.AsSlice()) {
			t.Errorf("the refusal of %s was taken for the server's", message.ServerIdentifier())
		}
		if told > 1 {
			t.Errorf("told %d times of one answer", told)
		}
	})
}
