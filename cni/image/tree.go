package main

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// epoch is the timestamp of everything in the image: the same sources give the same image on any day.
var epoch = time.Unix(0, 0).UTC()

// An entry of a layer: a file, a link where target is set, or an empty folder.
type entry struct {
	data   []byte
	mode   int64
	target string
	folder bool
}

// A tree is the content of a layer, by path without a leading slash. Parent folders are implied.
type tree map[string]entry

// archive is a tar with sorted names, root as the owner, and a fixed time.
func (t tree) archive() ([]byte, error) {
	var buffer bytes.Buffer
	writer := tar.NewWriter(&buffer)
	for _, name := range slices.Sorted(maps.Keys(t.folders())) {
		if err := writer.WriteHeader(header(name+"/", tar.TypeDir, 0o755)); err != nil {
			return nil, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(t)) {
		if t[name].folder {
			continue
		}
		if err := t[name].write(writer, name); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	err := writer.Close()
	return buffer.Bytes(), err
}

func (e entry) write(writer *tar.Writer, name string) error {
	if e.target != "" {
		link := header(name, tar.TypeSymlink, 0o777)
		link.Linkname = e.target
		return writer.WriteHeader(link)
	}
	file := header(name, tar.TypeReg, e.mode)
	file.Size = int64(len(e.data))
	if err := writer.WriteHeader(file); err != nil {
		return err
	}
	_, err := writer.Write(e.data)
	return err
}

func (t tree) folders() map[string]bool {
	folders := map[string]bool{}
	for name := range t {
		if t[name].folder {
			folders[name] = true
		}
		for folder := path.Dir(name); folder != "."; folder = path.Dir(folder) {
			folders[folder] = true
		}
	}
	return folders
}

func header(name string, kind byte, mode int64) *tar.Header {
	return &tar.Header{Name: name, Typeflag: kind, Mode: mode, ModTime: epoch, Format: tar.FormatUSTAR}
}

func (t tree) layer() (v1.Layer, error) {
	data, err := t.archive()
	if err != nil {
		return nil, err
	}
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil },
		tarball.WithMediaType(types.OCILayer), tarball.WithCompressionLevel(9), tarball.WithCompressedCaching)
}
