package main

import (
	"fmt"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// digestOf asks a registry for the current digest of a reference: `sha256:` and 64 hexadecimal digits, of the index where an
// image has several platforms.
func digestOf(of string) (string, error) {
	reference, err := name.ParseReference(of)
	if err != nil {
		return "", fmt.Errorf("--of %q is not an image: %w", of, err)
	}
	found, err := remote.Head(reference, remote.WithAuthFromKeychain(authn.DefaultKeychain))
	if err != nil {
		return "", fmt.Errorf("the digest of %s is not to be had: %w", of, err)
	}
	return found.Digest.String(), nil
}
