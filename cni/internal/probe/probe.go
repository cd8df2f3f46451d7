// Package probe serves the endpoints for kubelet's probes and Prometheus.
package probe

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Handler answers 200, or 503 with what is wrong.
func Handler(check func() error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if err := check(); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
}

// A Server serves until it is closed.
type Server struct {
	http    *http.Server
	address net.Addr
}

// Listen starts to serve. On the node's own network the port may be taken: the error says so.
func Listen(address string, handler http.Handler) (*Server, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%w; give another --listen", err)
	}
	server := &Server{address: listener.Addr(), http: &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 8 << 10,
	}}
	go func() { _ = server.http.Serve(listener) }()
	return server, nil
}

// Address is the address on which it listens.
func (s *Server) Address() string { return s.address.String() }

// Close lets running requests finish.
func (s *Server) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close()
	}
}
