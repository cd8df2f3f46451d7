package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// history is what was received while an address was requested, for the error message.
type history struct {
	mac       net.HardwareAddr
	began     time.Time
	discovers int
	offered   Terms
	refusal   string
	unusable  string
	// leftOut lists the options of the last usable reply that are not applied.
	leftOut  []string
	declined []string
	// quiet tells whether part of the time was spent waiting after an earlier DECLINE.
	quiet bool
}

func (h *history) offer(offer Terms) { h.offered = offer }

func (h *history) refuse(offer Terms, message string) {
	h.refusal = fmt.Sprintf("DHCP server %s refused %s, which it had offered", offer.Server, offer.Address.Addr())
	if message != "" {
		h.refusal += fmt.Sprintf(" (%q)", message)
	}
}

func (h *history) decline(address netip.Addr, taker net.HardwareAddr) {
	if one := fmt.Sprintf("%s by %s", address, taker); !slices.Contains(h.declined, one) {
		h.declined = append(h.declined, one)
	}
}

// result is how the exchange counts that ended without an address.
func (h *history) result() string {
	switch {
	case len(h.declined) > 0 || h.quiet && h.discovers == 0:
		return "conflict"
	case h.refusal != "":
		return "refused"
	case h.unusable != "":
		return "unusable"
	case h.offered.Server.IsValid():
		return "no-ack"
	}
	return "silence"
}

// error says what the server replied, or that none did.
func (h *history) error(cause error) error {
	waited := time.Since(h.began).Round(100 * time.Millisecond)
	if !errors.Is(cause, context.DeadlineExceeded) {
		return fmt.Errorf("no address after %s: given up: %w", waited, cause)
	}
	switch h.result() {
	case "conflict":
		if len(h.declined) == 0 {
			return fmt.Errorf("no address after %s: another device uses the one that the pod was given last, and RFC 2131 asks for a pause after that", waited)
		}
		return fmt.Errorf("no address after %s: the addresses that DHCP server %s gave are in use (%s); find the device, or take its address out of the server's range",
			waited, h.offered.Server, strings.Join(h.declined, ", "))
	case "refused":
		return fmt.Errorf("no address after %s: %s; look at the server's log", waited, h.refusal)
	case "unusable":
		return fmt.Errorf("no address after %s: %s; look at the server's options for this network", waited, h.unusable)
	case "no-ack":
		return fmt.Errorf("no address after %s: DHCP server %s offered %s and did not acknowledge it; are there two servers, or is it overloaded?",
			waited, h.offered.Server, h.offered.Address.Addr())
	}
	return fmt.Errorf("no address after %s: no DHCP server answered %d requests from %s: is there a server with free addresses on this network, "+
		"is the bridge's uplink up, and does a hypervisor under this node let frames with a pod's MAC pass (Hyper-V: MAC address spoofing, "+
		"VMware: promiscuous mode and forged transmits, Proxmox: MAC filter of the firewall)?", waited, h.discovers, h.mac)
}
