package routefix

import (
	"encoding/binary"
	"fmt"

	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// Netlink attributes: length and type in native byte order, nf_tables' numbers in network byte order, padded to
// multiples of four bytes (linux/netlink.h). nested marks an attribute that contains others.
const nested = unix.NLA_F_NESTED

func aligned(length int) int { return (length + unix.NLA_ALIGNTO - 1) &^ (unix.NLA_ALIGNTO - 1) }

// open begins an attribute and returns its offset for close.
func (b *batch) open(kind uint16) int {
	place := len(b.bytes)
	b.bytes = binary.NativeEndian.AppendUint16(b.bytes, 0)
	b.bytes = binary.NativeEndian.AppendUint16(b.bytes, kind)
	return place
}

func (b *batch) close(place int) {
	length := len(b.bytes) - place
	binary.NativeEndian.PutUint16(b.bytes[place:], uint16(length))
	for range aligned(length) - length {
		b.bytes = append(b.bytes, 0)
	}
}

func (b *batch) data(kind uint16, value ...byte) {
	place := b.open(kind)
	b.bytes = append(b.bytes, value...)
	b.close(place)
}

func (b *batch) text(kind uint16, value string) {
	place := b.open(kind)
	b.bytes = append(append(b.bytes, value...), 0)
	b.close(place)
}

func (b *batch) number(kind uint16, value uint32) {
	place := b.open(kind)
	b.bytes = binary.BigEndian.AppendUint32(b.bytes, value)
	b.close(place)
}

func (b *batch) value(kind uint16, value []byte) {
	place := b.open(kind | nested)
	b.data(unix.NFTA_DATA_VALUE, value...)
	b.close(place)
}

// expression encodes the expressions that our rules consist of; TestBatchSpeaksAsGoogleDoes compares every rule.
func (b *batch) expression(one expr.Any) error {
	element := b.open(unix.NFTA_LIST_ELEM | nested)
	named := func(name string) int {
		b.text(unix.NFTA_EXPR_NAME, name)
		return b.open(unix.NFTA_EXPR_DATA | nested)
	}
	var data int
	switch one := one.(type) {
	case *expr.Meta:
		data = named("meta")
		b.number(unix.NFTA_META_KEY, uint32(one.Key))
		b.number(unix.NFTA_META_DREG, one.Register)
	case *expr.Ct:
		data = named("ct")
		b.number(unix.NFTA_CT_KEY, uint32(one.Key))
		b.number(unix.NFTA_CT_DREG, one.Register)
	case *expr.Payload:
		data = named("payload")
		b.number(unix.NFTA_PAYLOAD_DREG, one.DestRegister)
		b.number(unix.NFTA_PAYLOAD_BASE, uint32(one.Base))
		b.number(unix.NFTA_PAYLOAD_OFFSET, one.Offset)
		b.number(unix.NFTA_PAYLOAD_LEN, one.Len)
	case *expr.Exthdr:
		data = named("exthdr")
		b.number(unix.NFTA_EXTHDR_DREG, one.DestRegister)
		b.data(unix.NFTA_EXTHDR_TYPE, one.Type)
		b.number(unix.NFTA_EXTHDR_OFFSET, one.Offset)
		b.number(unix.NFTA_EXTHDR_LEN, one.Len)
		b.number(unix.NFTA_EXTHDR_OP, uint32(one.Op))
		b.number(unix.NFTA_EXTHDR_FLAGS, one.Flags)
	case *expr.Bitwise:
		data = named("bitwise")
		b.number(unix.NFTA_BITWISE_SREG, one.SourceRegister)
		b.number(unix.NFTA_BITWISE_DREG, one.DestRegister)
		b.number(unix.NFTA_BITWISE_LEN, one.Len)
		b.value(unix.NFTA_BITWISE_MASK, one.Mask)
		b.value(unix.NFTA_BITWISE_XOR, one.Xor)
	case *expr.Cmp:
		data = named("cmp")
		b.number(unix.NFTA_CMP_SREG, one.Register)
		b.number(unix.NFTA_CMP_OP, uint32(one.Op))
		b.value(unix.NFTA_CMP_DATA, one.Data)
	case *expr.Counter:
		data = named("counter")
		b.data(unix.NFTA_COUNTER_BYTES, 0, 0, 0, 0, 0, 0, 0, 0)
		b.data(unix.NFTA_COUNTER_PACKETS, 0, 0, 0, 0, 0, 0, 0, 0)
	case *expr.Reject:
		data = named("reject")
		b.number(unix.NFTA_REJECT_TYPE, one.Type)
		b.data(unix.NFTA_REJECT_ICMP_CODE, one.Code)
	case *expr.Verdict:
		data = named("immediate")
		b.number(unix.NFTA_IMMEDIATE_DREG, unix.NFT_REG_VERDICT)
		immediate := b.open(unix.NFTA_IMMEDIATE_DATA | nested)
		verdict := b.open(unix.NFTA_DATA_VERDICT | nested)
		b.number(unix.NFTA_VERDICT_CODE, uint32(one.Kind))
		if one.Chain != "" {
			b.text(unix.NFTA_VERDICT_CHAIN, one.Chain)
		}
		b.close(verdict)
		b.close(immediate)
	default:
		return fmt.Errorf("nf_tables: no rule of ours has an expression %T", one)
	}
	b.close(data)
	b.close(element)
	return nil
}
