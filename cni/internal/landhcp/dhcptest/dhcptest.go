// Package dhcptest makes replies of DHCP servers, good and bad, for the tests of lan-dhcp's packages. The LAN is
// 192.168.2.0/24 in all of them.
package dhcptest

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
)

// Router is the LAN's router, which serves DHCP.
const Router = "192.168.2.1"

// Granted is the router's acknowledgement of 192.168.2.40/24 for an hour, with options.
func Granted(options ...dhcpv4.Option) *dhcpv4.DHCPv4 {
	reply, _ := dhcpv4.New(
		dhcpv4.WithYourIP(net.IPv4(192, 168, 2, 40)),
		dhcpv4.WithMessageType(dhcpv4.MessageTypeAck),
		dhcpv4.WithOption(dhcpv4.OptServerIdentifier(net.IPv4(192, 168, 2, 1))),
		dhcpv4.WithNetmask(net.CIDRMask(24, 32)),
		dhcpv4.WithLeaseTime(3600),
	)
	reply.OpCode = dhcpv4.OpcodeBootReply
	for _, one := range options {
		reply.UpdateOption(one)
	}
	return reply
}

// Raw is an option of any bytes.
func Raw(code uint8, value ...byte) dhcpv4.Option {
	return dhcpv4.OptGeneric(dhcpv4.GenericOptionCode(code), value)
}

// AnswerTo makes an answer to a request: an offer or an acknowledgement of an address, by the name of a server.
func AnswerTo(request *dhcpv4.DHCPv4, address, server string, options ...dhcpv4.Option) *dhcpv4.DHCPv4 {
	kind := dhcpv4.MessageTypeOffer
	if request.MessageType() == dhcpv4.MessageTypeRequest {
		kind = dhcpv4.MessageTypeAck
	}
	answer := Granted(options...)
	answer.TransactionID, answer.ClientHWAddr = request.TransactionID, request.ClientHWAddr
	answer.UpdateOption(dhcpv4.OptMessageType(kind))
	answer.UpdateOption(dhcpv4.OptServerIdentifier(net.ParseIP(server)))
	answer.YourIPAddr = net.ParseIP(address).To4()
	return answer
}

// EveryTrick is each of the attacks that a server can try, in one burst.
func EveryTrick(request *dhcpv4.DHCPv4) (burst [][]byte) {
	const self = "192.168.2.9"
	refusal := func(server string) *dhcpv4.DHCPv4 {
		nak := AnswerTo(request, "0.0.0.0", server)
		nak.UpdateOption(dhcpv4.OptMessageType(dhcpv4.MessageTypeNak))
		return nak
	}
	huge := bytes.Repeat([]byte{0xff}, 255)
	for _, one := range []*dhcpv4.DHCPv4{
		refusal(self), refusal(Router),
		AnswerTo(request, "192.168.7.5", self),                                                  // a pod's cluster address
		AnswerTo(request, "10.43.0.10", Router),                                                 // the cluster's DNS, in the real server's name
		AnswerTo(request, "192.168.2.2", self),                                                  // the node's
		AnswerTo(request, "192.168.2.1", self),                                                  // the router's
		AnswerTo(request, fmt.Sprintf("192.168.2.%d", 20+time.Now().Second()), self),            // another one each second
		AnswerTo(request, "192.168.2.66", self, Raw(1, 128, 0, 0, 0)),                           // half the world on-link
		AnswerTo(request, "192.168.2.67", self, Raw(51, 0, 0, 0, 1), Raw(58, 0, 0, 0, 0)),       // for a second
		AnswerTo(request, "192.168.2.68", self, Raw(121, 1, 0, 192, 168, 2, 9), Raw(26, 2, 64)), // its route, its MTU
		AnswerTo(request, "192.168.2.69", self, Raw(121, huge...), Raw(119, huge...), Raw(6, huge...), Raw(15, huge...), Raw(3, huge...)),
	} {
		burst = append(burst, one.ToBytes())
	}
	return burst
}

// InTransaction makes whatever bytes an answer to a request, where they are long enough.
func InTransaction(payload []byte, request *dhcpv4.DHCPv4) []byte {
	payload = slices.Clone(payload)
	if len(payload) > 34 {
		payload[0], payload[1], payload[2] = byte(dhcpv4.OpcodeBootReply), 1, 6
		copy(payload[4:], request.TransactionID[:])
		copy(payload[28:], request.ClientHWAddr)
	}
	return payload
}

// Prefixes reads some, all of which have to be right.
func Prefixes(texts ...string) (all []netip.Prefix) {
	for _, text := range texts {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}
