package multus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/flatlan/flatlan/cni/internal/atomicfile"
	"github.com/flatlan/flatlan/cni/internal/cniconf"
	"github.com/flatlan/flatlan/cni/internal/kube"
)

// Gate installs Multus' configuration once the cluster's network is there. Before that a pod would start with neither.
//
//	wait for a *.conflist called Network ──> multus.d/multus.kubeconfig ──> 0-multus.conf
//	     │ another Multus: refused
type Gate struct {
	ConfDir     string
	HostConfDir string
	Conf        string
	Network     string
	Account     kube.Account
	// How long to wait; 0 means forever.
	Timeout time.Duration
	Log     *slog.Logger
	// How often to check, and how often to log that it still waits.
	poll, remind time.Duration
}

// Run ends when both files are in place.
func (g Gate) Run(ctx context.Context) error {
	text, err := os.ReadFile(g.Conf)
	if err != nil {
		return fmt.Errorf("no configuration to install: %w; mount the chart's ConfigMap there", err)
	}
	if err := errors.Join(checkConf(g.Conf, text, g.HostConfDir), g.Account.Check()); err != nil {
		return err
	}
	if err := g.wait(ctx); err != nil {
		return err
	}
	if err := atomicfile.RemovePartials(g.ConfDir); err != nil {
		return err
	}
	if _, err := writeKubeconfig(g.ConfDir, g.Account); err != nil {
		return err
	}
	path := filepath.Join(g.ConfDir, confName)
	if err := atomicfile.Write(path, text, 0o600); err != nil {
		return fmt.Errorf("cannot install Multus' configuration: %w", err)
	}
	g.Log.Info("Multus is configured", "conf", path)
	return nil
}

func (g Gate) wait(ctx context.Context) error {
	if g.Timeout > 0 {
		var cancel func()
		ctx, cancel = context.WithTimeoutCause(ctx, g.Timeout,
			fmt.Errorf("after %s no *.conflist in %s is called %s; see why the cluster's network is not installed", g.Timeout, g.ConfDir, g.Network))
		defer cancel()
	}
	poll, remind := time.NewTicker(cmp.Or(g.poll, time.Second)), time.NewTicker(cmp.Or(g.remind, 30*time.Second))
	defer poll.Stop()
	defer remind.Stop()
	for {
		files, err := cniconf.Files(g.ConfDir)
		if err == nil {
			err = secondMultus(g.ConfDir, files)
		}
		if err != nil {
			return err
		}
		if hasNetwork(files, g.Network) {
			return nil
		}
		select {
		case <-ctx.Done():
			if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
				return cause
			}
			// If this init container exited with success, the next one would start.
			return errors.New("ended while it waited for the cluster's network; nothing is installed")
		case <-remind.C:
			g.report(files)
		case <-poll.C:
		}
	}
}

func (g Gate) report(files []cniconf.File) {
	var names []string
	for _, file := range files {
		names = append(names, file.Name)
		if file.Damaged != nil {
			g.Log.Warn("a configuration cannot be read", "file", file.Name, "error", file.Damaged.Error())
		}
	}
	g.Log.Info("waiting for the cluster's network", "folder", g.ConfDir, "network", g.Network, "files", names)
}
