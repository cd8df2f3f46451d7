package link

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/flatlan/flatlan/cni/internal/landhcp/client"
	"github.com/flatlan/flatlan/cni/internal/landhcp/frame"
)

// A Watcher listens for address claims on the networks of the pods. One socket on the host's bridge serves all
// its pods: claims that matter are broadcast (RFC 5227, sections 2.3 and 2.4).
type Watcher struct {
	tell func(hostInterface string, address netip.Addr, with net.HardwareAddr)
	// own are the addresses of the pods on a network: claims of others are dropped by the kernel.
	own func(hostInterface string) []netip.Addr
	log *slog.Logger

	mu      sync.Mutex
	watched map[string]bool
	ears    map[string]*frame.Socket
	work    sync.WaitGroup
}

// shortestHearing limits the cost of a flood of claims: at most a thousand a second are read.
const shortestHearing = time.Millisecond

// NewWatcher makes one that watches nothing yet. `tell` is called for each claim; `own` returns the addresses of a
// network's pods.
func NewWatcher(tell func(string, netip.Addr, net.HardwareAddr), own func(string) []netip.Addr, log *slog.Logger) *Watcher {
	return &Watcher{tell: tell, own: own, log: log, watched: map[string]bool{}, ears: map[string]*frame.Socket{}}
}

// Add watches an interface from now on, until ctx ends. A node has few of them.
func (w *Watcher) Add(ctx context.Context, hostInterface string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if hostInterface == "" || w.watched[hostInterface] {
		return
	}
	w.watched[hostInterface] = true
	w.work.Go(func() {
		for ctx.Err() == nil {
			if err := w.listen(ctx, hostInterface); err != nil {
				w.log.Warn("cannot hear who claims addresses", "interface", hostInterface, "error", err)
			}
			client.Pause(ctx, 5*time.Second)
		}
	})
}

// listen ends with an error when the interface goes; a bridge that is made again is another one.
func (w *Watcher) listen(ctx context.Context, hostInterface string) error {
	device, err := running(hostInterface)
	if err != nil {
		return err
	}
	socket, err := frame.ListenARP(device)
	if err != nil {
		return err
	}
	defer socket.Close()
	stop := context.AfterFunc(ctx, func() { _ = socket.Close() })
	defer stop()
	w.mu.Lock()
	w.ears[hostInterface] = socket
	w.mu.Unlock()
	w.Refresh(hostInterface)
	return socket.Receive(func(raw []byte) {
		claim, err := frame.ParseARP(raw)
		if err == nil && !claim.Sender.IsUnspecified() {
			w.tell(hostInterface, claim.Sender, claim.SenderMAC)
		}
		client.Pause(ctx, shortestHearing)
	})
}

// Refresh updates the kernel filter to the current addresses of pods.
func (w *Watcher) Refresh(hostInterface string) {
	own := w.own(hostInterface)
	w.mu.Lock()
	defer w.mu.Unlock()
	if ear := w.ears[hostInterface]; ear != nil {
		if err := ear.OnlySenders(own); err != nil {
			w.log.Debug("cannot filter claims of addresses", "interface", hostInterface, "error", err)
		}
	}
}

// Wait waits for the end of all that Add began; the contexts have to end first.
func (w *Watcher) Wait() { w.work.Wait() }
