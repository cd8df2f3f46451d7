package client

import (
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
)

// largestMessage is what fits into one Ethernet frame beside the headers of IPv4 and UDP.
const largestMessage = 1472

// An Identity is the client, with the options that every message of one lease sends and requests.
type Identity struct {
	MAC net.HardwareAddr
	// Identifier is what a server knows the client by (RFC 2132, section 9.14).
	Identifier []byte
	Provide    []Option
	Request    []uint8
}

// An Option is one that is sent with every message.
type Option struct {
	Code  uint8  `json:"code"`
	Value []byte `json:"value"`
}

// DefaultRequest is what a pod needs. Classless routes stand before the router: RFC 3442 wants that order.
var DefaultRequest = []uint8{
	dhcpv4.OptionSubnetMask.Code(),
	dhcpv4.OptionClasslessStaticRoute.Code(),
	dhcpv4.OptionRouter.Code(),
	dhcpv4.OptionDomainNameServer.Code(),
	dhcpv4.OptionDomainName.Code(),
	dhcpv4.OptionDNSDomainSearchList.Code(),
	dhcpv4.OptionInterfaceMTU.Code(),
}

// Release is the message that gives an address back.
func (i Identity) Release(terms Terms) *dhcpv4.DHCPv4 {
	return i.start().message(dhcpv4.MessageTypeRelease,
		dhcpv4.WithClientIP(terms.Address.Addr().AsSlice()),
		dhcpv4.WithOption(dhcpv4.OptServerIdentifier(terms.Server.AsSlice())))
}

// start begins an exchange: all messages of one carry its transaction's number and the seconds since it began.
func (i Identity) start() transaction {
	message, err := dhcpv4.New()
	if err != nil {
		panic(err) // only a system without random numbers does that
	}
	return transaction{Identity: i, id: message.TransactionID, began: time.Now()}
}

type transaction struct {
	Identity
	id    dhcpv4.TransactionID
	began time.Time
}

func (t transaction) message(kind dhcpv4.MessageType, modifiers ...dhcpv4.Modifier) *dhcpv4.DHCPv4 {
	message, _ := dhcpv4.New(dhcpv4.WithTransactionID(t.id), dhcpv4.WithHwAddr(t.MAC), dhcpv4.WithMessageType(kind))
	message.NumSeconds = uint16(min(time.Since(t.began)/time.Second, 0xffff))
	if kind == dhcpv4.MessageTypeDiscover || kind == dhcpv4.MessageTypeRequest {
		for _, one := range t.Provide {
			message.UpdateOption(dhcpv4.OptGeneric(dhcpv4.GenericOptionCode(one.Code), one.Value))
		}
		message.UpdateOption(dhcpv4.OptGeneric(dhcpv4.OptionParameterRequestList, t.Request))
		message.UpdateOption(dhcpv4.OptMaxMessageSize(largestMessage))
	}
	message.UpdateOption(dhcpv4.OptClientIdentifier(t.Identifier))
	for _, modify := range modifiers {
		modify(message)
	}
	return message
}

// discover requests an offer, of a certain address if one is wished for.
func (t transaction) discover(wish netip.Addr) *dhcpv4.DHCPv4 {
	message := t.message(dhcpv4.MessageTypeDiscover)
	if wish.IsValid() {
		message.UpdateOption(dhcpv4.OptRequestedIPAddress(wish.AsSlice()))
	}
	return message
}

// request takes an offer.
func (t transaction) request(offer Terms) *dhcpv4.DHCPv4 {
	return t.message(dhcpv4.MessageTypeRequest, about(offer))
}

// renew requests an extension, in RENEWING and REBINDING: the address is in ciaddr, with neither server identifier nor
// requested address (RFC 2131, section 4.3.2).
func (t transaction) renew(terms Terms) *dhcpv4.DHCPv4 {
	return t.message(dhcpv4.MessageTypeRequest, dhcpv4.WithClientIP(terms.Address.Addr().AsSlice()))
}

// decline tells the server that another device uses the address.
func (t transaction) decline(terms Terms) *dhcpv4.DHCPv4 {
	return t.message(dhcpv4.MessageTypeDecline, about(terms))
}

func about(terms Terms) dhcpv4.Modifier {
	return func(message *dhcpv4.DHCPv4) {
		message.UpdateOption(dhcpv4.OptRequestedIPAddress(terms.Address.Addr().AsSlice()))
		message.UpdateOption(dhcpv4.OptServerIdentifier(terms.Server.AsSlice()))
	}
}

// answers tells whether a message is a server's reply in this transaction.
func (t transaction) answers(message *dhcpv4.DHCPv4) bool {
	return message.OpCode == dhcpv4.OpcodeBootReply &&
		message.TransactionID == t.id &&
		slices.Equal(message.ClientHWAddr, t.MAC)
}
