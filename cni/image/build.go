package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
)

// What a registry takes for a tag (OCI distribution-spec 1.1).
var tagForm = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$`)

// build writes, all at once:
//
//	oci/                          the image as an OCI layout, with the bills of materials that refer to it
//	node-<version>.oci.tar        the same as one file: ctr -n k8s.io images import
//	sbom-linux-<arch>.spdx.json   the bills of materials
//	digest                        of the image; digest-linux-<arch> of one architecture's
func (b builder) build(out string) error {
	if !tagForm.MatchString(b.version) {
		return fmt.Errorf("version %q is not a valid image tag; take letters, digits and . _ -", b.version)
	}
	out, err := filepath.Abs(out)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return err
	}
	work, err := os.MkdirTemp(filepath.Dir(out), ".image-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	result := filepath.Join(work, "result")
	digest, err := b.write(filepath.Join(work, "programs"), result)
	if err != nil {
		return err
	}
	if err := os.RemoveAll(out); err != nil {
		return err
	}
	if err := os.Rename(result, out); err != nil {
		return err
	}
	fmt.Printf("%s:%s@%s\n%s\n", repository, b.version, digest, filepath.Join(out, archiveName(b.version)))
	return nil
}

func (b builder) write(programsFolder, result string) (v1.Hash, error) {
	var platforms []platform
	for _, architecture := range b.architectures {
		programs, err := b.compile(architecture, programsFolder)
		if err != nil {
			return v1.Hash{}, err
		}
		made, err := b.newPlatform(architecture, programs)
		if err != nil {
			return v1.Hash{}, err
		}
		platforms = append(platforms, made)
	}
	return writeResult(b.version, platforms, result)
}

func writeResult(version string, platforms []platform, result string) (v1.Hash, error) {
	all := index(version, platforms)
	digest, err := all.Digest()
	if err != nil {
		return v1.Hash{}, err
	}
	// Importers expect one image in an archive, so the bills of materials are only in the layout.
	alone := filepath.Join(result, ".alone")
	problems := []error{
		writeLayout(version, all, platforms, filepath.Join(result, "oci")),
		writeLayout(version, all, nil, alone),
		archive(alone, filepath.Join(result, archiveName(version))),
		os.RemoveAll(alone),
		os.WriteFile(filepath.Join(result, "digest"), []byte(digest.String()+"\n"), 0o644),
	}
	for _, p := range platforms {
		platformDigest, err := p.image.Digest()
		problems = append(problems, err, os.WriteFile(sbomFile(result, p.architecture), p.sbom, 0o644),
			os.WriteFile(filepath.Join(result, "digest-linux-"+p.architecture), []byte(platformDigest.String()+"\n"), 0o644))
	}
	return digest, errors.Join(problems...)
}

func writeLayout(version string, all v1.ImageIndex, attached []platform, folder string) error {
	path, err := layout.Write(folder, empty.Index)
	if err != nil {
		return err
	}
	// containerd names an imported image by the first, other tools by the second.
	names := layout.WithAnnotations(map[string]string{
		"io.containerd.image.name":          repository + ":" + version,
		"org.opencontainers.image.ref.name": version,
	})
	if err := path.AppendIndex(all, names); err != nil {
		return err
	}
	for _, p := range attached {
		attachment, err := p.attachment()
		if err != nil {
			return err
		}
		if err := path.AppendImage(attachment); err != nil {
			return err
		}
	}
	return nil
}

// archive is a layout as a tar, with the same bytes for the same layout.
func archive(folder, file string) error {
	contents := tree{}
	err := filepath.WalkDir(folder, func(path string, found fs.DirEntry, err error) error {
		if err != nil || found.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, path)
		contents[filepath.ToSlash(name)] = entry{mode: 0o644, data: data}
		return err
	})
	if err != nil {
		return err
	}
	data, err := contents.archive()
	if err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o644)
}
