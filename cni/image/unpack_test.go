package main

import (
	"archive/tar"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
)

// A built image, unpacked once.
type built struct {
	v1.Image
	files members
}

// newTool is the command that people run, without the race detector: with it compression takes ten times as long.
func newTool(t *testing.T) string {
	t.Helper()
	tool := filepath.Join(t.TempDir(), "tool")
	command := exec.Command("go", "build", "-o", tool, ".")
	if said, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	return tool
}

func build(t *testing.T, tool, folder, out string, env ...string) {
	t.Helper()
	command := exec.Command(tool, "build", "--version", version, "--out", out)
	command.Dir = folder
	command.Env = append(os.Environ(), env...)
	if said, err := command.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, said)
	}
}

func newBuilder(t *testing.T, folder string) builder {
	t.Helper()
	return builder{folder: folder, version: version, architectures: architectures, progress: io.Discard}
}

func here(t *testing.T) string {
	t.Helper()
	folder, err := os.Getwd()
	must(t, err)
	return folder
}

func imageOf(t *testing.T, out, architecture string) v1.Image {
	t.Helper()
	path, err := layout.FromPath(filepath.Join(out, "oci"))
	must(t, err)
	root, err := path.ImageIndex()
	must(t, err)
	list, err := root.IndexManifest()
	must(t, err)
	index, err := root.ImageIndex(list.Manifests[0].Digest)
	must(t, err)
	manifest, err := index.IndexManifest()
	must(t, err)
	for _, found := range manifest.Manifests {
		if found.Platform.Architecture == architecture {
			image, err := index.Image(found.Digest)
			must(t, err)
			return image
		}
	}
	t.Fatalf("no image for %s", architecture)
	return nil
}

type member struct {
	*tar.Header
	data []byte
}

type members map[string]member

// names are those of files, links and empty folders.
func (m members) names() []string {
	var all []string
	for name, file := range m {
		full := slices.ContainsFunc(m.keys(), func(other string) bool { return other != name && strings.HasPrefix(other, name) })
		if file.Typeflag != tar.TypeDir || !full {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

func (m members) keys() []string {
	var all []string
	for name := range m {
		all = append(all, name)
	}
	return all
}

func extract(t *testing.T, image v1.Image) members {
	t.Helper()
	stream := mutate.Extract(image)
	defer stream.Close()
	return readTar(t, stream)
}

func readTar(t *testing.T, stream io.Reader) members {
	t.Helper()
	files := members{}
	reader := tar.NewReader(stream)
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		must(t, err)
		data, err := io.ReadAll(reader)
		must(t, err)
		name := header.Name
		if header.Typeflag == tar.TypeDir {
			name = strings.TrimSuffix(name, "/") + "/"
		}
		files[name] = member{header, data}
	}
}

// unpack writes the image's programs and links; links that lead to the image's root lead to this one's.
func unpack(t *testing.T, image *built, root string) {
	t.Helper()
	for name, file := range image.files {
		target := filepath.Join(root, name)
		must(t, os.MkdirAll(filepath.Dir(target), 0o755))
		switch file.Typeflag {
		case tar.TypeReg:
			must(t, os.WriteFile(target, file.data, fs.FileMode(file.Mode)))
		case tar.TypeSymlink:
			must(t, os.Symlink(filepath.Join(root, file.Linkname), target))
		}
	}
}

func programsOf(t *testing.T, image *built) map[string][]byte {
	t.Helper()
	programs := map[string][]byte{}
	for name, file := range image.files {
		if file.Typeflag == tar.TypeReg && file.Mode == 0o755 {
			programs[name] = file.data
		}
	}
	if len(programs) != 2+len(plugins) {
		t.Fatalf("%d programs", len(programs))
	}
	return programs
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	must(t, err)
	return string(text)
}

func command(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	command := exec.Command(name, args...)
	command.Env = append(os.Environ(), env...)
	said, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, said)
	}
	return string(said)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
