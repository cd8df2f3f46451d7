// Package testenv is what tests need from the machine: root, programs, kernel features. What is missing skips the test
// with a reason that names the remedy; in CI it fails it, unless only another kernel would help.
package testenv

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Long reports whether tests run their full number of rounds (`npm run test:long`).
func Long() bool { return os.Getenv("FLATLAN_LONG") == "1" }

// Missing skips, or fails in CI. The reason says what is missing and what to do.
func Missing(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(reason)
		return
	}
	t.Skip(reason)
}

// MissingInKernel skips, in CI too: no package brings a kernel feature.
func MissingInKernel(t testing.TB, feature string) {
	t.Helper()
	t.Skipf("the kernel lacks %s; try on another machine", feature)
}

// Root is for tests that make network namespaces or mounts.
func Root(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		Missing(t, "needs root for network namespaces; run the tests as root")
	}
}

// Command is the path of a program of a Debian package. The folders for root's programs are looked at too: a user's
// PATH often lacks them.
func Command(t testing.TB, name, debianPackage string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	for _, folder := range []string{"/usr/local/sbin", "/usr/sbin", "/sbin"} {
		path := filepath.Join(folder, name)
		if info, err := os.Stat(path); err == nil && info.Mode()&0o111 != 0 {
			return path
		}
	}
	Missing(t, name+" is not installed (Debian package "+debianPackage+"); run npm run test:setup")
	return ""
}

// Tool is the path of a program of tools/manifest.mjs, built by `npm run test:setup`.
func Tool(t testing.TB, name string) string {
	t.Helper()
	where := filepath.Join(Repository(t), "tools", "where.mjs")
	output, err := exec.Command("node", where, name).CombinedOutput()
	text := strings.TrimSpace(string(output))
	if err == nil {
		return text
	}
	if text == "" {
		text = err.Error()
	}
	Missing(t, text)
	return ""
}

// Repository is the folder of the clone. Go runs a test in its package's folder.
func Repository(t testing.TB) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; folder != "/"; folder = filepath.Dir(folder) {
		if _, err := os.Stat(filepath.Join(folder, "tools", "where.mjs")); err == nil {
			return folder
		}
	}
	t.Fatal("this test runs outside a clone of flatlan")
	return ""
}
