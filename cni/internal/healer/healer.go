// Package healer deletes pods that run without an attachment they asked for, so that their controller makes them anew: a
// pod that starts in the moment between the node's boot and Multus has the cluster's network only, and never gets another
// (multus-cni#1387).
//
//	watch: running pods ──> lacks a network ──grace──> read again ──> still lacks ──> limit ──> delete
//	                             │ gets it, ends                 │ hostNetwork, no controller: left alone
//	                             └──> forgotten
package healer

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/flatlan/flatlan/cni/internal/kube"
)

// Reason of the events.
const Reason = "LanAttachmentMissing"

// Options of a healer.
type Options struct {
	// How long a pod runs before it is judged: Multus writes the status a moment after the pod has its address.
	Grace time.Duration
	// How many pods of a namespace are deleted within an hour: where the cause lasts, deleting does not heal. Of each
	// namespace, so that nobody uses up what the pods of others are healed with.
	MaxPerHour int
	Client     *kube.Client
	Events     *kube.Recorder
	Log        *slog.Logger
	// How often suspects are judged.
	tick time.Duration
}

// A Healer watches one cluster.
type Healer struct {
	Options
	mutex    sync.Mutex
	suspects map[string]*suspect
	deleted  map[string][]time.Time // by namespace
	// When the API server was last heard of.
	heard time.Time
}

// A suspect is a running pod that lacks a network.
type suspect struct {
	namespace, name string
	since           time.Time
	// What was last told about it, so that it is told once.
	told string
}

// New makes a healer that has seen nothing yet.
func New(options Options) *Healer {
	if options.tick == 0 {
		options.tick = time.Second
	}
	return &Healer{Options: options, suspects: map[string]*suspect{}, deleted: map[string][]time.Time{}, heard: time.Now()}
}

// Run watches and judges until the context ends.
func (h *Healer) Run(ctx context.Context) error {
	var group sync.WaitGroup
	group.Go(func() { h.judgeAll(ctx) })
	h.watch(ctx)
	group.Wait()
	return nil
}

// note records a pod's metadata. Pods that lack nothing are not stored.
func (h *Healer) note(meta podMeta, gone bool) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	known := h.suspects[meta.UID]
	lacking, err := missing(meta)
	if gone || meta.DeletionTimestamp != "" || (err == nil && len(lacking) == 0) {
		delete(h.suspects, meta.UID)
		return
	}
	if known == nil {
		h.suspects[meta.UID] = &suspect{namespace: meta.Namespace, name: meta.Name, since: time.Now()}
	}
}

// keepOnly forgets suspects that are not in a full list.
func (h *Healer) keepOnly(present map[string]bool) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.heard = time.Now()
	for uid := range h.suspects {
		if !present[uid] {
			delete(h.suspects, uid)
		}
	}
}

func (h *Healer) due(now time.Time) map[string]*suspect {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	due := map[string]*suspect{}
	for uid, s := range h.suspects {
		if now.Sub(s.since) >= h.Grace {
			due[uid] = s
		}
	}
	return due
}

func (h *Healer) judgeAll(ctx context.Context) {
	ticker := time.NewTicker(h.tick)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		for uid, s := range h.due(time.Now()) {
			if err := h.judge(ctx, uid, s); err != nil && ctx.Err() == nil {
				h.Log.Warn("a pod could not be judged", "pod", s.namespace+"/"+s.name, "error", err.Error())
			}
		}
	}
}

// judge reads the pod again, because the watch knows its metadata only and may be late.
func (h *Healer) judge(ctx context.Context, uid string, s *suspect) error {
	path := "/api/v1/namespaces/" + s.namespace + "/pods/" + s.name
	var now pod
	err := h.Client.Get(ctx, path, nil, &now)
	if kube.Code(err) == http.StatusNotFound || (err == nil && now.Metadata.UID != uid) {
		h.note(podMeta{UID: uid}, true)
		return nil
	}
	if err != nil {
		return err
	}
	lacking, err := missing(now.Metadata)
	switch {
	case err != nil:
		h.tell(s, uid, err.Error()+"; it is left alone")
		return nil
	case len(lacking) == 0:
		h.note(now.Metadata, true)
		return nil
	}
	lacks := "runs without " + strings.Join(lacking, ", ") + ", which it asked for; "
	if why := now.untouchable(); why != "" {
		h.tell(s, uid, lacks+"it is left alone: "+why)
		return nil
	}
	if !h.mayDelete(s.namespace, time.Now()) {
		h.tell(s, uid, fmt.Sprintf("%sit is left alone for now: %d pods of its namespace were deleted within an hour; see why pods start before Multus on this node",
			lacks, h.MaxPerHour))
		return nil
	}
	return h.remove(ctx, path, now.Metadata, s, lacks)
}

func (h *Healer) remove(ctx context.Context, path string, meta podMeta, s *suspect, lacks string) error {
	// A precondition on UID and resource version: a pod that gets its network now, or another with the same name, stays.
	err := h.Client.Do(ctx, kube.Request{Method: http.MethodDelete, Path: path, Body: map[string]any{
		"apiVersion": "v1", "kind": "DeleteOptions",
		"preconditions": map[string]any{"uid": meta.UID, "resourceVersion": meta.ResourceVersion},
	}}, nil)
	switch kube.Code(err) {
	case http.StatusConflict, http.StatusNotFound:
		return nil
	}
	if err != nil {
		return err
	}
	h.mutex.Lock()
	h.deleted[meta.Namespace] = append(h.deleted[meta.Namespace], time.Now())
	h.mutex.Unlock()
	h.tell(s, meta.UID, lacks+"it is deleted, so that its controller makes it anew")
	return nil
}

// mayDelete looks at the last hour.
func (h *Healer) mayDelete(namespace string, now time.Time) bool {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	for one, times := range h.deleted {
		h.deleted[one] = slices.DeleteFunc(times, func(at time.Time) bool { return now.Sub(at) >= time.Hour })
		if len(h.deleted[one]) == 0 {
			delete(h.deleted, one)
		}
	}
	return len(h.deleted[namespace]) < h.MaxPerHour
}

// tell logs and posts an event, once for each thing there is to say about a pod.
func (h *Healer) tell(s *suspect, uid, message string) {
	h.mutex.Lock()
	told := s.told == message
	s.told = message
	h.mutex.Unlock()
	if told {
		return
	}
	h.Log.Warn(message, "pod", s.namespace+"/"+s.name)
	h.Events.Event(kube.Pod(s.namespace, s.name, uid), kube.Warning, Reason, message)
}
