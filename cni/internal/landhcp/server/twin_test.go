package server

import (
	"errors"
	"testing"
	"time"

	"github.com/flatlan/flatlan/cni/internal/cniargs"
)

// An older sandbox of the same pod answers for the pod's own MAC address; nothing else may.
func TestAnOlderSandboxExplains(t *testing.T) {
	server, _ := start(t, quiet(t))
	one := recordOf("2")
	one.Pod = cniargs.Pod{Namespace: "home", Name: "db-0"}
	for _, c := range []struct {
		name   string
		change func(*record)
		want   bool
	}{
		{"itself", func(*record) {}, false},
		{"an older sandbox", func(r *record) { r.ContainerID = "1" }, true},
		{"with another MAC address", func(r *record) { r.ContainerID, r.MAC = "1", "02:f1:a7:00:00:02" }, false},
		{"on another bridge", func(r *record) { r.ContainerID, r.HostInterface = "1", "cni1" }, false},
		{"another pod", func(r *record) { r.ContainerID, r.Pod.Name = "1", "db-1" }, false},
	} {
		other := one
		c.change(&other)
		l, _, err := server.reserve(other)
		if err != nil {
			t.Fatal(err)
		}
		if got := server.explains(one); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
		l.work.Done()
		server.remove(other.key(), l)
	}
}

// The lease of an interface that is gone without a DEL does not block another pod with its MAC address.
func TestATwinThatIsGone(t *testing.T) {
	server, _ := start(t, quiet(t))
	old, next := recordOf("1"), recordOf("2")
	old.Pod.Name, next.Pod.Name = "a", "b"
	l, _, err := server.reserve(old)
	if err != nil {
		t.Fatal(err)
	}
	l.work.Done()
	server.mu.Lock()
	l.isBound = true
	server.mu.Unlock()
	if err := server.heldByAnother(next); err != nil {
		t.Error(err)
	}
	if left := server.bound(); len(left) != 0 {
		t.Errorf("%d leases are left", len(left))
	}
}

func TestACallForWhatIsBeingAdded(t *testing.T) {
	server, _ := start(t, quiet(t))
	one := recordOf("1")
	l, isNew, err := server.reserve(one)
	if err != nil || !isNew {
		t.Fatal(isNew, err)
	}
	defer l.work.Done()
	if _, _, err := server.reserve(one); err == nil || failureOf(err).Code != 11 {
		t.Errorf("a second ADD beside the first: %v", err)
	}
	server.mu.Lock()
	l.isBound = true
	server.mu.Unlock()
	if again, isNew, err := server.reserve(one); err != nil || isNew || again != l {
		t.Errorf("an ADD after the first: %v, %v", isNew, err)
	}
}

// The runtime's list has no ADD that is under way.
func TestGCLeavesAnADDAlone(t *testing.T) {
	server, _ := start(t, quiet(t))
	one := recordOf("1")
	l, _, err := server.reserve(one)
	if err != nil {
		t.Fatal(err)
	}
	l.work.Done()
	call := Call{Config: []byte(`{"name":"lan","type":"bridge","ipam":{},"cni.dev/valid-attachments":[]}`)}
	if err := server.gc(call); err != nil || len(server.Snapshot().Leases) != 1 {
		t.Errorf("it is gone: %v", err)
	}
	server.mu.Lock()
	l.isBound = true
	server.mu.Unlock()
	if err := server.gc(call); err != nil || len(server.Snapshot().Leases) != 0 {
		t.Errorf("it is left: %v", err)
	}
}

func TestCHECKOfALeaseThatIsOver(t *testing.T) {
	server, _ := start(t, quiet(t))
	one := recordOf("1")
	l, _, err := server.reserve(one)
	if err != nil {
		t.Fatal(err)
	}
	defer l.work.Done()
	server.mu.Lock()
	l.isBound = true
	server.mu.Unlock()
	call := Call{ContainerID: "1", Interface: "net1", Netns: "/none", Config: []byte(`{"name":"lan","type":"bridge","ipam":{}}`)}
	terms := leaseOfAnHour()
	for _, c := range []struct {
		expires time.Time
		want    string
	}{
		{terms.Expires, "the interface net1 in /none is gone"},
		{time.Now().Add(-time.Second), "the lease of 192.168.2.40 for network lan, container 1, interface net1 is over and no DHCP server has given another one"},
	} {
		terms.Expires = c.expires
		if err := errors.Join(l.machine.Bind(terms), server.check(call)); err == nil || err.Error() != c.want {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}
