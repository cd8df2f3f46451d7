package netlab

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A Command is a program for a namespace. The shell commands of Before run first, in the process's own mount namespace:
// a daemon with fixed paths gets a private /run by "mount -t tmpfs tmpfs /run", one that looks at /sys/class/net a true
// /sys by "mount -t sysfs sysfs /sys".
type Command struct {
	Args   []string
	Env    []string // added to the test's own
	Stdin  string
	Dir    string
	Before []string
}

// A Process is a daemon of the test.
type Process struct {
	command *exec.Cmd
	output  *lockedBuffer
	ended   chan struct{} // closed once err is set
	err     error
}

// Start runs a daemon inside the namespace until Stop, Kill or the end of the test. A failed test logs what it wrote.
func (n *Netns) Start(t testing.TB, command Command) *Process {
	t.Helper()
	process := &Process{command: build(command), output: &lockedBuffer{}, ended: make(chan struct{})}
	process.command.Stdout, process.command.Stderr = process.output, process.output
	// A child begins in the namespace of the thread that forks it.
	n.Do(t, process.command.Start)
	go func() {
		process.err = process.command.Wait()
		close(process.ended)
	}()
	t.Cleanup(func() {
		process.Stop(t)
		if t.Failed() {
			t.Logf("%s in %s wrote:\n%s", command.Args[0], n.Name, process.Output())
		}
	})
	return process
}

// Run runs a program inside the namespace to its end, a minute at most, and gives what it wrote to stdout and stderr.
func (n *Netns) Run(command Command) (stdout, stderr string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var out, errors bytes.Buffer
	child := build(command)
	child.Stdout, child.Stderr = &out, &errors
	if err := n.Try(child.Start); err != nil {
		return "", "", err
	}
	stop := context.AfterFunc(ctx, func() { signalGroup(child, syscall.SIGKILL) })
	defer stop()
	err = child.Wait()
	return out.String(), errors.String(), err
}

// Output runs a program that must succeed and gives its stdout.
func (n *Netns) Output(t testing.TB, args ...string) string {
	t.Helper()
	stdout, stderr, err := n.Run(Command{Args: args})
	if err != nil {
		t.Fatalf("%s in %s: %v\n%s%s", strings.Join(args, " "), n.Name, err, stdout, stderr)
	}
	return stdout
}

func build(command Command) *exec.Cmd {
	args := command.Args
	attributes := &syscall.SysProcAttr{Setpgid: true}
	if len(command.Before) > 0 {
		script := "set -e\n" + strings.Join(command.Before, "\n") + "\nexec \"$@\""
		args = append([]string{"/bin/sh", "-c", script, "sh"}, args...)
		// Unshare also makes the mounts private (os/exec), so they reach nobody else.
		attributes.Unshareflags = syscall.CLONE_NEWNS
	}
	child := exec.Command(args[0], args[1:]...)
	child.Dir = command.Dir
	child.Env = append(os.Environ(), command.Env...)
	if command.Stdin != "" {
		child.Stdin = strings.NewReader(command.Stdin)
	}
	child.SysProcAttr = attributes
	child.WaitDelay = time.Second // grandchildren that keep the pipes open
	return child
}

// Stop asks the process to end, and makes it after two seconds.
func (p *Process) Stop(t testing.TB) {
	t.Helper()
	signalGroup(p.command, syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(2 * time.Second):
		p.Kill(t)
	}
	// What it started and left behind.
	signalGroup(p.command, syscall.SIGKILL)
}

// Kill ends the process like a crash.
func (p *Process) Kill(t testing.TB) {
	t.Helper()
	signalGroup(p.command, syscall.SIGKILL)
	select {
	case <-p.ended:
	case <-time.After(10 * time.Second):
		t.Errorf("%s (pid %d) does not die", p.command.Path, p.Pid())
	}
}

// Signal sends one signal to the process alone.
func (p *Process) Signal(t testing.TB, signal os.Signal) {
	t.Helper()
	if err := p.command.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("%s: %v", p.command.Path, err)
	}
}

// Pid is the process's number.
func (p *Process) Pid() int { return p.command.Process.Pid }

// Output is what the process wrote so far.
func (p *Process) Output() string { return p.output.String() }

// Ended is closed when the process is over; Err tells how then.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Err is how the process ended: nil for exit status 0. Ask only after Ended.
func (p *Process) Err() error { return p.err }

// The group is the child's own (Setpgid), named by the child's number.
func signalGroup(child *exec.Cmd, signal syscall.Signal) {
	_ = syscall.Kill(-child.Process.Pid, signal)
}

type lockedBuffer struct {
	lock   sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(text []byte) (int, error) {
	b.lock.Lock()
	defer b.lock.Unlock()
	return b.buffer.Write(text)
}

func (b *lockedBuffer) String() string {
	b.lock.Lock()
	defer b.lock.Unlock()
	return b.buffer.String()
}
