package main

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"
)

// architectures of the image; all are Linux.
var architectures = []string{"amd64", "arm64"}

// plugins of containernetworking/plugins that the image carries; image/plugins/go.mod pins their version.
var plugins = []string{"main/bridge", "ipam/host-local", "meta/portmap", "ipam/static", "meta/tuning"}

const (
	ourModule     = "github.com/flatlan/flatlan/cni"
	pluginsModule = "github.com/containernetworking/plugins"
	nodePath      = "flatlan-node"
	cniPath       = "flatlan-cni"
	pluginFolder  = "opt/flatlan/cni/"
)

// A program is one static binary.
type program struct {
	// Its path in the image.
	path string
	data []byte
	info *buildinfo.BuildInfo
}

func (p program) sha256() string {
	sum := sha256.Sum256(p.data)
	return hex.EncodeToString(sum[:])
}

// A source is what a program is built from.
type source struct {
	path    string
	module  string
	pkg     string
	ldflags string
	version string
}

// A builder makes images of one version from one clone.
type builder struct {
	// The folder of this module.
	folder        string
	version       string
	architectures []string
	// Where to report progress.
	progress io.Writer
}

func (b builder) sources() ([]source, error) {
	upstream, err := b.pluginsVersion()
	if err != nil {
		return nil, err
	}
	var all []source
	for _, ours := range []string{nodePath, cniPath} {
		all = append(all, source{
			path:    ours,
			module:  filepath.Dir(b.folder),
			pkg:     "./cmd/" + ours,
			ldflags: "-X " + ourModule + "/internal/version.Version=" + b.version,
			version: b.version,
		})
	}
	for _, plugin := range plugins {
		all = append(all, source{
			path:   pluginFolder + path.Base(plugin),
			module: filepath.Join(b.folder, "plugins"),
			pkg:    pluginsModule + "/plugins/" + plugin,
			// As in upstream's releases, so that the plugin reports its version.
			ldflags: "-X " + pluginsModule + "/pkg/utils/buildversion.BuildVersion=" + upstream,
			version: upstream,
		})
	}
	return all, nil
}

// pluginsVersion reads the version from the only place that defines it.
func (b builder) pluginsVersion() (string, error) {
	file := filepath.Join(b.folder, "plugins", "go.mod")
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == pluginsModule {
			return fields[1], nil
		}
	}
	return "", fmt.Errorf("%s does not require %s", file, pluginsModule)
}

// compile builds all programs for one architecture.
func (b builder) compile(architecture, folder string) ([]program, error) {
	all, err := b.sources()
	if err != nil {
		return nil, err
	}
	var programs []program
	for _, s := range all {
		fmt.Fprintf(b.progress, "linux/%s: %s\n", architecture, path.Base(s.path))
		file := filepath.Join(folder, architecture, filepath.Base(s.path))
		if err := goBuild(s, architecture, file); err != nil {
			return nil, err
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		info, err := buildinfo.Read(bytes.NewReader(data))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		// Go calls the version of a module that it is built in "(devel)".
		info.Main.Version = s.version
		programs = append(programs, program{path: s.path, data: data, info: info})
	}
	return programs, nil
}

// goBuild leaves out all that differs between machines: paths, the state of the clone, the linker's random identifier.
func goBuild(s source, architecture, file string) error {
	command := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-mod=readonly",
		"-ldflags", "-s -w -buildid= "+s.ldflags, "-o", file, s.pkg)
	command.Dir = s.module
	command.Env = environment(architecture)
	output, err := command.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s for linux/%s does not build: %w\n%s", s.pkg, architecture, err, output)
	}
	return nil
}

// environment keeps a user's Go settings from changing the result.
func environment(architecture string) []string {
	set := map[string]string{"CGO_ENABLED": "0", "GOOS": "linux", "GOARCH": architecture, "GOWORK": "off", "GOFLAGS": "",
		"GOAMD64": "v1", "GOARM64": "v8.0", "GOEXPERIMENT": "", "GOFIPS140": "off"}
	var env []string
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if _, ours := set[name]; !ours {
			env = append(env, variable)
		}
	}
	for name, value := range set {
		env = append(env, name+"="+value)
	}
	return env
}

func goVersion() string { return runtime.Version() }
