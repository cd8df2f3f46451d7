package healer

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/flatlan/flatlan/cni/internal/kube"
)

const (
	pods = "/api/v1/pods"
	// Only metadata: a pod's spec and status are ten times as large.
	listMetadata  = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
	watchMetadata = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
	// The API server sends pods that come to run as added, and pods that no longer do as deleted.
	running     = "status.phase=Running,spec.hostNetwork=false"
	page        = "250"
	watchLength = 5 * time.Minute
	// How long to wait after a failure, doubled each time.
	firstPause, lastPause = time.Second, 30 * time.Second
)

// watch keeps the suspects up to date: a list, then watches from where it was until the API server has forgotten that.
func (h *Healer) watch(ctx context.Context) {
	pause, version := firstPause, ""
	for ctx.Err() == nil {
		began := time.Now()
		err := h.watchOn(ctx, &version)
		// If the server ends watches at once, requests must not repeat without a pause.
		if err == nil && time.Since(began) > firstPause {
			pause = firstPause
			continue
		}
		if code := kube.Code(err); code == http.StatusGone {
			version = ""
			continue
		}
		if err != nil && ctx.Err() == nil {
			h.Log.Warn("pods cannot be watched", "error", err.Error(), "again_in", pause.String())
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, lastPause)
	}
}

func (h *Healer) watchOn(ctx context.Context, version *string) error {
	if *version == "" {
		listed, err := h.list(ctx)
		if err != nil {
			return err
		}
		*version = listed
	}
	query := url.Values{"fieldSelector": {running}, "resourceVersion": {*version}}
	return h.Client.Watch(ctx, pods, query, watchMetadata, watchLength, func(event kube.Event) error {
		var object struct{ Metadata podMeta }
		if err := json.Unmarshal(event.Object, &object); err != nil {
			return fmt.Errorf("a watched pod is not JSON: %w", err)
		}
		*version = object.Metadata.ResourceVersion
		h.hear()
		if event.Type != "BOOKMARK" {
			h.note(object.Metadata, event.Type == "DELETED")
		}
		return nil
	})
}

// list returns the resource version to watch from.
func (h *Healer) list(ctx context.Context) (string, error) {
	present := map[string]bool{}
	query := url.Values{"fieldSelector": {running}, "limit": {page}}
	for {
		var list struct {
			Metadata struct{ ResourceVersion, Continue string }
			Items    []struct{ Metadata podMeta }
		}
		err := h.Client.Do(ctx, kube.Request{Method: http.MethodGet, Path: pods, Query: query, Accept: listMetadata}, &list)
		if err != nil {
			return "", err
		}
		for _, item := range list.Items {
			present[item.Metadata.UID] = true
			h.note(item.Metadata, false)
		}
		if list.Metadata.Continue == "" {
			h.keepOnly(present)
			return list.Metadata.ResourceVersion, nil
		}
		query.Set("continue", list.Metadata.Continue)
	}
}

func (h *Healer) hear() {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.heard = time.Now()
}

// Healthy reports whether the API server has responded lately: it sends bookmarks every minute.
func (h *Healer) Healthy() error {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if silent := time.Since(h.heard); silent > 2*watchLength {
		return fmt.Errorf("nothing from the API server for %s", silent.Round(time.Second))
	}
	return nil
}
