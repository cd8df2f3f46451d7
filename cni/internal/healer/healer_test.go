package healer

import (
	"bytes"
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flatlan/flatlan/cni/internal/kube"
	"github.com/flatlan/flatlan/cni/internal/kubetest"
	"github.com/flatlan/flatlan/cni/internal/testenv"
)

const bound = 20 * time.Second

// A lab is a real API server with pods in it; the test plays kubelet and Multus.
type lab struct {
	*kubetest.Server
	account kube.Account
}

func newLab(t *testing.T) lab {
	server := kubetest.Start(t)
	server.Apply(t, "/api/v1/namespaces/default/serviceaccounts/default",
		kubetest.Object("v1", "ServiceAccount", "default", "default", nil))
	// The rights of docs/node-contract.md and no others.
	return lab{server, server.ServiceAccount(t, "flatlan-system", "flatlan-healer",
		kubetest.Rule("", "pods", "get,list,watch,delete"), kubetest.Rule("", "events", "create,patch"))}
}

// A made pod; what is left out is as of a pod of a Deployment that started before Multus.
type made struct {
	name        string
	asked       string
	status      string
	owner       string
	phase       string
	hostNetwork bool
}

func (l lab) pod(t *testing.T, m made) {
	t.Helper()
	if m.asked == "" {
		m.asked = "layer2-bridge"
	}
	annotations := map[string]any{askedAnnotation: m.asked}
	if m.status != "" {
		annotations[statusAnnotation] = m.status
	}
	object := kubetest.Object("v1", "Pod", "default", m.name, map[string]any{"spec": map[string]any{
		"hostNetwork": m.hostNetwork,
		"containers":  []any{map[string]any{"name": "c", "image": "example.org/c:1"}},
	}})
	metadata, _ := object["metadata"].(map[string]any)
	metadata["annotations"] = annotations
	if m.owner != "none" {
		kind := "ReplicaSet"
		if m.owner != "" {
			kind = m.owner
		}
		metadata["ownerReferences"] = []any{map[string]any{"apiVersion": "apps/v1", "kind": kind, "name": "x", "uid": "u-" + m.name, "controller": true}}
	}
	path := "/api/v1/namespaces/default/pods/" + m.name
	l.Apply(t, path, object)
	phase := "Running"
	if m.phase != "" {
		phase = m.phase
	}
	l.patch(t, path+"/status", map[string]any{"status": map[string]any{"phase": phase}})
}

func (l lab) patch(t *testing.T, path string, body any) {
	t.Helper()
	testenv.Must(t, l.Client.Do(t.Context(), kube.Request{Method: http.MethodPatch, Path: path, ContentType: "application/merge-patch+json", Body: body}, nil))
}

// pods are those that live.
func (l lab) pods(t *testing.T) []string {
	t.Helper()
	var list struct{ Items []struct{ Metadata podMeta } }
	testenv.Must(t, l.Client.Get(t.Context(), "/api/v1/namespaces/default/pods", nil, &list))
	var names []string
	for _, item := range list.Items {
		if item.Metadata.DeletionTimestamp == "" {
			names = append(names, item.Metadata.Name)
		}
	}
	return names
}

// said is the last event's message about a pod.
func (l lab) said(t *testing.T, name string) string {
	t.Helper()
	var list struct {
		Items []struct {
			InvolvedObject  kube.Object
			Reason, Message string
		}
	}
	testenv.Must(t, l.Client.Get(t.Context(), "/api/v1/namespaces/default/events", nil, &list))
	message := ""
	for _, event := range list.Items {
		if event.InvolvedObject.Name == name && event.Reason == Reason {
			message = event.Message
		}
	}
	return message
}

func (l lab) heal(t *testing.T, grace time.Duration, maxPerHour int) *Healer {
	t.Helper()
	client, err := kube.New(l.account)
	testenv.Must(t, err)
	log := slog.New(slog.NewJSONHandler(io.Discard, nil))
	healer := New(Options{Grace: grace, MaxPerHour: maxPerHour, Client: client, Log: log,
		Events: kube.NewRecorder(client, "flatlan-healer", "", log), tick: 10 * time.Millisecond})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{}, 2)
	go func() { healer.Events.Run(ctx); done <- struct{}{} }()
	go func() { _ = healer.Run(ctx); done <- struct{}{} }()
	t.Cleanup(func() {
		cancel()
		for range 2 {
			select {
			case <-done:
			case <-time.After(bound):
				t.Error("it does not end")
			}
		}
	})
	return healer
}

func TestHealer(t *testing.T) {
	l := newLab(t)
	has := `[{"name":"k8s-pod-network"},{"name":"default/layer2-bridge","interface":"net1"}]`
	l.pod(t, made{name: "healthy", status: has})
	l.pod(t, made{name: "alone", owner: "none"})
	l.pod(t, made{name: "static", owner: "Node"})
	l.pod(t, made{name: "on-the-node", hostNetwork: true})
	l.pod(t, made{name: "starting", phase: "Pending"})
	l.pod(t, made{name: "unreadable", asked: "[{"})
	l.pod(t, made{name: "early", status: `[{"name":"k8s-pod-network"}]`})
	healer := l.heal(t, 0, 2)

	testenv.Within(t, bound, "a pod from before the healer is deleted", func() bool { return !slices.Contains(l.pods(t), "early") })
	l.says(t, "early", "default/layer2-bridge", "is deleted, so that its controller makes it anew")
	l.pod(t, made{name: "later"})
	testenv.Within(t, bound, "a pod from after it too", func() bool { return !slices.Contains(l.pods(t), "later") })
	l.says(t, "alone", "left alone", "no controller")
	l.says(t, "static", "left alone", "no controller")
	l.says(t, "unreadable", "is not a list", "left alone")
	// Two an hour are gone.
	l.pod(t, made{name: "third"})
	l.says(t, "third", "left alone for now: 2 pods of its namespace were deleted within an hour")
	if got := l.pods(t); !slices.Equal(got, []string{"alone", "healthy", "on-the-node", "starting", "static", "third", "unreadable"}) {
		t.Errorf("pods that live: %v", got)
	}
	// An hour later it goes on.
	healer.mutex.Lock()
	for i, at := range healer.deleted["default"] {
		healer.deleted["default"][i] = at.Add(-time.Hour)
	}
	healer.mutex.Unlock()
	testenv.Within(t, bound, "the third pod is deleted", func() bool { return !slices.Contains(l.pods(t), "third") })
	testenv.Must(t, healer.Healthy())
}

// Pods of one namespace that start without their attachment again and again take nothing from those of others.
// Between the look and the deletion the pod may get its network, or make way for another one of its name: that one stays.
func TestOnlyThePodThatWasJudgedIsDeleted(t *testing.T) {
	l := newLab(t)
	client, err := kube.New(l.account)
	testenv.Must(t, err)
	log := slog.New(slog.NewJSONHandler(io.Discard, nil))
	healer := New(Options{MaxPerHour: 6, Client: client, Log: log, Events: kube.NewRecorder(client, "flatlan-healer", "", log)})
	l.pod(t, made{name: "web"})
	const path = "/api/v1/namespaces/default/pods/web"
	var seen pod
	testenv.Must(t, client.Get(t.Context(), path, nil, &seen))
	l.patch(t, path, map[string]any{"metadata": map[string]any{"labels": map[string]any{"changed": "yes"}}})
	other := seen
	testenv.Must(t, client.Get(t.Context(), path, nil, &other))
	now := other.Metadata
	other.Metadata.UID = "another"
	s := &suspect{namespace: "default", name: "web"}
	for name, meta := range map[string]podMeta{"another version": seen.Metadata, "another pod": other.Metadata} {
		testenv.Must(t, healer.remove(t.Context(), path, meta, s, ""))
		if !slices.Contains(l.pods(t), "web") || len(healer.deleted) != 0 {
			t.Fatalf("%s is deleted", name)
		}
	}
	testenv.Must(t, healer.judge(t.Context(), "another", s))
	if !slices.Contains(l.pods(t), "web") {
		t.Fatal("another pod of the name is deleted")
	}
	testenv.Must(t, healer.remove(t.Context(), path, now, s, ""))
	if slices.Contains(l.pods(t), "web") {
		t.Error("the pod is still there")
	}
}

func TestPodsThatAreGoneAreForgotten(t *testing.T) {
	healer := New(Options{})
	healer.suspects["a"], healer.suspects["b"] = &suspect{}, &suspect{}
	healer.keepOnly(map[string]bool{"b": true})
	if len(healer.suspects) != 1 || healer.suspects["b"] == nil {
		t.Errorf("suspects %v", healer.suspects)
	}
}

func TestASilentAPIServerIsUnhealthy(t *testing.T) {
	healer := New(Options{})
	testenv.Must(t, healer.Healthy())
	healer.heard = time.Now().Add(-2*watchLength - time.Second)
	testenv.Fails(t, healer.Healthy(), "nothing from the API server for 10m")
	healer.hear()
	testenv.Must(t, healer.Healthy())
}

// A namespace of many pods comes in pages.
func TestEachPageIsRead(t *testing.T) {
	pages := []string{
		`{"metadata":{"continue":"more"},"items":[{"metadata":{"uid":"a","annotations":{"k8s.v1.cni.cncf.io/networks":"lan"}}}]}`,
		`{"metadata":{"resourceVersion":"7"},"items":[{"metadata":{"uid":"b","annotations":{"k8s.v1.cni.cncf.io/networks":"lan"}}}]}`,
	}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("continue") == "more" {
			fmt.Fprint(w, pages[1])
		} else {
			fmt.Fprint(w, pages[0])
		}
	}))
	defer server.Close()
	folder := t.TempDir()
	testenv.Must(t, os.WriteFile(filepath.Join(folder, "token"), []byte("secret"), 0o600))
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	testenv.Must(t, os.WriteFile(filepath.Join(folder, "ca.crt"), ca, 0o600))
	client, err := kube.New(kube.Account{Server: server.URL, ServiceAccount: folder})
	testenv.Must(t, err)
	healer := New(Options{Client: client})
	version, err := healer.list(t.Context())
	if err != nil || version != "7" || healer.suspects["a"] == nil || healer.suspects["b"] == nil {
		t.Errorf("version %q, suspects %v, %v", version, healer.suspects, err)
	}
}

// A pod that is left alone is judged each second: people hear of it once, until there is something else to say.
func TestTheSameIsToldOnce(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	healer := New(Options{Log: logger, Events: kube.NewRecorder(nil, "flatlan-healer", "", logger)})
	s := &suspect{namespace: "default", name: "web"}
	for _, message := range []string{"one", "one", "two", "one"} {
		healer.tell(s, "u", message)
	}
	if got := strings.Count(log.String(), "\n"); got != 3 {
		t.Errorf("told %d times: %s", got, log.String())
	}
}

func TestEachNamespaceHasItsOwnBudget(t *testing.T) {
	now := time.Now()
	healer := New(Options{MaxPerHour: 2})
	healer.deleted["noisy"] = []time.Time{now.Add(-50 * time.Minute), now.Add(-time.Minute)}
	healer.deleted["past"] = []time.Time{now.Add(-2 * time.Hour)}
	if healer.mayDelete("noisy", now) || !healer.mayDelete("smarthome", now) || !healer.mayDelete("past", now) {
		t.Errorf("deleted %v", healer.deleted)
	}
	if !healer.mayDelete("noisy", now.Add(11*time.Minute)) || len(healer.deleted) != 1 {
		t.Errorf("later %v", healer.deleted)
	}
}

func TestAPodThatGetsItsNetworkInTime(t *testing.T) {
	l := newLab(t)
	healer := l.heal(t, time.Hour, 6)
	l.pod(t, made{name: "slow"})
	suspected := func() int {
		healer.mutex.Lock()
		defer healer.mutex.Unlock()
		return len(healer.suspects)
	}
	testenv.Within(t, bound, "it is watched", func() bool { return suspected() == 1 })
	l.patch(t, "/api/v1/namespaces/default/pods/slow", map[string]any{"metadata": map[string]any{"annotations": map[string]any{
		statusAnnotation: `[{"name":"default/layer2-bridge"}]`}}})
	testenv.Within(t, bound, "it is forgotten", func() bool { return suspected() == 0 })
	l.pod(t, made{name: "ends"})
	testenv.Within(t, bound, "another is watched", func() bool { return suspected() == 1 })
	l.patch(t, "/api/v1/namespaces/default/pods/ends/status", map[string]any{"status": map[string]any{"phase": "Succeeded"}})
	testenv.Within(t, bound, "it ended and is forgotten", func() bool { return suspected() == 0 })
	if got := l.pods(t); len(got) != 2 {
		t.Errorf("pods that live: %v", got)
	}
}

func (l lab) says(t *testing.T, pod string, parts ...string) {
	t.Helper()
	testenv.Within(t, bound, fmt.Sprintf("an event about %s with %q", pod, parts), func() bool {
		message := l.said(t, pod)
		return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(message, part) })
	})
}
