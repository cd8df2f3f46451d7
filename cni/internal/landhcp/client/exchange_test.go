package client

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"
)

// A crowd is a wire on which a message arrives every 60 ms, for six seconds.
type crowd struct {
	Wire
	replies chan Reply
}

func (c crowd) Replies() <-chan Reply { return c.replies }

func newCrowd(ctx context.Context) crowd {
	c := crowd{replies: make(chan Reply)}
	go func() {
		for range 100 {
			if !Pause(ctx, 60*time.Millisecond) {
				return
			}
			select {
			case c.replies <- Reply{}:
			case <-ctx.Done():
			}
		}
	}()
	return c
}

// Who goes on refusing in the server's name does not put off the end: a doubtful answer waits for a better one, once.
func TestDoubtDoesNotGrow(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		began, heard := time.Now(), 0
		got, err := exchange(ctx, newCrowd(ctx), waits(1, rand.Float64), func() error { return nil },
			func(Reply) (int, verdict) { heard++; return heard, doubtful })
		if took := time.Since(began); err != nil || got != 1 || took != 60*time.Millisecond+doubt {
			t.Errorf("answer %d after %s: %v", got, took, err)
		}
	})
}

func TestNothingIsSentWhenTheTimeIsOver(t *testing.T) {
	bubble(t, func(t *testing.T, ctx context.Context) {
		over, cancel := context.WithCancel(ctx)
		cancel()
		_, err := exchange(over, newCrowd(ctx), waits(1, rand.Float64), func() error { t.Error("it sent"); return nil },
			func(Reply) (int, verdict) { return 0, ignored })
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}
