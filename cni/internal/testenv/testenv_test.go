package testenv

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A recorder stands in for a test that is skipped or failed.
type recorder struct {
	testing.TB
	skipped, failed string
}

func (r *recorder) Helper()                          {}
func (r *recorder) Skip(args ...any)                 { r.skipped, _ = args[0].(string) }
func (r *recorder) Skipf(format string, args ...any) { r.skipped = format }
func (r *recorder) Fatal(args ...any)                { r.failed, _ = args[0].(string) }

func TestMissingSkipsExceptInCI(t *testing.T) {
	t.Setenv("CI", "")
	local := &recorder{TB: t}
	Missing(local, "no dnsmasq; install it")
	if local.skipped != "no dnsmasq; install it" || local.failed != "" {
		t.Errorf("outside CI: skipped %q, failed %q", local.skipped, local.failed)
	}
	t.Setenv("CI", "true")
	ci := &recorder{TB: t}
	Missing(ci, "no dnsmasq; install it")
	if ci.failed != "no dnsmasq; install it" || ci.skipped != "" {
		t.Errorf("in CI: skipped %q, failed %q", ci.skipped, ci.failed)
	}
	kernel := &recorder{TB: t}
	MissingInKernel(kernel, "8021q")
	if kernel.skipped == "" || kernel.failed != "" {
		t.Errorf("a kernel feature in CI: skipped %q, failed %q", kernel.skipped, kernel.failed)
	}
}

func TestRepositoryIsTheClone(t *testing.T) {
	if _, err := os.Stat(filepath.Join(Repository(t), "tools", "where.mjs")); err != nil {
		t.Fatal(err)
	}
}

func TestToolThatNobodyKnows(t *testing.T) {
	t.Setenv("CI", "true")
	r := &recorder{TB: t}
	Tool(r, "no-such-tool")
	if !strings.Contains(r.failed, `no tool is called "no-such-tool"`) {
		t.Errorf("said %q", r.failed)
	}
}

func TestCommandThatNobodyHas(t *testing.T) {
	t.Setenv("CI", "")
	r := &recorder{TB: t}
	Command(r, "no-such-command", "some-package")
	if want := "no-such-command is not installed (Debian package some-package); run npm run test:setup"; r.skipped != want {
		t.Errorf("said %q", r.skipped)
	}
}
