package frame

import (
	"bytes"
	"encoding/hex"
	"errors"
	"net"
	"net/netip"
	"testing"
)

var (
	podMAC    = net.HardwareAddr{0x02, 0xf1, 0xa7, 0, 0, 1}
	serverMAC = net.HardwareAddr{0x02, 0, 0, 0, 0, 0xfe}
	pod       = netip.MustParseAddr("192.168.2.40")
	server    = netip.MustParseAddr("192.168.2.1")
)

// The same packet written by hand from RFC 791 and RFC 768; its checksums were summed apart from this code.
func TestUDPIsWhatTheRFCsSay(t *testing.T) {
	got, err := UDP(Ends{SourceMAC: podMAC, DestinationMAC: serverMAC, Source: pod, Destination: server}, []byte("abc"))
	if err != nil {
		t.Fatal(err)
	}
	want, _ := hex.DecodeString("0200000000fe" + "02f1a7000001" + "0800" +
		"4500001f000000004011f554" + "c0a80228" + "c0a80201" +
		"00440043000b" + "b574" + "616263")
	if !bytes.Equal(got, want) {
		t.Fatalf("got\n%x\nwant\n%x", got, want)
	}
}

// The receiver's rule (RFC 1071): all words with their checksum sum up to zero.
func TestChecksumsHold(t *testing.T) {
	for size := range 70 {
		payload := bytes.Repeat([]byte{0xa5, 0x5a, 0xff}, size)[:size]
		frame, err := UDP(Ends{SourceMAC: podMAC, DestinationMAC: Broadcast, Source: pod, Destination: LimitedBroadcast}, payload)
		if err != nil {
			t.Fatal(err)
		}
		header, segment := frame[14:34], frame[34:]
		if sum := checksum(header); sum != 0 {
			t.Errorf("%d bytes: the IPv4 header sums up to %#x", size, sum)
		}
		pseudo := append(append([]byte{}, header[12:20]...), 0, 17, segment[4], segment[5])
		if sum := checksum(pseudo, segment); sum != 0 {
			t.Errorf("%d bytes: UDP sums up to %#x", size, sum)
		}
	}
}

func TestUDPRefusesWhatDoesNotFit(t *testing.T) {
	if _, err := UDP(Ends{Source: netip.IPv6Loopback(), Destination: server}, nil); err == nil {
		t.Error("an IPv6 source was accepted")
	}
	if _, err := UDP(Ends{Source: pod, Destination: server}, make([]byte, 0x10000)); err == nil {
		t.Error("a payload larger than IPv4 carries was accepted")
	}
}

// answer turns a client's frame into a server's: ports swapped.
func answer(t testing.TB, payload []byte) []byte {
	t.Helper()
	frame, err := UDP(Ends{SourceMAC: serverMAC, DestinationMAC: podMAC, Source: server, Destination: pod}, payload)
	if err != nil {
		t.Fatal(err)
	}
	copy(frame[34:38], []byte{0, ServerPort, 0, ClientPort})
	return frame
}

func TestParseUDP(t *testing.T) {
	frame := answer(t, []byte("offer"))
	ends, payload, err := ParseUDP(append(frame, 0, 0, 0)) // short frames arrive padded
	if err != nil || string(payload) != "offer" {
		t.Fatalf("payload %q, %v", payload, err)
	}
	if ends.Source != server || ends.Destination != pod || ends.SourceMAC.String() != serverMAC.String() {
		t.Errorf("ends are %+v", ends)
	}
	withOptions := append(append(append([]byte{}, frame[:34]...), 1, 1, 1, 1), frame[34:]...)
	withOptions[14] = 0x46
	withOptions[17] += 4
	if _, payload, err := ParseUDP(withOptions); err != nil || string(payload) != "offer" {
		t.Errorf("with IPv4 options: payload %q, %v", payload, err)
	}
}

func TestParseUDPRefuses(t *testing.T) {
	change := func(at int, value byte) []byte {
		frame := answer(t, []byte("offer"))
		frame[at] = value
		return frame
	}
	other := map[string][]byte{
		"nothing":            nil,
		"ARP":                change(13, 0x06),
		"IPv6 in disguise":   change(14, 0x65),
		"TCP":                change(23, 6),
		"a fragment":         change(21, 5),
		"more fragments":     change(20, 0x20),
		"the server's port":  change(37, ServerPort),
		"a header too short": change(14, 0x44),
	}
	for name, frame := range other {
		if _, _, err := ParseUDP(frame); !errors.Is(err, ErrOther) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, frame := range map[string][]byte{"a length beyond the frame": change(17, 200), "UDP longer than IPv4": change(39, 99)} {
		if _, _, err := ParseUDP(frame); err == nil || errors.Is(err, ErrOther) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestARP(t *testing.T) {
	probe, err := ParseARP(ARPProbe(podMAC, pod))
	if err != nil || probe.Sender != netip.IPv4Unspecified() || probe.Target != pod || probe.SenderMAC.String() != podMAC.String() {
		t.Errorf("probe is %+v, %v", probe, err)
	}
	claim, err := ParseARP(ARPAnnouncement(podMAC, pod))
	if err != nil || claim.Sender != pod || claim.Target != pod {
		t.Errorf("announcement is %+v, %v", claim, err)
	}
	ipv6ish := ARPProbe(podMAC, pod)
	ipv6ish[16] = 0x86
	for _, frame := range [][]byte{nil, ipv6ish, answer(t, []byte("a datagram that is long enough to be ARP"))} {
		if _, err := ParseARP(frame); !errors.Is(err, ErrOther) {
			t.Errorf("%x: %v", frame, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(answer(f, []byte("offer")))
	f.Add(ARPProbe(podMAC, pod))
	f.Fuzz(func(t *testing.T, frame []byte) {
		if _, payload, err := ParseUDP(frame); err == nil && len(payload) > len(frame)-42 {
			t.Errorf("%d bytes of payload in a frame of %d", len(payload), len(frame))
		}
		if claim, err := ParseARP(frame); err == nil && (len(claim.SenderMAC) != 6 || !claim.Sender.Is4()) {
			t.Errorf("ARP is %+v", claim)
		}
	})
}
