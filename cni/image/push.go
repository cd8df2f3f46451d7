package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// push publishes what build wrote: the image under a tag, the bills of materials as what refers to it. Who may is read
// from the configuration that `docker login` writes.
func push(from, to, tag string) error {
	path, err := layout.FromPath(filepath.Join(from, "oci"))
	if err != nil {
		return fmt.Errorf("%s holds no image: %w; build it first", from, err)
	}
	root, err := path.ImageIndex()
	if err != nil {
		return err
	}
	manifest, err := root.IndexManifest()
	if err != nil {
		return err
	}
	repository, err := name.NewRepository(to)
	if err != nil {
		return fmt.Errorf("--to %q is not a repository: %w", to, err)
	}
	auth := remote.WithAuthFromKeychain(authn.DefaultKeychain)
	for _, descriptor := range manifest.Manifests {
		if err := pushOne(root, repository, descriptor, tag, auth); err != nil {
			return err
		}
	}
	return nil
}

func pushOne(root v1.ImageIndex, repository name.Repository, descriptor v1.Descriptor, tag string, auth remote.Option) error {
	if descriptor.MediaType.IsIndex() {
		all, err := root.ImageIndex(descriptor.Digest)
		if err != nil {
			return err
		}
		if tag == "" {
			tag = descriptor.Annotations["org.opencontainers.image.ref.name"]
		}
		if err := remote.WriteIndex(repository.Tag(tag), all, auth); err != nil {
			return fmt.Errorf("%s:%s was not published: %w", repository, tag, err)
		}
		fmt.Printf("%s@%s\n", repository, descriptor.Digest)
		return nil
	}
	attachment, err := root.Image(descriptor.Digest)
	if err != nil {
		return err
	}
	// By digest: what refers to an image needs no name.
	err = remote.Write(repository.Digest(descriptor.Digest.String()), attachment, auth)
	if err != nil {
		return errors.Join(fmt.Errorf("the bill of materials %s was not published", descriptor.Digest), err)
	}
	return nil
}
