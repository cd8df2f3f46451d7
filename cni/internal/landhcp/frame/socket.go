package frame

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// largestFrame holds every DHCP answer: servers send at most what the client says it takes, and 1500 where it says nothing.
const largestFrame = 1600

// A Socket sends and receives whole frames on one interface. It belongs to the network namespace that it was opened in,
// whichever namespace its user is in later.
type Socket struct {
	file *os.File
}

// ListenDHCP opens a socket for frames to the DHCP client's port on an interface of the calling thread's namespace.
func ListenDHCP(link *net.Interface) (*Socket, error) { return listenUDP(link, ClientPort) }

// ListenServer opens a socket for frames to the DHCP server's port.
func ListenServer(link *net.Interface) (*Socket, error) { return listenUDP(link, ServerPort) }

func listenUDP(link *net.Interface, port uint32) (*Socket, error) {
	// The length of the IPv4 header varies: BPF's msh instruction finds where UDP begins.
	return open(link, unix.ETH_P_IP, []bpf.Instruction{
		bpf.LoadAbsolute{Off: etherLength + 9, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: protocolUDP, SkipTrue: 5},
		bpf.LoadAbsolute{Off: etherLength + 6, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: 0x1fff, SkipTrue: 3},
		bpf.LoadMemShift{Off: etherLength},
		bpf.LoadIndirect{Off: etherLength + 2, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: port, SkipTrue: 1},
		bpf.RetConstant{Val: 0},
		bpf.RetConstant{Val: largestFrame},
	})
}

// ListenARP opens a socket for ARP on an interface of the calling thread's namespace.
func ListenARP(link *net.Interface) (*Socket, error) {
	return open(link, unix.ETH_P_ARP, nil)
}

// arpSender is where an ARP frame says whose address it claims.
const arpSender = etherLength + 14

// OnlySenders drops ARP frames that claim none of these addresses, in the kernel: those of other hosts are most of what a
// network says. Whatever came before stays to be read.
func (s *Socket) OnlySenders(addresses []netip.Addr) error {
	program := []bpf.Instruction{bpf.LoadAbsolute{Off: arpSender, Size: 4}}
	for _, address := range addresses {
		if len(program)+3 > unix.BPF_MAXINSNS {
			break
		}
		four := address.As4()
		program = append(program, bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: binary.BigEndian.Uint32(four[:]), SkipTrue: 1},
			bpf.RetConstant{Val: largestFrame})
	}
	raw, err := s.file.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = attach(int(fd), append(program, bpf.RetConstant{Val: 0})) }); err != nil {
		return err
	}
	return failed
}

func open(link *net.Interface, protocol uint16, filter []bpf.Instruction) (*Socket, error) {
	// Without a protocol the socket receives nothing until it is bound, so no frame passes before the filter stands.
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("cannot open a packet socket on %s: %w", link.Name, err)
	}
	if err := prepare(fd, link, protocol, filter); err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("cannot listen on %s: %w", link.Name, err)
	}
	return &Socket{file: os.NewFile(uintptr(fd), "packet socket on "+link.Name)}, nil
}

func prepare(fd int, link *net.Interface, protocol uint16, filter []bpf.Instruction) error {
	if filter != nil {
		if err := attach(fd, filter); err != nil {
			return err
		}
	}
	return unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: protocol<<8 | protocol>>8, Ifindex: link.Index})
}

// attach puts a filter in the place of the socket's last one.
func attach(fd int, filter []bpf.Instruction) error {
	raw, err := bpf.Assemble(filter)
	if err != nil {
		return err
	}
	code := make([]unix.SockFilter, len(raw))
	for i, one := range raw {
		code[i] = unix.SockFilter{Code: one.Op, Jt: one.Jt, Jf: one.Jf, K: one.K}
	}
	program := unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}
	return unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &program)
}

// Send sends one frame.
func (s *Socket) Send(frame []byte) error {
	_, err := s.file.Write(frame)
	return err
}

// Receive reads frames into `handle` until the socket is closed. An interface that goes down and comes up again is
// waited for: the kernel tells it as an error of one read.
func (s *Socket) Receive(handle func(frame []byte)) error {
	buffer := make([]byte, largestFrame)
	for {
		n, err := s.file.Read(buffer)
		switch {
		case err == nil:
			handle(buffer[:n])
		case errors.Is(err, os.ErrClosed):
			return nil
		case errors.Is(err, unix.ENETDOWN):
			continue
		default:
			return err
		}
	}
}

// SetDeadline bounds Receive, which then ends with os.ErrDeadlineExceeded.
func (s *Socket) SetDeadline(at time.Time) error {
	return s.file.SetReadDeadline(at)
}

// Close ends Receive.
func (s *Socket) Close() error {
	return s.file.Close()
}
