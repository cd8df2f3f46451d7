// Package cniconf reads a node's folder of CNI configurations as the runtime does.
package cniconf

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// A Conf is what is read of a configuration, a list or a single plugin.
type Conf struct {
	CNIVersion     string `json:"cniVersion"`
	Name           string `json:"name"`
	Type           string `json:"type"`
	Kubeconfig     string `json:"kubeconfig"`
	ClusterNetwork string `json:"clusterNetwork"`
	Plugins        []Conf `json:"plugins"`
}

// Types are those of all its plugins.
func (c Conf) Types() []string {
	found := []string{c.Type}
	for _, plugin := range c.Plugins {
		found = append(found, plugin.Type)
	}
	return found
}

// A File of the folder; damaged if it is not valid JSON (it may be half written).
type File struct {
	Name    string
	Conf    Conf
	Damaged error
}

// Files are those that libcni takes for configurations (ConfFiles of containernetworking/cni, libcni/conf.go), by name:
// the runtime takes the first.
func Files(folder string) ([]File, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("cannot read the CNI conf folder: %w; mount the node's there", err)
	}
	var files []File
	for _, entry := range entries {
		if !slices.Contains([]string{".conf", ".conflist", ".json"}, filepath.Ext(entry.Name())) || entry.IsDir() {
			continue
		}
		file := File{Name: entry.Name()}
		text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = json.Unmarshal(text, &file.Conf)
		}
		file.Damaged = err
		files = append(files, file)
	}
	return files, nil
}
