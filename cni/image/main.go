// Command image makes flatlan's container image without a container engine and without a registry: Go builds the
// programs, this puts them into layers. The same sources and the same Go give the same digest.
//
//	go run . build --version 0.1.0 --out ../../build/image
//	go run . push --from ../../build/image --to ghcr.io/flatlan/node
//	go run . digest --of registry.k8s.io/kubectl:v1.36.3
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
)

const usage = `usage: image build --version VERSION --out DIR [--only ARCHITECTURE]
       image push --from DIR --to REPOSITORY [--tag TAG]
       image digest --of IMAGE
`

var errUsage = errors.New("usage")

func main() {
	switch err := run(os.Args[1:]); {
	case errors.Is(err, errUsage):
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return errUsage
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	switch args[0] {
	case "build":
		version := flags.String("version", "", "version of flatlan, as in package.json")
		out := flags.String("out", "", "folder to write; what is there is replaced")
		only := flags.String("only", "", "one architecture, for the nodes of a test (default amd64 and arm64)")
		if flags.Parse(args[1:]) != nil || *version == "" || *out == "" || flags.NArg() > 0 {
			return errUsage
		}
		wanted := architectures
		if *only != "" {
			if !slices.Contains(architectures, *only) {
				return fmt.Errorf("no image for %q: there are %v", *only, architectures)
			}
			wanted = []string{*only}
		}
		folder, err := os.Getwd()
		if err != nil {
			return err
		}
		return builder{folder: folder, version: *version, architectures: wanted, progress: os.Stderr}.build(*out)
	case "push":
		from := flags.String("from", "", "folder that build wrote")
		to := flags.String("to", "", "repository, for instance ghcr.io/flatlan/node")
		tag := flags.String("tag", "", "tag (default the image's version)")
		if flags.Parse(args[1:]) != nil || *from == "" || *to == "" || flags.NArg() > 0 {
			return errUsage
		}
		return push(*from, *to, *tag)
	case "digest":
		of := flags.String("of", "", "image with its tag")
		if flags.Parse(args[1:]) != nil || *of == "" || flags.NArg() > 0 {
			return errUsage
		}
		found, err := digestOf(*of)
		if err == nil {
			fmt.Println(found)
		}
		return err
	}
	return errUsage
}
