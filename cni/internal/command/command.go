// Package command is what the commands of flatlan-node have in common: flags, exit statuses, shutdown by signal.
package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// Exit statuses of every command.
const (
	Done   = 0
	Failed = 1
	Usage  = 2
)

// Parse reads flags. If it returns false, the command exits with the status.
func Parse(flags *flag.FlagSet, args []string) (int, bool) {
	return parse(flags, args, os.Stderr)
}

func parse(flags *flag.FlagSet, args []string, stderr io.Writer) (int, bool) {
	flags.Init(flags.Name(), flag.ContinueOnError)
	flags.SetOutput(stderr)
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return Done, false
	case err != nil:
		return Usage, false
	}
	if rest := flags.Args(); len(rest) > 0 {
		return misused(flags, stderr, fmt.Sprintf("unexpected argument %q", rest[0])), false
	}
	return Done, true
}

// Misused reports what is wrong with the arguments and returns the exit status for it.
func Misused(flags *flag.FlagSet, problem string) int { return misused(flags, os.Stderr, problem) }

func misused(flags *flag.FlagSet, stderr io.Writer, problem string) int {
	fmt.Fprintf(stderr, "%s: %s\n", flags.Name(), problem)
	flags.Usage()
	return Usage
}

// Run runs until the work is done or a signal ends it. An error is printed on stderr, one line per cause.
func Run(name string, work func(context.Context) error) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	err := work(ctx)
	if err == nil || (ctx.Err() != nil && errors.Is(err, context.Canceled)) {
		return Done
	}
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintf(os.Stderr, "%s: %s\n", name, strings.TrimRight(line, "\n"))
	}
	return Failed
}

// Env is the variable's value, or the default where it is unset or empty.
func Env(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}
