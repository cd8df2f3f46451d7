// Package agent is the node's half of every attachment: it serves DHCP for pods, puts back routes that a pod lost, looks
// whether the node can carry the attachments, and tells people.
//
//	agent.json ──> settings ─┬─> landhcp/server <── plugins (socket)
//	                         ├─> routefix.Repair, every repairInterval
//	                         └─> preflight.Run, every repairInterval ──> /readyz
//	/metrics <── all of them          events, logs <── what happened
package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/flatlan/flatlan/cni/internal/kube"
	"github.com/flatlan/flatlan/cni/internal/landhcp/server"
	"github.com/flatlan/flatlan/cni/internal/metrics"
	"github.com/flatlan/flatlan/cni/internal/preflight"
	"github.com/flatlan/flatlan/cni/internal/probe"
)

// Options of one agent.
type Options struct {
	Node   string
	Listen string
	Config string
	Socket string
	State  string
	Routes string // folder of route-fix's records
	// Posts events; nil where there is no cluster.
	Events *kube.Recorder
	Log    *slog.Logger
	// How often to check whether the file changed. The kubelet takes up to a minute to update a mounted ConfigMap.
	poll time.Duration
}

func (o Options) leases() string { return filepath.Join(o.State, "leases") }

// An Agent is one run.
type Agent struct {
	Options
	dhcp   *server.Server
	probes *probe.Server
	served atomic.Bool
	// Work is done again when the settings change.
	changed chan struct{}
	// What ports had dropped at the last repair, by record; repairs run one at a time.
	stopped map[string]map[string]uint64

	mutex      sync.Mutex
	file       File
	fileOK     bool
	results    []preflight.Result
	repaired   uint64
	repairFail uint64
	damaged    uint64
}

// New reads the settings and opens the port for probes; nothing else is touched yet.
func New(options Options) (*Agent, error) {
	if options.poll == 0 {
		options.poll = 5 * time.Second
	}
	file, err := ReadFile(options.Config)
	if err != nil {
		return nil, err
	}
	a := &Agent{Options: options, file: file, fileOK: true, changed: make(chan struct{}, 1)}
	a.dhcp, err = server.New(server.Config{Socket: options.Socket, State: options.leases(), Routes: options.Routes,
		Limits: file.Limits, Policy: &file.Policy, OnEvent: a.leaseEvent, Log: options.Log})
	if err != nil {
		return nil, err
	}
	a.probes, err = probe.Listen(options.Listen, a.handler())
	return a, err
}

// Run serves until the context ends.
func (a *Agent) Run(ctx context.Context) error {
	defer a.probes.Close()
	ctx, cancel := context.WithCancel(ctx)
	var group sync.WaitGroup
	defer group.Wait()
	defer cancel()
	if a.Events != nil {
		group.Go(func() { a.Events.Run(ctx) })
	}
	group.Go(func() { a.watchFile(ctx) })
	group.Go(func() { a.tend(ctx) })
	err := a.dhcp.Serve(ctx, func() {
		a.served.Store(true)
		a.Log.Info("serving", "socket", a.Socket, "state", a.State, "probes", a.probes.Address())
	})
	if err != nil {
		return fmt.Errorf("DHCP for pods: %w", err)
	}
	return nil
}

// tend runs repair and preflight at once, and then at the file's interval.
func (a *Agent) tend(ctx context.Context) {
	for ctx.Err() == nil {
		a.preflight()
		a.repair(ctx)
		select {
		case <-ctx.Done():
		case <-a.changed:
		case <-time.After(a.settings().RepairInterval):
		}
	}
}

func (a *Agent) settings() File {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	return a.file
}

func (a *Agent) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /healthz", probe.Handler(a.healthy))
	mux.Handle("GET /readyz", probe.Handler(a.ready))
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", metrics.ContentType)
		_, _ = w.Write([]byte(a.metrics()))
	})
	return mux
}

// How long the DHCP server may take to report its state.
const healthBound = 2 * time.Second

// healthy fails where the DHCP server hangs: a restart loses nothing, because leases are on disk.
func (a *Agent) healthy() error {
	answered := make(chan struct{})
	go func() { a.dhcp.Snapshot(); close(answered) }()
	select {
	case <-answered:
		return nil
	case <-time.After(healthBound):
		return fmt.Errorf("the DHCP server gave no answer for %s", healthBound)
	}
}

func (a *Agent) ready() error {
	if !a.served.Load() {
		return errors.New("the socket is not served yet")
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.results == nil {
		return errors.New("the node was not looked at yet")
	}
	var problems []error
	for _, result := range a.results {
		if !result.OK() && !result.Advisory {
			problems = append(problems, errors.New(result.String()))
		}
	}
	return errors.Join(problems...)
}
