// Package bridge keeps the conflist of a node whose pods are on its own bridge, each node with a range of the network's
// addresses. Kubernetes has no network before this file is there, so nothing here needs one but the last step.
//
//	each second:  settings ──> this node in the plan? ──> nobody's file before it? ──> bridge with the address? ──> write
//	at the end:   DaemonSet gone for good? ──> remove
package bridge

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/flatlan/flatlan/cni/internal/atomicfile"
	"github.com/flatlan/flatlan/cni/internal/cniconf"
	"github.com/flatlan/flatlan/cni/internal/daemonset"
	"github.com/flatlan/flatlan/cni/internal/kube"
	"github.com/flatlan/flatlan/cni/internal/preflight"
)

// A Keeper keeps one file.
type Keeper struct {
	ConfDir string
	// bridge.json.
	Config    string
	Node      string
	DaemonSet daemonset.Name
	Account   kube.Account
	Log       *slog.Logger

	poll, farewell time.Duration
	// Looks at the node's network.
	look func(map[string]preflight.Attachment) []preflight.Result

	mutex  sync.Mutex
	looked bool
	state  error
}

// Check refuses settings that cannot work.
func (k *Keeper) Check() error {
	if k.Node == "" {
		return errors.New("--node is missing; let the pod have NODE_NAME from spec.nodeName")
	}
	return errors.Join(k.DaemonSet.Check(), k.Account.Check())
}

// Ready is nil once the conflist is in place and the node can carry it.
func (k *Keeper) Ready() error {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if !k.looked {
		return errors.New("it has not looked at the node yet")
	}
	return k.state
}

// Run looks until a signal ends it. What is wrong is told when it changes, and tried again.
func (k *Keeper) Run(ctx context.Context) error {
	if k.look == nil {
		k.look = preflight.Run
	}
	if err := atomicfile.RemovePartials(k.ConfDir); err != nil {
		return fmt.Errorf("cannot use the CNI conf folder: %w; mount the node's there for writing", err)
	}
	ticker := time.NewTicker(cmp.Or(k.poll, time.Second))
	defer ticker.Stop()
	file := ""
	for {
		settings, err := readSettings(k.Config)
		if err == nil {
			file = settings.File
			err = k.keep(settings)
		}
		k.tell(err)
		select {
		case <-ctx.Done():
			return k.leave(file)
		case <-ticker.C:
		}
	}
}

func (k *Keeper) tell(state error) {
	k.mutex.Lock()
	same := k.looked && fmt.Sprint(k.state) == fmt.Sprint(state)
	k.looked, k.state = true, state
	k.mutex.Unlock()
	switch {
	case same:
	case state != nil:
		k.Log.Error("the node's pods lack their network, or will", "node", k.Node, "error", state.Error())
	default:
		k.Log.Info("the node's pods have their network", "node", k.Node)
	}
}

// keep compares the file itself, not the last one written: whatever changes it is put right.
func (k *Keeper) keep(settings Settings) error {
	path := filepath.Join(k.ConfDir, settings.File)
	wanted, known, err := settings.of(k.Node)
	if err != nil {
		return err
	}
	if !known {
		// Addresses that another node may have by now must not be given out here.
		return errors.Join(fmt.Errorf("node %s is not in the plan, so it has no addresses for pods; add it under nodes, or take it out of the cluster", k.Node),
			k.remove(path))
	}
	others, err := othersBefore(k.ConfDir, settings.File, wanted.name)
	if err != nil {
		return err
	}
	problems := errors.Join(append(others, k.lookAt(wanted.own)...)...)
	current, err := os.ReadFile(path)
	if err == nil && bytes.Equal(current, wanted.text) {
		return problems
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if problems != nil {
		return problems
	}
	if err := atomicfile.Write(path, wanted.text, 0o600); err != nil {
		return fmt.Errorf("cannot write %s: %w", path, err)
	}
	k.Log.Info("the node has its conflist", "node", k.Node, "file", path)
	return nil
}

// othersBefore finds what the runtime takes in place of this file. Multus may stand before it if it delegates to it.
func othersBefore(folder, own, network string) ([]error, error) {
	files, err := cniconf.Files(folder)
	if err != nil {
		return nil, err
	}
	var problems []error
	for _, file := range files {
		if file.Name >= own || slices.Contains(file.Conf.Types(), "multus") && file.Conf.ClusterNetwork == network {
			continue
		}
		problems = append(problems, fmt.Errorf("%s sorts before %s, so pods get that network; uninstall what wrote it, and remove the file",
			filepath.Join(folder, file.Name), own))
	}
	return problems, nil
}

// The checks without which pods have no network: upstream's plugin makes a bridge that is missing, one that leads nowhere.
var needed = []string{preflight.Bridge, preflight.Uplink, preflight.Address, preflight.MTU}

func (k *Keeper) lookAt(wanted own) []error {
	gateway := wanted.gateway()
	results := k.look(map[string]preflight.Attachment{"pods": {
		Bridge: wanted.Bridge, MTU: wanted.MTU, Subnet: netip.PrefixFrom(gateway, gateway.BitLen()),
	}})
	var problems []error
	for _, result := range results {
		if !result.OK() && !result.Advisory && slices.Contains(needed, result.Check) {
			problems = append(problems, errors.New(result.String()))
		}
	}
	return problems
}

// leave removes the conflist if the DaemonSet is gone for good: a node without a network says so, one with the file of a
// network that nobody keeps does not.
func (k *Keeper) leave(file string) error {
	if file == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), cmp.Or(k.farewell, 3*time.Second))
	defer cancel()
	state := daemonset.Ask(ctx, k.Account, k.DaemonSet)
	log := k.Log.With("node", k.Node, "daemonset", string(k.DaemonSet), "because", state.Why)
	if !state.Gone {
		log.Info("the conflist stays on the node")
		return nil
	}
	if err := k.remove(filepath.Join(k.ConfDir, file)); err != nil {
		return err
	}
	log.Info("the conflist is off the node: no pod starts here")
	return nil
}

func (k *Keeper) remove(path string) error {
	switch err := os.Remove(path); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("cannot remove the conflist: %w; remove it by hand", err)
	}
	return atomicfile.SyncFolder(k.ConfDir)
}
