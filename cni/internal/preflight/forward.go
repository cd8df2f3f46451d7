package preflight

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
)

// How deep chains may call each other; the kernel's own bound (NFT_JUMP_STACK_SIZE).
const deepest = 16

// forwarding is what may keep bridged frames from passing. With br_netfilter they go through the FORWARD chains of IPv4
// as if they were routed (net.bridge.bridge-nf-call-iptables, 1 where Kubernetes asks for it).
type forwarding struct {
	called bool
	// The tables of iptables' old kind cannot be read here.
	legacy  bool
	problem error
	hooked  []chain
}

// A chain is what is looked at of an nftables chain.
type chain struct {
	name string
	drop bool
	// Rules of the chain, and of every chain of its table by name.
	rules []rule
	table map[string][]rule
}

// A rule: interfaces that it asks for, whether it asks for anything else, and what it does.
type rule struct {
	interfaces []string
	bridged    bool
	other      bool
	accept     bool
	drop       bool
	jump       string
}

func lookAtForwarding() forwarding {
	found := forwarding{called: sysctl("net/bridge/bridge-nf-call-iptables") == "1"}
	if !found.called {
		return found
	}
	names, _ := os.ReadFile("/proc/net/ip_tables_names")
	found.legacy = slices.Contains(strings.Fields(string(names)), "filter")
	found.hooked, found.problem = hookedChains()
	return found
}

func hookedChains() ([]chain, error) {
	connection, err := nftables.New()
	if err != nil {
		return nil, err
	}
	all, err := dump(connection.ListChains)
	if err != nil {
		return nil, err
	}
	var hooked []chain
	for _, candidate := range all {
		if !onForward(candidate) {
			continue
		}
		found := chain{name: fmt.Sprintf("%s %s", candidate.Table.Name, candidate.Name), table: map[string][]rule{}}
		found.drop = candidate.Policy != nil && *candidate.Policy == nftables.ChainPolicyDrop
		for _, other := range all {
			if other.Table.Name != candidate.Table.Name || other.Table.Family != candidate.Table.Family {
				continue
			}
			rules, err := dump(func() ([]*nftables.Rule, error) { return connection.GetRules(other.Table, other) })
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

func onForward(c *nftables.Chain) bool {
	family := c.Table.Family
	return c.Hooknum != nil && *c.Hooknum == *nftables.ChainHookForward && c.Type == nftables.ChainTypeFilter &&
		(family == nftables.TableFamilyIPv4 || family == nftables.TableFamilyINet)
}

func parse(rules []*nftables.Rule) []rule {
	var parsed []rule
	for _, r := range rules {
		parsed = append(parsed, parseRule(r.Exprs))
	}
	return parsed
}

// parseRule understands interface names and `-m physdev`; all else makes the rule one that asks for more.
func parseRule(expressions []expr.Any) rule {
	var found rule
	interfaceLoaded := false
	for _, expression := range expressions {
		switch e := expression.(type) {
		case *expr.Meta:
			interfaceLoaded = slices.Contains([]expr.MetaKey{expr.MetaKeyIIFNAME, expr.MetaKeyOIFNAME,
				expr.MetaKeyBRIIIFNAME, expr.MetaKeyBRIOIFNAME}, e.Key) && !e.SourceRegister
			found.other = found.other || !interfaceLoaded
		case *expr.Cmp:
			if interfaceLoaded && e.Op == expr.CmpOpEq {
				found.interfaces = append(found.interfaces, pattern(e.Data))
			} else {
				found.other = true
			}
			interfaceLoaded = false
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

// meets says whether the rule is for all that the bridge forwards.
func (r rule) meets(bridge string) bool {
	return !r.other && !slices.ContainsFunc(r.interfaces, func(pattern string) bool { return !fits(pattern, bridge) })
}

// verdict follows the rules that are for all frames of the bridge: "accept", "drop", or nothing where none decides.
func (c chain) verdict(rules []rule, bridge string, depth int) string {
	if depth > deepest {
		return ""
	}
	for _, r := range rules {
		if !r.meets(bridge) {
			continue
		}
		switch {
		case r.accept:
			return "accept"
		case r.drop:
			return "drop"
		case r.jump != "":
			if verdict := c.verdict(c.table[r.jump], bridge, depth+1); verdict != "" {
				return verdict
			}
		}
	}
	return ""
}

// checkForward: Docker and ufw let FORWARD drop by default, and pods' frames on the LAN go with it.
func checkForward(a Attachment, h host) Result {
	result := Result{Check: Forward}
	if !h.forward.called {
		return result
	}
	remedy := fmt.Sprintf("let them pass: iptables -I FORWARD -i %s -o %s -j ACCEPT, or sysctl net.bridge.bridge-nf-call-iptables=0 where nothing else needs it",
		a.Bridge, a.Bridge)
	if h.forward.problem != nil {
		result.Advisory = true
		result.Problem = fmt.Sprintf("bridge-nf-call-iptables is 1 and the FORWARD chains cannot be read: %v", h.forward.problem)
		result.Remedy = "see that they accept what " + a.Bridge + " forwards"
		return result
	}
	for _, c := range h.forward.hooked {
		verdict := c.verdict(c.rules, a.Bridge, 0)
		if verdict == "drop" || verdict == "" && c.drop {
			result.Problem = fmt.Sprintf("bridge-nf-call-iptables is 1 and chain %s drops what %s forwards", c.name, a.Bridge)
			result.Remedy = remedy
			return result
		}
	}
	if h.forward.legacy {
		result.Advisory = true
		result.Problem = "bridge-nf-call-iptables is 1 and iptables-legacy has rules, which cannot be read here"
		result.Remedy = "see that iptables-legacy -S FORWARD accepts what " + a.Bridge + " forwards"
	}
	return result
}
