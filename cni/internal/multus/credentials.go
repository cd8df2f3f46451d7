package multus

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/flatlan/flatlan/cni/internal/atomicfile"
	"github.com/flatlan/flatlan/cni/internal/kube"
)

// Credentials keeps the kubeconfig on the node as fresh as the pod's token, and takes Multus off the node when its
// DaemonSet goes.
type Credentials struct {
	ConfDir string
	Account kube.Account
	// Namespace and name.
	DaemonSet string
	Log       *slog.Logger

	poll, farewell time.Duration
}

// Check refuses settings that cannot work.
func (c Credentials) Check() error {
	if _, _, ok := c.daemonSet(); !ok {
		return fmt.Errorf("--daemonset is %q; give namespace/name", c.DaemonSet)
	}
	return c.Account.Check()
}

func (c Credentials) daemonSet() (namespace, name string, ok bool) {
	namespace, name, ok = strings.Cut(c.DaemonSet, "/")
	return namespace, name, ok && namespace != "" && name != "" && !strings.Contains(name, "/")
}

// Run looks until a signal ends it. The file on the node is compared, not the last one written: whatever changes it is
// put right. A failure is told and tried again, because running pods live on with the old file.
func (c Credentials) Run(ctx context.Context) error {
	ticker := time.NewTicker(orDefault(c.poll, time.Second))
	defer ticker.Stop()
	failed := ""
	for {
		changed, err := writeKubeconfig(c.ConfDir, c.Account)
		switch {
		case err != nil && err.Error() != failed:
			c.Log.Error("Multus' credentials cannot be refreshed", "error", err.Error())
		case changed:
			c.Log.Info("Multus' credentials are refreshed")
		}
		failed = errorText(err)
		select {
		case <-ctx.Done():
			return c.leave()
		case <-ticker.C:
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// leave removes the configuration if the DaemonSet is gone for good. The kubeconfig stays: pods that run need it to stop.
func (c Credentials) leave() error {
	ctx, cancel := context.WithTimeout(context.Background(), orDefault(c.farewell, 3*time.Second))
	defer cancel()
	state := c.ask(ctx)
	log := c.Log.With("daemonset", c.DaemonSet, "because", state.why)
	if !state.gone {
		log.Info("Multus stays on the node")
		return nil
	}
	if err := os.Remove(filepath.Join(c.ConfDir, confName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cannot take Multus off the node: %w; remove the file by hand, or no pod starts here", err)
	}
	log.Info("Multus is off the node: new pods get the cluster's network alone")
	return atomicfile.SyncFolder(c.ConfDir)
}

type daemonSetState struct {
	gone bool
	why  string
}

// ask asks until there is an answer that decides, or the time is over.
//
//	200                  stays
//	200, being deleted   gone
//	404                  gone
//	401, 403 to the end  gone: a release that is uninstalled loses DaemonSet, role and account within the same second,
//	                     and an account without rights makes every ADD of this node fail
//	no answer            stays
func (c Credentials) ask(ctx context.Context) daemonSetState {
	last := daemonSetState{why: "no answer"}
	client, err := kube.New(c.Account)
	if err != nil {
		return daemonSetState{why: err.Error()}
	}
	ticker := time.NewTicker(500 * time.Millisecond)
	defer ticker.Stop()
	for {
		state, decided := c.askOnce(ctx, client)
		if decided {
			return state
		}
		if ctx.Err() == nil {
			last = state
		}
		select {
		case <-ctx.Done():
			return last
		case <-ticker.C:
		}
	}
}

func (c Credentials) askOnce(ctx context.Context, client *kube.Client) (daemonSetState, bool) {
	namespace, name, _ := c.daemonSet()
	var found struct {
		Metadata struct {
			DeletionTimestamp string `json:"deletionTimestamp"`
		} `json:"metadata"`
	}
	err := client.Get(ctx, "/apis/apps/v1/namespaces/"+namespace+"/daemonsets/"+name, nil, &found)
	switch code := kube.Code(err); {
	case err == nil && found.Metadata.DeletionTimestamp != "":
		return daemonSetState{gone: true, why: "it is being deleted"}, true
	case err == nil:
		return daemonSetState{why: "it is there"}, true
	case code == http.StatusNotFound:
		return daemonSetState{gone: true, why: "it is deleted"}, true
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return daemonSetState{gone: true, why: "the account has no rights any more: " + err.Error()}, false
	default:
		return daemonSetState{why: err.Error()}, false
	}
}
