package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flatlan/flatlan/cni/internal/landhcp/client"
	"github.com/flatlan/flatlan/cni/internal/statefile"
	"github.com/flatlan/flatlan/cni/internal/testenv"
)

// quiet is a configuration in a folder of the test.
func quiet(t *testing.T) Config {
	folder := t.TempDir()
	return Config{
		Socket: filepath.Join(folder, "run", "lan-dhcp.sock"), State: filepath.Join(folder, "leases"), Routes: filepath.Join(folder, "routes"),
		Log: slog.New(slog.DiscardHandler),
	}
}

// start runs a server until the end of the test, or until the function it gives is called.
func start(t *testing.T, config Config) (*Server, func() error) {
	t.Helper()
	server, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- server.Serve(ctx, func() { close(ready) }) }()
	select {
	case <-ready:
	case err := <-ended:
		t.Fatal(err)
	}
	stop := func() error { cancel(); return <-ended }
	t.Cleanup(cancel)
	return server, stop
}

// say sends bytes to the daemon and reads its answer.
func say(t *testing.T, socket, text string) Answer {
	t.Helper()
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	var a Answer
	if err := json.NewDecoder(conn).Decode(&a); err != nil {
		t.Fatalf("no answer to %.60q: %v", text, err)
	}
	return a
}

// releases is a host that counts what it gives back.
type releases struct{ count atomic.Int32 }

func (*releases) InUse(context.Context, string, netip.Addr, net.HardwareAddr) (net.HardwareAddr, error) {
	return nil, nil
}

func (r *releases) Release(string, client.Identity, client.Terms) error {
	r.count.Add(1)
	return nil
}

// Whoever of the two comes first: what a server may have granted is given back, once.
func TestDELWhileAnADDGivesUp(t *testing.T) {
	const rounds = 300
	server, _ := start(t, quiet(t))
	host := &releases{}
	server.hosts = host
	offered := leaseOfAnHour()
	for round := range rounds {
		one := record{Network: "lan", ContainerID: strconv.Itoa(round), Interface: "net1", MAC: "02:f1:a7:00:00:01", Identifier: "00776562"}
		l, _, err := server.reserve(one)
		if err != nil {
			t.Fatal(err)
		}
		pending := one
		pending.Terms = &offered
		if err := server.store.note(pending); err != nil {
			t.Fatal(err)
		}
		// As if the machine were busy: the lock is hard to get, and runtimes ask for a DEL more than once.
		var all sync.WaitGroup
		server.mu.Lock()
		for range 4 {
			all.Go(func() { server.remove(one.key(), l) })
		}
		all.Go(func() {
			defer l.work.Done() // as bind does
			server.giveUp(l, record{}, false, errors.New("DEL ended it"))
		})
		for range round % 20 {
			runtime.Gosched()
		}
		server.mu.Unlock()
		all.Wait()
	}
	testenv.Eventually(t, 10*time.Second, "every address is given back", func() error {
		left, err := statefile.List(server.config.State)
		if given := host.count.Load(); err != nil || given != rounds || len(left) > 0 {
			return fmt.Errorf("%d of %d, %d on disk (%v)", given, rounds, len(left), err)
		}
		return nil
	})
}

func TestConfigTellsAllMistakesAtOnce(t *testing.T) {
	_, err := New(Config{Socket: "a", State: "b", Grace: -1, Limits: Limits{LeasesPerNode: -1, AcquireTimeout: time.Hour, ARPProbe: time.Minute}})
	for _, part := range []string{`socket "a" is not absolute`, `state "b" is not absolute`, "grace and sweep cannot be negative",
		"leasesPerNode -1 is less than 1", "acquireTimeout 1h0m0s is not between 1s and 1m30s", "arpProbe 1m0s is not between 10ms and 5s"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%v, want %q", err, part)
		}
	}
}

// By flag, by agent.json and by nobody: what is not said is the same, whatever else is.
func TestLimitsThatNobodySets(t *testing.T) {
	want := DefaultLimits
	want.LeasesPerNode = 100
	if got := (Config{Limits: Limits{LeasesPerNode: 100}}).withDefaults().Limits; got != want {
		t.Errorf("%+v", got)
	}
}

func TestSocketIsPrivateAndGoesWithTheDaemon(t *testing.T) {
	config := quiet(t)
	_, stop := start(t, config)
	info, err := os.Lstat(config.Socket)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("socket is %v, %v", info.Mode(), err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Dir(config.Socket) + "/*"); len(left) != 0 {
		t.Errorf("%v is left", left)
	}
}

func TestALivingDaemonIsNotReplaced(t *testing.T) {
	config := quiet(t)
	start(t, config)
	other := config
	other.State = filepath.Join(t.TempDir(), "leases")
	if err := run(t, other); err == nil || !strings.Contains(err.Error(), "another daemon serves "+config.Socket) {
		t.Errorf("the same socket: %v", err)
	}
	other = config
	other.Socket += "2"
	if err := run(t, other); err == nil || !strings.Contains(err.Error(), "another daemon uses the state folder "+config.State) {
		t.Errorf("the same state: %v", err)
	}
	if got := say(t, config.Socket, `{"version":1,"verb":"status","config":{"name":"n","ipam":{}}}`); got.Failure != nil {
		t.Errorf("the first daemon no longer answers: %+v", got.Failure)
	}
}

func run(t *testing.T, config Config) error {
	t.Helper()
	server, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return server.Run(t.Context())
}

// A killed daemon leaves its socket; upstream's next daemon fails with "address already in use".
func TestAStaleSocketIsTakenOver(t *testing.T) {
	config := quiet(t)
	if err := os.MkdirAll(filepath.Dir(config.Socket), 0o755); err != nil {
		t.Fatal(err)
	}
	stale, err := net.Listen("unix", config.Socket)
	if err != nil {
		t.Fatal(err)
	}
	stale.(*net.UnixListener).SetUnlinkOnClose(false)
	_ = stale.Close()
	start(t, config)
	say(t, config.Socket, `{"version":1,"verb":"status","config":{"name":"n","ipam":{}}}`)
}

func TestAFileInTheSocketsPlaceIsLeftAlone(t *testing.T) {
	config := quiet(t)
	err := errors.Join(os.MkdirAll(filepath.Dir(config.Socket), 0o755), os.WriteFile(config.Socket, []byte("precious"), 0o644))
	if err != nil {
		t.Fatal(err)
	}
	if err := run(t, config); err == nil || !strings.Contains(err.Error(), "exists and is not a socket") {
		t.Error(err)
	}
	if text, _ := os.ReadFile(config.Socket); string(text) != "precious" {
		t.Errorf("the file holds %q", text)
	}
}

func TestDamagedStateIsSetAside(t *testing.T) {
	config := quiet(t)
	files := map[string]string{
		"cut.json":                       `{"network":"n"`,
		"name.json":                      `{"network":"n","containerID":"c","interface":"net1","mac":"02:00:00:00:00:01","clientIdentifier":"0061"}`,
		statefile.Name("n", "c", "net2"): `{"network":"n","containerID":"c","interface":"net2","mac":"nonsense","clientIdentifier":"0061"}`,
	}
	if err := os.MkdirAll(config.State, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(config.State, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var log bytes.Buffer
	config.Log = slog.New(slog.NewTextHandler(&log, nil))
	server, stop := start(t, config)
	if got := server.Snapshot().StateDamaged; got != 3 {
		t.Errorf("%d damaged files were counted", got)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	for name := range files {
		if _, err := os.Stat(filepath.Join(config.State, name+".damaged")); err != nil {
			t.Error(err)
		}
	}
	if strings.Count(log.String(), "a lease's file is damaged") != 3 {
		t.Errorf("log: %s", log.String())
	}
}

func TestCallsThatAreNone(t *testing.T) {
	config := quiet(t)
	start(t, config)
	for text, want := range map[string]string{
		"nonsense\n":                               "the daemon cannot read the call",
		`{"version":2,"verb":"add","config":{}}`:   "the plugin speaks version 2 and the daemon version 1",
		`{"version":1,"verb":"steal","config":{}}`: `the daemon knows no verb "steal"`,
		`{"version":1,"verb":"add","netns":"/none","interface":"net1","config":{"name":"n"}}`:                      "no ipam section",
		`{"version":1,"verb":"add","netns":"/none","interface":"net1","config":{"name":"n","ipam":{}}}`:            "there is no interface net1 in /none",
		`{"version":1,"verb":"check","interface":"net1","containerID":"c","config":{"name":"n","ipam":{}}}`:        "the daemon keeps no lease for network n, container c, interface net1",
		`{"version":1,"verb":"status","config":{"name":"n","ipam":{"priority":-1}}}`:                               "ipam.priority -1 is negative",
		`{"version":1,"verb":"add","config":{"name":"` + strings.Repeat("n", largestCall) + `","ipam":{}}}` + "\n": "the daemon cannot read the call",
	} {
		if got := say(t, config.Socket, text); got.Failure == nil || !strings.Contains(got.Failure.Message, want) {
			t.Errorf("%.80s: %+v, want %q", text, got.Failure, want)
		}
	}
	if got := say(t, config.Socket, `{"version":1,"verb":"del","containerID":"c","interface":"net1","config":{"name":"n","ipam":"odd"}}`); got.Failure != nil {
		t.Errorf("DEL of what is not known: %+v", got.Failure)
	}
}

// Somebody who connects and says nothing keeps the daemon from neither serving nor ending.
func TestASilentConnectionHoldsNothingUp(t *testing.T) {
	config := quiet(t)
	_, stop := start(t, config)
	conn, err := net.Dial("unix", config.Socket)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	say(t, config.Socket, `{"version":1,"verb":"status","config":{"name":"n","ipam":{}}}`)
	began := time.Now()
	if err := stop(); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 4*time.Second { // SIGTERM to end is 5 s in the contract
		t.Errorf("the daemon took %s to end", took)
	}
}

// A plugin that hangs before it has said what it wants does not hold its place for ever.
func TestACallThatNeverComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, err := New(quiet(t))
		if err != nil {
			t.Fatal(err)
		}
		plugin, conn := net.Pipe()
		go server.handle(t.Context(), conn)
		began := time.Now()
		var got Answer
		if err := json.NewDecoder(plugin).Decode(&got); err != nil || got.Failure == nil || !strings.Contains(got.Failure.Message, "cannot read the call") {
			t.Errorf("%+v, %v", got, err)
		}
		if took := time.Since(began); took != callTimeout {
			t.Errorf("it waited %s", took)
		}
	})
}

func TestLimitsChangeWhileItRuns(t *testing.T) {
	server, _ := start(t, quiet(t))
	limits := DefaultLimits
	limits.LeasesPerNode = 7
	if err := server.SetLimits(limits); err != nil || server.Snapshot().LeaseCap != 7 {
		t.Errorf("%v, cap %d", err, server.Snapshot().LeaseCap)
	}
	limits.ARPProbe = 0
	if err := server.SetLimits(limits); err == nil || server.Snapshot().LeaseCap != 7 {
		t.Errorf("nonsense was accepted: %v", err)
	}
}

func TestCountersAreCumulative(t *testing.T) {
	c := newCounters()
	for _, took := range []time.Duration{50 * time.Millisecond, 300 * time.Millisecond, time.Minute} {
		c.acquired(took)
	}
	c.exchange("n", "ack")
	c.exchange("n", "ack")
	c.exchange("m", "nak")
	var shot Snapshot
	c.fill(&shot)
	if shot.Acquire.Count != 3 || shot.Acquire.Counts[0] != 1 || shot.Acquire.Counts[2] != 2 || shot.Acquire.Counts[8] != 2 || shot.Acquire.Sum != 60.35 {
		t.Errorf("histogram %+v", shot.Acquire)
	}
	if len(shot.Exchanges) != 2 || shot.Exchanges[0] != (ExchangeCount{"m", "nak", 1}) || shot.Exchanges[1] != (ExchangeCount{"n", "ack", 2}) {
		t.Errorf("exchanges %+v", shot.Exchanges)
	}
}
