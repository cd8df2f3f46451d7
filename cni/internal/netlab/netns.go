package netlab

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/containernetworking/plugins/pkg/ns"
	"golang.org/x/sys/unix"
)

const netnsFolder = "/run/netns"

// A Netns is a network namespace: a pod, a node, a router or a device of the test.
type Netns struct {
	Name string // what the test calls it
	Path string // what CNI calls CNI_NETNS: /run/netns/<name>-<random>, in the test's own /run
	ns   ns.NetNS
}

// New makes a namespace with loopback up and removes it at the end of the test.
func New(t testing.TB, name string) *Netns {
	t.Helper()
	RequireRoot(t)
	random := make([]byte, 4)
	_, _ = rand.Read(random)
	made := &Netns{Name: name, Path: filepath.Join(netnsFolder, name+"-"+hex.EncodeToString(random))}
	if err := create(made.Path); err != nil {
		t.Fatalf("namespace %s: %v", name, err)
	}
	t.Cleanup(func() { made.Delete(t) })
	handle, err := ns.GetNS(made.Path)
	if err != nil {
		t.Fatalf("namespace %s: %v", name, err)
	}
	made.ns = handle
	made.Do(t, loopbackUp)
	return made
}

// create unshares a thread of its own and binds its namespace to path, as `ip netns add` does.
func create(path string) error {
	if err := os.WriteFile(path, nil, 0o444); err != nil {
		return err
	}
	failed := make(chan error)
	go func() {
		// Never unlocked: the thread ends with the goroutine, so no other one finds itself in this namespace.
		runtime.LockOSThread()
		err := unix.Unshare(unix.CLONE_NEWNET)
		if err == nil {
			err = unix.Mount(fmt.Sprintf("/proc/self/task/%d/ns/net", unix.Gettid()), path, "", unix.MS_BIND, "")
		}
		failed <- err
	}()
	return <-failed
}

// Delete removes the namespace before the test ends, as a runtime does with a pod's: its path is gone, and the kernel
// takes it apart once no process or socket is left in it. Deleting twice is fine.
func (n *Netns) Delete(t testing.TB) {
	t.Helper()
	if n.ns != nil {
		_ = n.ns.Close()
		n.ns = nil
	}
	if _, err := os.Lstat(n.Path); err != nil {
		return
	}
	if err := unix.Unmount(n.Path, unix.MNT_DETACH); err != nil {
		t.Errorf("namespace %s: unmount: %v", n.Name, err)
	}
	if err := os.Remove(n.Path); err != nil {
		t.Errorf("namespace %s: %v", n.Name, err)
	}
}

// Do runs work inside the namespace, on an OS thread that is locked for it. Sockets that work opens stay inside when it
// is over; goroutines that it starts do not.
func (n *Netns) Do(t testing.TB, work func() error) {
	t.Helper()
	if err := n.Try(work); err != nil {
		t.Fatalf("in namespace %s: %v", n.Name, err)
	}
}

// Try is Do for what may fail.
func (n *Netns) Try(work func() error) error {
	return n.ns.Do(func(ns.NetNS) error { return work() })
}

// Sysctl writes a setting, named with slashes: interface names may hold dots.
func (n *Netns) Sysctl(t testing.TB, name, value string) {
	t.Helper()
	n.Do(t, func() error { return os.WriteFile(sysctlPath(name), []byte(value), 0o644) })
}

// ReadSysctl reads one.
func (n *Netns) ReadSysctl(t testing.TB, name string) (value string) {
	t.Helper()
	n.Do(t, func() error {
		text, err := os.ReadFile(sysctlPath(name))
		value = strings.TrimSpace(string(text))
		return err
	})
	return value
}

// The thread's own view: /proc/sys/net follows the reader's namespace.
func sysctlPath(name string) string { return "/proc/sys/" + name }
