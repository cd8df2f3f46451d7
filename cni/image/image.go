package main

import (
	"fmt"
	"path"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

const (
	repository = "ghcr.io/flatlan/node"
	spdxType   = types.MediaType("application/spdx+json")
)

// A platform is one architecture's image with its bill of materials.
type platform struct {
	architecture string
	image        v1.Image
	sbom         []byte
}

// newPlatform puts programs into two layers: plugins, which change with upstream's releases, and ours.
func (b builder) newPlatform(architecture string, programs []program) (platform, error) {
	lower, upper := tree{}, tree{}
	for _, p := range programs {
		if p.path == nodePath || p.path == cniPath {
			upper[p.path] = entry{mode: 0o755, data: p.data}
			continue
		}
		lower[p.path] = entry{mode: 0o755, data: p.data}
	}
	// The installer follows them: on the node these are files.
	for _, name := range []string{"route-fix", "lan-dhcp"} {
		upper[pluginFolder+name] = entry{target: "/" + cniPath}
	}
	// So that a network namespace has the same path in the container and on the host.
	upper["run"], upper["var/run"] = entry{folder: true}, entry{target: "/run"}
	texts, err := b.licences(programs)
	if err != nil {
		return platform{}, err
	}
	for name, text := range texts {
		upper[name] = text
	}
	image, err := assemble(b.version, architecture, lower, upper)
	if err != nil {
		return platform{}, err
	}
	digest, err := image.Digest()
	if err != nil {
		return platform{}, err
	}
	bill, err := sbom(b.version, architecture, digest, programs)
	return platform{architecture, image, bill}, err
}

func assemble(version, architecture string, trees ...tree) (v1.Image, error) {
	image, err := mutate.ConfigFile(mutate.MediaType(empty.Image, types.OCIManifestSchema1), &v1.ConfigFile{
		Architecture: architecture,
		OS:           "linux",
		Created:      v1.Time{Time: epoch},
		Config: v1.Config{
			Entrypoint: []string{"/flatlan-node"},
			WorkingDir: "/",
			Labels:     labels(version),
		},
		RootFS: v1.RootFS{Type: "layers"},
	})
	if err != nil {
		return nil, err
	}
	image = mutate.ConfigMediaType(image, types.OCIConfigJSON)
	for _, tree := range trees {
		layer, err := tree.layer()
		if err != nil {
			return nil, err
		}
		image, err = mutate.Append(image, mutate.Addendum{Layer: layer, History: v1.History{
			Created: v1.Time{Time: epoch}, CreatedBy: "flatlan cni/image"}})
		if err != nil {
			return nil, err
		}
	}
	return image, nil
}

func labels(version string) map[string]string {
	return map[string]string{
		"org.opencontainers.image.title":       "flatlan node",
		"org.opencontainers.image.description": "What flatlan runs on a node: CNI plugins, DHCP for pods, Multus' credentials",
		"org.opencontainers.image.source":      "https://github.com/flatlan/flatlan",
		"org.opencontainers.image.version":     version,
		"org.opencontainers.image.licenses":    "Apache-2.0",
	}
}

// index is the image for all architectures.
func index(version string, platforms []platform) v1.ImageIndex {
	all := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, p := range platforms {
		all = mutate.AppendManifests(all, mutate.IndexAddendum{Add: p.image, Descriptor: v1.Descriptor{
			Platform: &v1.Platform{OS: "linux", Architecture: p.architecture}}})
	}
	annotated, _ := mutate.Annotations(all, labels(version)).(v1.ImageIndex)
	return annotated
}

// attachment is a bill of materials as an artifact that refers to its image (OCI distribution-spec 1.1, referrers).
func (p platform) attachment() (v1.Image, error) {
	subject, err := partial.Descriptor(p.image)
	if err != nil {
		return nil, err
	}
	artifact, err := mutate.Append(mutate.MediaType(empty.Image, types.OCIManifestSchema1), mutate.Addendum{
		Layer: static.NewLayer(p.sbom, spdxType),
		Annotations: map[string]string{
			"org.opencontainers.image.title": "sbom-linux-" + p.architecture + ".spdx.json",
		},
	})
	if err != nil {
		return nil, err
	}
	referring, ok := mutate.Subject(mutate.ConfigMediaType(artifact, spdxType),
		v1.Descriptor{MediaType: subject.MediaType, Size: subject.Size, Digest: subject.Digest}).(v1.Image)
	if !ok {
		return nil, fmt.Errorf("%s: no artifact", p.architecture)
	}
	return referring, nil
}

func sbomFile(folder, architecture string) string {
	return filepath.Join(folder, "sbom-linux-"+architecture+".spdx.json")
}

func archiveName(version string) string { return path.Base(repository) + "-" + version + ".oci.tar" }
