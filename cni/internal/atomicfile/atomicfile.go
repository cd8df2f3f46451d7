// Package atomicfile puts files in place whole: a temporary name in the same folder, sync, rename, sync of the folder.
// A reader, and a machine that loses power, sees the old file or the new one.
package atomicfile

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Temporary names begin so, and end in random digits. The kubelet, container runtimes and Multus look at files that end
// in .conf, .conflist or .json only, so none of them reads a temporary file.
const prefix = ".flatlan-partial-"

// Write writes data. A symbolic link under that name is replaced, not followed.
func Write(path string, data []byte, mode fs.FileMode) error {
	return Copy(path, bytes.NewReader(data), mode)
}

// WriteUnsynced is Write for what need not outlive a power cut: a kill loses nothing of it, and the disk is not waited
// for. After a power cut the file may be empty.
func WriteUnsynced(path string, data []byte, mode fs.FileMode) error {
	return place(path, bytes.NewReader(data), mode, func(*os.File) error { return nil })
}

// Copy writes all that can be read from source.
func Copy(path string, source io.Reader, mode fs.FileMode) error {
	if err := place(path, source, mode, (*os.File).Sync); err != nil {
		return err
	}
	return SyncFolder(filepath.Dir(path))
}

func place(path string, source io.Reader, mode fs.FileMode, sync func(*os.File) error) error {
	file, err := os.CreateTemp(filepath.Dir(path), prefix)
	if err != nil {
		return err
	}
	if err := errors.Join(fill(file, source, mode, sync), file.Close()); err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

func fill(file *os.File, source io.Reader, mode fs.FileMode, sync func(*os.File) error) error {
	if _, err := io.Copy(file, source); err != nil {
		return err
	}
	if err := file.Chmod(mode); err != nil {
		return err
	}
	return sync(file)
}

// SyncFolder makes renames and removals in a folder durable.
func SyncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	err = folder.Sync()
	// Some file systems (network ones) cannot sync folders; there is no alternative on them.
	if errors.Is(err, syscall.EINVAL) {
		err = nil
	}
	return errors.Join(err, folder.Close())
}

// IsPartial tells a temporary file by its name.
func IsPartial(name string) bool { return strings.HasPrefix(name, prefix) }

// RemovePartials removes what writers left that were killed. No writer may be at work in the folder.
func RemovePartials(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if IsPartial(entry.Name()) {
			err = errors.Join(err, os.Remove(filepath.Join(folder, entry.Name())))
		}
	}
	return err
}
