package server

import (
	"crypto/sha256"
	"net"
	"strings"

	"github.com/insomniacslk/dhcp/dhcpv4"
)

const (
	// The first byte of a client identifier (RFC 2132, section 9.14): hardware type Ethernet, or none.
	identifierEthernet = 1
	identifierText     = 0
)

// clientIdentifier is what a server knows a pod by. It stays the same when a pod gets another sandbox, so that the pod
// gets the same address: a pinned pod goes by its MAC, any other by its name.
func clientIdentifier(c conf, containerID, ifName string) []byte {
	for _, one := range c.Provide {
		if one.Code == dhcpv4.OptionClientIdentifier.Code() {
			return textIdentifier(string(one.Value))
		}
	}
	if c.PinnedMAC != nil {
		return macIdentifier(c.PinnedMAC)
	}
	if c.Pod.Name == "" {
		return textIdentifier(strings.Join([]string{containerID, c.Network, ifName}, "/"))
	}
	return textIdentifier(strings.Join([]string{c.Pod.Namespace, c.Pod.Name, ifName}, "/"))
}

func macIdentifier(mac net.HardwareAddr) []byte {
	return append([]byte{identifierEthernet}, mac...)
}

// textIdentifier cuts nothing off: two long names that begin alike would share an address.
func textIdentifier(text string) []byte {
	if len(text) > 254 {
		sum := sha256.Sum256([]byte(text))
		return append([]byte{identifierText}, sum[:]...)
	}
	return append([]byte{identifierText}, text...)
}
