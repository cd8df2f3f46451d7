// Package version says which flatlan this is.
package version

import (
	"fmt"
	"runtime"
)

// Version is set by the build of the image (-X).
var Version = "dev"

// Plugins is the version of containernetworking/plugins that the image carries; cni/image/go.mod pins the same.
const Plugins = "v1.9.1"

// Main is `flatlan-node version`.
func Main([]string) int {
	fmt.Printf("flatlan-node %s, plugins %s, %s %s/%s\n", Version, Plugins, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return 0
}
