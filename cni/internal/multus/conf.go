package multus

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The keys that are read from a CNI configuration, a list or a single plugin.
type netConf struct {
	CNIVersion string    `json:"cniVersion"`
	Name       string    `json:"name"`
	Type       string    `json:"type"`
	Kubeconfig string    `json:"kubeconfig"`
	Plugins    []netConf `json:"plugins"`
}

func (c netConf) types() []string {
	found := []string{c.Type}
	for _, plugin := range c.Plugins {
		found = append(found, plugin.Type)
	}
	return found
}

// A confFile of the folder; damaged if it is not valid JSON (it may be half written).
type confFile struct {
	name    string
	conf    netConf
	damaged error
}

// confFiles are those that libcni takes for configurations (ConfFiles of containernetworking/cni, libcni/conf.go).
func confFiles(folder string) ([]confFile, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("cannot read the CNI conf folder: %w; mount the node's there", err)
	}
	var files []confFile
	for _, entry := range entries {
		if !slices.Contains([]string{".conf", ".conflist", ".json"}, filepath.Ext(entry.Name())) || entry.IsDir() {
			continue
		}
		file := confFile{name: entry.Name()}
		text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = json.Unmarshal(text, &file.conf)
		}
		file.damaged = err
		files = append(files, file)
	}
	return files, nil
}

// secondMultus refuses a folder in which somebody else installed Multus: two of them take each other for the cluster's
// network (multus-cni#353, #1089).
func secondMultus(folder string, files []confFile) error {
	var problems []error
	for _, file := range files {
		if file.name == confName {
			continue
		}
		if slices.ContainsFunc(file.conf.types(), func(name string) bool { return strings.HasPrefix(name, "multus") }) {
			problems = append(problems, fmt.Errorf("%s configures Multus too; uninstall that Multus, remove the file from the node, and this pod goes on",
				filepath.Join(folder, file.name)))
		}
	}
	return errors.Join(problems...)
}

// hasNetwork says whether a list of that name is there, as Multus will look for it.
func hasNetwork(files []confFile, name string) bool {
	return slices.ContainsFunc(files, func(file confFile) bool {
		return file.damaged == nil && filepath.Ext(file.name) == ".conflist" && file.conf.Name == name && len(file.conf.Plugins) > 0
	})
}

// checkConf refuses a configuration that would break every pod of the node.
func checkConf(path string, text []byte, hostConfDir string) error {
	var conf netConf
	if err := json.Unmarshal(text, &conf); err != nil {
		return fmt.Errorf("%s is not a CNI configuration: %w", path, err)
	}
	var problems []error
	if conf.Type != "multus" {
		problems = append(problems, fmt.Errorf("%s: type is %q; it must be multus", path, conf.Type))
	}
	if !slices.Contains([]string{"0.3.0", "0.3.1", "0.4.0", "1.0.0"}, conf.CNIVersion) {
		problems = append(problems, fmt.Errorf("%s: cniVersion is %q; take 1.0.0 (from 1.1.0 on a slow API server makes the node NotReady)",
			path, conf.CNIVersion))
	}
	if want := filepath.Join(hostConfDir, kubeconfigName); conf.Kubeconfig != want {
		problems = append(problems, fmt.Errorf("%s: kubeconfig is %q; with --host-conf-dir %s it must be %s",
			path, conf.Kubeconfig, hostConfDir, want))
	}
	return errors.Join(problems...)
}
