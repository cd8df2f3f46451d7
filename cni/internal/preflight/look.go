package preflight

import (
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/flatlan/flatlan/cni/internal/dump"
)

// A host is the state that is read once for all attachments.
type host struct {
	links   []netlink.Link
	problem error
	release string
	forward []forwarding
}

// The actual state of a bridge.
type bridge struct {
	problem   error
	exists    bool
	kind      string
	up        bool
	mtu       int
	addresses []netip.Addr
	ports     []port
	// The kernel itself creates addresses from router advertisements.
	kernelSLAAC bool
	// Nobody has set its MAC address.
	macFollowsPorts bool
}

// A port of a bridge.
type port struct {
	name, kind, mac string
	carrier         bool
	addresses       []netip.Addr
}

func look() host {
	h := host{forward: lookAtForwarding()}
	h.links, h.problem = dump.Whole(netlink.LinkList)
	var name unix.Utsname
	if unix.Uname(&name) == nil {
		h.release = unix.ByteSliceToString(name.Release[:])
	}
	return h
}

func (h host) bridge(name string) bridge {
	if h.problem != nil {
		return bridge{problem: h.problem}
	}
	for _, link := range h.links {
		attributes := link.Attrs()
		if attributes.Name != name {
			continue
		}
		found := bridge{kind: link.Type(), exists: link.Type() == "bridge", up: attributes.Flags&net.FlagUp != 0, mtu: attributes.MTU}
		addresses, err := addressesOf(link)
		found.problem = err
		found.addresses = plain(addresses)
		found.ports = h.ports(attributes.Index)
		found.macFollowsPorts = macFollowsPorts(name)
		found.kernelSLAAC = acceptsRA(name) && hasSLAAC(addresses) || hasSLAACOfKernel(addresses)
		return found
	}
	return bridge{}
}

func (h host) ports(of int) []port {
	var ports []port
	for _, link := range h.links {
		attributes := link.Attrs()
		if attributes.MasterIndex != of {
			continue
		}
		addresses, _ := addressesOf(link)
		ports = append(ports, port{name: attributes.Name, kind: link.Type(), mac: attributes.HardwareAddr.String(),
			addresses: plain(addresses), carrier: attributes.RawFlags&unix.IFF_LOWER_UP != 0})
	}
	return ports
}

func addressesOf(link netlink.Link) ([]netlink.Addr, error) {
	return dump.Whole(func() ([]netlink.Addr, error) { return netlink.AddrList(link, netlink.FAMILY_ALL) })
}

func plain(addresses []netlink.Addr) []netip.Addr {
	var all []netip.Addr
	for _, address := range addresses {
		if ip, ok := netip.AddrFromSlice(address.IP); ok {
			all = append(all, ip.Unmap())
		}
	}
	return all
}

// acceptsRA is the kernel's own rule (Documentation/networking/ip-sysctl.rst, accept_ra).
func acceptsRA(name string) bool {
	accept, forwarding := sysctl("net/ipv6/conf/"+name+"/accept_ra"), sysctl("net/ipv6/conf/"+name+"/forwarding")
	return accept == "2" || accept == "1" && forwarding == "0"
}

// hasSLAAC reports whether there is an address with a limited lifetime.
func hasSLAAC(addresses []netlink.Addr) bool {
	for _, address := range addresses {
		if address.IP.To4() == nil && address.Scope == int(netlink.SCOPE_UNIVERSE) && address.Flags&unix.IFA_F_PERMANENT == 0 {
			return true
		}
	}
	return false
}

// hasSLAACOfKernel finds what the kernel made before somebody turned it off: networkd and NetworkManager keep the prefix
// route to themselves (IFA_F_NOPREFIXROUTE), the kernel does not.
func hasSLAACOfKernel(addresses []netlink.Addr) bool {
	var own []netlink.Addr
	for _, address := range addresses {
		if address.Flags&unix.IFA_F_NOPREFIXROUTE == 0 {
			own = append(own, address)
		}
	}
	return hasSLAAC(own)
}

// macFollowsPorts reads how a bridge came by its MAC address; netlink does not tell. Where /sys is another network
// namespace's it tells nothing either.
func macFollowsPorts(bridge string) bool {
	const set = "3" // NET_ADDR_SET (linux/netdevice.h)
	text, err := os.ReadFile(filepath.Join("/sys/class/net", bridge, "addr_assign_type"))
	return err == nil && strings.TrimSpace(string(text)) != set
}

// sysctl is empty if the kernel does not have it.
func sysctl(path string) string {
	text, err := os.ReadFile(filepath.Join("/proc/sys", path))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
