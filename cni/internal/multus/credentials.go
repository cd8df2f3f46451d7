package multus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/flatlan/flatlan/cni/internal/atomicfile"
	"github.com/flatlan/flatlan/cni/internal/daemonset"
	"github.com/flatlan/flatlan/cni/internal/kube"
)

// Credentials keeps the kubeconfig on the node as fresh as the pod's token, and takes Multus off the node when its
// DaemonSet goes.
type Credentials struct {
	ConfDir   string
	Account   kube.Account
	DaemonSet daemonset.Name
	Log       *slog.Logger

	poll, farewell time.Duration
}

// Check refuses settings that cannot work.
func (c Credentials) Check() error {
	if err := c.DaemonSet.Check(); err != nil {
		return err
	}
	return c.Account.Check()
}

// Run looks until a signal ends it. The file on the node is compared, not the last one written: whatever changes it is
// put right. A failure is told and tried again, because running pods live on with the old file.
func (c Credentials) Run(ctx context.Context) error {
	ticker := time.NewTicker(cmp.Or(c.poll, time.Second))
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
		failed = fmt.Sprint(err)
		select {
		case <-ctx.Done():
			return c.leave()
		case <-ticker.C:
		}
	}
}

// leave removes the configuration if the DaemonSet is gone for good: an account without rights makes every ADD of this node
// fail. The kubeconfig stays: pods that run need it to stop.
func (c Credentials) leave() error {
	ctx, cancel := context.WithTimeout(context.Background(), cmp.Or(c.farewell, 3*time.Second))
	defer cancel()
	state := daemonset.Ask(ctx, c.Account, c.DaemonSet)
	log := c.Log.With("daemonset", c.DaemonSet, "because", state.Why)
	if !state.Gone {
		log.Info("Multus stays on the node")
		return nil
	}
	if err := os.Remove(filepath.Join(c.ConfDir, confName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cannot take Multus off the node: %w; remove the file by hand, or no pod starts here", err)
	}
	log.Info("Multus is off the node: new pods get the cluster's network alone")
	return atomicfile.SyncFolder(c.ConfDir)
}
