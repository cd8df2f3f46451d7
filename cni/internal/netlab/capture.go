package netlab

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/flatlan/flatlan/cni/internal/testenv"
)

// A Capture records every frame on one interface, in both directions.
type Capture struct {
	lock   sync.Mutex
	frames []Frame
	socket int
	done   chan struct{}
}

// Listen captures from now on until the end of the test.
func (n *Netns) Listen(t testing.TB, ifName string) *Capture {
	t.Helper()
	capture := &Capture{socket: -1, done: make(chan struct{})}
	n.Do(t, func() (err error) {
		capture.socket, err = packetSocket(ifName)
		return err
	})
	stop := make(chan struct{})
	go capture.read(stop)
	t.Cleanup(func() {
		close(stop)
		<-capture.done
		_ = unix.Close(capture.socket)
	})
	return capture
}

func packetSocket(ifName string) (int, error) {
	device, err := net.InterfaceByName(ifName)
	if err != nil {
		return -1, fmt.Errorf("interface %s: %w", ifName, err)
	}
	// Protocol 0: receives nothing until bind, so no frame of another interface gets in (packet(7)).
	socket, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	all := binary.BigEndian.Uint16(binary.NativeEndian.AppendUint16(nil, unix.ETH_P_ALL))
	err = errors.Join(
		unix.SetsockoptTimeval(socket, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 50_000}),
		unix.Bind(socket, &unix.SockaddrLinklayer{Protocol: all, Ifindex: device.Index}),
	)
	if err != nil {
		_ = unix.Close(socket)
		return -1, err
	}
	return socket, nil
}

func (c *Capture) read(stop <-chan struct{}) {
	defer close(c.done)
	buffer := make([]byte, 65536)
	for {
		select {
		case <-stop:
			return
		default:
		}
		size, from, err := unix.Recvfrom(c.socket, buffer, 0)
		if err != nil {
			continue // the timeout above, or the interface going down and up
		}
		outgoing := false
		if link, ok := from.(*unix.SockaddrLinklayer); ok {
			outgoing = link.Pkttype == unix.PACKET_OUTGOING
		}
		frame := parseFrame(bytes.Clone(buffer[:size]))
		frame.Outgoing = outgoing
		c.lock.Lock()
		c.frames = append(c.frames, frame)
		c.lock.Unlock()
	}
}

// Frames are the frames captured so far.
func (c *Capture) Frames() []Frame {
	c.lock.Lock()
	defer c.lock.Unlock()
	return append([]Frame(nil), c.frames...)
}

// Forget drops the frames captured so far.
func (c *Capture) Forget() {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.frames = nil
}

// Find gives the first frame that matches.
func (c *Capture) Find(match func(Frame) bool) (Frame, bool) {
	for _, frame := range c.Frames() {
		if match(frame) {
			return frame, true
		}
	}
	return Frame{}, false
}

// Wait gives the first frame that matches, or fails the test after bound with a list of what was heard instead.
func (c *Capture) Wait(t testing.TB, bound time.Duration, what string, match func(Frame) bool) (found Frame) {
	t.Helper()
	testenv.Eventually(t, bound, "frame heard: "+what, func() error {
		frame, ok := c.Find(match)
		if !ok {
			return fmt.Errorf("heard only:\n%s", c)
		}
		found = frame
		return nil
	})
	return found
}

func (c *Capture) String() string {
	var lines strings.Builder
	for _, frame := range c.Frames() {
		fmt.Fprintln(&lines, " ", frame)
	}
	return lines.String()
}
