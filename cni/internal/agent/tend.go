package agent

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/flatlan/flatlan/cni/internal/kube"
	"github.com/flatlan/flatlan/cni/internal/landhcp/client"
	"github.com/flatlan/flatlan/cni/internal/landhcp/server"
	"github.com/flatlan/flatlan/cni/internal/preflight"
	"github.com/flatlan/flatlan/cni/internal/routefix"
	"github.com/flatlan/flatlan/cni/internal/statefile"
)

// Reasons of events beside those of landhcp.
const (
	routesRepaired  = "LanRoutesRepaired"
	preflightFailed = "LanPreflightFailed"
	framesStopped   = "LanFramesStopped"
)

// preflight checks the node, and reports what has failed or recovered.
func (a *Agent) preflight() {
	results := preflight.Run(a.settings().carriedBy(a.Node))
	if results == nil {
		results = []preflight.Result{}
	}
	a.mutex.Lock()
	before := map[string]preflight.Result{}
	for _, result := range a.results {
		before[result.Attachment+" "+result.Check] = result
	}
	a.results = results
	a.mutex.Unlock()
	for _, now := range results {
		switch last := before[now.Attachment+" "+now.Check]; {
		case now.Problem == last.Problem:
		case now.OK():
			a.Log.Info("the node is well again", "attachment", now.Attachment, "check", now.Check)
		default:
			a.Log.Warn(now.Problem, "attachment", now.Attachment, "check", now.Check, "remedy", now.Remedy)
			a.event(kube.Node(a.Node), kube.Warning, preflightFailed, now.String())
		}
	}
}

// repair restores routes that pods have lost.
func (a *Agent) repair(ctx context.Context) {
	outcomes, err := routefix.Repair(ctx, a.Routes)
	if err != nil && ctx.Err() == nil {
		a.count(&a.repairFail)
		a.Log.Error("routes cannot be repaired", "error", err.Error())
	}
	stopped := map[string]map[string]uint64{}
	for _, outcome := range outcomes {
		a.repairedOne(outcome)
		a.tellStopped(outcome, newly(a.stopped[outcome.Path], outcome.Stopped))
		stopped[outcome.Path] = outcome.Stopped
	}
	// Those that ended are forgotten.
	a.stopped = stopped
}

// newly is what came between two readings of counters. A smaller number is that of a new counter.
func newly(before, now map[string]uint64) map[string]uint64 {
	more := map[string]uint64{}
	for what, count := range now {
		if last := before[what]; count > last {
			more[what] = count - last
		} else if count < last {
			more[what] = count
		}
	}
	return more
}

// tellStopped reports that a pod sent frames in the name of others: by mistake, or because it is compromised.
func (a *Agent) tellStopped(outcome routefix.Outcome, stopped map[string]uint64) {
	if len(stopped) == 0 {
		return
	}
	var parts []string
	for _, what := range slices.Sorted(maps.Keys(stopped)) {
		parts = append(parts, fmt.Sprintf("%s (%d)", what, stopped[what]))
	}
	pod := outcome.Record.Pod
	message := fmt.Sprintf("%s sent frames that are not the pod's to send, and its port dropped them: %s", outcome.Record.IfName,
		strings.Join(parts, ", "))
	a.Log.Warn(message, "pod", pod.Namespace+"/"+pod.Name)
	if pod.Name != "" {
		a.event(kube.Pod(pod.Namespace, pod.Name, pod.UID), kube.Warning, framesStopped, message)
	}
}

func (a *Agent) repairedOne(outcome routefix.Outcome) {
	pod := outcome.Record.Pod
	log := a.Log.With("pod", pod.Namespace+"/"+pod.Name, "interface", outcome.Record.IfName)
	var damaged *statefile.DamagedError
	var down *routefix.DownError
	switch {
	case errors.As(outcome.Err, &damaged):
		a.count(&a.damaged)
		log.Error("a record of route-fix is damaged: the interface is not repaired any more", "error", damaged.Error())
	case errors.As(outcome.Err, &down):
		// Something in the pod has set it down. It is repaired once it is up.
		log.Debug("the interface is down")
	case outcome.Err != nil:
		a.count(&a.repairFail)
		log.Warn("an interface cannot be repaired", "error", outcome.Err.Error())
	}
	if len(outcome.Repaired) == 0 {
		return
	}
	a.count(&a.repaired)
	message := fmt.Sprintf("%s had lost %s; they are back", outcome.Record.IfName, strings.Join(outcome.Repaired, ", "))
	log.Info(message)
	if pod.Name != "" {
		a.event(kube.Pod(pod.Namespace, pod.Name, pod.UID), kube.Normal, routesRepaired, message)
	}
}

func (a *Agent) count(what *uint64) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	*what++
}

// leaseEvent is called by the DHCP server, which has logged it.
func (a *Agent) leaseEvent(event server.Event) {
	if event.Pod.Name != "" {
		a.event(kube.Pod(event.Pod.Namespace, event.Pod.Name, event.Pod.UID), typeOf(event.Kind), string(event.Kind), event.Message)
	}
}

// typeOf is Normal if the pod works as it should and nobody has to act.
func typeOf(kind client.EventKind) string {
	if kind == client.AddressChanged {
		return kube.Normal
	}
	return kube.Warning
}

func (a *Agent) event(object kube.Object, kind, reason, message string) {
	if a.Events != nil {
		a.Events.Event(object, kind, reason, message)
	}
}

// watchFile applies changed settings. Invalid ones are logged and ignored: if the agent exited, DHCP would end too.
func (a *Agent) watchFile(ctx context.Context) {
	ticker := time.NewTicker(a.poll)
	defer ticker.Stop()
	told := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		changed, err := a.reload()
		a.mutex.Lock()
		a.fileOK = err == nil
		a.mutex.Unlock()
		switch {
		case err != nil && err.Error() != told:
			a.Log.Error("the settings cannot be used; those of before stay", "error", err.Error())
			told = err.Error()
		case err == nil && changed:
			a.Log.Info("settings taken over", "file", a.Config)
			told = ""
			select {
			case a.changed <- struct{}{}:
			default:
			}
		}
	}
}
