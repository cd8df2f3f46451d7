package routefix

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"github.com/google/nftables/userdata"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// filterTable is a table of its own for each interface: two attachments do not meddle with each other, and none with what
// a pod or a service mesh has in its namespace.
func filterTable(ifName string) *nftables.Table {
	return &nftables.Table{Name: "route-fix-" + ifName, Family: nftables.TableFamilyINet}
}

// lookAtFilter reads the table of the namespace of the calling thread; nil where there is none.
func lookAtFilter(ifName string) (filter, error) { return readChains(filterTable(ifName), "") }

// readChains reads a table's chains, or the one of that name.
func readChains(table *nftables.Table, name string) (filter, error) {
	connection, err := nftables.New(nftables.AsLasting())
	if err != nil {
		return nil, err
	}
	defer func() { _ = connection.CloseLasting() }()
	all, err := connection.ListChainsOfTableFamily(table.Family)
	if err != nil {
		return nil, err
	}
	off, err := isDormant(connection, table)
	if err != nil {
		return nil, err
	}
	var found filter
	for _, chain := range all {
		if chain.Table.Name != table.Name || name != "" && chain.Name != name {
			continue
		}
		rules, err := connection.GetRules(table, chain)
		if err != nil {
			return nil, err
		}
		seen := filterChain{name: chain.Name, hook: chain.Hooknum, dormant: off}
		for _, rule := range rules {
			seen.rules = append(seen.rules, readRule(rule))
		}
		found = append(found, seen)
	}
	return found, nil
}

// isDormant tells whether the table is dormant: the kernel does not run its chains.
func isDormant(connection *nftables.Conn, table *nftables.Table) (bool, error) {
	tables, err := connection.ListTablesOfFamily(table.Family)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(tables, func(there *nftables.Table) bool {
		// google/nftables v0.3.0 (tableFromMsg) takes them in the machine's order of bytes.
		flags := binary.BigEndian.Uint32(binary.NativeEndian.AppendUint32(nil, there.Flags))
		return there.Name == table.Name && flags&unix.NFT_TABLE_F_DORMANT != 0
	}), nil
}

// readRule takes what a rule has counted out of it: a rule that has met something is still the same rule.
func readRule(rule *nftables.Rule) filterRule {
	seen := filterRule{exprs: rule.Exprs, text: strings.TrimRight(string(userdata.Get(rule.UserData, userdata.TypeComment)), "\x00")}
	for _, one := range seen.exprs {
		if counter, ok := one.(*expr.Counter); ok {
			seen.packets = counter.Packets
			*counter = expr.Counter{}
		}
	}
	return seen
}

// writeFilter puts the table in place of what is there, in one transaction of the kernel. An empty one removes it.
func writeFilter(ifName string, wanted filter) error {
	changes, table := newBatch(), filterTable(ifName)
	// To remove what may not be there is an error, to add what may be there is none.
	changes.addTable(table)
	changes.removeTable(table)
	if len(wanted) > 0 {
		changes.addTable(table)
		if err := changes.addChains(table, wanted, 0); err != nil {
			return err
		}
	}
	return changes.commit()
}

// replaceChain does the same with the chains of a table that others have chains in. What has come or gone since somebody
// looked there makes no difference.
func replaceChain(table *nftables.Table, there, wanted filter) error {
	// By itself: to wake a dormant table and to give it chains is too much for one transaction (nf_tables_addchain).
	wake := newBatch()
	wake.addTable(table)
	if err := wake.commit(); err != nil {
		return err
	}
	changes := newBatch()
	changes.addTable(table)
	// Those that lead to others go before them.
	for _, chain := range slices.Backward(slices.Concat(wanted, there)) {
		changes.addChain(table, filterChain{name: chain.name}, 0)
		changes.removeChain(table, chain.name)
	}
	if err := changes.addChains(table, wanted, 0); err != nil {
		return err
	}
	return changes.commit()
}

// newChains is for chains that are not there yet; else it changes nothing, and the error is EEXIST.
func newChains(table *nftables.Table, wanted filter) error {
	changes := newBatch()
	changes.addTable(table)
	if err := changes.addChains(table, wanted, unix.NLM_F_EXCL); err != nil {
		return err
	}
	return changes.commit()
}

func (b *batch) addChains(table *nftables.Table, chains filter, flags int) error {
	for _, chain := range chains {
		b.addChain(table, chain, flags)
		for _, rule := range chain.rules {
			if err := b.addRule(table, chain.name, rule); err != nil {
				return err
			}
		}
	}
	return nil
}

// compareFilter is one change: the table is replaced as a whole.
func compareFilter(v view, w wanted) []change {
	replace := func(*netlink.Handle) error {
		if err := writeFilter(v.lan.name, w.filter); err != nil {
			return fmt.Errorf("the filter of what leaves by %s: %w; it needs nf_tables with connection tracking and reject (modules "+
				"nf_tables, nft_ct, nft_reject_inet): load them, or set egressFilter to false, which makes the LAN's router a way "+
				"around every NetworkPolicy", v.lan.name, err)
		}
		return nil
	}
	switch {
	case len(w.filter) == 0 && len(v.filter) == 0:
		return nil
	case v.noFilter != nil:
		return []change{{problem: fmt.Sprintf("the filter of what leaves by %s cannot be read: %v", v.lan.name, v.noFilter), do: replace}}
	case len(w.filter) == 0:
		return []change{{problem: "left over filter of what leaves by " + v.lan.name, do: replace}}
	case len(v.filter) == 0:
		return []change{{problem: "missing filter of what leaves by " + v.lan.name, do: replace}}
	}
	if difference := w.filter.differs(v.filter); difference != "" {
		return []change{{problem: fmt.Sprintf("the filter of what leaves by %s: %s", v.lan.name, difference), do: replace}}
	}
	return nil
}
