package agent

import (
	"context"
	"errors"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"

	"github.com/flatlan/flatlan/cni/internal/command"
	"github.com/flatlan/flatlan/cni/internal/kube"
	"github.com/flatlan/flatlan/cni/internal/landhcp/server"
	"github.com/flatlan/flatlan/cni/internal/routefix"
)

// Main is `flatlan-node agent`.
func Main(args []string) int {
	flags := flag.NewFlagSet("agent", flag.ContinueOnError)
	options := Options{Log: slog.New(slog.NewJSONHandler(os.Stderr, nil))}
	flags.StringVar(&options.Node, "node", os.Getenv("NODE_NAME"), "the node's name (NODE_NAME)")
	flags.StringVar(&options.Listen, "listen", command.Env("LISTEN", "127.0.0.1:9479"), "address of /metrics, /healthz and /readyz (LISTEN)")
	flags.StringVar(&options.Config, "config", "/etc/flatlan/agent.json", "settings; read again when they change")
	flags.StringVar(&options.Socket, "socket", server.DefaultSocket, "where plugins reach the agent")
	flags.StringVar(&options.State, "state", "/var/lib/flatlan", "folder of what outlives the agent")
	flags.StringVar(&options.Routes, "routes", routefix.DefaultStatePath, "folder of route-fix's records")
	events := flags.Bool("events", true, "post Kubernetes events")
	var account kube.Account
	account.Flags(flags)
	if status, ok := command.Parse(flags, args); !ok {
		return status
	}
	if problem := prepare(&options, *events, account); problem != nil {
		return command.Misused(flags, problem.Error())
	}
	saveMemory()
	return command.Run("agent", func(ctx context.Context) error {
		agent, err := New(options)
		if err != nil {
			return err
		}
		return agent.Run(ctx)
	})
}

func prepare(options *Options, events bool, account kube.Account) error {
	var problems []error
	if !filepath.IsAbs(options.State) {
		problems = append(problems, errors.New("--state is not an absolute path"))
	}
	if !filepath.IsAbs(options.Routes) {
		problems = append(problems, errors.New("--routes is not an absolute path"))
	}
	if events {
		if options.Node == "" {
			problems = append(problems, errors.New("--node is missing: events need the node's name (NODE_NAME from spec.nodeName)"))
		}
		client, err := kube.New(account)
		if err != nil {
			problems = append(problems, errors.Join(err, errors.New("outside of a cluster give --events=false")))
		} else {
			options.Events = kube.NewRecorder(client, "flatlan-agent", options.Node, options.Log)
		}
	}
	return errors.Join(problems...)
}

// saveMemory keeps the agent small: it is on every node, and does little at a time. A user's own settings take precedence.
func saveMemory() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(24 << 20)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}
	if os.Getenv("GOMAXPROCS") == "" {
		// Each processor has caches of its own.
		runtime.GOMAXPROCS(min(2, runtime.NumCPU()))
	}
}
