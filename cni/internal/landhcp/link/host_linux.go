package link

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/flatlan/flatlan/cni/internal/landhcp/client"
	"github.com/flatlan/flatlan/cni/internal/landhcp/frame"
)

const inUseWindow = 200 * time.Millisecond

// Host are the host's own interfaces on pods' networks: its bridges. They send for pods that are gone.
type Host struct{}

// InUse probes whether an interface other than the pod's, by its MAC address, has the address; any interface if the pod
// is nil.
func (Host) InUse(ctx context.Context, hostInterface string, address netip.Addr, pod net.HardwareAddr) (net.HardwareAddr, error) {
	device, err := running(hostInterface)
	if err != nil {
		return nil, err
	}
	socket, err := frame.ListenARP(device)
	if err != nil {
		return nil, err
	}
	defer socket.Close()
	user, err := probe(ctx, socket, device.HardwareAddr, address, inUseWindow, pod)
	if user != nil && bytes.Equal(user, pod) {
		user = nil // the pod that is gone, or its next one, which asks by the same name
	}
	return user, err
}

// Release releases a pod's address with a frame as the pod would have sent it. The pod cannot send it: upstream's
// bridge removes the pod's interface before it calls its IPAM plugin (plugins/main/bridge/bridge.go, cmdDel, v1.9.1).
// Servers accept a RELEASE only from the address that it releases, so a datagram from the host's address would be
// dropped.
func (Host) Release(hostInterface string, who client.Identity, terms client.Terms) error {
	device, err := running(hostInterface)
	if err != nil {
		return err
	}
	local, err := isOwn(terms.Server)
	if err != nil {
		return err
	}
	server := device.HardwareAddr
	if !local {
		// Unknown only on a damaged disk; a broadcast frame reaches the server, too.
		if server, err = net.ParseMAC(terms.ServerMAC); err != nil {
			server = frame.Broadcast
		}
	}
	raw, err := frame.UDP(frame.Ends{
		SourceMAC: who.MAC, DestinationMAC: server,
		Source: terms.Address.Addr(), Destination: terms.Server,
	}, who.Release(terms).ToBytes())
	if err != nil {
		return err
	}
	if local {
		return sendByPort(device, raw)
	}
	return send(device, raw)
}

// IsNodes tells whether an address is one of the node's own; one that cannot be told counts as another's.
func IsNodes(address netip.Addr) bool {
	own, err := isOwn(address)
	return err == nil && own
}

// isOwn tells whether an address is the host's own. Its bridge's MAC would not tell: it changes with the bridge's ports.
func isOwn(address netip.Addr) (bool, error) {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return false, fmt.Errorf("cannot list the host's addresses: %w", err)
	}
	for _, one := range all {
		if prefix, err := netip.ParsePrefix(one.String()); err == nil && prefix.Addr() == address {
			return true, nil
		}
	}
	return false, nil
}

func send(device *net.Interface, raw []byte) error {
	socket, err := frame.ListenDHCP(device)
	if err != nil {
		return err
	}
	defer socket.Close()
	return socket.Send(raw)
}

// running is an interface that frames can leave by.
func running(name string) (*net.Interface, error) {
	if name == "" {
		return nil, fmt.Errorf("the configuration names neither bridge nor master")
	}
	device, err := net.InterfaceByName(name)
	if err != nil {
		return nil, fmt.Errorf("interface %s: %w", name, err)
	}
	if device.Flags&net.FlagRunning == 0 {
		return nil, fmt.Errorf("interface %s is down", name)
	}
	return device, nil
}
