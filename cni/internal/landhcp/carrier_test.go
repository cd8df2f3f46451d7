package landhcp

import (
	"fmt"
	"regexp"
	"strconv"
	"testing"

	"github.com/insomniacslk/dhcp/dhcpv4"

	"github.com/flatlan/flatlan/cni/internal/netlab"
)

// Without waitForCarrier half of the first DISCOVERs never reach the LAN, and each costs a retransmission.
func TestNoDISCOVERIsLost(t *testing.T) {
	h := newHouse(t)
	h.startDnsmasq("192.168.2.100", "192.168.2.119")
	h.startDaemon(quickProbe)
	heard := h.router.Listen(t, "eth0")
	for i := range 20 {
		h.newPod(fmt.Sprintf("pod-%d", i)).mustAdd().mustDel()
	}
	sent := 0
	for _, count := range regexp.MustCompile(`"discovers":(\d+)`).FindAllStringSubmatch(h.daemon.Output(), -1) {
		n, _ := strconv.Atoi(count[1])
		sent += n
	}
	arrived := 0
	for _, frame := range heard.Frames() {
		if isDiscover(frame) {
			arrived++
		}
	}
	if sent < 20 || arrived != sent {
		t.Errorf("%d DISCOVERs were sent for 20 pods, %d came to the server", sent, arrived)
	}
	h.stopDaemon()
}

func isDiscover(frame netlab.Frame) bool {
	if frame.DstPort != 67 {
		return false
	}
	message, err := dhcpv4.FromBytes(frame.Payload)
	return err == nil && message.MessageType() == dhcpv4.MessageTypeDiscover
}
