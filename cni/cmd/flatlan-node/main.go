// Command flatlan-node is everything that flatlan runs on a node, in one static binary. It takes its role from the name
// it is called by (route-fix, lan-dhcp), else from its first argument; docs/node-contract.md lists them.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/flatlan/flatlan/cni/internal/agent"
	"github.com/flatlan/flatlan/cni/internal/healer"
	"github.com/flatlan/flatlan/cni/internal/install"
	"github.com/flatlan/flatlan/cni/internal/landhcp"
	"github.com/flatlan/flatlan/cni/internal/multus"
	"github.com/flatlan/flatlan/cni/internal/routefix"
	"github.com/flatlan/flatlan/cni/internal/version"
)

// A role gets the arguments after its own name and answers with the exit status.
type role struct {
	name string
	does string
	run  func(args []string) int
}

var roles = []role{
	{"route-fix", "CNI plugin: LAN traffic by the LAN interface, everything else by the cluster's", routefix.Main},
	{"lan-dhcp", "IPAM plugin: addresses from the house's DHCP server; `lan-dhcp daemon` keeps them", landhcp.Main},
	{"agent", "serves DHCP for pods, repairs their routes, looks at the node, tells people", agent.Main},
	{"install", "copies the CNI plugins into the node's folder", install.Main},
	{"multus", "brings Multus' configuration onto the node, keeps its credentials fresh", multus.Main},
	{"healer", "deletes pods that run without an attachment they asked for", healer.Main},
	{"version", "says which flatlan, plugins and Go", version.Main},
}

func main() {
	name, args := filepath.Base(os.Args[0]), os.Args[1:]
	if role, ok := find(name); ok {
		os.Exit(role.run(args))
	}
	if len(args) > 0 {
		if role, ok := find(args[0]); ok {
			os.Exit(role.run(args[1:]))
		}
	}
	fmt.Fprint(os.Stderr, usage())
	os.Exit(2)
}

func find(name string) (role, bool) {
	for _, role := range roles {
		if role.name == name {
			return role, true
		}
	}
	return role{}, false
}

func usage() string {
	var text strings.Builder
	text.WriteString("usage: flatlan-node <command> [flags]\n\n")
	for _, role := range roles {
		fmt.Fprintf(&text, "  %-12s %s\n", role.name, role.does)
	}
	return text.String()
}
