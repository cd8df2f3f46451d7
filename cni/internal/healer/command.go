package healer

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/flatlan/flatlan/cni/internal/command"
	"github.com/flatlan/flatlan/cni/internal/kube"
	"github.com/flatlan/flatlan/cni/internal/probe"
)

// Main is `flatlan-node healer`.
func Main(args []string) int {
	flags := flag.NewFlagSet("healer", flag.ContinueOnError)
	options := Options{Log: slog.New(slog.NewJSONHandler(os.Stderr, nil))}
	flags.DurationVar(&options.Grace, "grace", time.Minute, "how long a pod runs before it is judged")
	flags.IntVar(&options.MaxPerHour, "max-per-hour", 6, "how many pods of a namespace may be deleted within an hour")
	listen := flags.String("listen", command.Env("LISTEN", ":9480"), "address of /healthz")
	var account kube.Account
	account.Flags(flags)
	if status, ok := command.Parse(flags, args); !ok {
		return status
	}
	if options.Grace < 0 || options.MaxPerHour < 1 {
		return command.Misused(flags, "--grace cannot be negative and --max-per-hour must be at least 1")
	}
	client, err := kube.New(account)
	if err != nil {
		return command.Misused(flags, err.Error())
	}
	options.Client = client
	return command.Run("healer", func(ctx context.Context) error { return serve(ctx, options, *listen) })
}

func serve(ctx context.Context, options Options, listen string) error {
	options.Events = kube.NewRecorder(options.Client, "flatlan-healer", "", options.Log)
	healer := New(options)
	mux := http.NewServeMux()
	mux.Handle("/healthz", probe.Handler(healer.Healthy))
	server, err := probe.Listen(listen, mux)
	if err != nil {
		return fmt.Errorf("cannot serve /healthz: %w", err)
	}
	defer server.Close()
	posted := make(chan struct{})
	go func() { options.Events.Run(ctx); close(posted) }()
	err = healer.Run(ctx)
	<-posted
	return err
}
