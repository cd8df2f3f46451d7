package routefix

import (
	"context"
	"encoding/json"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/flatlan/flatlan/cni/internal/netlab"
)

// A kill at any moment leaves what the next repair makes whole or DEL removes.
func TestAddThatIsKilled(t *testing.T) {
	h := newHouse(t)
	before := h.tables(t)
	added := h.must(t, "ADD", withoutFix(h.chain("1.0.0", nil)))
	conf := h.chain("1.0.0", nil)["plugins"].([]object)[2]
	conf["cniVersion"], conf["name"], conf["prevResult"] = "1.0.0", "layer2-bridge", added
	stdin, err := json.Marshal(conf)
	if err != nil {
		t.Fatal(err)
	}
	// round says whether there was something to repair.
	round := func(moment string, kill func(process *netlab.Process)) bool {
		process := h.node.Start(t, netlab.Command{
			Args: []string{filepath.Join(h.plugins, "route-fix")}, Stdin: string(stdin),
			Env: []string{"CNI_COMMAND=ADD", "CNI_CONTAINERID=sandbox-1", "CNI_NETNS=" + h.pod.Path, "CNI_IFNAME=net1", "CNI_PATH=" + h.plugins},
		})
		kill(process)
		var outcomes []Outcome
		err := h.node.Try(func() (err error) {
			outcomes, err = Repair(context.Background(), h.state)
			return err
		})
		if err != nil || len(outcomes) > 1 || len(outcomes) == 1 && outcomes[0].Err != nil {
			t.Fatalf("killed %s: %+v, %v", moment, outcomes, err)
		}
		if len(outcomes) == 1 {
			if err := h.checkAlone(t, h.chain("1.0.0", nil), added); err != nil {
				t.Errorf("killed %s, repaired, and CHECK says %v", moment, err)
			}
		}
		h.must(t, "DEL", onlyFix(h.chain("1.0.0", nil)))
		if tables := h.tables(t); strings.Contains(tables, "proto 98") || len(h.records(t)) != 0 {
			t.Fatalf("killed %s, deleted, and left is\n%s%v", moment, tables, h.records(t))
		}
		return len(outcomes) == 1 && len(outcomes[0].Repaired) > 0
	}
	finished := false
	for delay := time.Millisecond; !finished; delay = delay*3/2 + time.Millisecond {
		round("after "+delay.String(), func(process *netlab.Process) {
			select {
			case <-process.Ended():
				finished = true
			case <-time.After(delay): // the moment of the kill
				process.Kill(t)
			}
		})
	}
	repaired := 0
	for range 5 {
		if round("once it has recorded", func(process *netlab.Process) {
			for len(h.records(t)) == 0 && !hasEnded(process) {
				runtime.Gosched()
			}
			process.Kill(t)
		}) {
			repaired++
		}
	}
	t.Logf("%d of 5 killed between record and routes", repaired)
	h.must(t, "DEL", withoutFix(h.chain("1.0.0", nil)))
	if after := h.tables(t); after != before {
		t.Errorf("left in the pod:\n%s\nbefore:\n%s", after, before)
	}
}

func hasEnded(process *netlab.Process) bool {
	select {
	case <-process.Ended():
		return true
	default:
		return false
	}
}

// onlyFix is the chain without the plugins before route-fix.
func onlyFix(chain object) object {
	chain["plugins"] = chain["plugins"].([]object)[2:]
	return chain
}
