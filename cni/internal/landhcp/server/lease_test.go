package server

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/flatlan/flatlan/cni/internal/landhcp/client"
)

// syncs counts how often a folder has been synced since it was last asked: to sync a folder a program has to open it, which
// the kernel tells.
func syncs(t *testing.T, folder string) func() int {
	t.Helper()
	ear, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(ear) })
	if _, err := unix.InotifyAddWatch(ear, folder, unix.IN_OPEN|unix.IN_ONLYDIR); err != nil {
		t.Fatal(err)
	}
	return func() int {
		count, buffer := 0, make([]byte, 65536)
		size, err := unix.Read(ear, buffer)
		if err != nil && !errors.Is(err, unix.EAGAIN) {
			t.Fatal(err)
		}
		for buffer = buffer[:max(size, 0)]; len(buffer) > 0; {
			if binary.NativeEndian.Uint32(buffer[4:])&unix.IN_ISDIR != 0 {
				count++
			}
			buffer = buffer[unix.SizeofInotifyEvent+binary.NativeEndian.Uint32(buffer[12:]):]
		}
		return count
	}
}

// leaseOfAnHour is what a server has just granted.
func leaseOfAnHour() client.Terms {
	now := time.Now().Truncate(time.Second)
	return client.Terms{
		Address: netip.MustParsePrefix("192.168.2.40/24"), Server: netip.MustParseAddr("192.168.2.1"),
		Renew: now.Add(30 * time.Minute), Rebind: now.Add(3150 * time.Second), Expires: now.Add(time.Hour),
	}
}

// A disk of a small machine has better things to do than to wait for a hundred pods' renewals; a kill loses none of them.
func TestARenewalDoesNotWaitForTheDisk(t *testing.T) {
	server, _ := start(t, quiet(t))
	one := record{Network: "lan", ContainerID: "1", Interface: "net1", MAC: "02:f1:a7:00:00:01", Identifier: "00776562"}
	c, err := one.identity()
	if err != nil {
		t.Fatal(err)
	}
	l := server.newLease(t.Context(), one, c)
	defer l.cancel()
	synced := syncs(t, server.config.State)
	first := leaseOfAnHour()
	renewed := first
	renewed.Renew, renewed.Rebind, renewed.Expires = first.Renew.Add(time.Hour), first.Rebind.Add(time.Hour), first.Expires.Add(time.Hour)
	elsewhere := renewed
	elsewhere.Gateway = netip.MustParseAddr("192.168.2.9")
	shorter := elsewhere
	shorter.Expires = first.Expires
	for _, c := range []struct {
		name  string
		terms client.Terms
		syncs int
	}{{"a new lease", first, 1}, {"a renewal", renewed, 0}, {"another router", elsewhere, 1}, {"an earlier end", shorter, 1}} {
		if err := l.machine.Bind(c.terms); err != nil {
			t.Fatal(err)
		}
		if got := synced(); got != c.syncs {
			t.Errorf("%s: the folder was synced %d times, want %d", c.name, got, c.syncs)
		}
		found, ok := server.store.find(one.key())
		if !ok || !found.Terms.Expires.Equal(c.terms.Expires) || found.Terms.Gateway != c.terms.Gateway {
			t.Errorf("%s: the disk has %+v", c.name, found.Terms)
		}
		synced()
	}
}
