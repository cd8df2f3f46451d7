// Package kube is a small client of the Kubernetes API for programs that run on every node: plain HTTP and JSON, with
// the fields that are used and no others. client-go with its types costs some 20 MiB of memory in every process.
package kube

import (
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// An Account is the API server's address and the ServiceAccount to use.
type Account struct {
	// https://host:port
	Server string
	// Folder with token and ca.crt, as the kubelet mounts it.
	ServiceAccount string
}

// Flags defines --server and --service-account.
func (a *Account) Flags(flags *flag.FlagSet) {
	flags.StringVar(&a.Server, "server", inClusterServer(), "URL of the API server")
	flags.StringVar(&a.ServiceAccount, "service-account", "/var/run/secrets/kubernetes.io/serviceaccount",
		"folder with token and ca.crt")
}

// inClusterServer is the URL that the kubelet passes to every container.
func inClusterServer() string {
	host, port := os.Getenv("KUBERNETES_SERVICE_HOST"), os.Getenv("KUBERNETES_SERVICE_PORT")
	if host == "" || port == "" {
		return ""
	}
	return "https://" + net.JoinHostPort(host, port)
}

// Check refuses an invalid account.
func (a Account) Check() error {
	if !strings.HasPrefix(a.Server, "https://") {
		return fmt.Errorf("the API server's URL is %q; run in a cluster or give --server https://host:port", a.Server)
	}
	return nil
}

// Credentials are read each time: the kubelet replaces both files while the container runs.
type Credentials struct {
	Token string
	CA    []byte
}

// Read reads token and certificates.
func (a Account) Read() (Credentials, error) {
	token, tokenErr := os.ReadFile(filepath.Join(a.ServiceAccount, "token"))
	ca, caErr := os.ReadFile(filepath.Join(a.ServiceAccount, "ca.crt"))
	if err := errors.Join(tokenErr, caErr); err != nil {
		return Credentials{}, fmt.Errorf("no ServiceAccount: %w; let the pod mount its token (automountServiceAccountToken)", err)
	}
	found := Credentials{Token: strings.TrimSpace(string(token)), CA: ca}
	if found.Token == "" {
		return Credentials{}, fmt.Errorf("the token in %s is empty", a.ServiceAccount)
	}
	return found, nil
}
