package multus

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/flatlan/flatlan/cni/internal/cniconf"
)

// secondMultus refuses a folder in which somebody else installed Multus: two of them take each other for the cluster's
// network (multus-cni#353, #1089).
func secondMultus(folder string, files []cniconf.File) error {
	var problems []error
	for _, file := range files {
		if file.Name == confName {
			continue
		}
		if slices.ContainsFunc(file.Conf.Types(), func(name string) bool { return strings.HasPrefix(name, "multus") }) {
			problems = append(problems, fmt.Errorf("%s configures Multus too; uninstall that Multus, remove the file from the node, and this pod goes on",
				filepath.Join(folder, file.Name)))
		}
	}
	return errors.Join(problems...)
}

// hasNetwork says whether a list of that name is there, as Multus will look for it.
func hasNetwork(files []cniconf.File, name string) bool {
	return slices.ContainsFunc(files, func(file cniconf.File) bool {
		return file.Damaged == nil && filepath.Ext(file.Name) == ".conflist" && file.Conf.Name == name && len(file.Conf.Plugins) > 0
	})
}

// checkConf refuses a configuration that would break every pod of the node.
func checkConf(path string, text []byte, hostConfDir string) error {
	var conf cniconf.Conf
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
