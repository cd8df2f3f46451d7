package link

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"github.com/vishvananda/netlink"

	"github.com/flatlan/flatlan/cni/internal/landhcp/frame"
)

// The two ends of the port that lives for one frame; one name each, so that a killed daemon's is found and removed.
const (
	portName = "fl-release0"
	portPeer = "fl-release1"
)

var portLock sync.Mutex

// sendByPort sends a frame into a bridge as one of its pods does: the host itself may be the DHCP server, and what a
// bridge sends to its own MAC it drops (net/bridge/br_device.c: only ports are sent to).
func sendByPort(bridge *net.Interface, raw []byte) error {
	portLock.Lock()
	defer portLock.Unlock()
	attributes := netlink.NewLinkAttrs()
	attributes.Name, attributes.MasterIndex = portName, bridge.Index
	// A bridge without a MAC of its own takes its ports' lowest.
	attributes.HardwareAddr = net.HardwareAddr{0xfe, 0xff, 0xff, 0xff, 0xff, 0xfe}
	port := &netlink.Veth{LinkAttrs: attributes, PeerName: portPeer}
	_ = netlink.LinkDel(port)
	if err := netlink.LinkAdd(port); err != nil {
		return fmt.Errorf("cannot add a port to %s: %w", bridge.Name, err)
	}
	defer func() { _ = netlink.LinkDel(port) }()
	peer, err := netlink.LinkByName(portPeer)
	if err == nil {
		err = errors.Join(netlink.LinkSetUp(port), netlink.LinkSetUp(peer))
	}
	if err != nil {
		return fmt.Errorf("cannot set the port of %s up: %w", bridge.Name, err)
	}
	waitForCarrier(peer)
	return sendUntilHeard(&net.Interface{Index: peer.Attrs().Index, Name: portPeer}, bridge, raw)
}

// sendUntilHeard sends a frame until the bridge has it: what is still on its way goes with the port.
func sendUntilHeard(port, bridge *net.Interface, raw []byte) error {
	heard, err := frame.ListenServer(bridge)
	if err != nil {
		return err
	}
	defer heard.Close()
	for range 5 {
		if err := send(port, raw); err != nil {
			return err
		}
		arrived := false
		if err := heard.SetDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
			return err
		}
		err := heard.Receive(func(got []byte) {
			if bytes.Equal(got, raw) {
				arrived = true
				_ = heard.SetDeadline(time.Unix(1, 0))
			}
		})
		if arrived {
			return nil
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
	}
	return fmt.Errorf("%s does not take what is sent to it", bridge.Name)
}
