package preflight

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"

	"github.com/flatlan/flatlan/cni/internal/dump"
)

// How deep jumps between chains may nest: the kernel's own limit (NFT_JUMP_STACK_SIZE).
const deepest = 16

// A protocol is one of the two whose bridged frames go through FORWARD chains as if they were routed, where br_netfilter
// is told so: by Kubernetes' wish for IPv4, and with it mostly for IPv6. Docker 27 and ufw let both drop by default
// (moby/moby#48365); without IPv6 pods have neither router advertisements nor Matter.
type protocol struct {
	check, name string
	// The sysctl below net/bridge, iptables' program, and the file with its tables of the old kind.
	call, program, legacy string
	family                nftables.TableFamily
	number                byte // NFPROTO_
}

var protocols = []protocol{
	{Forward, "IPv4", "bridge-nf-call-iptables", "iptables", "/proc/net/ip_tables_names", nftables.TableFamilyIPv4, unix.NFPROTO_IPV4},
	{Forward6, "IPv6", "bridge-nf-call-ip6tables", "ip6tables", "/proc/net/ip6_tables_names", nftables.TableFamilyIPv6, unix.NFPROTO_IPV6},
}

// forwarding is what may block bridged frames of a protocol.
type forwarding struct {
	protocol
	called bool
	// The tables of iptables-legacy cannot be read here.
	hasLegacy bool
	problem   error
	hooked    []chain
}

// A chain is what is read of an nftables chain.
type chain struct {
	name string
	drop bool
	// Rules of the chain, and of every chain of its table by name.
	rules []rule
	table map[string][]rule
}

// A rule: interfaces and protocol that it asks for, whether it asks for anything else, and what it does.
type rule struct {
	interfaces []string
	protocol   byte // 0: any
	bridged    bool
	other      bool
	accept     bool
	drop       bool
	jump       string
}

func lookAtForwarding() []forwarding {
	var all []forwarding
	for _, p := range protocols {
		found := forwarding{protocol: p, called: sysctl("net/bridge/"+p.call) == "1"}
		if found.called {
			names, _ := os.ReadFile(p.legacy)
			found.hasLegacy = slices.Contains(strings.Fields(string(names)), "filter")
			found.hooked, found.problem = hookedChains(p.family)
		}
		all = append(all, found)
	}
	return all
}

func hookedChains(family nftables.TableFamily) ([]chain, error) {
	connection, err := nftables.New()
	if err != nil {
		return nil, err
	}
	all, err := dump.Whole(connection.ListChains)
	if err != nil {
		return nil, err
	}
	var hooked []chain
	for _, candidate := range all {
		if !onForward(candidate, family) {
			continue
		}
		found := chain{name: fmt.Sprintf("%s %s", candidate.Table.Name, candidate.Name), table: map[string][]rule{}}
		found.drop = candidate.Policy != nil && *candidate.Policy == nftables.ChainPolicyDrop
		for _, other := range all {
			if other.Table.Name != candidate.Table.Name || other.Table.Family != candidate.Table.Family {
				continue
			}
			rules, err := dump.Whole(func() ([]*nftables.Rule, error) { return connection.GetRules(other.Table, other) })
			if err != nil {
				return nil, err
			}
			found.table[other.Name] = parse(rules)
		}
		found.rules = found.table[candidate.Name]
		hooked = append(hooked, found)
	}
	return hooked, nil
}

func onForward(c *nftables.Chain, family nftables.TableFamily) bool {
	return c.Hooknum != nil && *c.Hooknum == *nftables.ChainHookForward && c.Type == nftables.ChainTypeFilter &&
		(c.Table.Family == family || c.Table.Family == nftables.TableFamilyINet)
}

func parse(rules []*nftables.Rule) []rule {
	var parsed []rule
	for _, r := range rules {
		parsed = append(parsed, parseRule(r.Exprs))
	}
	return parsed
}

// parseRule understands interface names, the protocol and `-m physdev`; all else makes the rule one that asks for more.
func parseRule(expressions []expr.Any) rule {
	var found rule
	interfaceLoaded, protocolLoaded := false, false
	for _, expression := range expressions {
		switch e := expression.(type) {
		case *expr.Meta:
			interfaceLoaded = slices.Contains([]expr.MetaKey{expr.MetaKeyIIFNAME, expr.MetaKeyOIFNAME,
				expr.MetaKeyBRIIIFNAME, expr.MetaKeyBRIOIFNAME}, e.Key) && !e.SourceRegister
			protocolLoaded = e.Key == expr.MetaKeyNFPROTO && !e.SourceRegister
			found.other = found.other || !interfaceLoaded && !protocolLoaded
		case *expr.Cmp:
			switch {
			case e.Op == expr.CmpOpEq && interfaceLoaded:
				found.interfaces = append(found.interfaces, pattern(e.Data))
			case e.Op == expr.CmpOpEq && protocolLoaded && len(e.Data) == 1:
				found.protocol = e.Data[0]
			default:
				found.other = true
			}
			interfaceLoaded, protocolLoaded = false, false
		case *expr.Match:
			found.bridged = found.bridged || e.Name == "physdev"
			found.other = found.other || e.Name != "physdev" && e.Name != "comment"
		case *expr.Counter:
		case *expr.Verdict:
			found.accept = e.Kind == expr.VerdictAccept
			found.drop = e.Kind == expr.VerdictDrop
			if e.Kind == expr.VerdictJump || e.Kind == expr.VerdictGoto {
				found.jump = e.Chain
			}
		case *expr.Reject:
			found.drop = true
		default:
			found.other = true
		}
	}
	return found
}

// pattern is a name, or the beginning of names with a star: then the kernel compares fewer bytes and no final zero.
func pattern(data []byte) string {
	name := strings.TrimRight(string(data), "\x00")
	if len(name) == len(data) {
		return name + "*"
	}
	return name
}

func fits(pattern, name string) bool {
	if start, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(name, start)
	}
	return pattern == name
}

// meets says whether the rule is for all that the bridge forwards of a protocol.
func (r rule) meets(bridge string, protocol byte) bool {
	return !r.other && (r.protocol == 0 || r.protocol == protocol) && !slices.ContainsFunc(r.interfaces, func(pattern string) bool { return !fits(pattern, bridge) })
}

// verdict follows the rules that are for all frames of the bridge: "accept", "drop", or nothing where none decides.
func (c chain) verdict(rules []rule, bridge string, protocol byte, depth int) string {
	if depth > deepest {
		return ""
	}
	for _, r := range rules {
		if !r.meets(bridge, protocol) {
			continue
		}
		switch {
		case r.accept:
			return "accept"
		case r.drop:
			return "drop"
		case r.jump != "":
			if verdict := c.verdict(c.table[r.jump], bridge, protocol, depth+1); verdict != "" {
				return verdict
			}
		}
	}
	return ""
}

func checkForward(a Attachment, f forwarding) Result {
	result := Result{Check: f.check}
	if !f.called {
		return result
	}
	if f.problem != nil {
		result.Advisory = true
		result.Problem = fmt.Sprintf("%s is 1 and the FORWARD chains of %s cannot be read: %v", f.call, f.name, f.problem)
		result.Remedy = "see that they accept what " + a.Bridge + " forwards"
		return result
	}
	for _, c := range f.hooked {
		verdict := c.verdict(c.rules, a.Bridge, f.number, 0)
		if verdict == "drop" || verdict == "" && c.drop {
			result.Problem = fmt.Sprintf("%s is 1 and chain %s drops what %s forwards of %s", f.call, c.name, a.Bridge, f.name)
			result.Remedy = fmt.Sprintf("let both protocols pass: %s; or sysctl net.bridge.%s=0 where nothing else needs it",
				acceptBridged(a.Bridge), f.call)
			return result
		}
	}
	if f.hasLegacy {
		result.Advisory = true
		result.Problem = fmt.Sprintf("%s is 1 and %s-legacy has rules, which cannot be read here", f.call, f.program)
		result.Remedy = fmt.Sprintf("see that %s-legacy -S FORWARD accepts what %s forwards", f.program, a.Bridge)
	}
	return result
}

// acceptBridged is for both protocols, whichever is missing: they are forgotten together.
func acceptBridged(bridge string) string {
	var commands []string
	for _, p := range protocols {
		commands = append(commands, fmt.Sprintf("%s -I FORWARD -i %s -o %s -j ACCEPT", p.program, bridge, bridge))
	}
	return strings.Join(commands, " and ")
}
