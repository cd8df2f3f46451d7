package client

import (
	"context"
	"errors"
	"iter"
	"net"
	"net/netip"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
)

// A Wire is an open pod interface, which sends and receives the messages of a lease.
type Wire interface {
	// Broadcast sends to 255.255.255.255; the interface may not have an address yet.
	Broadcast(message *dhcpv4.DHCPv4, source netip.Addr) error
	// Unicast sends to the server of a lease, from the lease's address: to the server itself, or to the router or relay
	// before it, or (again) as a broadcast frame with the server's IP address.
	Unicast(message *dhcpv4.DHCPv4, terms Terms, again bool) error
	// Replies are what servers sent to the interface; closed when it is gone.
	Replies() <-chan Reply
	// Probe starts an ARP probe for an address. The function that it returns waits for the result: the MAC address of
	// another interface that has the address, or nil. Further calls return the same.
	Probe(ctx context.Context, address netip.Addr, window time.Duration) func() (net.HardwareAddr, error)
	// Announce claims an address.
	Announce(address netip.Addr) error
	Close() error
}

// A Reply is a message and who put it on this network: the server, or the router or relay before it.
type Reply struct {
	Message *dhcpv4.DHCPv4
	From    net.HardwareAddr
}

var errSilence = errors.New("no answer")

const (
	// firstWait is short because the first frame is often lost: the bridge forwards only once it has seen the new
	// port's carrier. RFC 2131 (section 4.1) proposes 4 s, for networks slower than a home LAN.
	firstWait = 250 * time.Millisecond
	// longestWait bounds how long a pod stays without an address once its server is back. RFC 2131 goes up to 64 s.
	longestWait = 8 * time.Second
)

// waits are the times between retransmissions, doubled each time, `limit` of them or (0) without an end. Each is up to a
// quarter shorter, by chance (0 to 1), so that pods that start together do not stay in step (RFC 2131, section 4.1).
func waits(limit int, chance func() float64) iter.Seq[time.Duration] {
	return func(yield func(time.Duration) bool) {
		wait := firstWait
		for sent := 0; limit == 0 || sent < limit; sent++ {
			if !yield(wait - time.Duration(chance()*float64(wait/4))) {
				return
			}
			wait = min(2*wait, longestWait)
		}
	}
}

// A verdict says what to do with a reply.
type verdict int

const (
	ignored verdict = iota
	// doubtful is accepted if no better reply comes: a NAK, which any device on the LAN can send in the server's name.
	doubtful
	accepted
)

// doubt is how long to wait for a better reply after a doubtful one. The real server sends either, without delay.
const doubt = 100 * time.Millisecond

// exchange sends a message until a reply is accepted or the waits are over (errSilence). `send` builds the message each
// time, since its `secs` field changes.
func exchange[T any](ctx context.Context, w Wire, schedule iter.Seq[time.Duration], send func() error, judge func(Reply) (T, verdict)) (T, error) {
	var none, last T
	doubted := false
	for wait := range schedule {
		if err := ctx.Err(); err != nil {
			return none, err // nothing is sent when the time is over
		}
		if err := send(); err != nil {
			return none, err
		}
		timer := time.NewTimer(wait)
		for waiting := true; waiting; {
			select {
			case <-ctx.Done():
				timer.Stop()
				return none, ctx.Err()
			case <-timer.C:
				waiting = false
			case reply, open := <-w.Replies():
				if !open {
					timer.Stop()
					return none, ErrGone
				}
				switch result, worth := judge(reply); {
				case worth == accepted:
					timer.Stop()
					return result, nil
				case worth == doubtful && !doubted:
					last, doubted = result, true
					timer.Reset(doubt)
				}
			}
		}
		if doubted {
			return last, nil
		}
	}
	return none, errSilence
}

// Pause waits; false if ctx ended first.
func Pause(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
