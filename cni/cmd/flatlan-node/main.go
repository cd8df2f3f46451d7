// Command flatlan-node is what flatlan runs on a node besides its plugins (cmd/flatlan-cni), in one static binary. Its first
// argument is its role; docs/node-contract.md lists them.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/flatlan/flatlan/cni/internal/agent"
	"github.com/flatlan/flatlan/cni/internal/bridge"
	"github.com/flatlan/flatlan/cni/internal/healer"
	"github.com/flatlan/flatlan/cni/internal/install"
	"github.com/flatlan/flatlan/cni/internal/multus"
	"github.com/flatlan/flatlan/cni/internal/version"
)

// A role gets the arguments after its own name and answers with the exit status.
type role struct {
	name string
	does string
	run  func(args []string) int
}

var roles = []role{
	{"agent", "serves DHCP for pods, repairs their routes, looks at the node, tells people", agent.Main},
	{"install", "copies the CNI plugins into the node's folder", install.Main},
	{"multus", "brings Multus' configuration onto the node, keeps its credentials fresh", multus.Main},
	{"bridge", "keeps the conflist of a node whose pods are on its bridge", bridge.Main},
	{"healer", "deletes pods that run without an attachment they asked for", healer.Main},
	{"version", "says which flatlan, plugins and Go", version.Main},
}

func main() {
	if args := os.Args[1:]; len(args) > 0 {
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
