package routefix

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/google/nftables"
	"golang.org/x/sys/unix"
)

// A batch is one transaction of nf_tables (linux/netfilter/nfnetlink.h and nf_tables.h): all of it takes effect at
// once, or nothing does. google/nftables has transactions too, but allocates every attribute and requests an
// acknowledgement of every rule: an ADD, which writes about sixty rules, would spend a quarter of its time there. It is
// used for reading only.
//
//	BEGIN, messages, END ── one sendmsg ──> the kernel commits before sendmsg returns ──> an ACK of the last message,
//	                                                                                     and an error for each invalid one
type batch struct {
	bytes []byte
	// What the messages are about, in their order; the first is BEGIN.
	about []string
	last  int // where the last message begins
}

// Room for a filter or a guard of some thirty rules.
const usualBatch = 16 << 10

// The timeout for the kernel's reply, which is normally there before sendmsg returns.
const answerPatience = 10 * time.Second

func newBatch() *batch {
	b := &batch{bytes: make([]byte, 0, usualBatch)}
	b.begin("the transaction", unix.NFNL_MSG_BATCH_BEGIN, 0, 0, unix.NFNL_SUBSYS_NFTABLES)
	return b
}

// begin opens a message: nlmsghdr in native byte order, nfgenmsg with its last field in network byte order.
func (b *batch) begin(about string, kind, flags uint16, family nftables.TableFamily, resource uint16) {
	b.last = len(b.bytes)
	b.about = append(b.about, about)
	b.bytes = binary.NativeEndian.AppendUint32(b.bytes, 0) // the length: end
	b.bytes = binary.NativeEndian.AppendUint16(b.bytes, kind)
	b.bytes = binary.NativeEndian.AppendUint16(b.bytes, flags|unix.NLM_F_REQUEST)
	b.bytes = binary.NativeEndian.AppendUint32(b.bytes, uint32(len(b.about)))
	b.bytes = binary.NativeEndian.AppendUint32(b.bytes, 0)
	b.bytes = append(b.bytes, byte(family), unix.NFNETLINK_V0)
	b.bytes = binary.BigEndian.AppendUint16(b.bytes, resource)
	b.end()
}

// end sets the length of the last message.
func (b *batch) end() {
	binary.NativeEndian.PutUint32(b.bytes[b.last:], uint32(len(b.bytes)-b.last))
}

func (b *batch) change(about string, kind uint16, flags int, table *nftables.Table) {
	b.begin(about, unix.NFNL_SUBSYS_NFTABLES<<8|kind, uint16(flags), table.Family, 0)
}

func (b *batch) addTable(table *nftables.Table) {
	b.change("table "+table.Name, unix.NFT_MSG_NEWTABLE, unix.NLM_F_CREATE, table)
	b.text(unix.NFTA_TABLE_NAME, table.Name)
	b.number(unix.NFTA_TABLE_FLAGS, 0)
	b.end()
}

func (b *batch) removeTable(table *nftables.Table) {
	b.change("table "+table.Name, unix.NFT_MSG_DELTABLE, 0, table)
	b.text(unix.NFTA_TABLE_NAME, table.Name)
	b.end()
}

// addChain adds a chain with its rules. With NLM_F_EXCL, it must not exist yet.
func (b *batch) addChain(table *nftables.Table, chain filterChain, flags int) {
	b.change("chain "+chain.name, unix.NFT_MSG_NEWCHAIN, unix.NLM_F_CREATE|flags, table)
	b.text(unix.NFTA_CHAIN_TABLE, table.Name)
	b.text(unix.NFTA_CHAIN_NAME, chain.name)
	if chain.hook != nil {
		hook := b.open(unix.NFTA_CHAIN_HOOK | nested)
		b.number(unix.NFTA_HOOK_HOOKNUM, uint32(*chain.hook))
		b.number(unix.NFTA_HOOK_PRIORITY, uint32(*nftables.ChainPriorityFilter))
		if chain.device != "" {
			b.text(unix.NFTA_HOOK_DEV, chain.device)
		}
		b.close(hook)
		b.text(unix.NFTA_CHAIN_TYPE, string(nftables.ChainTypeFilter))
	}
	b.end()
}

func (b *batch) removeChain(table *nftables.Table, name string) {
	b.change("chain "+name, unix.NFT_MSG_DELCHAIN, 0, table)
	b.text(unix.NFTA_CHAIN_TABLE, table.Name)
	b.text(unix.NFTA_CHAIN_NAME, name)
	b.end()
}

// addRule appends a rule to its chain, with a comment in the format of nft (libnftnl/udata.h).
func (b *batch) addRule(table *nftables.Table, chain string, rule filterRule) error {
	b.change("rule "+rule.text, unix.NFT_MSG_NEWRULE, unix.NLM_F_CREATE|unix.NLM_F_APPEND, table)
	b.text(unix.NFTA_RULE_TABLE, table.Name)
	b.text(unix.NFTA_RULE_CHAIN, chain)
	list := b.open(unix.NFTA_RULE_EXPRESSIONS | nested)
	for _, one := range rule.exprs {
		if err := b.expression(one); err != nil {
			return err
		}
	}
	b.close(list)
	const comment = 0
	data := b.open(unix.NFTA_RULE_USERDATA)
	b.bytes = append(b.bytes, comment, byte(len(rule.text)+1))
	b.bytes = append(b.bytes, rule.text...)
	b.bytes = append(b.bytes, 0)
	b.close(data)
	b.end()
	return nil
}

// commit sends it and waits until the kernel has taken it or refused it.
func (b *batch) commit() error {
	header := b.bytes[b.last:]
	flags := binary.NativeEndian.Uint16(header[6:])
	binary.NativeEndian.PutUint16(header[6:], flags|unix.NLM_F_ACK)
	asked := uint32(len(b.about))
	b.begin("the transaction", unix.NFNL_MSG_BATCH_END, 0, 0, unix.NFNL_SUBSYS_NFTABLES)
	socket, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_NETFILTER)
	if err != nil {
		return fmt.Errorf("nf_tables: %w", err)
	}
	defer unix.Close(socket)
	patience := unix.NsecToTimeval(answerPatience.Nanoseconds())
	if err := unix.SetsockoptTimeval(socket, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &patience); err != nil {
		return fmt.Errorf("nf_tables: %w", err)
	}
	kernel := &unix.SockaddrNetlink{Family: unix.AF_NETLINK}
	if err := again(func() error { return unix.Sendto(socket, b.bytes, 0, kernel) }); err != nil {
		return fmt.Errorf("nf_tables: %w", err)
	}
	return b.await(socket, asked)
}

// await reads the kernel's replies. The kernel's port ID is 0 (netlink(7)); messages of other senders are ignored.
func (b *batch) await(socket int, asked uint32) error {
	answer := make([]byte, 4<<10)
	for {
		var length int
		var from unix.Sockaddr
		if err := again(func() (err error) { length, from, err = unix.Recvfrom(socket, answer, 0); return err }); err != nil {
			return fmt.Errorf("nf_tables does not answer: %w", err)
		}
		if sender, ok := from.(*unix.SockaddrNetlink); !ok || sender.Pid != 0 {
			continue
		}
		done, err := b.read(answer[:length], asked)
		if done || err != nil {
			return err
		}
	}
}

// read tells whether all replies have come, or returns the first error.
func (b *batch) read(answers []byte, asked uint32) (done bool, err error) {
	for len(answers) >= unix.SizeofNlMsghdr {
		length := int(binary.NativeEndian.Uint32(answers))
		if length < unix.SizeofNlMsghdr || length > len(answers) {
			return false, errors.New("nf_tables: an answer of a wrong length")
		}
		sequence := binary.NativeEndian.Uint32(answers[8:])
		if binary.NativeEndian.Uint16(answers[4:]) == unix.NLMSG_ERROR && length >= unix.SizeofNlMsghdr+4 {
			if number := -int32(binary.NativeEndian.Uint32(answers[unix.SizeofNlMsghdr:])); number != 0 {
				return false, fmt.Errorf("nf_tables, %s: %w", b.aboutOf(sequence), unix.Errno(number))
			}
			done = done || sequence == asked
		}
		answers = answers[min(aligned(length), len(answers)):]
	}
	return done, nil
}

func (b *batch) aboutOf(sequence uint32) string {
	if sequence == 0 || int(sequence) > len(b.about) {
		return b.about[0]
	}
	return b.about[sequence-1]
}

func again(call func() error) error {
	for {
		if err := call(); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
