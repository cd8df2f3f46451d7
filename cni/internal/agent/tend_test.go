package agent

import (
	"bytes"
	"log/slog"
	"maps"
	"strings"
	"testing"

	"github.com/flatlan/flatlan/cni/internal/cniargs"
	"github.com/flatlan/flatlan/cni/internal/kube"
	"github.com/flatlan/flatlan/cni/internal/landhcp/client"
	"github.com/flatlan/flatlan/cni/internal/landhcp/server"
	"github.com/flatlan/flatlan/cni/internal/routefix"
)

func TestFramesThatPortsDrop(t *testing.T) {
	for name, c := range map[string]struct{ before, now, want map[string]uint64 }{
		"the first":     {nil, map[string]uint64{"a": 3}, map[string]uint64{"a": 3}},
		"more":          {map[string]uint64{"a": 3}, map[string]uint64{"a": 5, "b": 1}, map[string]uint64{"a": 2, "b": 1}},
		"no more":       {map[string]uint64{"a": 3}, map[string]uint64{"a": 3}, map[string]uint64{}},
		"a new counter": {map[string]uint64{"a": 3, "b": 1}, map[string]uint64{"a": 1}, map[string]uint64{"a": 1}},
	} {
		if got := newly(c.before, c.now); !maps.Equal(got, c.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
	var told bytes.Buffer
	a := &Agent{Options: Options{Log: slog.New(slog.NewTextHandler(&told, nil))}}
	outcome := routefix.Outcome{Record: routefix.Record{IfName: "net1", Pod: cniargs.Pod{Namespace: "default", Name: "hass-0"}}}
	a.tellStopped(outcome, nil)
	if told.Len() > 0 {
		t.Errorf("told of nothing: %s", told.String())
	}
	a.tellStopped(outcome, map[string]uint64{"a tag": 1, "ARP of another address": 12})
	for _, word := range []string{"net1 sent frames", "ARP of another address (12), a tag (1)", "pod=default/hass-0"} {
		if !strings.Contains(told.String(), word) {
			t.Errorf("%q lacks %q", told.String(), word)
		}
	}
}

func TestWhichEventsAreWarnings(t *testing.T) {
	for kind, want := range map[client.EventKind]string{
		client.AddressChanged: kube.Normal, client.AddressLost: kube.Warning, client.LeaseRefused: kube.Warning,
		client.OptionsLeftOut: kube.Warning, client.AddressContested: kube.Warning, server.AddressFailed: kube.Warning, server.PodRefused: kube.Warning,
	} {
		if got := typeOf(kind); got != want {
			t.Errorf("%s is %s", kind, got)
		}
	}
}
