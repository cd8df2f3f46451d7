package multus

import (
	"flag"
	"fmt"
	"log/slog"
	"os"

	"github.com/flatlan/flatlan/cni/internal/command"
)

// Main is `flatlan-node multus`.
func Main(args []string) int {
	if len(args) > 0 {
		switch args[0] {
		case "gate":
			return gateMain(args[1:])
		case "credentials":
			return credentialsMain(args[1:])
		}
	}
	fmt.Fprintln(os.Stderr, "usage: flatlan-node multus gate|credentials [flags]")
	return command.Usage
}

func gateMain(args []string) int {
	flags := flag.NewFlagSet("multus gate", flag.ContinueOnError)
	gate := Gate{Log: slog.New(slog.NewJSONHandler(os.Stderr, nil))}
	confDirFlag(flags, &gate.ConfDir)
	flags.StringVar(&gate.HostConfDir, "host-conf-dir", "/etc/cni/net.d", "the same folder as the node sees it")
	flags.StringVar(&gate.Conf, "conf", "/etc/flatlan/"+confName, "configuration to install")
	flags.StringVar(&gate.Network, "network", "k8s-pod-network", "name of the cluster's network, which must be there first")
	flags.DurationVar(&gate.Timeout, "timeout", 0, "how long to wait for it; 0 is for ever")
	gate.Account.Flags(flags)
	if status, ok := command.Parse(flags, args); !ok {
		return status
	}
	return command.Run(flags.Name(), gate.Run)
}

func credentialsMain(args []string) int {
	flags := flag.NewFlagSet("multus credentials", flag.ContinueOnError)
	credentials := Credentials{Log: slog.New(slog.NewJSONHandler(os.Stderr, nil))}
	confDirFlag(flags, &credentials.ConfDir)
	flags.StringVar((*string)(&credentials.DaemonSet), "daemonset", "", "namespace/name of Multus' DaemonSet; its end takes Multus off the node")
	credentials.Account.Flags(flags)
	if status, ok := command.Parse(flags, args); !ok {
		return status
	}
	if err := credentials.Check(); err != nil {
		return command.Misused(flags, err.Error())
	}
	return command.Run(flags.Name(), credentials.Run)
}

func confDirFlag(flags *flag.FlagSet, into *string) {
	flags.StringVar(into, "conf-dir", "/host/cni/conf", "the node's CNI conf folder, as the container sees it")
}
