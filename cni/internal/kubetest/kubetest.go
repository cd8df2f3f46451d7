// Package kubetest runs a Kubernetes API server for tests: etcd and kube-apiserver on private ports of 127.0.0.1, in one
// temporary folder. No controllers and no nodes run: objects are checked, stored, and stay as they are.
package kubetest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flatlan/flatlan/cni/internal/kube"
	"github.com/flatlan/flatlan/cni/internal/testenv"
)

const startBound = time.Minute

// A Server is one API server; Client may do everything.
type Server struct {
	URL    string
	Client *kube.Client
	folder string
}

// Start starts a server that ends with the test, however the test ends.
func Start(t testing.TB) *Server {
	t.Helper()
	etcd, apiServer := testenv.Tool(t, "etcd"), testenv.Tool(t, "kube-apiserver")
	folder := t.TempDir()
	ports := freePorts(t, 3)
	token := writeSecrets(t, folder)
	etcdURL, peerURL := "http://127.0.0.1:"+ports[0], "http://127.0.0.1:"+ports[1]
	server := &Server{URL: "https://127.0.0.1:" + ports[2], folder: folder}
	store := start(t, folder, etcd, "--name=test", "--data-dir="+filepath.Join(folder, "etcd"),
		"--listen-client-urls="+etcdURL, "--advertise-client-urls="+etcdURL,
		"--listen-peer-urls="+peerURL, "--initial-advertise-peer-urls="+peerURL, "--initial-cluster=test="+peerURL,
		"--unsafe-no-fsync", "--log-level=warn")
	api := start(t, folder, apiServer, "--etcd-servers="+etcdURL, "--secure-port="+ports[2],
		"--bind-address=127.0.0.1",
		// Otherwise it looks for an address of the machine, and finds none where there is no default route.
		"--advertise-address=127.0.0.1",
		// It would write that address into the endpoints of Service kubernetes, which refuse a loopback address.
		"--endpoint-reconciler-type=none",
		"--cert-dir="+filepath.Join(folder, "certificates"),
		"--service-cluster-ip-range=10.96.0.0/16",
		"--service-account-key-file="+filepath.Join(folder, "service-account.pub"),
		"--service-account-signing-key-file="+filepath.Join(folder, "service-account.key"),
		"--service-account-issuer=https://kubernetes.default.svc",
		"--token-auth-file="+filepath.Join(folder, "tokens.csv"),
		"--authorization-mode=RBAC", "--allow-privileged=true")
	server.waitUntilReady(t, token, store, api)
	return server
}

func (s *Server) waitUntilReady(t testing.TB, token string, processes ...*process) {
	t.Helper()
	deadline := time.Now().Add(startBound)
	var last error
	for time.Now().Before(deadline) {
		for _, process := range processes {
			if process.ended() {
				t.Fatalf("%s ended:\n%s", process.name, process.tail())
			}
		}
		if last = s.ready(token); last == nil {
			return
		}
		// Nothing announces that the server is ready: ask again.
		<-time.After(50 * time.Millisecond)
	}
	t.Fatalf("no API server after %s: %v\n%s", startBound, last, processes[len(processes)-1].tail())
}

func (s *Server) ready(token string) error {
	ca, err := os.ReadFile(filepath.Join(s.folder, "certificates", "apiserver.crt"))
	if err != nil {
		return err
	}
	account, err := s.account("admin", token, ca)
	if err != nil {
		return err
	}
	if s.Client, err = kube.New(account); err != nil {
		return err
	}
	// The namespace is created only after the server reports ready.
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return errors.Join(s.Client.Get(ctx, "/readyz/poststarthook/rbac/bootstrap-roles", nil, nil),
		s.Client.Get(ctx, "/api/v1/namespaces/default", nil, nil))
}

func (s *Server) account(name, token string, ca []byte) (kube.Account, error) {
	folder := filepath.Join(s.folder, "accounts", name)
	return kube.Account{Server: s.URL, ServiceAccount: folder}, errors.Join(os.MkdirAll(folder, 0o700),
		os.WriteFile(filepath.Join(folder, "token"), []byte(token), 0o600),
		os.WriteFile(filepath.Join(folder, "ca.crt"), ca, 0o600))
}

func writeSecrets(t testing.TB, folder string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	private, err := x509.MarshalECPrivateKey(key)
	must(t, err)
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	must(t, err)
	random := make([]byte, 24)
	_, err = rand.Read(random)
	must(t, err)
	token := hex.EncodeToString(random)
	for name, text := range map[string][]byte{
		"service-account.key": pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private}),
		"service-account.pub": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}),
		"tokens.csv":          []byte(token + `,admin,admin,"system:masters"` + "\n"),
	} {
		must(t, os.WriteFile(filepath.Join(folder, name), text, 0o600))
	}
	return token
}

func freePorts(t testing.TB, count int) []string {
	t.Helper()
	var ports []string
	for range count {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		defer listener.Close()
		_, port, err := net.SplitHostPort(listener.Addr().String())
		must(t, err)
		ports = append(ports, port)
	}
	return ports
}

// Apply creates an object, or replaces what is there, by server-side apply with strict fields.
func (s *Server) Apply(t testing.TB, path string, object any) {
	t.Helper()
	must(t, s.Client.Do(t.Context(), kube.Request{
		Method:      http.MethodPatch,
		Path:        path,
		Query:       map[string][]string{"fieldManager": {"test"}, "force": {"true"}, "fieldValidation": {"Strict"}},
		ContentType: "application/apply-patch+yaml",
		Body:        object,
	}, nil))
}

// Delete deletes an object at once.
func (s *Server) Delete(t testing.TB, path string) {
	t.Helper()
	must(t, s.Client.Do(t.Context(), kube.Request{Method: http.MethodDelete, Path: path,
		Query: map[string][]string{"gracePeriodSeconds": {"0"}, "propagationPolicy": {"Background"}}}, nil))
}

// ServiceAccount makes an account with these rules and answers where its token lies, as in a container.
func (s *Server) ServiceAccount(t testing.TB, namespace, name string, rules ...map[string]any) kube.Account {
	t.Helper()
	s.Apply(t, "/api/v1/namespaces/"+namespace, object("v1", "Namespace", "", namespace, nil))
	s.Apply(t, "/api/v1/namespaces/"+namespace+"/serviceaccounts/"+name, object("v1", "ServiceAccount", namespace, name, nil))
	const rbac = "/apis/rbac.authorization.k8s.io/v1/"
	s.Apply(t, rbac+"clusterroles/"+name, object("rbac.authorization.k8s.io/v1", "ClusterRole", "", name, map[string]any{"rules": rules}))
	s.Apply(t, rbac+"clusterrolebindings/"+name, object("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "", name, map[string]any{
		"roleRef":  map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
		"subjects": []any{map[string]any{"kind": "ServiceAccount", "name": name, "namespace": namespace}},
	}))
	ca, err := os.ReadFile(filepath.Join(s.folder, "certificates", "apiserver.crt"))
	must(t, err)
	account, err := s.account(namespace+"-"+name, s.Token(t, namespace, name), ca)
	must(t, err)
	return account
}

// Token asks for a new token of an account.
func (s *Server) Token(t testing.TB, namespace, name string) string {
	t.Helper()
	var answer struct{ Status struct{ Token string } }
	must(t, s.Client.Do(t.Context(), kube.Request{
		Method: http.MethodPost,
		Path:   "/api/v1/namespaces/" + namespace + "/serviceaccounts/" + name + "/token",
		Body:   object("authentication.k8s.io/v1", "TokenRequest", "", "", map[string]any{"spec": map[string]any{"audiences": []string{}}}),
	}, &answer))
	return answer.Status.Token
}

// Rule is one rule of a role.
func Rule(group, resources, verbs string) map[string]any {
	return map[string]any{"apiGroups": []string{group}, "resources": strings.Split(resources, ","), "verbs": strings.Split(verbs, ",")}
}

func object(version, kind, namespace, name string, more map[string]any) map[string]any {
	metadata := map[string]any{"name": name}
	if namespace != "" {
		metadata["namespace"] = namespace
	}
	made := map[string]any{"apiVersion": version, "kind": kind, "metadata": metadata}
	for key, value := range more {
		made[key] = value
	}
	return made
}

// Object is an object with further keys, for Apply.
func Object(version, kind, namespace, name string, more map[string]any) map[string]any {
	return object(version, kind, namespace, name, more)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(fmt.Errorf("test API server: %w", err))
	}
}
