// Command flatlan-node is everything that flatlan runs on a node, in one static binary. It takes its role from the name
// it is called by (route-fix, lan-dhcp), else from its first argument; docs/node-contract.md lists them.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A role gets the arguments after its own name and answers with the exit status.
type role struct {
	name string
	does string
	run  func(args []string) int
}

var roles = []role{}

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
