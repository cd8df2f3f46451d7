// Package statefile keeps small JSON records on disk so that a power cut or a kill leaves the old content or the new one,
// never a part of either.
//
//	Write:  a temporary file  ── sync ──> renamed to <name>.json ──> sync of the folder (package atomicfile)
//	Read:   <name>.json  ── not JSON ──> renamed to <name>.json.damaged, reported as *DamagedError
//
// There must be only one writer per file: route-fix writes under its namespace lock, the DHCP daemon is
// one process.
package statefile

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/flatlan/flatlan/cni/internal/atomicfile"
)

const (
	suffix        = ".json"
	damagedSuffix = ".damaged"
)

// A DamagedError is a file that could not be parsed as a record. It has been set aside.
type DamagedError struct {
	Path  string // where it was
	Aside string // where it is now; empty if it could not be moved
	Err   error
}

func (e *DamagedError) Error() string {
	if e.Aside == "" {
		return fmt.Sprintf("state file %s is damaged (%v) and could not be set aside: remove it", e.Path, e.Err)
	}
	return fmt.Sprintf("state file %s was damaged (%v): set aside as %s", e.Path, e.Err, e.Aside)
}

func (e *DamagedError) Unwrap() error { return e.Err }

// Name is the file name of a pod interface's record. The parts are separated by a byte that none of them may hold.
func Name(network, containerID, ifName string) string {
	sum := sha256.Sum256([]byte(network + "\x00" + containerID + "\x00" + ifName))
	return hex.EncodeToString(sum[:]) + suffix
}

// Write puts value at path, mode 0600. The folder is created if it does not exist.
func Write(path string, value any) error { return write(path, value, atomicfile.Write) }

// WriteUnsynced is Write for a record that has to survive a kill, but not a power failure.
func WriteUnsynced(path string, value any) error { return write(path, value, atomicfile.WriteUnsynced) }

func write(path string, value any, place func(string, []byte, fs.FileMode) error) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("state file %s: %w", path, err)
	}
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("state folder: %w", err)
	}
	if err := place(path, append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("state file %s: %w", path, err)
	}
	return nil
}

// Read fills value from path. A missing file is fs.ErrNotExist; one that is no JSON of value's shape is set aside.
func Read(path string, value any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, value); err != nil {
		return SetAside(path, err)
	}
	return nil
}

// SetAside renames a file that its reader cannot use, for callers that look deeper than JSON. Only the last damaged
// content of a name is kept, so damage never fills the disk.
func SetAside(path string, reason error) *DamagedError {
	damaged := &DamagedError{Path: path, Err: reason}
	aside := path + damagedSuffix
	if err := os.Rename(path, aside); err != nil {
		damaged.Err = errors.Join(reason, err)
		return damaged
	}
	damaged.Aside = aside
	return damaged
}

// Remove deletes a record; a record that does not exist is no error.
func Remove(path string) error {
	err := os.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return atomicfile.SyncFolder(filepath.Dir(path))
}

// List gives the paths of all records of a folder, sorted. A missing folder holds none.
func List(folder string) ([]string, error) {
	return named(folder, func(name string) bool { return strings.HasSuffix(name, suffix) })
}

// Sweep removes the temporary files of writers that died, told from writers at work by their age.
func Sweep(folder string, age time.Duration) error {
	paths, err := named(folder, atomicfile.IsPartial)
	for _, path := range paths {
		info, statErr := os.Stat(path)
		if statErr == nil && time.Since(info.ModTime()) > age {
			err = errors.Join(err, Remove(path))
		}
	}
	return err
}

func named(folder string, wanted func(name string) bool) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var paths []string
	for _, entry := range entries {
		if entry.Type().IsRegular() && wanted(entry.Name()) {
			paths = append(paths, filepath.Join(folder, entry.Name()))
		}
	}
	slices.Sort(paths)
	return paths, nil
}
