package landhcp

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/flatlan/flatlan/cni/internal/landhcp/frame"
)

// A watcher hears who claims which address on the networks of the pods. One socket on the host's bridge hears it for all
// its pods: claims that matter are broadcast (RFC 5227, sections 2.3 and 2.4).
type watcher struct {
	tell func(hostInterface string, address netip.Addr, with net.HardwareAddr)
	log  *slog.Logger

	mu      sync.Mutex
	watched map[string]bool
	work    sync.WaitGroup
}

func newWatcher(tell func(string, netip.Addr, net.HardwareAddr), log *slog.Logger) *watcher {
	return &watcher{tell: tell, log: log, watched: map[string]bool{}}
}

// add watches an interface from now on, until ctx ends. A node has few of them.
func (w *watcher) add(ctx context.Context, hostInterface string) {
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
			pause(ctx, 5*time.Second)
		}
	})
}

// listen ends with an error when the interface goes; a bridge that is made again is another one.
func (w *watcher) listen(ctx context.Context, hostInterface string) error {
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
	return socket.Receive(func(raw []byte) {
		claim, err := frame.ParseARP(raw)
		if err == nil && !claim.Sender.IsUnspecified() {
			w.tell(hostInterface, claim.Sender, claim.SenderMAC)
		}
	})
}

func (w *watcher) wait() { w.work.Wait() }
