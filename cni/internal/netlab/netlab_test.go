package netlab

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/flatlan/flatlan/cni/internal/testenv"
)

func TestMain(m *testing.M) { Main(m) }

// device - lan (bridge) - server
func threeOnALan(t *testing.T) (device, lan, server *Netns) {
	device, lan, server = New(t, "device"), New(t, "lan"), New(t, "server")
	lan.Bridge(t, "br0")
	for index, end := range []*Netns{device, server} {
		Cable(t, end, "eth0", lan, end.Name)
		lan.Enslave(t, end.Name, "br0")
		end.Address(t, "eth0", fmt.Sprintf("192.0.2.%d/24", index+1))
	}
	return device, lan, server
}

func send(t *testing.T, from *Netns, to, text string) {
	t.Helper()
	from.Do(t, func() error {
		socket, err := net.Dial("udp4", to)
		if err != nil {
			return err
		}
		defer socket.Close()
		_, err = socket.Write([]byte(text))
		return err
	})
}

func TestFramesPassTheSwitchAndAreHeard(t *testing.T) {
	device, lan, server := threeOnALan(t)
	sent, passing, received := device.Listen(t, "eth0"), lan.Listen(t, "server"), server.Listen(t, "eth0")
	send(t, device, "192.0.2.2:7", "hello")
	isHello := func(outgoing bool) func(Frame) bool {
		return func(f Frame) bool {
			return f.Src.String() == "192.0.2.1" && f.Dst.String() == "192.0.2.2" && f.DstPort == 7 &&
				string(f.Payload) == "hello" && f.Outgoing == outgoing
		}
	}
	sent.Wait(t, 5*time.Second, "the packet at the device", isHello(true))
	passing.Wait(t, 5*time.Second, "the packet at the switch's port", isHello(true))
	frame := received.Wait(t, 5*time.Second, "the packet at the server", isHello(false))
	if frame.From.String() != device.MAC(t, "eth0").String() {
		t.Errorf("from %s, not %s", frame.From, device.MAC(t, "eth0"))
	}
	received.Forget()
	if frame, found := received.Find(isHello(false)); found {
		t.Errorf("remembers %v", frame)
	}
}

func TestProcessesRunInTheNamespace(t *testing.T) {
	lab := New(t, "lab")
	lab.Bridge(t, "only-here")
	if _, err := net.InterfaceByName("only-here"); err == nil {
		t.Fatal("the test itself sees the bridge")
	}
	cat := testenv.Command(t, "cat", "coreutils")
	if output := lab.Output(t, cat, "/proc/self/net/dev"); !strings.Contains(output, "only-here") {
		t.Errorf("the process sees\n%s", output)
	}
	stdout, _, err := lab.Run(Command{
		Args:   []string{"/bin/sh", "-c", "ls /sys/class/net; ls /run; cat; echo $WORD; exit 3"},
		Env:    []string{"WORD=word"},
		Stdin:  "typed\n",
		Before: []string{"mount -t sysfs sysfs /sys", "mount -t tmpfs tmpfs /run"},
	})
	if stdout != "lo\nonly-here\ntyped\nword\n" && stdout != "only-here\nlo\ntyped\nword\n" {
		t.Errorf("wrote %q", stdout)
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 3 {
		t.Errorf("ended with %v", err)
	}
}

func TestStopEndsAProcessThatRefuses(t *testing.T) {
	lab := New(t, "lab")
	stubborn := lab.Start(t, Command{Args: []string{"/bin/sh", "-c", "trap '' TERM; echo ready; while :; do sleep 60; done"}})
	testenv.Eventually(t, 5*time.Second, "ready", func() error {
		if !strings.Contains(stubborn.Output(), "ready") {
			return fmt.Errorf("wrote %q", stubborn.Output())
		}
		return nil
	})
	stubborn.Stop(t)
	// Its orphan, too; the dead wait here for the first process of the namespace, which reaps nobody else's children.
	testenv.Eventually(t, 5*time.Second, "the end of its group", func() error { return alive(stubborn.Pid()) })
}

// alive fails while a process of the group is more than a zombie.
func alive(group int) error {
	folders, err := os.ReadDir("/proc")
	if err != nil {
		return err
	}
	for _, folder := range folders {
		line, _ := os.ReadFile("/proc/" + folder.Name() + "/stat")
		// pid (name) state parent group; the names here hold no spaces (proc(5)).
		if fields := strings.Fields(string(line)); len(fields) > 4 && fields[4] == fmt.Sprint(group) && fields[2] != "Z" {
			return fmt.Errorf("still there: %s", line)
		}
	}
	return nil
}

func TestDeletedNamespacesAreGone(t *testing.T) {
	lab := New(t, "lab")
	lab.Delete(t)
	if _, err := os.Lstat(lab.Path); !os.IsNotExist(err) {
		t.Errorf("%s: %v", lab.Path, err)
	}
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil || strings.Contains(string(mounts), lab.Path) {
		t.Errorf("still mounted, %v", err)
	}
}

func TestSysctlsAreTheNamespacesOwn(t *testing.T) {
	one, other := New(t, "one"), New(t, "other")
	one.Sysctl(t, "net/ipv4/ip_forward", "1")
	if got := one.ReadSysctl(t, "net/ipv4/ip_forward") + other.ReadSysctl(t, "net/ipv4/ip_forward"); got != "10" {
		t.Errorf("ip_forward of the two: %s", got)
	}
}

// The test runs itself a second time and kills that.
func TestAKilledTestLeavesNothing(t *testing.T) {
	RequireRoot(t)
	if os.Getenv("NETLAB_BE_KILLED") != "" {
		New(t, "left").Start(t, Command{Args: []string{"/bin/sleep", "987654"}})
		fmt.Println("started")
		select {}
	}
	outer := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$")
	outer.Env = append(os.Environ(), "NETLAB_BE_KILLED=1", innerMark+"=")
	output := &lockedBuffer{}
	outer.Stdout, outer.Stderr = output, output
	if err := outer.Start(); err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, 20*time.Second, "the helper's process", func() error {
		if !strings.Contains(output.String(), "started") {
			return fmt.Errorf("wrote %q", output.String())
		}
		return sleepers(1)
	})
	if err := outer.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = outer.Wait()
	testenv.Eventually(t, 10*time.Second, "nothing left", func() error { return sleepers(0) })
}

// sleepers looks for the helper's process; this test's /proc shows those of the namespaces it started.
func sleepers(want int) error {
	folders, err := os.ReadDir("/proc")
	if err != nil {
		return err
	}
	count := 0
	for _, folder := range folders {
		line, _ := os.ReadFile("/proc/" + folder.Name() + "/cmdline")
		if string(line) == "/bin/sleep\x00987654\x00" {
			count++
		}
	}
	if count != want {
		return fmt.Errorf("%d processes, not %d", count, want)
	}
	return nil
}
