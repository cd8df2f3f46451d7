package routefix

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
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
	Replaced bool // another namespace has this path now
}

func (e *GoneError) Error() string {
	return fmt.Sprintf("network namespace %s is gone: %v", e.Path, e.Err)
}

func (e *GoneError) Unwrap() error { return e.Err }

// A work runs in a pod's network namespace: kernel is a netlink socket opened there, host the namespace of the caller.
type work func(kernel *netlink.Handle, host ns.NetNS) error

// inside runs work in a network namespace, while no other caller of this function is in it. The lock is by the
// namespace's inode, so another path to the same namespace has the same lock, and the kernel releases it when its
// process ends.
func inside(path string, do work) error {
	return insideSame(path, 0, do)
}

// insideSame refuses a namespace that is not the one with the inode number: a path such as /proc/<pid>/ns/net is another
// pod's, or the host's, once the number has gone to another process. 0 is any.
func insideSame(path string, inode uint64, do work) error {
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
	held, err := lock(status.Ino)
	if err != nil {
		return fmt.Errorf("lock of network namespace %s: %w", path, err)
	}
	defer held.Close() // unlocks
	return namespace.Do(func(host ns.NetNS) error {
		kernel, err := netlink.NewHandle(unix.NETLINK_ROUTE)
		if err != nil {
			return fmt.Errorf("netlink: %w", err)
		}
		defer kernel.Close()
		return do(kernel, host)
	})
}

// beside runs work concurrently in the process's own namespace, even if its caller is inside another one: Go starts the
// goroutine on a thread that has not changed its namespace. The function that it returns waits for the result.
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

// The lock files are on the host, in a folder that the agent's container and a plugin both see. The namespaces
// themselves are not locked: a pod can open its own (/proc/self/ns/net) and hold a lock on it forever. The number of
// files is fixed, so none has to be removed; two pods that share a file wait for each other.
const (
	lockFolder = "/run/flatlan/locks"
	lockCount  = 64
)

func lockPath(inode uint64) string {
	return filepath.Join(lockFolder, fmt.Sprintf("netns-%02d", inode%lockCount))
}

// lock takes the lock of the namespace with this inode number; closing the file unlocks it.
func lock(inode uint64) (*os.File, error) {
	if err := os.MkdirAll(lockFolder, 0o700); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(lockPath(inode), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	deadline := time.Now().Add(lockPatience)
	for {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch {
		case err == nil:
			return file, nil
		case errors.Is(err, unix.EINTR):
		case !errors.Is(err, unix.EWOULDBLOCK):
			return nil, errors.Join(fmt.Errorf("%s: %w", file.Name(), err), file.Close())
		case time.Now().After(deadline):
			return nil, errors.Join(fmt.Errorf("somebody has held %s for %v; try again", file.Name(), lockPatience), file.Close())
		}
		time.Sleep(2 * time.Millisecond)
	}
}
