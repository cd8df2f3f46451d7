// Package preflight checks whether a node can carry an attachment: the bridge is the operating system's, and what is wrong
// with it shows up as pods without addresses, far from the cause.
//
//	LAN ── uplink ── bridge (the node's address) ── veth ── pod
//	                   │ br_netfilter: FORWARD       who handles router advertisements
package preflight

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
)

// An Attachment is what the node has to carry.
type Attachment struct {
	Bridge string
	Subnet netip.Prefix
	MTU    int
	// The node is to have no address on the bridge, which carries frames of pods only.
	WithoutAddress bool
}

// Names of the checks, as metrics show them.
const (
	Bridge  = "bridge"
	Uplink  = "uplink"
	Address = "address"
	MTU     = "mtu"
	Forward = "forward"
	// Forward of IPv6.
	Forward6 = "forward-ipv6"
	MAC      = "mac"
	RA       = "router-advertisements"
	Kernel   = "kernel"
)

// A Result is one check of one attachment.
type Result struct {
	Attachment, Check string
	// Empty where all is well, else a sentence and what to do.
	Problem, Remedy string
	// Pods still work: this is reported, but the node is ready.
	Advisory bool
}

// OK says whether nothing is wrong.
func (r Result) OK() bool { return r.Problem == "" }

func (r Result) String() string {
	return fmt.Sprintf("%s: %s; %s", r.Attachment, r.Problem, r.Remedy)
}

// Run checks every attachment in the network namespace of the caller, sorted by name.
func Run(attachments map[string]Attachment) []Result {
	host := look()
	var results []Result
	for name, attachment := range attachments {
		for _, result := range check(attachment, host.bridge(attachment.Bridge), host) {
			result.Attachment = name
			results = append(results, result)
		}
	}
	slices.SortFunc(results, func(a, b Result) int {
		return cmp.Or(cmp.Compare(a.Attachment, b.Attachment), cmp.Compare(a.Check, b.Check))
	})
	return results
}

// check answers with every check, so that one that is well again says so. Where there is no bridge nothing else is known.
func check(a Attachment, b bridge, host host) []Result {
	results := []Result{checkBridge(a, b), checkKernel(host.release)}
	if !b.exists {
		return results
	}
	results = append(results, checkUplink(a, b), checkAddress(a, b), checkMTU(a, b), checkMAC(a, b), checkRA(a, b))
	for _, protocol := range host.forward {
		results = append(results, checkForward(a, protocol))
	}
	return results
}

func checkBridge(a Attachment, b bridge) Result {
	result := Result{Check: Bridge}
	switch {
	case b.problem != nil:
		result.Problem = fmt.Sprintf("%s cannot be looked at: %v", a.Bridge, b.problem)
		result.Remedy = "run the agent on the node's own network with CAP_NET_ADMIN"
	case b.kind == "":
		result.Problem = "there is no interface " + a.Bridge
		result.Remedy = "set up the node's network as the generated files of the plan say"
	case b.kind != "bridge":
		result.Problem = fmt.Sprintf("%s is of type %s, not a bridge", a.Bridge, b.kind)
		result.Remedy = "set up the node's network as the generated files of the plan say"
	case !b.up:
		result.Problem = a.Bridge + " is down"
		result.Remedy = "set it up: ip link set " + a.Bridge + " up"
	}
	return result
}

// podPort is a port that a CNI plugin made (containernetworking/plugins pkg/ip, RandomVethName: veth and eight hex digits).
func podPort(p port) bool {
	if p.kind != "veth" || len(p.name) != len("veth12345678") || p.name[:4] != "veth" {
		return false
	}
	return !slices.ContainsFunc([]byte(p.name[4:]), func(c byte) bool { return (c < '0' || c > '9') && (c < 'a' || c > 'f') })
}

func uplinks(b bridge) []port { return slices.DeleteFunc(slices.Clone(b.ports), podPort) }

func checkUplink(a Attachment, b bridge) Result {
	result := Result{Check: Uplink}
	uplinks := uplinks(b)
	switch {
	case len(uplinks) == 0:
		result.Problem = a.Bridge + " has no uplink: its pods reach each other and nobody else"
		result.Remedy = "make the LAN's interface a port of it: ip link set <interface> master " + a.Bridge
	case !slices.ContainsFunc(uplinks, func(p port) bool { return p.carrier }):
		result.Problem = fmt.Sprintf("the uplink %s of %s has no carrier", uplinks[0].name, a.Bridge)
		result.Remedy = "look at the cable, the switch, or the virtual machine's network adapter"
	}
	return result
}

// checkAddress finds the classic mistake: the address is still on the uplink, whose frames the bridge takes.
func checkAddress(a Attachment, b bridge) Result {
	result := Result{Check: Address}
	if !a.Subnet.IsValid() {
		return result
	}
	for _, p := range b.ports {
		for _, address := range p.addresses {
			if a.Subnet.Contains(address) {
				result.Problem = fmt.Sprintf("the node's address %s is on %s, a port of %s", address, p.name, a.Bridge)
				result.Remedy = "put it on the bridge: a port's own address gets no answers"
				return result
			}
		}
	}
	own := slices.IndexFunc(b.addresses, a.Subnet.Contains)
	switch {
	case a.WithoutAddress && own >= 0:
		result.Advisory = true
		result.Problem = fmt.Sprintf("%s has the address %s, and by the plan none: the node answers that network past the router", a.Bridge, b.addresses[own])
		result.Remedy = "take the address off the bridge, and turn DHCP off for it"
	case !a.WithoutAddress && own < 0:
		result.Problem = fmt.Sprintf("%s has no address in %s", a.Bridge, a.Subnet)
		result.Remedy = "give the node an address of that network on the bridge, by DHCP or by hand"
	}
	return result
}

func checkMTU(a Attachment, b bridge) Result {
	result := Result{Check: MTU}
	if a.MTU > b.mtu {
		result.Problem = fmt.Sprintf("%s has MTU %d, its pods shall have %d", a.Bridge, b.mtu, a.MTU)
		result.Remedy = fmt.Sprintf("give bridge and uplink MTU %d, or the attachment %d", a.MTU, b.mtu)
	}
	return result
}

// checkMAC: a bridge whose MAC address nobody has set takes the lowest of its ports' (br_stp_recalculate_bridge_id), so
// that it changes as pods come and go, and with it the node's address by DHCP.
func checkMAC(a Attachment, b bridge) Result {
	result := Result{Check: MAC, Advisory: true}
	if !b.macFollowsPorts {
		return result
	}
	address := "<that of its uplink>"
	if up := uplinks(b); len(up) > 0 {
		address = up[0].mac
	}
	result.Problem = fmt.Sprintf("nobody has set the MAC address of %s: it follows the lowest of its ports', so pods change it, "+
		"and the DHCP server knows the node no more", a.Bridge)
	result.Remedy = fmt.Sprintf("set that of the uplink: ip link set %s address %s, and in the node's network configuration "+
		"(systemd-networkd: MACAddress= of the .netdev)", a.Bridge, address)
	return result
}

// checkRA: upstream's bridge plugin writes accept_ra=0 on the host's bridge at each ADD (plugins v1.9.1, main/bridge).
func checkRA(a Attachment, b bridge) Result {
	result := Result{Check: RA, Advisory: true}
	if !b.kernelSLAAC {
		return result
	}
	result.Problem = "the kernel handles router advertisements on " + a.Bridge + ", and the bridge plugin ends that when the first pod comes: " +
		"the node's IPv6 addresses run out"
	result.Remedy = "let systemd-networkd (IPv6AcceptRA=yes) or NetworkManager handle them"
	return result
}

// Kernels in which a broadcast to 255.255.255.255 goes to the router's MAC address, not to everybody
// (home-assistant/operating-system#4267, openwrt/openwrt#19929).
var brokenBroadcast = []string{"6.6.103", "6.12.43"}

func checkKernel(release string) Result {
	result := Result{Check: Kernel, Advisory: true}
	number, _, _ := cutVersion(release)
	if slices.Contains(brokenBroadcast, number) {
		result.Problem = "kernel " + number + " sends broadcasts of programs that use the node's own network to the router alone"
		result.Remedy = "take a later kernel; pods with route-fix are not affected"
	}
	return result
}

// cutVersion removes what distributions append to a release: 6.12.43+deb13-amd64 is 6.12.43.
func cutVersion(release string) (number, rest string, found bool) {
	at := slices.IndexFunc([]byte(release), func(c byte) bool { return c != '.' && (c < '0' || c > '9') })
	if at < 0 {
		return release, "", false
	}
	return release[:at], release[at:], true
}
