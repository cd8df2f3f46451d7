package server

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"path/filepath"
	"time"

	"github.com/flatlan/flatlan/cni/internal/cniargs"
	"github.com/flatlan/flatlan/cni/internal/landhcp/client"
	"github.com/flatlan/flatlan/cni/internal/routefix"
)

// Config is what a daemon is started with.
type Config struct {
	// Socket is where plugins reach the daemon; absolute, default DefaultSocket.
	Socket string
	// State is the folder of the leases' files; absolute, default DefaultState.
	State  string
	Limits Limits
	// Policy is what leases may say, and for whom; nil, as by hand, asks nothing of pods and servers.
	Policy *Policy
	// Grace is how long the lease of a pod whose interface is gone waits for the pod's next sandbox before it is given
	// back: after a reboot the same pods come again, and get their addresses again. Default 2 minutes.
	Grace time.Duration
	// Sweep is how often interfaces are looked for, in case a runtime never calls DEL. Default 30 seconds.
	Sweep time.Duration
	// OnEvent receives events for pods' owners. It must not block.
	OnEvent func(Event)
	// Routes is the folder of route-fix's records: an interface with one gets its routes mended after a change.
	// Default routefix.DefaultStatePath.
	Routes string
	Log    *slog.Logger
}

// Limits are the settings that can change while the daemon runs.
type Limits struct {
	// LeasesPerNode limits how many addresses a node takes from the LAN's pool. Default 32.
	LeasesPerNode int
	// LeasesPerNamespace and LeasesPerPod bound what the pods of one namespace, and one pod, take of that. Default 16, 4.
	LeasesPerNamespace, LeasesPerPod int
	// AcquireTimeout bounds an ADD. Default 15 seconds, at most LongestAcquire.
	AcquireTimeout time.Duration
	// ARPProbe is how long an address is probed for before use. Default 200 ms.
	ARPProbe time.Duration
}

// An Attachment is a pod's interface, as CNI names it.
type Attachment struct {
	Network, ContainerID, Interface, Netns string
}

const (
	// AddressFailed: a pod could not start because it got no address.
	AddressFailed client.EventKind = "LanAddressFailed"
	// PodRefused: the plan does not allow what this pod requests.
	PodRefused client.EventKind = "LanAttachmentRefused"
)

// An Event is something that a pod's owner should know: of the pod's machine, or one of those above.
type Event struct {
	Kind      client.EventKind
	Pod       cniargs.Pod
	Network   string
	Interface string
	// Address is the new one, or the one that was lost; none for a failure.
	Address netip.Addr
	Message string
}

const (
	// DefaultState survives reboots.
	DefaultState = "/var/lib/flatlan/leases"
	// LongestAcquire is the longest AcquireTimeout: it leaves room below kubelet's deadline for a call of the runtime, 2 minutes.
	LongestAcquire = 90 * time.Second

	// DefaultGrace and DefaultSweep are Config's.
	DefaultGrace = 2 * time.Minute
	DefaultSweep = 30 * time.Second
)

func (l Limits) timeouts() client.Timeouts {
	return client.Timeouts{Acquire: l.AcquireTimeout, ARPProbe: l.ARPProbe}
}

// DefaultLimits are docs/node-contract.md's.
var DefaultLimits = Limits{LeasesPerNode: 32, LeasesPerNamespace: 16, LeasesPerPod: 4, AcquireTimeout: 15 * time.Second, ARPProbe: 200 * time.Millisecond}

func (c Config) withDefaults() Config {
	setDefault(&c.Socket, DefaultSocket)
	setDefault(&c.State, DefaultState)
	setDefault(&c.Routes, routefix.DefaultStatePath)
	setDefault(&c.Limits.LeasesPerNode, DefaultLimits.LeasesPerNode)
	setDefault(&c.Limits.LeasesPerNamespace, DefaultLimits.LeasesPerNamespace)
	setDefault(&c.Limits.LeasesPerPod, DefaultLimits.LeasesPerPod)
	setDefault(&c.Limits.AcquireTimeout, DefaultLimits.AcquireTimeout)
	setDefault(&c.Limits.ARPProbe, DefaultLimits.ARPProbe)
	setDefault(&c.Grace, DefaultGrace)
	setDefault(&c.Sweep, DefaultSweep)
	if c.OnEvent == nil {
		c.OnEvent = func(Event) {}
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c
}

func setDefault[T comparable](value *T, fallback T) {
	var zero T
	if *value == zero {
		*value = fallback
	}
}

func (c Config) check() error {
	var problems []error
	if !filepath.IsAbs(c.Socket) {
		problems = append(problems, fmt.Errorf("socket %q is not absolute", c.Socket))
	}
	if !filepath.IsAbs(c.State) {
		problems = append(problems, fmt.Errorf("state %q is not absolute", c.State))
	}
	if c.Grace < 0 || c.Sweep < 0 {
		problems = append(problems, errors.New("grace and sweep cannot be negative"))
	}
	problems = append(problems, c.Limits.problems()...)
	if c.Policy != nil {
		if err := c.Policy.Check(); err != nil {
			problems = append(problems, err)
		}
	}
	if len(problems) > 0 {
		return joined(problems)
	}
	return nil
}

// Check reports all that is wrong with limits.
func (l Limits) Check() error { return errors.Join(l.problems()...) }

func (l Limits) problems() []error {
	var problems []error
	for key, value := range map[string]int{"leasesPerNode": l.LeasesPerNode, "leasesPerNamespace": l.LeasesPerNamespace, "leasesPerPod": l.LeasesPerPod} {
		if value < 1 {
			problems = append(problems, fmt.Errorf("%s %d is less than 1", key, value))
		}
	}
	if l.AcquireTimeout < time.Second || l.AcquireTimeout > LongestAcquire {
		problems = append(problems, fmt.Errorf("acquireTimeout %s is not between 1s and %s, which leaves room below kubelet's deadline", l.AcquireTimeout, LongestAcquire))
	}
	if l.ARPProbe < 10*time.Millisecond || l.ARPProbe > 5*time.Second {
		problems = append(problems, fmt.Errorf("arpProbe %s is not between 10ms and 5s", l.ARPProbe))
	}
	return problems
}
