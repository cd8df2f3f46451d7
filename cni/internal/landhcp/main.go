package landhcp

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"

	"github.com/flatlan/flatlan/cni/internal/command"
	"github.com/flatlan/flatlan/cni/internal/landhcp/server"
	"github.com/flatlan/flatlan/cni/internal/routefix"
	"github.com/flatlan/flatlan/cni/internal/version"
)

// Main is the role lan-dhcp: `daemon` with flags, or else a plugin that CNI calls by its environment.
func Main(args []string) int {
	if len(args) == 0 {
		return plugin("CNI plugin lan-dhcp " + version.Version)
	}
	if args[0] != "daemon" {
		fmt.Fprintf(os.Stderr, "lan-dhcp: unknown argument %q; `daemon` starts the daemon, CNI calls the plugin without arguments\n", args[0])
		return command.Usage
	}
	config := server.Config{Log: slog.New(slog.NewJSONHandler(os.Stderr, nil))}
	flags := flag.NewFlagSet("lan-dhcp daemon", flag.ContinueOnError)
	flags.StringVar(&config.Socket, "socket", server.DefaultSocket, "where plugins reach the daemon")
	flags.StringVar(&config.State, "state", server.DefaultState, "folder of the leases' files")
	flags.StringVar(&config.Routes, "routes", routefix.DefaultStatePath, "folder of route-fix's records")
	flags.IntVar(&config.Limits.LeasesPerNode, "leases", server.DefaultLimits.LeasesPerNode, "how many addresses the pods of this node may have")
	flags.IntVar(&config.Limits.LeasesPerNamespace, "leases-per-namespace", server.DefaultLimits.LeasesPerNamespace, "how many of them the pods of one namespace may have")
	flags.IntVar(&config.Limits.LeasesPerPod, "leases-per-pod", server.DefaultLimits.LeasesPerPod, "how many of them one pod may have")
	policy := flags.String("policy", "", "file of what leases may say, and for whom (attachments, access and pins of agent.json); none asks nothing")
	flags.DurationVar(&config.Limits.AcquireTimeout, "acquire-timeout", server.DefaultLimits.AcquireTimeout, "how long an ADD waits for an address")
	flags.DurationVar(&config.Limits.ARPProbe, "arp-probe", server.DefaultLimits.ARPProbe, "how long an address is probed for before use")
	flags.DurationVar(&config.Grace, "grace", server.DefaultGrace, "how long the lease of a pod that is gone waits for its next sandbox")
	flags.DurationVar(&config.Sweep, "sweep", server.DefaultSweep, "how often pods that went without DEL are looked for")
	if status, ok := command.Parse(flags, args[1:]); !ok {
		return status
	}
	return command.Run("lan-dhcp", func(ctx context.Context) (err error) {
		if *policy != "" {
			if config.Policy, err = readPolicy(*policy); err != nil {
				return err
			}
		}
		return serve(ctx, config)
	})
}

func readPolicy(path string) (*server.Policy, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var policy server.Policy
	if err := decoder.Decode(&policy); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &policy, nil
}

func serve(ctx context.Context, config server.Config) error {
	daemon, err := server.New(config)
	if err != nil {
		return err
	}
	return daemon.Serve(ctx, func() { config.Log.Info("serving", "socket", config.Socket, "state", config.State) })
}
