package bridge

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"

	"github.com/flatlan/flatlan/cni/internal/command"
	"github.com/flatlan/flatlan/cni/internal/probe"
)

// Main is `flatlan-node bridge`.
func Main(args []string) int {
	flags := flag.NewFlagSet("bridge", flag.ContinueOnError)
	keeper := &Keeper{Log: slog.New(slog.NewJSONHandler(os.Stderr, nil))}
	show := false
	listen := ""
	flags.StringVar(&keeper.ConfDir, "conf-dir", "/host/cni/conf", "the node's CNI conf folder, as the container sees it")
	flags.StringVar(&keeper.Config, "config", "/etc/flatlan/bridge.json", "settings; read again when they change")
	flags.StringVar(&keeper.Node, "node", os.Getenv("NODE_NAME"), "the node's name")
	flags.StringVar((*string)(&keeper.DaemonSet), "daemonset", "", "namespace/name of the DaemonSet; its end takes the conflist off the node")
	flags.StringVar(&listen, "listen", command.Env("LISTEN", "127.0.0.1:9481"), "address of /healthz and /readyz")
	flags.BoolVar(&show, "show", false, "print the node's conflist, and write nothing")
	keeper.Account.Flags(flags)
	if status, ok := command.Parse(flags, args); !ok {
		return status
	}
	if show {
		return command.Run(flags.Name(), func(context.Context) error { return keeper.show() })
	}
	if err := keeper.Check(); err != nil {
		return command.Misused(flags, err.Error())
	}
	return command.Run(flags.Name(), func(ctx context.Context) error { return keeper.serve(ctx, listen) })
}

// show prints what would be in the file.
func (k *Keeper) show() error {
	settings, err := readSettings(k.Config)
	if err != nil {
		return err
	}
	made, known, err := settings.of(k.Node)
	if err == nil && !known {
		err = fmt.Errorf("node %q is not in the plan", k.Node)
	}
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(made.text)
	return err
}

func (k *Keeper) serve(ctx context.Context, listen string) error {
	mux := http.NewServeMux()
	mux.Handle("/healthz", probe.Handler(func() error { return nil }))
	mux.Handle("/readyz", probe.Handler(k.Ready))
	server, err := probe.Listen(listen, mux)
	if err != nil {
		return err
	}
	defer server.Close()
	return k.Run(ctx)
}
