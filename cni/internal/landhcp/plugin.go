package landhcp

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/containernetworking/cni/pkg/skel"
	"github.com/containernetworking/cni/pkg/types"
	current "github.com/containernetworking/cni/pkg/types/100"
	"github.com/containernetworking/cni/pkg/version"

	"github.com/flatlan/flatlan/cni/internal/landhcp/server"
)

// pluginTimeout is below kubelet's deadline for a call of the runtime, 2 minutes: the error can then name the cause.
const pluginTimeout = server.LongestAcquire + 20*time.Second

// plugin answers one call of CNI and gives the exit status.
func plugin(about string) int {
	err := skel.PluginMainFuncsWithError(skel.CNIFuncs{
		Add:    pluginAdd,
		Check:  func(args *skel.CmdArgs) error { return asked(server.VerbCheck, args) },
		Del:    pluginDel,
		GC:     func(args *skel.CmdArgs) error { return asked(server.VerbGC, args) },
		Status: pluginStatus,
	}, version.All, about)
	if err == nil {
		return 0
	}
	_ = err.Print()
	return 1
}

func pluginAdd(args *skel.CmdArgs) error {
	decoder := version.ConfigDecoder{}
	wanted, err := decoder.Decode(args.StdinData)
	if err != nil {
		return err
	}
	result, err := ask(server.VerbAdd, args)
	if err != nil {
		return err
	}
	if result == nil {
		return errors.New("lan-dhcp: the daemon answered without a result")
	}
	return types.PrintResult(result, wanted)
}

// pluginDel succeeds while no daemon is there: pods end all the same, and the next daemon finds the pod gone and gives
// its address back.
func pluginDel(args *skel.CmdArgs) error {
	err := asked(server.VerbDel, args)
	if errors.Is(err, errNoDaemon) {
		fmt.Fprintln(os.Stderr, err)
		return nil
	}
	return err
}

func pluginStatus(args *skel.CmdArgs) error {
	err := asked(server.VerbStatus, args)
	if errors.Is(err, errNoDaemon) {
		return types.NewError(types.ErrPluginNotAvailable, err.Error(), "")
	}
	return err
}

func asked(what server.Verb, args *skel.CmdArgs) error {
	_, err := ask(what, args)
	return err
}

var errNoDaemon = errors.New("no daemon answers")

// ask sends a call to the daemon.
func ask(what server.Verb, args *skel.CmdArgs) (*current.Result, error) {
	path, err := socketPath(args.StdinData)
	if err != nil {
		return nil, types.NewError(types.ErrInvalidNetworkConfig, "lan-dhcp: "+err.Error(), "")
	}
	conn, err := net.DialTimeout("unix", path, 5*time.Second)
	if errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ECONNREFUSED) {
		return nil, fmt.Errorf("lan-dhcp: %w at %s: does the attachments DaemonSet run on this node? (%w)", errNoDaemon, path, err)
	}
	if err != nil {
		return nil, fmt.Errorf("lan-dhcp: cannot reach the daemon at %s: %w", path, err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(pluginTimeout))
	netns := args.Netns
	if netns != "" { // the daemon has another working directory
		if netns, err = filepath.Abs(netns); err != nil {
			return nil, err
		}
	}
	err = json.NewEncoder(conn).Encode(server.Call{
		Version: server.ProtocolVersion, Verb: what,
		ContainerID: args.ContainerID, Netns: netns, Interface: args.IfName,
		Args: args.Args, Config: args.StdinData,
	})
	if err != nil {
		return nil, fmt.Errorf("lan-dhcp: cannot ask the daemon at %s: %w", path, err)
	}
	var reply server.Answer
	if err := json.NewDecoder(conn).Decode(&reply); err != nil {
		return nil, fmt.Errorf("lan-dhcp: the daemon at %s gave no answer; its log says why (%w)", path, err)
	}
	if reply.Failure != nil {
		return nil, types.NewError(reply.Failure.Code, "lan-dhcp: "+reply.Failure.Message, "")
	}
	return reply.Result, nil
}

// socketPath reads no more than it needs: a configuration with mistakes elsewhere is the daemon's to explain.
func socketPath(config []byte) (string, error) {
	var doc struct {
		IPAM struct {
			DaemonSocketPath string `json:"daemonSocketPath"`
		} `json:"ipam"`
	}
	if err := json.Unmarshal(config, &doc); err != nil {
		return "", fmt.Errorf("network configuration: %w", err)
	}
	path := doc.IPAM.DaemonSocketPath
	if path == "" {
		return server.DefaultSocket, nil
	}
	if !filepath.IsAbs(path) {
		return "", fmt.Errorf("network configuration: ipam.daemonSocketPath %q is not absolute", path)
	}
	return path, nil
}
