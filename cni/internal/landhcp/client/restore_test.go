package client

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

// onDisk is a lease that an earlier daemon left, half an hour before T1.
func onDisk(address string) Terms {
	terms := leaseOf(address)
	now := time.Now()
	terms.Renew, terms.Rebind, terms.Expires = now.Add(30*time.Minute), now.Add(50*time.Minute), now.Add(time.Hour)
	return terms
}

// A lease on disk that the plan does not allow is over: the pod loses it at once and gets another one.
func TestALeaseOnDiskThatIsRefused(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		s, m := newScript(t)
		m.Ruling = houseRuling
		m.Restore(onDisk("192.168.2.200/24")) // the cluster's by now
		go m.Maintain(ctx)
		after(time.Second)
		expect(t, s.setup(), "withdraw 192.168.2.200/24", "192.168.2.40/24 via 192.168.2.1 mtu 0")
		if got := s.kinds(); !slices.Equal(got, []EventKind{LeaseRefused, AddressChanged}) || !strings.Contains(s.events[0].Message, "192.168.2.200") {
			t.Errorf("events %+v", s.events)
		}
	})
}

// What a pod has by a lease on disk and may not have any more goes, and the rest stays; it is known what to take away.
func TestARouteOnDiskThatIsLeftOut(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		s, m := newScript(t)
		m.Ruling = houseRuling
		terms := onDisk("192.168.2.40/24")
		services := Route{netip.MustParsePrefix("10.43.0.0/16"), netip.MustParseAddr("192.168.2.1")}
		terms.Routes = append(terms.Routes, services)
		m.Restore(terms)
		go m.Maintain(ctx)
		after(time.Second)
		expect(t, s.setup(), "192.168.2.40/24 via 192.168.2.1 mtu 0")
		if len(s.before) != 1 || !slices.Contains(s.before[0].Routes, services) {
			t.Errorf("the pod was set up for %+v", s.before)
		}
		if now, _ := m.Current(); len(now.Routes) != 1 {
			t.Errorf("left are %+v", now.Routes)
		}
		if got := s.kinds(); !slices.Equal(got, []EventKind{OptionsLeftOut}) {
			t.Errorf("events %v", got)
		}
	})
}
