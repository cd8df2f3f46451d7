package install

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/flatlan/flatlan/cni/internal/testenv"
)

func image(t *testing.T, plugins map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range plugins {
		testenv.Must(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o755))
	}
	return folder
}

func TestInstallsAndLeavesTheSameAlone(t *testing.T) {
	from, to := image(t, map[string]string{"bridge": "b1", "tuning": "t1"}), t.TempDir()
	testenv.Must(t, os.WriteFile(filepath.Join(to, "loopback"), []byte("theirs"), 0o755))
	report, err := Run(Options{From: from, To: to})
	testenv.Must(t, err)
	if !slices.Equal(report.Installed, []string{"bridge", "tuning"}) {
		t.Errorf("installed %v", report.Installed)
	}
	before := inode(t, filepath.Join(to, "bridge"))
	testenv.Must(t, os.WriteFile(filepath.Join(from, "tuning"), []byte("t2"), 0o755))
	report, err = Run(Options{From: from, To: to})
	testenv.Must(t, err)
	if !slices.Equal(report.Installed, []string{"tuning"}) || !slices.Equal(report.Unchanged, []string{"bridge"}) {
		t.Errorf("second run: %+v", report)
	}
	if inode(t, filepath.Join(to, "bridge")) != before {
		t.Error("a plugin that is the same was written again")
	}
	for name, want := range map[string]string{"bridge": "b1", "tuning": "t2", "loopback": "theirs"} {
		if got := testenv.Read(t, filepath.Join(to, name)); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
}

func TestModeIsPutRight(t *testing.T) {
	from, to := image(t, map[string]string{"bridge": "b"}), t.TempDir()
	testenv.Must(t, os.WriteFile(filepath.Join(to, "bridge"), []byte("b"), 0o644))
	_, err := Run(Options{From: from, To: to})
	testenv.Must(t, err)
	if info, _ := os.Stat(filepath.Join(to, "bridge")); info.Mode() != 0o755 {
		t.Errorf("mode %v", info.Mode())
	}
}

// k3s: data/cni/{bridge,host-local,...} are links to one program.
func TestLinkedPluginNames(t *testing.T) {
	from, to := image(t, map[string]string{"bridge": "ours"}), t.TempDir()
	testenv.Must(t, os.WriteFile(filepath.Join(to, "cni"), []byte("all in one"), 0o755))
	testenv.Must(t, os.Symlink("cni", filepath.Join(to, "bridge")))
	testenv.Must(t, os.Symlink("cni", filepath.Join(to, "host-local")))
	_, err := Run(Options{From: from, To: to})
	testenv.Must(t, err)
	for name, want := range map[string]string{"cni": "all in one", "host-local": "all in one", "bridge": "ours"} {
		if got := testenv.Read(t, filepath.Join(to, name)); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
}

func TestAPluginThatRuns(t *testing.T) {
	sleep := testenv.Command(t, "sleep", "coreutils")
	program, err := os.ReadFile(sleep)
	testenv.Must(t, err)
	to := t.TempDir()
	running := filepath.Join(to, "bridge")
	testenv.Must(t, os.WriteFile(running, program, 0o755))
	child := exec.Command(running, "60")
	testenv.Must(t, child.Start())
	defer func() { _ = child.Process.Kill(); _ = child.Wait() }()
	if _, err := os.OpenFile(running, os.O_WRONLY, 0); err == nil {
		t.Fatal("the program could be opened for writing: the test shows nothing")
	}
	_, err = Run(Options{From: image(t, map[string]string{"bridge": "new"}), To: to})
	testenv.Must(t, err)
	if got := testenv.Read(t, running); got != "new" {
		t.Errorf("is %d bytes of the old one", len(got))
	}
}

func TestOnly(t *testing.T) {
	from, to := image(t, map[string]string{"bridge": "b", "tuning": "t"}), t.TempDir()
	report, err := Run(Options{From: from, To: to, Only: []string{"tuning"}})
	testenv.Must(t, err)
	if !slices.Equal(report.Installed, []string{"tuning"}) {
		t.Errorf("installed %v", report.Installed)
	}
	_, err = Run(Options{From: from, To: to, Only: []string{"brige", "tuning", "sbr"}})
	testenv.Fails(t, err, `no plugin "brige"`, `no plugin "sbr"`, "there are bridge, tuning")
}

func TestWhatAKilledInstallerLeft(t *testing.T) {
	from, to := image(t, map[string]string{"bridge": "b"}), t.TempDir()
	testenv.Must(t, os.WriteFile(filepath.Join(to, ".flatlan-partial-17"), []byte("half"), 0o600))
	_, err := Run(Options{From: from, To: to})
	testenv.Must(t, err)
	if entries, _ := os.ReadDir(to); len(entries) != 1 {
		t.Errorf("left %v", entries)
	}
}

func TestManyAtATime(t *testing.T) {
	from, to := image(t, map[string]string{"bridge": strings.Repeat("b", 1<<20)}), t.TempDir()
	done := make(chan error)
	for range 8 {
		go func() {
			_, err := Run(Options{From: from, To: to})
			done <- err
		}()
	}
	for range 8 {
		testenv.Must(t, <-done)
	}
	if entries, _ := os.ReadDir(to); len(entries) != 1 {
		t.Errorf("left %v", entries)
	}
}

func TestRefusals(t *testing.T) {
	from := image(t, map[string]string{"bridge": "b", "tuning": "t"})
	file := filepath.Join(t.TempDir(), "file")
	testenv.Must(t, os.WriteFile(file, nil, 0o644))
	_, err := Run(Options{From: from, To: filepath.Join(t.TempDir(), "none")})
	testenv.Fails(t, err, "none", "no such file", "mount the node's CNI bin folder")
	_, err = Run(Options{From: from, To: file})
	testenv.Fails(t, err, file, "not a directory", "mount the node's CNI bin folder")
	_, err = Run(Options{From: filepath.Join(from, "none"), To: t.TempDir()})
	testenv.Fails(t, err, "no plugins to install")

	to := t.TempDir()
	testenv.Must(t, os.Mkdir(filepath.Join(to, "bridge"), 0o755))
	report, err := Run(Options{From: from, To: to})
	testenv.Fails(t, err, "is a folder; a plugin belongs there")
	if !slices.Equal(report.Installed, []string{"tuning"}) {
		t.Errorf("the other plugin was not installed: %+v", report)
	}
}

func TestReadOnlyFolder(t *testing.T) {
	testenv.Root(t)
	from, to := image(t, map[string]string{"bridge": "b"}), t.TempDir()
	result := make(chan error)
	go func() {
		// Never unlocked: the thread ends with the goroutine, and the mount with its namespace.
		runtime.LockOSThread()
		if err := readOnly(to); err != nil {
			result <- err
			return
		}
		_, err := Run(Options{From: from, To: to})
		result <- err
	}()
	testenv.Fails(t, <-result, "read-only file system", "mount it for writing")
}

func readOnly(folder string) error {
	if err := syscall.Unshare(syscall.CLONE_NEWNS); err != nil {
		return err
	}
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return err
	}
	return syscall.Mount("tmpfs", folder, "tmpfs", syscall.MS_RDONLY, "")
}

func inode(t *testing.T, path string) uint64 {
	t.Helper()
	info, err := os.Stat(path)
	testenv.Must(t, err)
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		t.Fatal("no inode")
	}
	return stat.Ino
}
