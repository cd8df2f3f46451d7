package multus

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flatlan/flatlan/cni/internal/daemonset"
	"github.com/flatlan/flatlan/cni/internal/kube"
	"github.com/flatlan/flatlan/cni/internal/kubetest"
	"github.com/flatlan/flatlan/cni/internal/testenv"
)

// kubeletMount is a folder as the kubelet fills it: token -> ..data/token, ..data -> ..<time>, exchanged by one rename
// (Kubernetes pkg/volume/util/atomic_writer.go).
type kubeletMount struct {
	path   string
	rounds int
}

func mountToken(t *testing.T, token string, ca []byte) *kubeletMount {
	t.Helper()
	m := &kubeletMount{path: t.TempDir()}
	m.swap(t, token, ca)
	for _, name := range []string{"token", "ca.crt"} {
		testenv.Must(t, os.Symlink(filepath.Join("..data", name), filepath.Join(m.path, name)))
	}
	return m
}

func (m *kubeletMount) swap(t *testing.T, token string, ca []byte) {
	t.Helper()
	m.rounds++
	folder := filepath.Join(m.path, "..round-"+strings.Repeat("i", m.rounds))
	testenv.Must(t, os.Mkdir(folder, 0o755))
	write(t, filepath.Join(folder, "token"), token)
	write(t, filepath.Join(folder, "ca.crt"), string(ca))
	link := filepath.Join(m.path, "..data_tmp")
	testenv.Must(t, os.Symlink(filepath.Base(folder), link))
	testenv.Must(t, os.Rename(link, filepath.Join(m.path, "..data")))
}

// node is a node with Multus on it, and the sidecar.
func node(t *testing.T, account kube.Account) Credentials {
	t.Helper()
	folder := t.TempDir()
	write(t, filepath.Join(folder, confName), conf)
	return Credentials{ConfDir: folder, Account: account, DaemonSet: "flatlan-system/flatlan-multus",
		Log: slog.New(slog.NewJSONHandler(io.Discard, nil)), poll: time.Millisecond, farewell: 2 * time.Second}
}

// run starts the sidecar and answers how to end it.
func run(t *testing.T, credentials Credentials) func() {
	t.Helper()
	return testenv.Started(t, bound, credentials.Run)
}

func (c Credentials) token(t *testing.T) string {
	text, err := os.ReadFile(filepath.Join(c.ConfDir, kubeconfigName))
	if err != nil {
		return ""
	}
	var written kubeconfig
	if err := json.Unmarshal(text, &written); err != nil {
		t.Fatalf("half a file was read: %v", err)
	}
	return written.Users[0].User.Token + " " + string(written.Clusters[0].Cluster.CA)
}

func TestTheTokenIsExchanged(t *testing.T) {
	mount := mountToken(t, "first", []byte("ca1"))
	credentials := node(t, kube.Account{Server: "https://127.0.0.1:1", ServiceAccount: mount.path})
	credentials.farewell = time.Millisecond
	end := run(t, credentials)
	testenv.Within(t, bound, "the first token", func() bool { return credentials.token(t) == "first ca1" })
	mount.swap(t, "second", []byte("ca1"))
	testenv.Within(t, bound, "the second token", func() bool { return credentials.token(t) == "second ca1" })
	mount.swap(t, "second", []byte("ca2"))
	testenv.Within(t, bound, "the new certificates", func() bool { return credentials.token(t) == "second ca2" })
	testenv.Must(t, os.Remove(filepath.Join(credentials.ConfDir, kubeconfigName)))
	testenv.Within(t, bound, "a removed file is back", func() bool { return credentials.token(t) == "second ca2" })
	end()
	if got := testenv.Read(t, filepath.Join(credentials.ConfDir, confName)); got != conf {
		t.Errorf("without an answer the configuration must stay: %q", got)
	}
}

func TestATokenThatIsGoneForAMoment(t *testing.T) {
	mount := mountToken(t, "first", []byte("ca"))
	credentials := node(t, kube.Account{Server: "https://127.0.0.1:1", ServiceAccount: mount.path})
	credentials.farewell = time.Millisecond
	heard := make(chan string, 100)
	credentials.Log = slog.New(slog.NewJSONHandler(lines(heard), nil))
	end := run(t, credentials)
	testenv.Within(t, bound, "the token", func() bool { return credentials.token(t) == "first ca" })
	testenv.Must(t, os.Remove(filepath.Join(mount.path, "..data")))
	waitFor(t, heard, "cannot be refreshed")
	if got := credentials.token(t); got != "first ca" {
		t.Errorf("the old credentials are lost: %q", got)
	}
	mount.swap(t, "second", []byte("ca"))
	testenv.Within(t, bound, "the new token", func() bool { return credentials.token(t) == "second ca" })
	end()
}

func TestCredentialsRefuseAWrongName(t *testing.T) {
	for _, name := range []string{"", "flatlan-multus", "/x", "a/", "a/b/c"} {
		err := Credentials{DaemonSet: daemonset.Name(name), Account: kube.Account{Server: "https://a"}}.Check()
		testenv.Fails(t, err, "give namespace/name")
	}
}

// The end of the pod, against a real API server, with the rights of docs/node-contract.md and no others.
func TestEndOfTheDaemonSet(t *testing.T) {
	server := kubetest.Start(t)
	const (
		daemonSets = "/apis/apps/v1/namespaces/flatlan-system/daemonsets/"
		accounts   = "/api/v1/namespaces/flatlan-system/serviceaccounts/"
		bindings   = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/"
	)
	// ends runs the sidecar, does something to the cluster, ends it, and answers whether Multus is still on the node.
	ends := func(t *testing.T, event func(account kube.Account)) bool {
		t.Helper()
		account := server.ServiceAccount(t, "flatlan-system", "flatlan-multus", kubetest.Rule("apps", "daemonsets", "get"))
		server.Apply(t, daemonSets+"flatlan-multus", daemonSet())
		credentials := node(t, account)
		end := run(t, credentials)
		testenv.Within(t, bound, "credentials", func() bool { return credentials.token(t) != "" })
		event(account)
		end()
		if credentials.token(t) == "" {
			t.Error("the credentials are gone, which running pods need to stop")
		}
		_, err := os.Stat(filepath.Join(credentials.ConfDir, confName))
		return err == nil
	}
	for _, c := range []struct {
		name  string
		event func(t *testing.T) func(kube.Account)
		stays bool
	}{
		{"a rolling restart", func(*testing.T) func(kube.Account) { return func(kube.Account) {} }, true},
		{"deleted", func(t *testing.T) func(kube.Account) {
			return func(kube.Account) { server.Delete(t, daemonSets+"flatlan-multus") }
		}, false},
		{"uninstalled: role and account go at the same time", func(t *testing.T) func(kube.Account) {
			return func(kube.Account) {
				server.Delete(t, daemonSets+"flatlan-multus")
				server.Delete(t, bindings+"flatlan-multus")
				server.Delete(t, accounts+"flatlan-multus")
			}
		}, false},
		{"being deleted", func(t *testing.T) func(kube.Account) {
			return func(kube.Account) {
				// As `kubectl delete --cascade=foreground`: the object waits for the garbage collector.
				testenv.Must(t, server.Client.Do(t.Context(), kube.Request{Method: http.MethodDelete, Path: daemonSets + "flatlan-multus",
					Query: map[string][]string{"propagationPolicy": {"Foreground"}}}, nil))
			}
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if stays := ends(t, c.event(t)); stays != c.stays {
				t.Errorf("configuration on the node: %v", stays)
			}
		})
	}
}

// kubectl reads the file as Multus does: both load it with client-go.
func TestKubectlReadsTheKubeconfig(t *testing.T) {
	kubectl := testenv.Tool(t, "kubectl")
	server := kubetest.Start(t)
	account := server.ServiceAccount(t, "flatlan-system", "flatlan-multus", kubetest.Rule("apps", "daemonsets", "get"))
	server.Apply(t, "/apis/apps/v1/namespaces/flatlan-system/daemonsets/flatlan-multus", daemonSet())
	folder := t.TempDir()
	_, err := writeKubeconfig(folder, account)
	testenv.Must(t, err)
	command := exec.Command(kubectl, "--kubeconfig", filepath.Join(folder, kubeconfigName),
		"-n", "flatlan-system", "get", "daemonset", "flatlan-multus", "-o", "name")
	output, err := command.CombinedOutput()
	if err != nil || strings.TrimSpace(string(output)) != "daemonset.apps/flatlan-multus" {
		t.Errorf("%v: %s", err, output)
	}
}

func daemonSet() map[string]any {
	labels := map[string]any{"app": "flatlan-multus"}
	return kubetest.Object("apps/v1", "DaemonSet", "flatlan-system", "flatlan-multus", map[string]any{"spec": map[string]any{
		"selector": map[string]any{"matchLabels": labels},
		"template": map[string]any{
			"metadata": map[string]any{"labels": labels},
			"spec":     map[string]any{"containers": []any{map[string]any{"name": "multus", "image": "example.org/multus:1"}}},
		},
	}})
}
