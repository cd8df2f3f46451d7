package bridge

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/flatlan/flatlan/cni/internal/testenv"
)

// Killed at any moment while the settings change: whoever reads the file finds a whole one, of one version or the other,
// and from the first on never none.
func TestKilledAtAnyMoment(t *testing.T) {
	lan(t, "10.10.2.0/16")
	k := keeper(t, "node2")
	rounds := 60
	if testenv.Long() {
		rounds = 1000
	}
	stop, read := make(chan struct{}), make(chan error, 1)
	go func() {
		seen := false
		for {
			select {
			case <-stop:
				read <- nil
				return
			default:
			}
			found := k.installed()
			if found == "" && !seen {
				continue
			}
			seen = true
			if !whole(found) {
				read <- fmt.Errorf("read %d bytes: %q", len(found), found)
				return
			}
		}
	}()
	killed := 0
	for round := range rounds {
		exchange(t, k.Config, settings(3, 100+round%2))
		process := k.process(t)
		time.Sleep(time.Duration(rand.IntN(40_000)) * time.Microsecond)
		testenv.Must(t, process.Process.Kill())
		if err := process.Wait(); err != nil {
			killed++
		}
	}
	close(stop)
	testenv.Must(t, <-read)
	if killed != rounds {
		t.Errorf("%d of %d were killed", killed, rounds)
	}
	exchange(t, k.Config, settings(3, 77))
	process := k.process(t)
	testenv.Within(t, bound, "the last settings", func() bool { return strings.Contains(k.installed(), `"10.10.2.77"`) })
	testenv.Must(t, process.Process.Signal(syscall.SIGTERM))
	testenv.Must(t, process.Wait())
	if entries, _ := os.ReadDir(k.ConfDir); len(entries) != 1 {
		t.Errorf("left %v", entries)
	}
}

func whole(text string) bool {
	return text == conflistOfNode2 || text == strings.Replace(conflistOfNode2, "10.10.2.101", "10.10.2.100", 1)
}

// process is the command itself, as its container runs it.
func (k *Keeper) process(t *testing.T) *exec.Cmd {
	t.Helper()
	port, err := net.Listen("tcp", "127.0.0.1:0")
	testenv.Must(t, err)
	address := port.Addr().String()
	testenv.Must(t, port.Close())
	process := &exec.Cmd{Path: "/proc/self/exe", Args: []string{"bridge", "--conf-dir", k.ConfDir, "--config", k.Config, "--node", k.Node,
		"--daemonset", "a/b", "--listen", address, "--server", "https://127.0.0.1:1", "--service-account", k.ConfDir}}
	testenv.Must(t, process.Start())
	return process
}
