// Command stand-in is what containers of the tests run instead of an application: one static program, no shell around it.
//
//	stand-in pause                 keeps a pod's namespaces, and takes the exit status of what nobody waits for
//	stand-in serve 8123            an HTTP server in Home Assistant's place: who it is and whom it sees
//	stand-in ask http://...        prints what such a server says
//	stand-in ask http://... 100ms  the same again and again, a line each: what came, or why nothing
//	stand-in addresses             the pod's interfaces, as "net1 192.168.2.50/24", one a line
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "stand-in:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 1 && args[0] == "pause":
		return pause()
	case len(args) == 2 && args[0] == "serve":
		return serve(args[1])
	case len(args) == 2 && args[0] == "ask":
		return ask(args[1])
	case len(args) == 3 && args[0] == "ask":
		return keepAsking(args[1], args[2])
	case len(args) == 1 && args[0] == "addresses":
		return addresses()
	}
	return fmt.Errorf("pause, serve PORT, ask URL [PAUSE] or addresses; not %q", args)
}

func pause() error {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGCHLD)
	for received := range signals {
		if received != syscall.SIGCHLD {
			return nil
		}
		for {
			if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); pid <= 0 || err != nil {
				break
			}
		}
	}
	return nil
}

func serve(port string) error {
	// The first process of a container has no default actions for signals.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		<-signals
		os.Exit(0)
	}()
	name, err := os.Hostname()
	if err != nil {
		return err
	}
	return http.ListenAndServe(":"+port, http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		from, _, _ := net.SplitHostPort(request.RemoteAddr)
		fmt.Fprintf(answer, "%s saw %s", name, from)
	}))
}

func ask(url string) error {
	answer, err := (&http.Client{Timeout: 3 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}).Get(url)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(os.Stdout, answer.Body)
	return err
}

// keepAsking makes a connection each time.
func keepAsking(url, pause string) error {
	wait, err := time.ParseDuration(pause)
	if err != nil {
		return err
	}
	for ; ; time.Sleep(wait) {
		if err := ask(url); err != nil {
			fmt.Print(err)
		}
		fmt.Println()
	}
}

func addresses() error {
	interfaces, err := net.Interfaces()
	if err != nil {
		return err
	}
	for _, one := range interfaces {
		all, err := one.Addrs()
		if err != nil {
			return err
		}
		for _, address := range all {
			fmt.Println(one.Name, address)
		}
	}
	return nil
}
