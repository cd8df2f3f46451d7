package routefix

import (
	"errors"
	"fmt"
	"time"

	"github.com/containernetworking/plugins/pkg/ns"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// How long one of several attachments of a pod, the agent and the DHCP daemon wait for each other.
const lockPatience = 10 * time.Second

// A GoneError is a network namespace that is no longer there: its pod has ended.
type GoneError struct {
	Path     string
	Err      error
	Replaced bool // another namespace is there now
}

func (e *GoneError) Error() string {
	return fmt.Sprintf("network namespace %s is gone: %v", e.Path, e.Err)
}

func (e *GoneError) Unwrap() error { return e.Err }

// inside runs work in a network namespace, alone among all that use this function. The lock lies on the namespace
// itself, so the same namespace by another path is the same lock, and it ends with the process that holds it. work gets
// a socket to the namespace's routes.
func inside(path string, work func(*netlink.Handle) error) error {
	return insideSame(path, 0, work)
}

// insideSame refuses a namespace that is not the one with the inode number: a path such as /proc/<pid>/ns/net is another
// pod's, or the host's, once the number has gone to another process. 0 is any.
func insideSame(path string, inode uint64, work func(*netlink.Handle) error) error {
	namespace, err := ns.GetNS(path)
	if err != nil {
		var missing ns.NSPathNotExistErr
		var other ns.NSPathNotNSErr
		if errors.As(err, &missing) || errors.As(err, &other) {
			return &GoneError{Path: path, Err: err}
		}
		return err
	}
	defer namespace.Close()
	var status unix.Stat_t
	if err := unix.Fstat(int(namespace.Fd()), &status); err != nil {
		return fmt.Errorf("network namespace %s: %w", path, err)
	}
	if inode != 0 && status.Ino != inode {
		return &GoneError{Path: path, Err: fmt.Errorf("it is %d, and was %d", status.Ino, inode), Replaced: true}
	}
	if err := lock(int(namespace.Fd())); err != nil {
		return fmt.Errorf("lock of network namespace %s: %w", path, err)
	}
	// Closing the descriptor unlocks.
	return namespace.Do(func(ns.NetNS) error {
		kernel, err := netlink.NewHandle(unix.NETLINK_ROUTE)
		if err != nil {
			return fmt.Errorf("netlink: %w", err)
		}
		defer kernel.Close()
		return work(kernel)
	})
}

// beside runs work at the same time, in the process's own namespace, where its caller may be inside another one: Go gives the
// goroutine a thread that nobody has taken elsewhere. What it returns waits for the result.
func beside[T any](work func() (T, error)) func() (T, error) {
	var result T
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		result, err = work()
	}()
	return func() (T, error) {
		<-done
		return result, err
	}
}

func lock(descriptor int) error {
	deadline := time.Now().Add(lockPatience)
	for {
		err := unix.Flock(descriptor, unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("somebody has held it for %v; try again", lockPatience)
		}
		time.Sleep(2 * time.Millisecond)
	}
}
