package kube

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// An Object is what an event is about. A node has no namespace, and the kubelet uses its name as its UID.
type Object struct {
	APIVersion string `json:"apiVersion,omitempty"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace,omitempty"`
	Name       string `json:"name"`
	UID        string `json:"uid,omitempty"`
}

// Pod is a pod as the object of an event.
func Pod(namespace, name, uid string) Object {
	return Object{APIVersion: "v1", Kind: "Pod", Namespace: namespace, Name: name, UID: uid}
}

// Node is a node as the object of an event.
func Node(name string) Object {
	return Object{APIVersion: "v1", Kind: "Node", Name: name, UID: name}
}

const (
	// Types of events.
	Normal  = "Normal"
	Warning = "Warning"

	queueLength = 64
	// A message is cut by the API server's own bound (Kubernetes pkg/apis/core/validation, 1024 characters).
	longestMessage = 1024
	// The same again within this time counts up instead of being a new event.
	sameFor    = 10 * time.Minute
	remembered = 256
	// How many events may be posted at once, and how soon another: a node in trouble must not flood the API server.
	eventBurst = 20
	eventEvery = 5 * time.Second
	// How long posting the last events may take when the program ends.
	flushTime = 2 * time.Second
)

type happening struct {
	object                Object
	kind, reason, message string
}

// A Recorder posts events in the background. An event that cannot be posted is logged and dropped.
type Recorder struct {
	client    *Client
	component string
	node      string
	log       *slog.Logger
	queue     chan happening
	dropped   atomic.Uint64
	seen      map[happening]*posted
	tokens    float64
	refilled  time.Time
}

type posted struct {
	path  string
	count int
	last  time.Time
}

// NewRecorder is for one component; node may be empty.
func NewRecorder(client *Client, component, node string, log *slog.Logger) *Recorder {
	return &Recorder{client: client, component: component, node: node, log: log, queue: make(chan happening, queueLength),
		seen: map[happening]*posted{}, tokens: eventBurst, refilled: time.Now()}
}

// Event never blocks.
func (r *Recorder) Event(object Object, kind, reason, message string) {
	if len(message) > longestMessage {
		message = strings.ToValidUTF8(message[:longestMessage-3], "") + "..."
	}
	select {
	case r.queue <- happening{object, kind, reason, message}:
	default:
		r.dropped.Add(1)
	}
}

// Dropped counts events that were not posted.
func (r *Recorder) Dropped() uint64 { return r.dropped.Load() }

// Run posts until the context ends, and then for a moment what is still waiting.
func (r *Recorder) Run(ctx context.Context) {
	posting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(flushTime, cancel) })()
	for {
		select {
		case next := <-r.queue:
			r.post(posting, next)
			continue
		default:
		}
		select {
		case next := <-r.queue:
			r.post(posting, next)
		case <-ctx.Done():
			if len(r.queue) == 0 || posting.Err() != nil {
				return
			}
		}
	}
}

func (r *Recorder) post(ctx context.Context, next happening) {
	now := time.Now()
	r.forget(now)
	if !r.take(now) {
		r.dropped.Add(1)
		return
	}
	err := r.send(ctx, next, now)
	if err != nil {
		r.dropped.Add(1)
		r.log.Warn("an event was not posted", "reason", next.reason, "object", next.object.Name, "error", err.Error())
	}
}

func (r *Recorder) send(ctx context.Context, next happening, now time.Time) error {
	if before := r.seen[next]; before != nil {
		err := r.client.Do(ctx, Request{Method: http.MethodPatch, Path: before.path, ContentType: "application/merge-patch+json",
			Body: map[string]any{"count": before.count + 1, "lastTimestamp": stamp(now)}}, nil)
		if err == nil {
			before.count, before.last = before.count+1, now
			return nil
		}
		// The API server keeps events for an hour; somebody may remove them sooner.
		if Code(err) != http.StatusNotFound {
			return err
		}
	}
	namespace := firstOf(next.object.Namespace, "default")
	name := fmt.Sprintf("%s.%x", next.object.Name, now.UnixNano())
	path := "/api/v1/namespaces/" + namespace + "/events"
	if err := r.client.Do(ctx, Request{Method: http.MethodPost, Path: path, Body: r.body(next, namespace, name, now)}, nil); err != nil {
		return err
	}
	r.seen[next] = &posted{path: path + "/" + name, count: 1, last: now}
	return nil
}

func (r *Recorder) body(next happening, namespace, name string, now time.Time) map[string]any {
	return map[string]any{
		"apiVersion":         "v1",
		"kind":               "Event",
		"metadata":           map[string]any{"namespace": namespace, "name": name},
		"involvedObject":     next.object,
		"type":               next.kind,
		"reason":             next.reason,
		"message":            next.message,
		"source":             map[string]any{"component": r.component, "host": r.node},
		"reportingComponent": r.component,
		"reportingInstance":  r.node,
		"firstTimestamp":     stamp(now),
		"lastTimestamp":      stamp(now),
		"count":              1,
	}
}

func stamp(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// forget keeps the memory of events short and small.
func (r *Recorder) forget(now time.Time) {
	for what, event := range r.seen {
		if now.Sub(event.last) > sameFor || len(r.seen) >= remembered {
			delete(r.seen, what)
		}
	}
}

// take is a token bucket.
func (r *Recorder) take(now time.Time) bool {
	r.tokens = min(eventBurst, r.tokens+now.Sub(r.refilled).Seconds()/eventEvery.Seconds())
	r.refilled = now
	if r.tokens < 1 {
		return false
	}
	r.tokens--
	return true
}
