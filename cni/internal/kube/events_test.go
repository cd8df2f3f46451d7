package kube_test

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/flatlan/flatlan/cni/internal/kube"
	"github.com/flatlan/flatlan/cni/internal/kubetest"
)

type event struct {
	InvolvedObject        kube.Object
	Type, Reason, Message string
	Count                 int
	Source                struct{ Component, Host string }
}

// The rights are those of docs/node-contract.md.
func TestEventsOnARealAPIServer(t *testing.T) {
	server := kubetest.Start(t)
	account := server.ServiceAccount(t, "flatlan-system", "flatlan-attachments", kubetest.Rule("", "events", "create,patch"))
	client, err := kube.New(account)
	if err != nil {
		t.Fatal(err)
	}
	recorder := kube.NewRecorder(client, "flatlan-agent", "node1", slog.New(slog.NewJSONHandler(io.Discard, nil)))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { recorder.Run(ctx); close(done) }()
	pod := kube.Pod("default", "home-assistant-0", "7e1a8a60-59ee-4c12-8f0c-6f0fd1a1c0aa")
	for range 3 {
		recorder.Event(pod, kube.Warning, "LanAddressFailed", "no answer")
	}
	recorder.Event(pod, kube.Normal, "LanAddressChanged", strings.Repeat("long ", 1000))
	recorder.Event(kube.Node("node1"), kube.Warning, "LanPreflightFailed", "br0 is down")
	// What waits is still posted at the end.
	cancel()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("it does not end")
	}
	found := map[string]event{}
	var list struct{ Items []event }
	if err := server.Client.Get(t.Context(), "/api/v1/namespaces/default/events", nil, &list); err != nil {
		t.Fatal(err)
	}
	for _, item := range list.Items {
		found[item.Reason] = item
	}
	if len(list.Items) != 3 {
		t.Errorf("%d events: %+v", len(list.Items), list.Items)
	}
	failed := found["LanAddressFailed"]
	if failed.Count != 3 || failed.InvolvedObject != pod || failed.Type != "Warning" || failed.Source.Host != "node1" {
		t.Errorf("the same thrice: %+v", failed)
	}
	if got := found["LanAddressChanged"].Message; len(got) != 1024 {
		t.Errorf("a message of %d characters", len(got))
	}
	if got := found["LanPreflightFailed"].InvolvedObject; got != kube.Node("node1") {
		t.Errorf("about %+v", got)
	}
	if recorder.Dropped() != 0 {
		t.Errorf("%d dropped", recorder.Dropped())
	}
}

func TestEventsAreBounded(t *testing.T) {
	client, err := kube.New(kube.Account{Server: "https://127.0.0.1:1", ServiceAccount: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	recorder := kube.NewRecorder(client, "flatlan-agent", "node1", slog.New(slog.NewJSONHandler(io.Discard, nil)))
	const many = 1000
	for range many {
		recorder.Event(kube.Node("node1"), kube.Warning, "LanPreflightFailed", "br0 is down")
	}
	// Nobody takes them: the queue is full, and the caller was never held.
	if dropped := recorder.Dropped(); dropped == 0 || dropped >= many {
		t.Errorf("%d of %d dropped", dropped, many)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	recorder.Run(ctx)
	if dropped := recorder.Dropped(); dropped != many {
		t.Errorf("%d of %d dropped without an API server", dropped, many)
	}
}
