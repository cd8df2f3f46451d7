package server

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// lockFolder makes a folder this daemon's own until it ends, however it ends: the kernel drops the lock of a killed one.
func lockFolder(folder string) (io.Closer, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("state folder: %w", err)
	}
	handle, err := os.Open(folder)
	if err != nil {
		return nil, fmt.Errorf("state folder: %w", err)
	}
	if err := unix.Flock(int(handle.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = handle.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("another daemon uses the state folder %s; stop it first, or give this one another --state", folder)
		}
		return nil, fmt.Errorf("cannot lock the state folder %s: %w", folder, err)
	}
	return handle, nil
}

// A socket is a listening one that removes its own file, and nobody else's.
type socket struct {
	net.Listener
	path  string
	inode os.FileInfo
}

// listen makes the socket under a name of its own and renames it, so that it is never there with a wider mode, and a
// file that a killed daemon left is replaced. The socket of a running daemon is left alone.
func listen(path string) (*socket, error) {
	if conn, err := net.DialTimeout("unix", path, time.Second); err == nil {
		_ = conn.Close()
		return nil, fmt.Errorf("another daemon serves %s; stop it first, or give this one another --socket", path)
	}
	if info, err := os.Lstat(path); err == nil && info.Mode()&os.ModeSocket == 0 {
		return nil, fmt.Errorf("%s exists and is not a socket; remove it, or give the daemon another --socket", path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("socket: %w", err)
	}
	fresh := path + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("socket: %w", err)
	}
	listener, err := net.Listen("unix", fresh)
	if err != nil {
		return nil, fmt.Errorf("socket: %w", err)
	}
	listener.(*net.UnixListener).SetUnlinkOnClose(false)
	info, err := os.Lstat(fresh)
	if err == nil {
		err = errors.Join(os.Chmod(fresh, 0o600), os.Rename(fresh, path))
	}
	if err != nil {
		_ = listener.Close()
		return nil, fmt.Errorf("socket: %w", err)
	}
	return &socket{Listener: listener, path: path, inode: info}, nil
}

func (s *socket) remove() {
	_ = s.Close()
	if info, err := os.Lstat(s.path); err == nil && os.SameFile(info, s.inode) {
		_ = os.Remove(s.path)
	}
}
