// Package multus brings Multus' configuration onto a node and keeps its credentials fresh. Upstream's thin entrypoint
// writes the token once at start when it is given a configuration file (multus-cni v4.3.0, cmd/thin_entrypoint).
package multus

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/flatlan/flatlan/cni/internal/atomicfile"
	"github.com/flatlan/flatlan/cni/internal/kube"
)

const (
	confName       = "0-multus.conf"
	kubeconfigName = "multus.d/multus.kubeconfig"
)

// A kubeconfig file with the token and the certificates in it: Multus runs on the host, without access to the pod's files.
type kubeconfig struct {
	APIVersion     string        `json:"apiVersion"`
	Kind           string        `json:"kind"`
	Clusters       []cluster     `json:"clusters"`
	Users          []user        `json:"users"`
	Contexts       []kubeContext `json:"contexts"`
	CurrentContext string        `json:"current-context"`
}

type cluster struct {
	Name    string `json:"name"`
	Cluster struct {
		Server string `json:"server"`
		CA     []byte `json:"certificate-authority-data"`
	} `json:"cluster"`
}

type user struct {
	Name string `json:"name"`
	User struct {
		Token string `json:"token"`
	} `json:"user"`
}

type kubeContext struct {
	Name    string `json:"name"`
	Context struct {
		Cluster string `json:"cluster"`
		User    string `json:"user"`
	} `json:"context"`
}

// The file is JSON, which is YAML too: nothing needs quoting by hand.
func render(server string, credentials kube.Credentials) ([]byte, error) {
	config := kubeconfig{APIVersion: "v1", Kind: "Config", CurrentContext: "multus"}
	local, account, both := cluster{Name: "local"}, user{Name: "multus"}, kubeContext{Name: "multus"}
	local.Cluster.Server, local.Cluster.CA = server, credentials.CA
	account.User.Token = credentials.Token
	both.Context.Cluster, both.Context.User = local.Name, account.Name
	config.Clusters, config.Users, config.Contexts = []cluster{local}, []user{account}, []kubeContext{both}
	text, err := json.MarshalIndent(config, "", "  ")
	return append(text, '\n'), err
}

// writeKubeconfig writes the file unless it is already up to date, and reports whether it did.
func writeKubeconfig(confDir string, account kube.Account) (bool, error) {
	credentials, err := account.Read()
	if err != nil {
		return false, err
	}
	text, err := render(account.Server, credentials)
	if err != nil {
		return false, err
	}
	path := filepath.Join(confDir, kubeconfigName)
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, text) {
		return false, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return false, err
	}
	if err := atomicfile.Write(path, text, 0o600); err != nil {
		return false, fmt.Errorf("cannot write Multus' credentials: %w", err)
	}
	return true, nil
}
