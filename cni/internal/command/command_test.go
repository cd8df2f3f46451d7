package command

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"strings"
	"syscall"
	"testing"
)

func TestParse(t *testing.T) {
	for name, c := range map[string]struct {
		args   []string
		status int
		ok     bool
		says   string
	}{
		"a flag":                {[]string{"--to", "/x"}, Done, true, ""},
		"help":                  {[]string{"--help"}, Done, false, "folder"},
		"an unknown flag":       {[]string{"--form", "/x"}, Usage, false, "-form"},
		"an argument too many":  {[]string{"--to", "/x", "bridge"}, Usage, false, `install: unexpected argument "bridge"`},
		"a flag without values": {[]string{"--to"}, Usage, false, "needs an argument"},
	} {
		t.Run(name, func(t *testing.T) {
			flags := flag.NewFlagSet("install", flag.ContinueOnError)
			to := flags.String("to", "", "folder")
			var stderr bytes.Buffer
			status, ok := parse(flags, c.args, &stderr)
			if status != c.status || ok != c.ok || !strings.Contains(stderr.String(), c.says) {
				t.Errorf("status %d, ok %v, said %q", status, ok, stderr.String())
			}
			if ok && *to != "/x" {
				t.Errorf("to is %q", *to)
			}
		})
	}
}

func TestRun(t *testing.T) {
	if status := Run("x", func(context.Context) error { return nil }); status != Done {
		t.Errorf("no error: %d", status)
	}
	if status := Run("x", func(context.Context) error { return errors.New("disk full\nand more") }); status != Failed {
		t.Errorf("an error: %d", status)
	}
}

func TestSIGTERMIsACleanEnd(t *testing.T) {
	status := Run("x", func(ctx context.Context) error {
		if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
			return err
		}
		<-ctx.Done()
		return ctx.Err()
	})
	if status != Done {
		t.Errorf("ended with %d", status)
	}
}

func TestEnv(t *testing.T) {
	t.Setenv("FLATLAN_TEST", "")
	if Env("FLATLAN_TEST", "a") != "a" {
		t.Error("an empty variable is taken for a value")
	}
	t.Setenv("FLATLAN_TEST", "b")
	if Env("FLATLAN_TEST", "a") != "b" {
		t.Error("the variable is ignored")
	}
}
