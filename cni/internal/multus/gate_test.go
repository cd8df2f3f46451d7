package multus

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flatlan/flatlan/cni/internal/kube"
	"github.com/flatlan/flatlan/cni/internal/testenv"
)

const (
	bound = 10 * time.Second

	calico = `{"cniVersion":"0.3.1","name":"k8s-pod-network","plugins":[{"type":"calico"},{"type":"portmap"}]}`
	conf   = `{"cniVersion":"1.0.0","name":"multus-cni-network","type":"multus","clusterNetwork":"k8s-pod-network",` +
		`"kubeconfig":"/etc/cni/net.d/multus.d/multus.kubeconfig"}`
)

// newGate is a node whose conf folder holds these files.
func newGate(t *testing.T, files map[string]string) Gate {
	t.Helper()
	folder := t.TempDir()
	gate := Gate{
		ConfDir:     filepath.Join(folder, "net.d"),
		HostConfDir: "/etc/cni/net.d",
		Conf:        filepath.Join(folder, "config.conf"),
		Network:     "k8s-pod-network",
		Account:     kube.Account{Server: "https://10.43.0.1:443", ServiceAccount: filepath.Join(folder, "account")},
		Log:         slog.New(slog.NewJSONHandler(io.Discard, nil)),
		poll:        time.Millisecond,
	}
	testenv.Must(t, os.Mkdir(gate.ConfDir, 0o755))
	testenv.Must(t, os.Mkdir(gate.Account.ServiceAccount, 0o755))
	write(t, gate.Conf, conf)
	write(t, filepath.Join(gate.Account.ServiceAccount, "token"), "t0k3n\n")
	write(t, filepath.Join(gate.Account.ServiceAccount, "ca.crt"), "-----BEGIN CERTIFICATE-----\n")
	for name, text := range files {
		write(t, filepath.Join(gate.ConfDir, name), text)
	}
	return gate
}

func TestGateInstallsBothFiles(t *testing.T) {
	// The last one is what a gate left that was killed.
	gate := newGate(t, map[string]string{"10-calico.conflist": calico, "calico-kubeconfig": "not JSON", ".flatlan-partial-17": "half"})
	testenv.Must(t, gate.Run(t.Context()))
	if left, err := filepath.Glob(filepath.Join(gate.ConfDir, ".flatlan-partial-*")); err != nil || len(left) > 0 {
		t.Errorf("left are %v, %v", left, err)
	}
	installed := filepath.Join(gate.ConfDir, confName)
	if got := testenv.Read(t, installed); got != conf {
		t.Errorf("installed %s", got)
	}
	credentials := filepath.Join(gate.ConfDir, kubeconfigName)
	var written kubeconfig
	testenv.Must(t, json.Unmarshal([]byte(testenv.Read(t, credentials)), &written))
	if got := written.Users[0].User.Token; got != "t0k3n" {
		t.Errorf("token %q", got)
	}
	for _, path := range []string{installed, credentials} {
		info, err := os.Stat(path)
		testenv.Must(t, err)
		if info.Mode() != 0o600 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
	}
}

func TestGateWaitsForTheClusterNetwork(t *testing.T) {
	gate := newGate(t, map[string]string{
		"05-other.conflist":   `{"cniVersion":"0.3.1","name":"other","plugins":[{"type":"bridge"}]}`,
		"06-damaged.conflist": `{"name":`,
		// Multus looks for a list: a single plugin of that name is none.
		"07-single.conf":    `{"cniVersion":"0.3.1","name":"k8s-pod-network","type":"calico"}`,
		"08-empty.conflist": `{"cniVersion":"0.3.1","name":"k8s-pod-network","plugins":[]}`,
	})
	heard := make(chan string, 100)
	gate.remind = time.Millisecond
	gate.Log = slog.New(slog.NewJSONHandler(lines(heard), nil))
	done := make(chan error, 1)
	go func() { done <- gate.Run(t.Context()) }()
	waitFor(t, heard, "waiting for the cluster's network")
	waitFor(t, heard, "06-damaged.conflist")
	if _, err := os.Stat(filepath.Join(gate.ConfDir, confName)); err == nil {
		t.Fatal("installed before the cluster's network")
	}
	write(t, filepath.Join(gate.ConfDir, "10-calico.conflist"), calico)
	select {
	case err := <-done:
		testenv.Must(t, err)
	case <-time.After(bound):
		t.Fatal("the network is there and the gate waits")
	}
}

func TestGateGivesUp(t *testing.T) {
	gate := newGate(t, nil)
	gate.Timeout = 5 * time.Millisecond
	testenv.Fails(t, gate.Run(t.Context()), "after 5ms", "k8s-pod-network", gate.ConfDir)
	gate.Timeout = 0
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	testenv.Fails(t, gate.Run(ctx), "ended while it waited")
	if entries, _ := os.ReadDir(gate.ConfDir); len(entries) != 0 {
		t.Errorf("left %v", entries)
	}
}

func TestGateRefusesASecondMultus(t *testing.T) {
	for name, text := range map[string]string{
		"00-multus.conf":     `{"cniVersion":"0.3.1","name":"multus","type":"multus"}`,
		"00-multus.conflist": `{"cniVersion":"1.0.0","name":"m","plugins":[{"type":"multus"}]}`,
		"50-thick.conf":      `{"cniVersion":"0.3.1","name":"m","type":"multus-shim"}`,
		"99-any.json":        `{"cniVersion":"0.3.1","name":"m","type":"multus-cni"}`,
	} {
		t.Run(name, func(t *testing.T) {
			gate := newGate(t, map[string]string{"10-calico.conflist": calico, name: text})
			testenv.Fails(t, gate.Run(t.Context()), filepath.Join(gate.ConfDir, name), "configures Multus too", "remove the file")
			if _, err := os.Stat(filepath.Join(gate.ConfDir, confName)); err == nil {
				t.Error("installed beside it")
			}
		})
	}
	t.Run("an own file of an earlier run", func(t *testing.T) {
		gate := newGate(t, map[string]string{"10-calico.conflist": calico, confName: strings.Replace(conf, "1.0.0", "0.3.1", 1)})
		testenv.Must(t, gate.Run(t.Context()))
		if got := testenv.Read(t, filepath.Join(gate.ConfDir, confName)); got != conf {
			t.Errorf("not replaced: %s", got)
		}
	})
}

func TestGateRefusesAConfThatBreaksPods(t *testing.T) {
	for name, c := range map[string]struct{ from, to, says string }{
		"a type":          {`"type":"multus"`, `"type":"bridge"`, `type is "bridge"`},
		"a new version":   {`"1.0.0"`, `"1.1.0"`, "take 1.0.0"},
		"no version":      {`"cniVersion":"1.0.0",`, "", `cniVersion is ""`},
		"another folder":  {"/etc/cni/net.d/", "/var/lib/rancher/", "it must be /etc/cni/net.d/multus.d/multus.kubeconfig"},
		"something there": {`{"cniVersion"`, `"cniVersion"`, "not a CNI configuration"},
	} {
		t.Run(name, func(t *testing.T) {
			gate := newGate(t, map[string]string{"10-calico.conflist": calico})
			write(t, gate.Conf, strings.Replace(conf, c.from, c.to, 1))
			testenv.Fails(t, gate.Run(t.Context()), gate.Conf, c.says)
		})
	}
	t.Run("no conf", func(t *testing.T) {
		gate := newGate(t, nil)
		testenv.Must(t, os.Remove(gate.Conf))
		testenv.Fails(t, gate.Run(t.Context()), "no configuration to install")
	})
	t.Run("no folder", func(t *testing.T) {
		gate := newGate(t, nil)
		testenv.Must(t, os.Remove(gate.ConfDir))
		testenv.Fails(t, gate.Run(t.Context()), "cannot read the CNI conf folder")
	})
	t.Run("no token", func(t *testing.T) {
		gate := newGate(t, map[string]string{"10-calico.conflist": calico})
		write(t, filepath.Join(gate.Account.ServiceAccount, "token"), "\n")
		testenv.Fails(t, gate.Run(t.Context()), "is empty")
	})
}

// lines hands what is logged to a test.
type lines chan string

func (l lines) Write(text []byte) (int, error) {
	select {
	case l <- string(text):
	default:
	}
	return len(text), nil
}

func waitFor(t *testing.T, heard <-chan string, text string) {
	t.Helper()
	deadline := time.After(bound)
	for {
		select {
		case line := <-heard:
			if strings.Contains(line, text) {
				return
			}
		case <-deadline:
			t.Fatalf("%q was not logged within %s", text, bound)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	testenv.Must(t, os.WriteFile(path, []byte(text), 0o644))
}
