package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The test binary is the program, too, where this is set.
const asProgram = "FLATLAN_NODE_TEST"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

func program(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), name)
	if err := os.Symlink(self, link); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	command := exec.CommandContext(ctx, link, args...)
	command.Env = append(os.Environ(), asProgram+"=1")
	return command
}

func run(t *testing.T, command *exec.Cmd) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return command.ProcessState.ExitCode(), out.String(), errs.String()
}

func TestRoles(t *testing.T) {
	folder := t.TempDir()
	for name, c := range map[string]struct {
		called string
		args   []string
		env    string
		status int
		says   string
	}{
		"no command":           {"flatlan-node", nil, "", 2, "usage: flatlan-node"},
		"an unknown one":       {"flatlan-node", []string{"agnet"}, "", 2, "usage: flatlan-node"},
		"version":              {"flatlan-node", []string{"version"}, "", 0, "plugins v1.9.1"},
		"no folder":            {"flatlan-node", []string{"install"}, "", 2, "--to is missing"},
		"a folder not there":   {"flatlan-node", []string{"install", "--from", folder, "--to", "/nowhere"}, "", 1, "install: cannot install into /nowhere"},
		"multus what":          {"flatlan-node", []string{"multus"}, "", 2, "gate|credentials"},
		"multus, no DaemonSet": {"flatlan-node", []string{"multus", "credentials", "--server", "https://a"}, "", 2, "namespace/name"},
		"multus, no conf":      {"flatlan-node", []string{"multus", "gate", "--conf", "/nowhere", "--server", "https://a"}, "", 1, "no configuration to install"},
		"healer, no cluster":   {"flatlan-node", []string{"healer"}, "KUBERNETES_SERVICE_HOST=", 2, "run in a cluster or give --server"},
		"agent, no cluster":    {"flatlan-node", []string{"agent"}, "KUBERNETES_SERVICE_HOST=", 2, "outside of a cluster give --events=false"},
		"agent, no settings":   {"flatlan-node", []string{"agent", "--events=false", "--config", "/nowhere"}, "", 1, "agent: no settings"},
	} {
		t.Run(name, func(t *testing.T) {
			command := program(t, c.called, c.args...)
			command.Env = append(command.Env, c.env)
			command.Stdin = strings.NewReader(`{"cniVersion":"1.1.0"}`)
			status, stdout, stderr := run(t, command)
			if status != c.status || !strings.Contains(stdout+stderr, c.says) {
				t.Errorf("status %d\n%s%s", status, stdout, stderr)
			}
		})
	}
}

// Every role is in the usage, and every role of the contract is there.
func TestUsage(t *testing.T) {
	for _, name := range []string{"install", "agent", "multus", "healer", "version"} {
		if _, ok := find(name); !ok || !strings.Contains(usage(), "  "+name+" ") {
			t.Errorf("no %s", name)
		}
	}
}

// The sidecar ends in time on SIGTERM, though nobody answers it.
func TestSIGTERM(t *testing.T) {
	account, confDir := t.TempDir(), t.TempDir()
	for _, name := range []string{"token", "ca.crt"} {
		if err := os.WriteFile(filepath.Join(account, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	command := program(t, "flatlan-node", "multus", "credentials", "--daemonset", "flatlan-system/flatlan-multus",
		"--conf-dir", confDir, "--service-account", account, "--server", "https://127.0.0.1:1")
	var stderr bytes.Buffer
	command.Stderr = &stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	kubeconfig := filepath.Join(confDir, "multus.d", "multus.kubeconfig")
	for deadline := time.Now().Add(20 * time.Second); ; {
		if _, err := os.Stat(kubeconfig); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("no kubeconfig")
		}
		<-time.After(10 * time.Millisecond)
	}
	began := time.Now()
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err != nil {
		t.Errorf("%v\n%s", err, stderr.String())
	}
	t.Logf("ended after %s", time.Since(began).Round(time.Millisecond))
	if !strings.Contains(stderr.String(), "Multus stays on the node") {
		t.Errorf("it said\n%s", stderr.String())
	}
}
