package statefile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

type record struct {
	Pod  string
	Port int
}

func TestWriteThenRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "leases", Name("lan", "abc", "net1"))
	for want, write := range map[record]func(string, any) error{{"a", 1}: Write, {"b", 2}: WriteUnsynced, {"c", 3}: Write} {
		if err := write(path, want); err != nil {
			t.Fatal(err)
		}
		var got record
		if err := Read(path, &got); err != nil || got != want {
			t.Fatalf("read %+v, %v; want %+v", got, err, want)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
	if names := files(t, filepath.Dir(path)); len(names) != 1 {
		t.Errorf("left behind: %v", names)
	}
}

func TestWriteReplacesALinkAndNotItsTarget(t *testing.T) {
	folder := t.TempDir()
	target, path := filepath.Join(folder, "precious"), filepath.Join(folder, "x.json")
	if err := errors.Join(os.WriteFile(target, []byte("keep"), 0o600), os.Symlink(target, path)); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, record{}); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(target); string(text) != "keep" {
		t.Errorf("the link's target now holds %q", text)
	}
}

func TestWriteThatFailsLeavesTheOldContent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.json")
	if err := Write(path, record{"a", 1}); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, func() {}); err == nil {
		t.Error("a function was written as JSON")
	}
	var got record
	if err := Read(path, &got); err != nil || got.Pod != "a" {
		t.Errorf("read %+v, %v", got, err)
	}
}

func TestReadOfAMissingFile(t *testing.T) {
	if err := Read(filepath.Join(t.TempDir(), "x.json"), &record{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestReadSetsDamagedFilesAside(t *testing.T) {
	for name, text := range map[string]string{"empty": "", "cut": `{"Pod":"a"`, "other": `[1]`, "zeros": "\x00\x00"} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.json")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			err := Read(path, &record{})
			var damaged *DamagedError
			if !errors.As(err, &damaged) || damaged.Aside != path+".damaged" {
				t.Fatalf("got %v", err)
			}
			if kept, _ := os.ReadFile(damaged.Aside); string(kept) != text {
				t.Errorf("kept %q", kept)
			}
			if listed, _ := List(filepath.Dir(path)); len(listed) != 0 {
				t.Errorf("still listed: %v", listed)
			}
		})
	}
}

func TestRemoveTwice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.json")
	if err := errors.Join(Write(path, record{}), Remove(path), Remove(path)); err != nil {
		t.Error(err)
	}
}

func TestListAndSweep(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"b.json", "a.json"} {
		if err := Write(filepath.Join(folder, name), record{}); err != nil {
			t.Fatal(err)
		}
	}
	// What a writer leaves that is killed: package atomicfile.
	old, fresh := filepath.Join(folder, ".flatlan-partial-1"), filepath.Join(folder, ".flatlan-partial-2")
	for _, path := range []string{old, fresh} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	hourAgo := time.Now().Add(-time.Hour)
	if err := errors.Join(os.Chtimes(old, hourAgo, hourAgo), Sweep(folder, time.Minute)); err != nil {
		t.Fatal(err)
	}
	got, err := List(folder)
	want := []string{filepath.Join(folder, "a.json"), filepath.Join(folder, "b.json")}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("listed %v, %v", got, err)
	}
	if names := strings.Join(files(t, folder), " "); names != ".flatlan-partial-2 a.json b.json" {
		t.Errorf("after the sweep: %s", names)
	}
	if got, err := List(filepath.Join(folder, "none")); err != nil || got != nil {
		t.Errorf("a missing folder gave %v, %v", got, err)
	}
}

func TestNamesOfDifferentInterfacesDiffer(t *testing.T) {
	names := map[string]bool{}
	for _, parts := range [][3]string{{"a", "b", "c"}, {"ab", "", "c"}, {"a", "bc", ""}, {"", "ab", "c"}} {
		names[Name(parts[0], parts[1], parts[2])] = true
	}
	if len(names) != 4 {
		t.Errorf("%d names for four interfaces", len(names))
	}
}

func files(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}
