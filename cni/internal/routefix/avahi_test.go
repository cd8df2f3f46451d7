package routefix

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flatlan/flatlan/cni/internal/netlab"
	"github.com/flatlan/flatlan/cni/internal/testenv"
)

// avahi runs an mDNS responder with a host name. With a folder for its message bus, programs beside it can ask it.
func avahi(t testing.TB, netns *netlab.Netns, hostName, ifName, bus string) *netlab.Process {
	t.Helper()
	daemon := testenv.Command(t, "avahi-daemon", "avahi-daemon")
	dbus := "no"
	if bus != "" {
		dbus = "yes"
	}
	conf := filepath.Join(t.TempDir(), "avahi.conf")
	text := fmt.Sprintf("[server]\nhost-name=%s\nuse-ipv4=yes\nuse-ipv6=no\nenable-dbus=%s\nallow-interfaces=%s\n", hostName, dbus, ifName)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	process := netns.Start(t, netlab.Command{
		Args:   []string{daemon, "--no-drop-root", "--no-chroot", "--no-rlimits", "-f", conf},
		Before: []string{"mount -t tmpfs tmpfs /run", "mkdir -p /run/avahi-daemon"},
		Env:    []string{"DBUS_SYSTEM_BUS_ADDRESS=" + bus},
	})
	testenv.Eventually(t, 2*patience, "avahi in "+netns.Name, func() error {
		if !strings.Contains(process.Output(), "startup complete") {
			return fmt.Errorf("it wrote:\n%s", process.Output())
		}
		return nil
	})
	return process
}

// messageBus runs a D-Bus of the test's own and gives its address.
func messageBus(t testing.TB, netns *netlab.Netns) string {
	t.Helper()
	daemon := testenv.Command(t, "dbus-daemon", "dbus")
	folder := t.TempDir()
	address := "unix:path=" + filepath.Join(folder, "bus")
	conf := filepath.Join(folder, "bus.conf")
	text := `<busconfig><listen>` + address + `</listen><auth>EXTERNAL</auth><policy context="default">
		<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	netns.Start(t, netlab.Command{Args: []string{daemon, "--nofork", "--nopidfile", "--config-file", conf}})
	testenv.Eventually(t, patience, "the message bus", func() error {
		_, err := os.Stat(filepath.Join(folder, "bus"))
		return err
	})
	return address
}

func TestThePodResolvesANameOfTheLAN(t *testing.T) {
	resolve := testenv.Command(t, "avahi-resolve", "avahi-utils")
	testenv.Command(t, "avahi-daemon", "avahi-daemon")
	testenv.Command(t, "dbus-daemon", "dbus")
	h := newHouse(t)
	h.must(t, "ADD", h.chain("1.0.0", nil))
	avahi(t, h.device, "speaker", "eth0", "")

	t.Run("by avahi in the pod", func(t *testing.T) {
		bus := messageBus(t, h.pod)
		avahi(t, h.pod, "hass", "net1", bus)
		testenv.Eventually(t, 2*patience, "speaker.local", func() error {
			stdout, stderr, err := h.pod.Run(netlab.Command{
				Args: []string{resolve, "-4", "-n", "speaker.local"}, Env: []string{"DBUS_SYSTEM_BUS_ADDRESS=" + bus},
			})
			if err != nil || strings.TrimSpace(stdout) != "speaker.local\t"+deviceAddr {
				return fmt.Errorf("%q %q %w", stdout, stderr, err)
			}
			return nil
		})
	})
	t.Run("by a socket that names no interface", func(t *testing.T) {
		address, err := askOnce(h.pod, "speaker")
		if err != nil || address != deviceAddr {
			t.Errorf("speaker.local is %q, %v", address, err)
		}
	})
	t.Run("not without the route", func(t *testing.T) {
		h.pod.Output(t, testenv.Command(t, "ip", "iproute2"), "route", "del", "224.0.0.0/4")
		if address, err := askOnce(h.pod, "speaker"); err == nil {
			t.Errorf("speaker.local is %q all the same: the test above shows nothing", address)
		}
	})
}

// askOnce is a one-shot query (RFC 6762, section 5.1): the answer comes by unicast, and its last four bytes are the
// address.
func askOnce(netns *netlab.Netns, name string) (address string, err error) {
	query := []byte{0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, byte(len(name))}
	query = append(append(query, name...), "\x05local\x00\x00\x01\x00\x01"...)
	err = netns.Try(func() error {
		socket, err := net.ListenPacket("udp4", "0.0.0.0:0")
		if err != nil {
			return err
		}
		defer socket.Close()
		if _, err := socket.WriteTo(query, &net.UDPAddr{IP: net.IPv4(224, 0, 0, 251), Port: 5353}); err != nil {
			return err
		}
		if err := socket.SetReadDeadline(time.Now().Add(2 * time.Second)); err != nil {
			return err
		}
		buffer := make([]byte, 1500)
		size, _, err := socket.ReadFrom(buffer)
		if err != nil || size < 4 {
			return fmt.Errorf("%d bytes: %w", size, err)
		}
		address = net.IP(buffer[size-4 : size]).String()
		return nil
	})
	return address, err
}
