// Command flatlan-cni is the CNI plugins of flatlan, route-fix and lan-dhcp, by the name that it is called by. A container
// runtime starts one for each verb, and what a start costs goes by the size of the program: so this one has nothing of the
// agent, whose HTTP and TLS alone are a third of an ADD. docs/node-contract.md says what each does.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/flatlan/flatlan/cni/internal/landhcp"
	"github.com/flatlan/flatlan/cni/internal/routefix"
)

const usage = `flatlan-cni is CNI plugins: call it as route-fix or lan-dhcp.
usage: flatlan-cni route-fix
       flatlan-cni lan-dhcp [daemon [flags]]
`

func main() {
	name, args := filepath.Base(os.Args[0]), os.Args[1:]
	if name == "flatlan-cni" && len(args) > 0 {
		name, args = args[0], args[1:]
	}
	switch name {
	case "route-fix":
		os.Exit(routefix.Main(args))
	case "lan-dhcp":
		os.Exit(landhcp.Main(args))
	}
	fmt.Fprint(os.Stderr, usage)
	os.Exit(2)
}
