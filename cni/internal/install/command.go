package install

import (
	"context"
	"flag"
	"log/slog"
	"os"
	"strings"

	"github.com/flatlan/flatlan/cni/internal/command"
)

// Main is `flatlan-node install`.
func Main(args []string) int {
	flags := flag.NewFlagSet("install", flag.ContinueOnError)
	options := Options{}
	flags.StringVar(&options.From, "from", "/opt/flatlan/cni", "folder of the plugins")
	flags.StringVar(&options.To, "to", "", "the node's CNI bin folder, as the container sees it")
	only := flags.String("only", "", "these plugins, separated by commas (default all)")
	if status, ok := command.Parse(flags, args); !ok {
		return status
	}
	if options.To == "" {
		return command.Misused(flags, "--to is missing")
	}
	for name := range strings.SplitSeq(*only, ",") {
		if name = strings.TrimSpace(name); name != "" {
			options.Only = append(options.Only, name)
		}
	}
	return command.Run("install", func(context.Context) error {
		report, err := Run(options)
		log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
		log.Info("plugins installed", "folder", options.To, "installed", report.Installed, "unchanged", report.Unchanged)
		return err
	})
}
