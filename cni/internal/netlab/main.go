// Package netlab is a small network for tests: namespaces, cables, switches, processes inside them, and packet captures.
// Everything goes away at the end of the test that made it; what a killed test leaves goes away with Main's namespaces.
//
//	func TestMain(m *testing.M) { netlab.Main(m) }
//
//	switch_ := netlab.New(t, "lan")
//	device := netlab.New(t, "device")
//	switch_.Bridge(t, "br0")
//	netlab.Cable(t, device, "eth0", switch_, "device")
//	switch_.Enslave(t, "device", "br0")
//	device.Address(t, "eth0", "192.0.2.7/24")
//	heard := switch_.Listen(t, "br0")
package netlab

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

const innerMark = "NETLAB_INNER"

// Main runs a package's tests as the first process of namespaces of their own: processes, mounts, network. So a killed
// test leaves nothing behind, and no mistake reaches the machine's own network. Without root the tests run as they are
// and those that need more skip themselves (RequireRoot).
func Main(m *testing.M) {
	flag.Parse()
	switch {
	case os.Getenv(innerMark) != "":
		if err := settle(); err != nil {
			fmt.Fprintln(os.Stderr, "netlab:", err)
			os.Exit(2)
		}
		os.Exit(m.Run())
	case os.Geteuid() != 0 || isFuzzing() || !canUnshare():
		os.Exit(m.Run())
	default:
		os.Exit(runInside())
	}
}

// Fuzzing starts workers that talk over inherited descriptors; it needs no network.
func isFuzzing() bool {
	for _, name := range []string{"test.fuzz", "test.fuzzworker"} {
		if set := flag.Lookup(name); set != nil && set.Value.String() != "" && set.Value.String() != "false" {
			return true
		}
	}
	return false
}

const isolation = unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET

func canUnshare() bool {
	probe := exec.Command("/proc/self/exe", "-test.list=^$")
	probe.SysProcAttr = &syscall.SysProcAttr{Cloneflags: isolation}
	probe.Env = append(os.Environ(), innerMark+"=1")
	return probe.Run() == nil
}

// runInside runs this test binary again as the first process of new namespaces and answers with its exit status.
func runInside() int {
	// The kernel counts the thread that started the child as its parent: it has to live as long (prctl(2), PDEATHSIG).
	runtime.LockOSThread()
	inner := exec.Command("/proc/self/exe", os.Args[1:]...)
	inner.Stdin, inner.Stdout, inner.Stderr = os.Stdin, os.Stdout, os.Stderr
	inner.Env = append(os.Environ(), innerMark+"=1")
	inner.SysProcAttr = &syscall.SysProcAttr{Cloneflags: isolation, Pdeathsig: syscall.SIGKILL}
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT)
	if err := inner.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "netlab:", err)
		return 2
	}
	go func() {
		for received := range signals {
			_ = inner.Process.Signal(received)
		}
	}()
	err := inner.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() >= 0 {
		return exit.ExitCode()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "netlab:", err)
		return 1
	}
	return 0
}

// settle makes the new namespaces usable: mounts stay inside, /proc and /sys show what is here, loopback is up, and
// /run/netns is empty and ours.
func settle() error {
	mounts := []struct {
		source, target, kind string
		flags                uintptr
	}{
		{"none", "/", "", unix.MS_REC | unix.MS_PRIVATE},
		{"proc", "/proc", "proc", unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC},
		{"tmpfs", "/run", "tmpfs", unix.MS_NOSUID | unix.MS_NODEV},
	}
	for _, mount := range mounts {
		if err := unix.Mount(mount.source, mount.target, mount.kind, mount.flags, ""); err != nil {
			return fmt.Errorf("mount %s: %w", mount.target, err)
		}
	}
	if err := os.Mkdir("/run/netns", 0o755); err != nil {
		return err
	}
	return loopbackUp()
}
