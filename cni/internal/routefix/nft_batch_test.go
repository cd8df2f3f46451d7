package routefix

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"github.com/google/nftables/userdata"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"github.com/flatlan/flatlan/cni/internal/netlab"
)

// everyRule are filters and guards of all kinds.
func everyRule(t *testing.T) map[*nftables.Table]filter {
	t.Helper()
	all := map[*nftables.Table]filter{}
	for _, side := range []Side{Cluster, LAN} {
		for _, mode := range []IPv6Mode{IPv6None, IPv6RA} {
			conf := plannedConf()
			conf.DefaultRoute, conf.IPv6 = side, mode
			conf.LANSubnets = []netip.Prefix{prefix("192.168.50.0/24"), prefix("fd00:50::/64")}
			pod := aPod("192.168.2.77/24", "fd00:2::7/64")
			guard, err := port{Name: "veth1", MAC: "02:00:00:00:00:01", Addresses: pod.lan.addresses}.wanted(conf)
			if err != nil || len(guard) != 1 {
				t.Fatalf("guard %v, %v", guard, err)
			}
			all[filterTable("net1-"+string(side)+string(mode))] = wantedFilter(pod, conf)
			all[&nftables.Table{Name: "port-" + string(side) + string(mode), Family: nftables.TableFamilyNetdev}] = guard
		}
	}
	return all
}

// The library that reads our rules would write the same bytes.
func TestBatchSpeaksAsGoogleDoes(t *testing.T) {
	for table, chains := range everyRule(t) {
		var theirs []netlink.Message
		connection, err := nftables.New(nftables.WithTestDial(func(sent []netlink.Message) ([]netlink.Message, error) {
			theirs = append(theirs, sent...)
			return nil, errors.New("no kernel")
		}))
		if err != nil {
			t.Fatal(err)
		}
		connection.AddTable(table)
		for _, chain := range chains {
			made := &nftables.Chain{Name: chain.name, Table: table}
			if chain.hook != nil {
				made.Hooknum, made.Priority, made.Type = chain.hook, nftables.ChainPriorityFilter, nftables.ChainTypeFilter
				made.Device = chain.device
			}
			connection.AddChain(made)
			for _, rule := range chain.rules {
				connection.AddRule(&nftables.Rule{Table: table, Chain: made, Exprs: rule.exprs,
					UserData: userdata.Append(nil, userdata.TypeComment, append([]byte(rule.text), 0))})
			}
		}
		_ = connection.Flush()
		ours := newBatch()
		ours.addTable(table)
		if err := ours.addChains(table, chains, 0); err != nil {
			t.Fatal(err)
		}
		// Theirs ends the transaction with a message of its own.
		messages := messagesOf(t, ours.bytes)
		if len(messages) != len(theirs)-1 || len(messages) < 10 {
			t.Fatalf("%s: %d messages, not %d", table.Name, len(messages), len(theirs)-1)
		}
		for index, message := range messages {
			their := theirs[index]
			if message.Header.Type != their.Header.Type || !bytes.Equal(message.Data, their.Data) {
				t.Errorf("%s, %s:\n% x\nnot\n% x", table.Name, ours.about[index], message.Data, their.Data)
			}
		}
	}
}

func messagesOf(t *testing.T, text []byte) []netlink.Message {
	t.Helper()
	var all []netlink.Message
	for len(text) > 0 {
		length := int(binary.NativeEndian.Uint32(text))
		all = append(all, netlink.Message{
			Header: netlink.Header{Type: netlink.HeaderType(binary.NativeEndian.Uint16(text[4:]))},
			Data:   text[unix.SizeofNlMsghdr:length],
		})
		text = text[aligned(length):]
	}
	return all
}

// What the kernel gives back is what was written, and what it refuses it refuses whole and by name.
func TestBatchInTheKernel(t *testing.T) {
	node := netlab.New(t, "node")
	netlab.Cable(t, node, "veth1", node, "veth2")
	node.Do(t, func() error {
		for table, chains := range everyRule(t) {
			if err := newChains(table, chains); err != nil {
				t.Fatalf("%s: %v", table.Name, err)
			}
			there, err := readChains(table, "")
			if err != nil || len(there) != len(chains) {
				t.Fatalf("%s: %d chains of %d, %v", table.Name, len(there), len(chains), err)
			}
			if difference := chains.differs(there); difference != "" {
				t.Errorf("%s: %s", table.Name, difference)
			}
			if err := newChains(table, chains); !errors.Is(err, unix.EEXIST) {
				t.Errorf("%s, made again: %v", table.Name, err)
			}
			astray := filterChain{name: "astray", rules: []filterRule{{text: "nowhere",
				exprs: []expr.Any{&expr.Verdict{Kind: expr.VerdictGoto, Chain: "nobody"}}}}}
			if err := replaceChain(table, there, append(slices.Clone(chains[:1]), astray)); !errors.Is(err, unix.ENOENT) {
				t.Errorf("%s, with a way to what is not there: %v", table.Name, err)
			} else {
				wantError(t, err, "nf_tables, rule nowhere")
			}
			if there, err = readChains(table, ""); err != nil || len(there) != len(chains) || chains.differs(there) != "" {
				t.Errorf("%s: a transaction that failed left %v, %v", table.Name, chains.differs(there), err)
			}
			// Another writer has removed what was seen there, or made what was not.
			for name, seen := range map[string]filter{"gone": append(slices.Clone(chains), filterChain{name: "nobody"}), "come": nil} {
				if err := replaceChain(table, seen, chains); err != nil {
					t.Errorf("%s, with a chain that has %s: %v", table.Name, name, err)
				}
				if there, err = readChains(table, ""); err != nil || len(there) != len(chains) || chains.differs(there) != "" {
					t.Errorf("%s, with a chain that has %s: %v, %v", table.Name, name, chains.differs(there), err)
				}
			}
		}
		return nil
	})
	// Nobody may who lacks the capability; here, who is in a namespace of another's.
	if _, err := net.InterfaceByName("veth1"); err == nil {
		t.Error("the test's own namespace has the interface: this test was in the wrong one")
	}
}

func TestAnswersOfTheKernel(t *testing.T) {
	b := newBatch()
	b.addTable(portTable)
	answer := func(sequence uint32, kind uint16, number int32, length uint32) []byte {
		text := binary.NativeEndian.AppendUint32(nil, length)
		text = binary.NativeEndian.AppendUint16(text, kind)
		text = append(binary.NativeEndian.AppendUint32(append(text, 0, 0), sequence), 0, 0, 0, 0)
		text = binary.NativeEndian.AppendUint32(text, uint32(-number))
		return append(text, make([]byte, 16)...)
	}
	const whole = 36
	for name, c := range map[string]struct {
		answers []byte
		done    bool
		says    string
	}{
		"to the last message":    {answer(2, unix.NLMSG_ERROR, 0, whole), true, ""},
		"to another":             {answer(1, unix.NLMSG_ERROR, 0, whole), false, ""},
		"of another kind":        {answer(2, unix.NLMSG_NOOP, 0, whole), false, ""},
		"nothing":                {nil, false, ""},
		"refused as a whole":     {answer(1, unix.NLMSG_ERROR, int32(unix.EPERM), whole), false, "the transaction: operation not permitted"},
		"refused before the end": {append(answer(1, unix.NLMSG_ERROR, int32(unix.ENOMEM), whole), answer(2, unix.NLMSG_ERROR, 0, whole)...), false, "cannot allocate"},
		"a message refused":      {answer(2, unix.NLMSG_ERROR, int32(unix.EEXIST), whole), false, "table route-fix: file exists"},
		"of nobody's number":     {answer(77, unix.NLMSG_ERROR, int32(unix.EIO), whole), false, "the transaction: input/output"},
		"of a wrong length":      {answer(2, unix.NLMSG_ERROR, 0, 400), false, "wrong length"},
		"of no length":           {answer(2, unix.NLMSG_ERROR, 0, 0), false, "wrong length"},
	} {
		done, err := b.read(c.answers, 2)
		if done != c.done || (err == nil) != (c.says == "") {
			t.Errorf("%s: %v, %v", name, done, err)
		}
		if c.says != "" {
			wantError(t, err, c.says)
		}
	}
}

// A process with NET_ADMIN can send to any socket of its namespace.
func TestAnswersOfAProcess(t *testing.T) {
	netlab.New(t, "node").Do(t, func() error {
		open := func(patience time.Duration) int {
			socket, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_NETFILTER)
			if err == nil {
				t.Cleanup(func() { _ = unix.Close(socket) })
				limit := unix.NsecToTimeval(patience.Nanoseconds())
				err = errors.Join(unix.SetsockoptTimeval(socket, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit),
					unix.Bind(socket, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}))
			}
			if err != nil {
				t.Fatal(err)
			}
			return socket
		}
		asking, lying := open(100*time.Millisecond), open(0)
		where, err := unix.Getsockname(asking)
		if err != nil {
			return err
		}
		b := newBatch()
		b.addTable(portTable)
		lie := binary.NativeEndian.AppendUint32(nil, 36)
		lie = binary.NativeEndian.AppendUint16(lie, unix.NLMSG_ERROR)
		lie = binary.NativeEndian.AppendUint32(append(lie, 0, 0), 2)
		if err := unix.Sendto(lying, append(lie, make([]byte, 24)...), 0, where); err != nil {
			return err
		}
		if err := b.await(asking, 2); !errors.Is(err, unix.EAGAIN) {
			t.Errorf("it took the answer of a process: %v", err)
		}
		return nil
	})
}
