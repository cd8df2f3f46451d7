package main

import (
	"archive/tar"
	"bytes"
	"debug/buildinfo"
	"debug/elf"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

const version = "0.0.0-test"

// One image is built for all tests: that takes a minute or two where Go's cache is cold.
func TestImage(t *testing.T) {
	out := filepath.Join(t.TempDir(), "image")
	tool := newTool(t)
	build(t, tool, here(t), out)
	images := map[string]*built{}
	for _, architecture := range architectures {
		image := imageOf(t, out, architecture)
		images[architecture] = &built{Image: image, files: extract(t, image)}
	}
	t.Run("files", func(t *testing.T) { written(t, out, images) })
	t.Run("contents", func(t *testing.T) { contents(t, images) })
	t.Run("config", func(t *testing.T) { config(t, images) })
	t.Run("static", func(t *testing.T) { withoutLoader(t, images) })
	t.Run("runs", func(t *testing.T) { runs(t, images) })
	t.Run("sbom", func(t *testing.T) { bills(t, out, images) })
	t.Run("licences", func(t *testing.T) { licenceTexts(t, images) })
	t.Run("archive", func(t *testing.T) { oneImage(t, out) })
	t.Run("push", func(t *testing.T) { published(t, out) })
	t.Run("again", func(t *testing.T) { again(t, tool, out) })
}

// The table of docs/node-contract.md.
func contents(t *testing.T, images map[string]*built) {
	for architecture, image := range images {
		files := image.files
		var outside []string
		for _, name := range files.names() {
			if !strings.HasPrefix(name, "licenses/") {
				outside = append(outside, name)
			}
		}
		want := []string{"LICENSE", "NOTICE", "flatlan-cni", "flatlan-node", "opt/flatlan/cni/bridge", "opt/flatlan/cni/host-local",
			"opt/flatlan/cni/lan-dhcp", "opt/flatlan/cni/portmap", "opt/flatlan/cni/route-fix", "opt/flatlan/cni/static",
			"opt/flatlan/cni/tuning", "run/", "var/run"}
		if !slices.Equal(outside, want) {
			t.Errorf("%s holds %v", architecture, outside)
		}
		for link, target := range map[string]string{"var/run": "/run", "opt/flatlan/cni/lan-dhcp": "/flatlan-cni", "opt/flatlan/cni/route-fix": "/flatlan-cni"} {
			if got := files[link].Linkname; got != target {
				t.Errorf("%s: %s leads to %q", architecture, link, got)
			}
		}
		for name, file := range files {
			program := name == nodePath || name == cniPath || (strings.HasPrefix(name, pluginFolder) && file.Typeflag == tar.TypeReg)
			if file.Uid != 0 || file.Gid != 0 || !file.ModTime.Equal(epoch) || (file.Mode == 0o755) != program && file.Typeflag == tar.TypeReg {
				t.Errorf("%s: %s has owner %d:%d, time %s, mode %o", architecture, name, file.Uid, file.Gid, file.ModTime, file.Mode)
			}
		}
	}
}

func config(t *testing.T, images map[string]*built) {
	for architecture, image := range images {
		file, err := image.ConfigFile()
		must(t, err)
		if file.Architecture != architecture || file.OS != "linux" || !slices.Equal(file.Config.Entrypoint, []string{"/flatlan-node"}) ||
			file.Config.Labels["org.opencontainers.image.version"] != version {
			t.Errorf("%s: %+v", architecture, file)
		}
	}
}

func withoutLoader(t *testing.T, images map[string]*built) {
	machines := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}
	for architecture, image := range images {
		for name, data := range programsOf(t, image) {
			file, err := elf.NewFile(bytes.NewReader(data))
			must(t, err)
			if file.Machine != machines[architecture] {
				t.Errorf("%s: %s is for %s", architecture, name, file.Machine)
			}
			libraries, err := file.ImportedLibraries()
			if err != nil || len(libraries) > 0 || slices.ContainsFunc(file.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
				t.Errorf("%s: %s needs a loader or %v (%v)", architecture, name, libraries, err)
			}
		}
	}
}

// What this machine can run says what it is, and installs itself as a node's plugins.
func runs(t *testing.T, images map[string]*built) {
	image, ok := images[runtime.GOARCH]
	if !ok {
		t.Skipf("the image has no programs for %s; run the test on %v", runtime.GOARCH, architectures)
	}
	root := t.TempDir()
	unpack(t, image, root)
	node := filepath.Join(root, nodePath)
	upstream, err := newBuilder(t, here(t)).pluginsVersion()
	must(t, err)
	said := command(t, nil, node, "version")
	for _, want := range []string{version, upstream, runtime.Version()} {
		if !strings.Contains(said, want) {
			t.Errorf("version says %q, not %s", said, want)
		}
	}
	bin := t.TempDir()
	command(t, nil, node, "install", "--from", filepath.Join(root, "opt/flatlan/cni"), "--to", bin)
	for _, plugin := range plugins {
		name := path.Base(plugin)
		about := command(t, []string{"CNI_COMMAND="}, filepath.Join(bin, name))
		if !strings.Contains(about, upstream) {
			t.Errorf("%s calls itself %q", name, about)
		}
	}
	must(t, filepath.WalkDir(bin, func(file string, found fs.DirEntry, err error) error {
		if err == nil && !found.IsDir() && !found.Type().IsRegular() {
			t.Errorf("%s is installed as %s", file, found.Type())
		}
		return err
	}))
}

// What Go wrote into each program stands in the bill, and upstream's sources are those that the checksum database knows.
func bills(t *testing.T, out string, images map[string]*built) {
	for architecture, image := range images {
		text, err := os.ReadFile(sbomFile(out, architecture))
		must(t, err)
		var doc document
		must(t, json.Unmarshal(text, &doc))
		related := map[relationship]bool{}
		for _, r := range doc.Relationships {
			related[r] = true
		}
		ids := map[string]string{}
		for _, p := range doc.Packages {
			if ids[p.SPDXID] != "" {
				t.Errorf("%s twice", p.SPDXID)
			}
			ids[p.SPDXID] = p.Name + "@" + p.Version
		}
		digest, err := image.Digest()
		must(t, err)
		if doc.Packages[0].Checksums[0].Value != digest.Hex {
			t.Errorf("%s: the bill is about %s", architecture, doc.Packages[0].Checksums[0].Value)
		}
		programs := programsOf(t, image)
		if len(programs) != len(doc.Files) {
			t.Errorf("%s: %d programs, %d in the bill", architecture, len(programs), len(doc.Files))
		}
		for name, data := range programs {
			info, err := buildinfo.Read(bytes.NewReader(data))
			must(t, err)
			for _, module := range info.Deps {
				want := relationship{"SPDXRef-file-" + path.Base(name), "DEPENDS_ON", moduleID(module)}
				if !related[want] || ids[want.To] != module.Path+"@"+module.Version {
					t.Errorf("%s: the bill does not know that %s holds %s %s", architecture, name, module.Path, module.Version)
				}
			}
		}
	}
	verify := exec.Command("go", "mod", "verify")
	verify.Dir = filepath.Join(here(t), "plugins")
	if said, err := verify.CombinedOutput(); err != nil {
		t.Errorf("upstream's sources were changed: %v\n%s", err, said)
	}
}

func licenceTexts(t *testing.T, images map[string]*built) {
	for architecture, image := range images {
		files := image.files
		for name, data := range programsOf(t, image) {
			info, err := buildinfo.Read(bytes.NewReader(data))
			must(t, err)
			for _, module := range info.Deps {
				folder := "licenses/" + module.Path + "@" + module.Version + "/"
				if !slices.ContainsFunc(files.names(), func(file string) bool { return strings.HasPrefix(file, folder) }) {
					t.Errorf("%s: no licence of %s, which %s holds", architecture, module.Path, name)
				}
				if !strings.Contains(string(files["NOTICE"].data), module.Path+" "+module.Version+"\n") {
					t.Errorf("%s: NOTICE does not name %s", architecture, module.Path)
				}
			}
		}
		for _, file := range []string{"LICENSE", "licenses/go/LICENSE"} {
			if len(files[file].data) == 0 {
				t.Errorf("%s: no %s", architecture, file)
			}
		}
	}
}

// The files of which .github/workflows/release.yml and people know the names.
func written(t *testing.T, out string, images map[string]*built) {
	entries, err := os.ReadDir(out)
	must(t, err)
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	want := []string{"digest", "digest-linux-amd64", "digest-linux-arm64", "node-0.0.0-test.oci.tar", "oci",
		"sbom-linux-amd64.spdx.json", "sbom-linux-arm64.spdx.json"}
	if !slices.Equal(names, want) {
		t.Errorf("the build wrote %v", names)
	}
	for architecture, image := range images {
		digest, err := image.Digest()
		must(t, err)
		if got := strings.TrimSpace(read(t, filepath.Join(out, "digest-linux-"+architecture))); got != digest.String() {
			t.Errorf("%s: %s, not %s", architecture, got, digest)
		}
	}
}

// The archive holds the image and nothing that an importer could take for another.
func oneImage(t *testing.T, out string) {
	file, err := os.Open(filepath.Join(out, archiveName(version)))
	must(t, err)
	defer file.Close()
	for name, found := range readTar(t, file) {
		if name != "index.json" {
			continue
		}
		var index v1.IndexManifest
		must(t, json.Unmarshal(found.data, &index))
		if len(index.Manifests) != 1 || index.Manifests[0].Annotations["io.containerd.image.name"] != repository+":"+version {
			t.Errorf("the archive holds %+v", index.Manifests)
		}
		if digest := strings.TrimSpace(read(t, filepath.Join(out, "digest"))); index.Manifests[0].Digest.String() != digest {
			t.Errorf("the archive holds %s, the file says %s", index.Manifests[0].Digest, digest)
		}
		return
	}
	t.Error("no index.json in the archive")
}

func published(t *testing.T, out string) {
	server := httptest.NewServer(registry.New(registry.WithReferrersSupport(true), registry.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	to := strings.TrimPrefix(server.URL, "http://") + "/flatlan/node"
	must(t, push(out, to, ""))
	reference, err := name.ParseReference(to + ":" + version)
	must(t, err)
	index, err := remote.Index(reference)
	must(t, err)
	digest, err := index.Digest()
	must(t, err)
	if want := strings.TrimSpace(read(t, filepath.Join(out, "digest"))); digest.String() != want {
		t.Errorf("published %s, built %s", digest, want)
	}
	if asked, err := digestOf(to + ":" + version); err != nil || asked != digest.String() {
		t.Errorf("asked for the digest: %q, %v; published %s", asked, err, digest)
	}
	if _, err := digestOf(to + ":0"); err == nil || !strings.Contains(err.Error(), "is not to be had") {
		t.Errorf("a tag that is not there: %v", err)
	}
	manifest, err := index.IndexManifest()
	must(t, err)
	for _, image := range manifest.Manifests {
		attached, err := remote.Referrers(reference.Context().Digest(image.Digest.String()))
		must(t, err)
		list, err := attached.IndexManifest()
		must(t, err)
		if len(list.Manifests) != 1 || list.Manifests[0].ArtifactType != string(spdxType) {
			t.Errorf("attached to %s: %+v", image.Platform, list.Manifests)
		}
	}
	if err := push(t.TempDir(), to, ""); err == nil || !strings.Contains(err.Error(), "build it first") {
		t.Errorf("nothing to publish: %v", err)
	}
}

// The same sources in another folder give the same bytes. FLATLAN_LONG also compiles everything anew.
func again(t *testing.T, tool, out string) {
	clone := t.TempDir()
	repository := filepath.Join(here(t), "..", "..")
	must(t, os.CopyFS(filepath.Join(clone, "cni"), os.DirFS(filepath.Join(repository, "cni"))))
	must(t, os.WriteFile(filepath.Join(clone, "LICENSE"), []byte(read(t, filepath.Join(repository, "LICENSE"))), 0o644))
	// What a user's shell may hold must not matter.
	env := []string{"GOFLAGS=-tags=netgo", "GOAMD64=v3", "GOARM64=v9.0", "CGO_ENABLED=1"}
	if os.Getenv("FLATLAN_LONG") == "1" {
		env = append(env, "GOCACHE="+t.TempDir())
	}
	second := filepath.Join(t.TempDir(), "image")
	build(t, tool, filepath.Join(clone, "cni", "image"), second, env...)
	for _, file := range []string{"digest", archiveName(version), "sbom-linux-amd64.spdx.json", "oci/index.json"} {
		if read(t, filepath.Join(out, file)) != read(t, filepath.Join(second, file)) {
			t.Errorf("%s differs", file)
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, args := range [][]string{nil, {"make"}, {"build"}, {"build", "--version", "1"}, {"build", "--version", "1", "--out", "x", "y"}, {"push", "--from", "x"}, {"digest"}, {"digest", "--of", "x", "y"}} {
		if err := run(args); !errors.Is(err, errUsage) {
			t.Errorf("%v: %v", args, err)
		}
	}
	out := filepath.Join(t.TempDir(), "image")
	if err := (builder{folder: here(t), version: "1.0+build", progress: io.Discard}).build(out); err == nil || !strings.Contains(err.Error(), "is not a valid image tag") {
		t.Errorf("a version that is not a valid tag: %v", err)
	}
	if err := run([]string{"build", "--version", "1", "--out", out, "--only", "riscv64"}); err == nil || !strings.Contains(err.Error(), `no image for "riscv64": there are [amd64 arm64]`) {
		t.Errorf("an architecture without an image: %v", err)
	}
	// A build that fails leaves the earlier image and nothing else.
	must(t, os.Mkdir(out, 0o755))
	must(t, os.WriteFile(filepath.Join(out, "digest"), []byte("old"), 0o644))
	if err := (builder{folder: t.TempDir(), version: version, architectures: architectures, progress: io.Discard}).build(out); err == nil {
		t.Error("built from nothing")
	}
	if entries, _ := os.ReadDir(filepath.Dir(out)); len(entries) != 1 || read(t, filepath.Join(out, "digest")) != "old" {
		t.Errorf("left %v", entries)
	}
}

// The program says a version of the plugins; the image carries that one.
func TestVersionOfThePlugins(t *testing.T) {
	upstream, err := newBuilder(t, here(t)).pluginsVersion()
	must(t, err)
	if text := read(t, filepath.Join(here(t), "..", "internal", "version", "version.go")); !strings.Contains(text, `Plugins = "`+upstream+`"`) {
		t.Errorf("internal/version does not say %s", upstream)
	}
}
