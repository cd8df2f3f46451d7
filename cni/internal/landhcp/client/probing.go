package client

import (
	"context"
	"net"
	"net/netip"
	"sync"
)

// A probing is an ARP probe that runs in the background.
type probing struct {
	address netip.Addr
	// answer waits for another interface's MAC address, nil for none; twin for whether one has the pod's own.
	answer func() (net.HardwareAddr, error)
	twin   func() bool
	cancel context.CancelFunc
}

// probe begins with what can be known from an offer on: RFC 5227 asks before an address is used, which is after the
// acknowledgement. A wire has one at a time.
func (m *Machine) probe(ctx context.Context, w Wire, address netip.Addr) *probing {
	ctx, cancel := context.WithCancel(ctx)
	twin := make(chan bool, 1)
	go func() { twin <- m.Elsewhere(ctx, address) }()
	return &probing{address: address, cancel: cancel, twin: sync.OnceValue(func() bool { return <-twin }),
		answer: w.Probe(ctx, address, m.Timeouts().ARPProbe)}
}

// stop ends it, and waits for its end: the next one has the wire for itself.
func (p *probing) stop() {
	p.cancel()
	_, _ = p.answer()
	p.twin()
}
