package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// errCallerGone ends a call whose plugin was killed.
var errCallerGone = errors.New("the runtime stopped waiting")

// callTimeout is the timeout for reading a plugin's request, and for writing the response.
const callTimeout = 10 * time.Second

// handle serves one connection: one call.
func (s *Server) handle(base context.Context, conn net.Conn) {
	defer conn.Close()
	ctx, cancel := context.WithCancelCause(base)
	defer cancel(nil)
	_ = conn.SetDeadline(time.Now().Add(callTimeout))
	stop := context.AfterFunc(base, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) }) // the daemon ends without waiting
	defer stop()
	var request Call
	if err := json.NewDecoder(io.LimitReader(conn, largestCall)).Decode(&request); err != nil {
		s.log.Warn("a call that cannot be read", "error", err)
		s.reply(conn, Answer{Failure: failureOf(fmt.Errorf("the daemon cannot read the call: %w", err))})
		return
	}
	_ = conn.SetDeadline(time.Time{})
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		// A plugin sends nothing more: this read ends when it goes away, or at the end of the call.
		_, _ = conn.Read(make([]byte, 1))
		cancel(errCallerGone)
	}()
	result, err := s.answer(ctx, request)
	if err != nil {
		s.log.Warn("a call failed", "call", request.describe(), "error", err)
		s.reply(conn, Answer{Failure: failureOf(err)})
	} else if !s.reply(conn, Answer{Result: result}) && request.Verb == VerbAdd {
		// The address did not reach the runtime, which may never call DEL for it.
		_ = s.del(request)
	}
	_ = conn.Close()
	<-closed
}

func (s *Server) reply(conn net.Conn, a Answer) bool {
	a.Version = ProtocolVersion
	_ = conn.SetWriteDeadline(time.Now().Add(callTimeout))
	if err := json.NewEncoder(conn).Encode(a); err != nil {
		s.log.Warn("cannot answer a plugin", "error", err)
		return false
	}
	return true
}
