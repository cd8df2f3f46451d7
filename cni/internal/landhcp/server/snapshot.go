package server

import (
	"cmp"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/flatlan/flatlan/cni/internal/cniargs"
)

// A Snapshot is the data of the metrics.
type Snapshot struct {
	Leases   []LeaseInfo
	LeaseCap int
	// Releasing counts addresses that wait to be given back.
	Releasing int
	Exchanges []ExchangeCount
	// Acquire is how long ADDs waited for an address, those that failed too.
	Acquire      Histogram
	StateDamaged uint64
}

// LeaseInfo is one lease.
type LeaseInfo struct {
	Attachment
	Pod    cniargs.Pod
	MAC    string
	Pinned bool
	// Address is invalid while the pod has none.
	Address netip.Prefix
	Server  netip.Addr
	Expires time.Time
}

// An ExchangeCount counts exchanges with servers by network and result: ack, nak, silence, no-ack, refused, unusable,
// declined, conflict.
type ExchangeCount struct {
	Network, Result string
	Count           uint64
}

// A Histogram counts by upper bounds in seconds, as Prometheus does: Counts[i] is of all that took at most Bounds[i].
type Histogram struct {
	Bounds []float64
	Counts []uint64
	Count  uint64
	Sum    float64
}

// counters are what snapshots are made of.
type counters struct {
	mu        sync.Mutex
	exchanges map[[2]string]uint64
	acquire   Histogram
	damaged   uint64
}

// The bounds lie around the ARP probe, one retransmission, and a server that pings an address before it offers it (3 s).
func newCounters() *counters {
	bounds := []float64{0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32}
	return &counters{exchanges: map[[2]string]uint64{}, acquire: Histogram{Bounds: bounds, Counts: make([]uint64, len(bounds))}}
}

func (c *counters) exchange(network, result string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.exchanges[[2]string{network, result}]++
}

func (c *counters) acquired(took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, bound := range c.acquire.Bounds {
		if took.Seconds() <= bound {
			c.acquire.Counts[i]++
		}
	}
	c.acquire.Count++
	c.acquire.Sum += took.Seconds()
}

func (c *counters) stateDamaged() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.damaged++
}

func (c *counters) fill(s *Snapshot) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for at, count := range c.exchanges {
		s.Exchanges = append(s.Exchanges, ExchangeCount{Network: at[0], Result: at[1], Count: count})
	}
	slices.SortFunc(s.Exchanges, func(a, b ExchangeCount) int {
		return cmp.Or(cmp.Compare(a.Network, b.Network), cmp.Compare(a.Result, b.Result))
	})
	s.Acquire = c.acquire
	s.Acquire.Bounds, s.Acquire.Counts = slices.Clone(c.acquire.Bounds), slices.Clone(c.acquire.Counts)
	s.StateDamaged = c.damaged
}

// Snapshot is the current state.
func (s *Server) Snapshot() Snapshot {
	s.mu.Lock()
	shot := Snapshot{LeaseCap: s.limits.LeasesPerNode, Releasing: len(s.orphans)}
	for _, l := range s.leases {
		shot.Leases = append(shot.Leases, l.info())
	}
	s.mu.Unlock()
	slices.SortFunc(shot.Leases, func(a, b LeaseInfo) int {
		return cmp.Or(cmp.Compare(a.Network, b.Network), cmp.Compare(a.ContainerID, b.ContainerID), cmp.Compare(a.Interface, b.Interface))
	})
	s.counters.fill(&shot)
	return shot
}
