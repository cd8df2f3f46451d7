package routefix

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"reflect"
	"slices"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// A filter limits what leaves by the LAN interface to the LAN. NetworkPolicies do not apply to that interface, so
// without the filter a pod that binds to its LAN address could bypass them through the LAN's router, to the internet
// and to other pods.
//
//	output, forward ── by net1 ──> leave: replies                                accept
//	                                      LAN subnets, lanSubnets, multicast     accept
//	                                      all else                               reject (chain refuse)
//
// It matches the interface and not the source: so it holds for addresses that come by router advertisements, and for a
// socket that is bound to the interface alone. The namespace's connection tracking tells replies from new flows. It
// rejects, so that programs know at once. Each rule says in its comment what it is for.
type filter []filterChain

type filterChain struct {
	name  string
	hook  *nftables.ChainHook // nil: other chains lead here
	rules []filterRule
	// Of which the hook is; empty: of none.
	device string
	// Its table is dormant.
	dormant bool
}

type filterRule struct {
	text    string
	exprs   []expr.Any
	packets uint64 // that met it, where it counts
}

// The chain that decides, and the one that ends what is not let go.
const leave, refuse = "leave", "refuse"

// wantedFilter decides. Where the plan gives the pod its default route by the LAN, only the cluster is kept out.
func wantedFilter(v view, conf Conf) filter {
	if !conf.EgressFilter {
		return nil
	}
	byLAN := []filterRule{{
		text:  "what leaves by " + v.lan.name,
		exprs: with(interfaceIs(v.lan.index), &expr.Verdict{Kind: expr.VerdictGoto, Chain: leave}),
	}}
	return filter{
		{name: refuse, rules: []filterRule{
			// The program knows at once: TCP takes an ICMP error for a passing one while it is connecting (tcp_v4_err).
			{text: "TCP", exprs: with(transportIs(unix.IPPROTO_TCP), &expr.Reject{Type: unix.NFT_REJECT_TCP_RST})},
			{text: "all else", exprs: with(&expr.Reject{Type: unix.NFT_REJECT_ICMPX_UNREACH, Code: unix.NFT_REJECT_ICMPX_ADMIN_PROHIBITED})},
		}},
		{name: leave, rules: leavingRules(v, conf)},
		{name: "output", hook: nftables.ChainHookOutput, rules: byLAN},
		{name: "forward", hook: nftables.ChainHookForward, rules: byLAN},
	}
}

func leavingRules(v view, conf Conf) []filterRule {
	rules := []filterRule{
		{text: "answers", exprs: with(isAnswer, accept)},
		{text: "errors about a flow", exprs: with(isRelated, accept)},
	}
	for _, to := range reachable(v.lan, conf) {
		rules = append(rules, filterRule{text: "to " + to.String(), exprs: with(addressIn(to, destination), accept)})
	}
	if conf.DefaultRoute == LAN {
		for _, subnet := range conf.ClusterSubnets {
			rules = append(rules, filterRule{text: "to the cluster's " + subnet.String(), exprs: with(addressIn(subnet, destination), reject)})
		}
		return rules
	}
	return append(rules, refusedRules(v, conf)...)
}

// reachable are the destinations of allowed new flows.
func reachable(lan link, conf Conf) []netip.Prefix {
	var all []netip.Prefix
	add := func(prefix netip.Prefix) {
		if !slices.Contains(all, prefix) {
			all = append(all, prefix)
		}
	}
	for _, address := range lan.addresses {
		add(address.Masked())
	}
	for _, subnet := range conf.LANSubnets {
		add(subnet)
	}
	for _, prefix := range []netip.Prefix{allMulticast, limitedBroadcast, allMulticast6, allLinkLocal6} {
		add(prefix)
	}
	return all
}

// refusedRules end the chain. Prefixes and routes that routers advertise are not known in advance, so in that mode
// IPv6's routing decides: table main has no default route by this interface (want.go). The tables of the interface's
// own addresses may have one, so all else from those is rejected.
func refusedRules(v view, conf Conf) []filterRule {
	if conf.IPv6 == IPv6None {
		return []filterRule{{text: "all else", exprs: with(reject)}}
	}
	rules := []filterRule{{text: "all else of IPv4", exprs: with(familyIs(unix.NFPROTO_IPV4), reject)}}
	for _, subnet := range conf.ClusterSubnets {
		if subnet.Addr().Is6() {
			rules = append(rules, filterRule{text: "to the cluster's " + subnet.String(), exprs: with(addressIn(subnet, destination), reject)})
		}
	}
	for _, address := range v.lan.of(false) {
		own := single(address)
		rules = append(rules, filterRule{text: "all else from " + own.Addr().String(), exprs: with(addressIn(own, source), reject)})
	}
	return rules
}

const register = 1

// Where an address begins in the headers of IPv4 and IPv6.
type field struct{ v4, v6 uint32 }

var (
	source      = field{12, 8}
	destination = field{16, 24}
)

var (
	accept = []expr.Any{&expr.Verdict{Kind: expr.VerdictAccept}}
	reject = []expr.Any{&expr.Verdict{Kind: expr.VerdictGoto, Chain: refuse}}
	// Not "established": a flow of the pod's own that began before the filter stood would count.
	isAnswer = []expr.Any{
		&expr.Ct{Key: expr.CtKeyDIRECTION, Register: register},
		&expr.Cmp{Op: expr.CmpOpEq, Register: register, Data: []byte{1}}, // IP_CT_DIR_REPLY
	}
	isRelated = []expr.Any{
		&expr.Ct{Key: expr.CtKeySTATE, Register: register},
		&expr.Bitwise{SourceRegister: register, DestRegister: register, Len: 4,
			Mask: binaryutil.NativeEndian.PutUint32(expr.CtStateBitRELATED), Xor: make([]byte, 4)},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: register, Data: make([]byte, 4)},
	}
)

func interfaceIs(index int) []expr.Any {
	return []expr.Any{
		&expr.Meta{Key: expr.MetaKeyOIF, Register: register},
		&expr.Cmp{Op: expr.CmpOpEq, Register: register, Data: binary.NativeEndian.AppendUint32(nil, uint32(index))},
	}
}

func familyIs(family byte) []expr.Any {
	return []expr.Any{
		&expr.Meta{Key: expr.MetaKeyNFPROTO, Register: register},
		&expr.Cmp{Op: expr.CmpOpEq, Register: register, Data: []byte{family}},
	}
}

func transportIs(protocol byte) []expr.Any {
	return []expr.Any{
		&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: register},
		&expr.Cmp{Op: expr.CmpOpEq, Register: register, Data: []byte{protocol}},
	}
}

func addressIn(prefix netip.Prefix, where field) []expr.Any {
	if prefix.Addr().Is6() {
		return append(familyIs(unix.NFPROTO_IPV6), inPrefix(prefix, where.v6)...)
	}
	return append(familyIs(unix.NFPROTO_IPV4), inPrefix(prefix, where.v4)...)
}

func inPrefix(prefix netip.Prefix, offset uint32) []expr.Any {
	length := uint32(prefix.Addr().BitLen() / 8)
	matches := []expr.Any{&expr.Payload{DestRegister: register, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: length}}
	if !prefix.IsSingleIP() {
		matches = append(matches, &expr.Bitwise{SourceRegister: register, DestRegister: register, Len: length,
			Mask: ipNet(prefix).Mask, Xor: make([]byte, length)})
	}
	return append(matches, &expr.Cmp{Op: expr.CmpOpEq, Register: register, Data: prefix.Masked().Addr().AsSlice()})
}

// with joins what a rule asks for and what it does.
func with(parts ...any) []expr.Any {
	var joined []expr.Any
	for _, part := range parts {
		switch part := part.(type) {
		case []expr.Any:
			joined = append(joined, part...)
		case expr.Any:
			joined = append(joined, part)
		}
	}
	return joined
}

// differs names the first difference between the actual and the wanted chains; empty if there is none.
func (f filter) differs(there filter) string {
	for _, chain := range f {
		index := slices.IndexFunc(there, func(c filterChain) bool { return c.name == chain.name })
		if index < 0 {
			return "has no chain " + chain.name
		}
		found := there[index]
		if found.dormant {
			return "its table is dormant"
		}
		if (chain.hook == nil) != (found.hook == nil) || chain.hook != nil && *chain.hook != *found.hook {
			return fmt.Sprintf("chain %s has another hook", chain.name)
		}
		for position, rule := range chain.rules {
			if position >= len(found.rules) || !reflect.DeepEqual(found.rules[position].exprs, rule.exprs) {
				return fmt.Sprintf("chain %s lacks its rule for %q", chain.name, rule.text)
			}
		}
		if len(found.rules) > len(chain.rules) {
			return fmt.Sprintf("chain %s has %d rules too many", chain.name, len(found.rules)-len(chain.rules))
		}
	}
	return ""
}
