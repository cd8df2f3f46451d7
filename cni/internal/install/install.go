// Package install copies the CNI plugins of the image into a node's folder, while the node runs plugins from it.
package install

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/flatlan/flatlan/cni/internal/atomicfile"
)

const mode fs.FileMode = 0o755

// Options of one installation.
type Options struct {
	From string
	To   string
	// Only these; all when empty.
	Only []string
}

// A Report names what was done.
type Report struct {
	Installed, Unchanged []string
}

// Run installs each plugin completely or not at all, and continues with the others if one fails.
func Run(options Options) (Report, error) {
	names, err := chosen(options)
	if err != nil {
		return Report{}, err
	}
	unlock, err := lock(options.To)
	if err != nil {
		return Report{}, explain(options.To, err)
	}
	defer unlock()
	if err := atomicfile.RemovePartials(options.To); err != nil {
		return Report{}, explain(options.To, err)
	}
	var report Report
	var problems []error
	for _, name := range names {
		changed, err := one(filepath.Join(options.From, name), filepath.Join(options.To, name))
		switch {
		case err != nil:
			problems = append(problems, explain(options.To, err))
		case changed:
			report.Installed = append(report.Installed, name)
		default:
			report.Unchanged = append(report.Unchanged, name)
		}
	}
	return report, errors.Join(problems...)
}

func chosen(options Options) ([]string, error) {
	entries, err := os.ReadDir(options.From)
	if err != nil {
		return nil, fmt.Errorf("no plugins to install: %w; is this the image of flatlan?", err)
	}
	var all []string
	for _, entry := range entries {
		all = append(all, entry.Name())
	}
	if len(options.Only) == 0 {
		return all, nil
	}
	var problems []error
	for _, name := range options.Only {
		if !slices.Contains(all, name) {
			problems = append(problems, fmt.Errorf("no plugin %q in %s; there are %s", name, options.From, strings.Join(all, ", ")))
		}
	}
	return options.Only, errors.Join(problems...)
}

// lock keeps a second installer out: two DaemonSets, or an old and a new pod, may start at the same time.
func lock(folder string) (func(), error) {
	// O_DIRECTORY also refuses a file of that name.
	file, err := os.OpenFile(folder, os.O_RDONLY|syscall.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return func() { _ = file.Close() }, nil
}

// one copies a plugin unless the same is there already. The new file takes the old one's name, so a plugin that runs
// keeps its own file ("text file busy" cannot happen), and a link gives way instead of being written through: k3s links
// many plugins' names to one program.
func one(from, to string) (bool, error) {
	source, err := os.Open(from)
	if err != nil {
		return false, err
	}
	defer source.Close()
	same, err := isSame(source, to)
	if same || err != nil {
		return false, err
	}
	if _, err := source.Seek(0, io.SeekStart); err != nil {
		return false, err
	}
	return true, atomicfile.Copy(to, source, mode)
}

func isSame(source *os.File, to string) (bool, error) {
	info, err := os.Lstat(to)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if info.IsDir() {
		return false, fmt.Errorf("%s is a folder; a plugin belongs there: remove it", to)
	}
	wanted, err := source.Stat()
	if err != nil {
		return false, err
	}
	if !info.Mode().IsRegular() || info.Mode().Perm() != mode || info.Size() != wanted.Size() {
		return false, nil
	}
	installed, err := os.Open(to)
	if err != nil {
		return false, err
	}
	defer installed.Close()
	return sameBytes(source, installed)
}

func sameBytes(a, b io.Reader) (bool, error) {
	left, right := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		n, errA := io.ReadFull(a, left)
		m, errB := io.ReadFull(b, right)
		if !bytes.Equal(left[:n], right[:m]) {
			return false, nil
		}
		switch {
		case errA == nil && errB == nil:
		case ended(errA) && ended(errB):
			return true, nil
		default:
			return false, errors.Join(errA, errB)
		}
	}
}

func ended(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// explain adds a remedy to the system's error.
func explain(to string, err error) error {
	remedies := []struct {
		cause  error
		remedy string
	}{
		{fs.ErrNotExist, "mount the node's CNI bin folder there, or set the chart's value for this distribution"},
		{syscall.ENOTDIR, "mount the node's CNI bin folder there, or set the chart's value for this distribution"},
		{syscall.EROFS, "mount it for writing; where the distribution's own folder is read-only, name another in its configuration"},
		{fs.ErrPermission, "run as root, with the folder mounted for writing"},
		{syscall.ENOSPC, "free space on the node's disk"},
	}
	for _, known := range remedies {
		if errors.Is(err, known.cause) {
			return fmt.Errorf("cannot install into %s: %w; %s", to, err, known.remedy)
		}
	}
	return fmt.Errorf("cannot install into %s: %w", to, err)
}
