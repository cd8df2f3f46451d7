package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flatlan/flatlan/cni/internal/testenv"
)

func build(t *testing.T, folder string) string {
	t.Helper()
	program := filepath.Join(folder, "flatlan-cni")
	command := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-o", program, ".")
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	return program
}

func TestRoles(t *testing.T) {
	folder := t.TempDir()
	program := build(t, folder)
	for _, name := range []string{"route-fix", "lan-dhcp", "bridge"} {
		testenv.Must(t, os.Symlink(program, filepath.Join(folder, name)))
	}
	for name, c := range map[string]struct {
		called string
		args   []string
		status int
		says   string
	}{
		"a plugin by its name": {"route-fix", nil, 0, `"1.1.0"`},
		"the other plugin":     {"lan-dhcp", nil, 0, `"1.1.0"`},
		"a plugin as a word":   {"flatlan-cni", []string{"route-fix"}, 0, `"1.1.0"`},
		"the daemon":           {"flatlan-cni", []string{"lan-dhcp", "daemon", "--leases", "many"}, 2, "invalid value"},
		"no plugin":            {"flatlan-cni", nil, 2, "call it as route-fix or lan-dhcp"},
		"another plugin":       {"bridge", nil, 2, "call it as route-fix or lan-dhcp"},
	} {
		t.Run(name, func(t *testing.T) {
			command := exec.Command(filepath.Join(folder, c.called), c.args...)
			command.Env = append(os.Environ(), "CNI_COMMAND=VERSION")
			command.Stdin = strings.NewReader(`{"cniVersion":"1.1.0"}`)
			said, _ := command.CombinedOutput()
			if status := command.ProcessState.ExitCode(); status != c.status || !strings.Contains(string(said), c.says) {
				t.Errorf("status %d\n%s", status, said)
			}
		})
	}
}

// What an ADD pays for its program at every start: the agent's HTTP and TLS are not in this one.
func TestThePluginsAreSmall(t *testing.T) {
	output, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := strings.Fields(string(output))
	if len(packages) < 50 {
		t.Fatalf("%d packages: this test looks at nothing", len(packages))
	}
	for _, heavy := range []string{"net/http", "crypto/tls", "crypto/x509"} {
		for _, found := range packages {
			if found == heavy {
				t.Errorf("%s is in the plugins' program", heavy)
			}
		}
	}
}
