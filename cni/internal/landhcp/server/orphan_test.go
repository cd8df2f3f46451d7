package server

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flatlan/flatlan/cni/internal/landhcp/client"
	"github.com/flatlan/flatlan/cni/internal/statefile"
	"github.com/flatlan/flatlan/cni/internal/testenv"
)

// recordOf is a pod's interface on br0, of network lan.
func recordOf(containerID string) record {
	return record{Network: "lan", ContainerID: containerID, Interface: "net1", Netns: "/none", HostInterface: "br0",
		MAC: "02:f1:a7:00:00:01", Identifier: "00776562"}
}

// waitForgotten waits until the server has given back so many addresses and keeps no record.
func waitForgotten(t *testing.T, server *Server, host *releases, given int32) {
	t.Helper()
	testenv.Eventually(t, 10*time.Second, "the lease is forgotten", func() error {
		left, err := statefile.List(server.config.State)
		if got := host.count.Load(); err != nil || len(left) > 0 || got != given {
			return fmt.Errorf("%d addresses were given back, want %d; %d records are left (%v)", got, given, len(left), err)
		}
		return nil
	})
}

// The server keeps a pinned pod's lease for its next life, and has taken an ended one back by itself: it may be another's.
func TestWhichLeasesAreGivenBack(t *testing.T) {
	for name, one := range map[string]struct {
		change func(*record)
		given  int32
	}{
		"a living one":   {func(*record) {}, 1},
		"a pinned pod's": {func(r *record) { r.Pinned = true }, 0},
		"one that ended": {func(r *record) { r.Terms.Expires = time.Now().Add(-time.Second) }, 0},
		"none":           {func(r *record) { r.Terms = nil }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			server, _ := start(t, quiet(t))
			host := &releases{}
			server.hosts = host
			terms := leaseOfAnHour()
			gone := recordOf("1").with(&terms)
			one.change(&gone)
			if err := server.store.save(gone); err != nil {
				t.Fatal(err)
			}
			server.orphan(gone, 0)
			waitForgotten(t, server, host, one.given)
		})
	}
}

// unreachable is a host whose bridge is down.
type unreachable struct {
	releases
	at []time.Time
}

func (u *unreachable) Release(string, client.Identity, client.Terms) error {
	u.at = append(u.at, time.Now())
	return errors.New("the bridge is down")
}

// A bridge that never comes up is not tried without end: when the lease is over its server has the address back.
func TestAReleaseEndsWithTheLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, err := New(quiet(t))
		if err != nil {
			t.Fatal(err)
		}
		host := &unreachable{}
		server.hosts = host
		terms := leaseOfAnHour()
		terms.Expires = time.Now().Add(5 * time.Minute)
		one := recordOf("1").with(&terms)
		identity, err := one.identity()
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if !server.release(ctx, one, identity, 0) || time.Now().After(terms.Expires.Add(longestRetry)) {
			t.Errorf("given up %s after the lease's end", time.Since(terms.Expires))
		}
		// After 1, 2, 4, 8 and 16 s, then each 30 s.
		if len(host.at) != 14 {
			t.Errorf("tried %d times", len(host.at))
		}
		for i := 1; i < len(host.at); i++ {
			if wait := host.at[i].Sub(host.at[i-1]); wait > longestRetry {
				t.Errorf("it waited %s", wait)
			}
		}
	})
}

// An ADD took over what the pod's last sandbox had, and failed: that is given back, too.
func TestWhatAFailedADDTookOverIsGivenBack(t *testing.T) {
	server, _ := start(t, quiet(t))
	host := &releases{}
	server.hosts = host
	l, isNew, err := server.reserve(recordOf("2"))
	if err != nil || !isNew {
		t.Fatal(isNew, err)
	}
	terms := leaseOfAnHour()
	before := recordOf("1").with(&terms)
	if err := server.store.save(before); err != nil {
		t.Fatal(err)
	}
	server.giveUp(l, before, true, errors.New("no server answers"))
	l.work.Done()
	waitForgotten(t, server, host, 1)
}

func TestAddressesOnABridge(t *testing.T) {
	server, _ := start(t, quiet(t))
	for i, bridge := range []string{"br0", "cni1", "br0"} {
		one := recordOf(fmt.Sprint(i))
		one.HostInterface = bridge
		l, _, err := server.reserve(one)
		if err != nil {
			t.Fatal(err)
		}
		terms := leaseOfAnHour()
		terms.Address = netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 168, 2, byte(40 + i)}), 24)
		if err := l.machine.Bind(terms); err != nil {
			t.Fatal(err)
		}
	}
	if got := server.addressesOn("cni1"); len(got) != 1 || got[0].String() != "192.168.2.41" {
		t.Errorf("on cni1: %v", got)
	}
	if got := server.addressesOn("br0"); len(got) != 2 {
		t.Errorf("on br0: %v", got)
	}
}
