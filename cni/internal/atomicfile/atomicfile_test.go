package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flatlan/flatlan/cni/internal/testenv"
)

func TestWriteReplaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.conf")
	for _, text := range []string{"first, longer", "second"} {
		if err := Write(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("%q, %v", got, err)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	onlyFile(t, path)
}

func TestALinkIsReplacedNotFollowed(t *testing.T) {
	folder := t.TempDir()
	target, link := filepath.Join(folder, "program"), filepath.Join(folder, "bridge")
	testenv.Must(t, os.WriteFile(target, []byte("many plugins"), 0o755))
	testenv.Must(t, os.Symlink(target, link))
	testenv.Must(t, Write(link, []byte("ours"), 0o755))
	if got, _ := os.ReadFile(target); string(got) != "many plugins" {
		t.Errorf("written through the link: %q", got)
	}
	if info, err := os.Lstat(link); err != nil || !info.Mode().IsRegular() {
		t.Errorf("still a link: %v, %v", info, err)
	}
}

type broken struct{ io.Reader }

func (b broken) Read(p []byte) (int, error) {
	if n, err := b.Reader.Read(p); err == nil {
		return n, nil
	}
	return 0, errors.New("the disk is gone")
}

func TestAFailureLeavesTheOldFileAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.conf")
	testenv.Must(t, Write(path, []byte("old"), 0o600))
	if err := Copy(path, broken{strings.NewReader("ne")}, 0o600); err == nil {
		t.Fatal("no error")
	}
	if got, _ := os.ReadFile(path); string(got) != "old" {
		t.Errorf("now %q", got)
	}
	onlyFile(t, path)
}

func TestAFolderInTheWay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	testenv.Must(t, os.Mkdir(path, 0o755))
	if err := Write(path, nil, 0o600); err == nil {
		t.Error("a folder was replaced")
	}
	onlyFile(t, path)
}

func TestRemovePartials(t *testing.T) {
	folder := t.TempDir()
	testenv.Must(t, os.WriteFile(filepath.Join(folder, prefix+"123"), nil, 0o600))
	testenv.Must(t, os.WriteFile(filepath.Join(folder, "bridge"), nil, 0o755))
	testenv.Must(t, RemovePartials(folder))
	onlyFile(t, filepath.Join(folder, "bridge"))
}

func onlyFile(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	testenv.Must(t, err)
	if len(entries) != 1 || entries[0].Name() != filepath.Base(path) {
		t.Errorf("the folder holds %v", entries)
	}
}
