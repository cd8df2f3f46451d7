package kube

import (
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"testing"
	"time"
)

// What was told is known for ten minutes, and never of more events than there is room for.
func TestTheMemoryOfEvents(t *testing.T) {
	r := NewRecorder(nil, "flatlan-agent", "node1", slog.New(slog.DiscardHandler))
	now := time.Now()
	known := func(message string) happening {
		return happening{Node("node1"), Warning, "LanPreflightFailed", message}
	}
	r.seen[known("old")] = &posted{last: now.Add(-sameFor - time.Second)}
	r.seen[known("new")] = &posted{last: now.Add(-sameFor + time.Second)}
	r.forget(now)
	if len(r.seen) != 1 || r.seen[known("new")] == nil {
		t.Errorf("known are %v", r.seen)
	}
	for i := range 2 * remembered {
		r.seen[known(fmt.Sprint(i))] = &posted{last: now}
	}
	r.forget(now)
	if len(r.seen) >= remembered {
		t.Errorf("%d events are known", len(r.seen))
	}
}

func TestEventsComeInABurstAndThenSlowly(t *testing.T) {
	r := NewRecorder(nil, "flatlan-agent", "node1", slog.New(slog.DiscardHandler))
	now := r.refilled
	taken := func() (count int) {
		for r.take(now) {
			count++
		}
		return count
	}
	for _, one := range []struct {
		later time.Duration
		want  int
	}{{0, eventBurst}, {eventEvery - time.Second, 0}, {time.Second, 1}, {3 * eventEvery, 3}, {24 * time.Hour, eventBurst}} {
		now = now.Add(one.later)
		if got := taken(); got != one.want {
			t.Errorf("%s later: %d events, want %d", one.later, got, one.want)
		}
	}
}

// The API server keeps an event for an hour, and people remove some: the next one is a new one.
func TestAnEventThatWasRemoved(t *testing.T) {
	var asked []string
	_, client, _ := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method)
		if r.Method == http.MethodPatch && len(asked) == 3 {
			w.WriteHeader(http.StatusNotFound)
		}
	})
	r := NewRecorder(client, "flatlan-agent", "node1", slog.New(slog.DiscardHandler))
	for range 4 {
		r.post(t.Context(), happening{Node("node1"), Warning, "LanPreflightFailed", "br0 is down"})
	}
	if want := []string{"POST", "PATCH", "PATCH", "POST", "PATCH"}; !slices.Equal(asked, want) || r.Dropped() != 0 {
		t.Errorf("asked %v, dropped %d", asked, r.Dropped())
	}
}
