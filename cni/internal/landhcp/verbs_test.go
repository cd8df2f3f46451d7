package landhcp

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/containernetworking/cni/pkg/version"
)

// specVersions are those that the contract promises.
func specVersions(t *testing.T) []string {
	t.Helper()
	all := version.All.SupportedVersions()
	from := slices.Index(all, "0.3.1")
	if from < 0 || all[len(all)-1] != "1.1.0" {
		t.Fatalf("the library knows %v", all)
	}
	return all[from:]
}

func TestEveryVerbOfEveryVersion(t *testing.T) {
	h := newHouse(t)
	server := h.startDnsmasq("192.168.2.100", "192.168.2.119")
	h.startDaemon(quickProbe)
	for _, spec := range specVersions(t) {
		t.Run(spec, func(t *testing.T) {
			p := h.newPod("web")
			p.version = spec
			p.mustAdd()
			if len(p.result.IPs) != 1 || len(p.result.Routes) != 1 || p.result.Routes[0].Priority != 500 {
				t.Errorf("the result is %+v", p.result)
			}
			if err := p.works(); err != nil {
				t.Error(err)
			}
			again, err := p.ask("ADD") // asked again, it answers the same
			if err != nil || !strings.Contains(again, `"cniVersion": "`+spec+`"`) || !strings.Contains(again, p.address.String()) {
				t.Errorf("again: %s, %v", again, err)
			}
			since(t, p, "CHECK", spec >= "0.4.0")
			since(t, p, "STATUS", spec >= "1.1.0")
			p.valid = []map[string]string{{"containerID": p.containerID, "ifname": "net1"}}
			since(t, p, "GC", spec >= "1.1.0")
			server.holds(1, 5*time.Second)
			for range 2 { // a runtime may ask twice
				if _, err := p.call("DEL"); err != nil {
					t.Error(err)
				}
			}
			p.netns.Delete(t)
			server.waitEmpty(5 * time.Second)
		})
	}
	out, err := h.cni(h.plugins+"/lan-dhcp", "VERSION", "")
	if err != nil {
		t.Error(err)
	}
	for _, spec := range specVersions(t) {
		if !strings.Contains(out, spec) {
			t.Errorf("VERSION does not name %s: %s", spec, out)
		}
	}
	h.stopDaemon()
}

// since sees that a verb works from its version on, and is refused by CNI's library before.
func since(t *testing.T, p *pod, verb string, there bool) {
	t.Helper()
	_, err := p.ask(verb)
	if there && err != nil {
		t.Error(err)
	}
	if !there && (err == nil || !strings.Contains(err.Error(), "config version does not allow "+verb)) {
		t.Errorf("%s of %s: %v", verb, p.version, err)
	}
}

func TestCheckSaysWhatIsWrong(t *testing.T) {
	h := newHouse(t)
	h.startDnsmasq("192.168.2.100", "192.168.2.119")
	h.startDaemon()
	p := h.newPod("web").mustAdd()
	p.netns.Output(t, "ip", "address", "flush", "dev", "net1")
	if _, err := p.ask("CHECK"); err == nil || !strings.Contains(err.Error(), "net1 does not have the address "+p.address.String()) {
		t.Errorf("without its address: %v", err)
	}
	p.netns.Output(t, "ip", "link", "delete", "net1")
	if _, err := p.ask("CHECK"); err == nil || !strings.Contains(err.Error(), "the interface net1") {
		t.Errorf("without its interface: %v", err)
	}
	if _, err := p.call("DEL"); err != nil {
		t.Error(err)
	}
	if _, err := p.ask("CHECK"); err == nil || !strings.Contains(err.Error(), "the daemon keeps no lease for network layer2-bridge") {
		t.Errorf("after DEL: %v", err)
	}
	h.stopDaemon()
}

func TestGCGivesBackWhatTheRuntimeForgot(t *testing.T) {
	h := newHouse(t)
	server := h.startDnsmasq("192.168.2.100", "192.168.2.119")
	h.startDaemon()
	kept, forgotten := h.newPod("kept").mustAdd(), h.newPod("forgotten").mustAdd()
	kept.version, kept.valid = "1.1.0", []map[string]string{{"containerID": kept.containerID, "ifname": "net1"}}
	if _, err := kept.ask("GC"); err != nil {
		t.Fatal(err)
	}
	if table := server.holds(1, 5*time.Second); !strings.Contains(table[0], kept.address.Addr().String()) {
		t.Errorf("the table is %q", table)
	}
	forgotten.mustDel()
	kept.mustDel()
	server.waitEmpty(5 * time.Second)
	h.stopDaemon()
}

// cniError is the error document that a plugin prints.
func cniError(t *testing.T, out string) (code int, message string) {
	t.Helper()
	var document struct {
		Code int    `json:"code"`
		Msg  string `json:"msg"`
	}
	if err := json.Unmarshal([]byte(out), &document); err != nil {
		t.Fatalf("%q is no CNI error: %v", out, err)
	}
	return document.Code, document.Msg
}

// Pods end while the daemon is away, and the next daemon gives their addresses back.
func TestWithoutADaemon(t *testing.T) {
	h := newHouse(t)
	server := h.startDnsmasq("192.168.2.100", "192.168.2.119")
	h.startDaemon()
	p := h.newPod("web").mustAdd()
	h.stopDaemon()
	if out, err := p.ask("ADD"); err == nil {
		t.Error("ADD succeeded")
	} else if code, message := cniError(t, out); code != 999 || !strings.Contains(message, "no daemon answers at "+h.socket) {
		t.Errorf("ADD: %d %s", code, message)
	}
	p.version = "1.1.0"
	if out, err := p.ask("STATUS"); err == nil {
		t.Error("STATUS succeeded")
	} else if code, message := cniError(t, out); code != 50 {
		t.Errorf("STATUS: %d %s", code, message)
	}
	p.mustDel()
	server.holds(1, 5*time.Second)
	h.startDaemon("--grace=100ms")
	server.waitEmpty(5 * time.Second)
	h.waitNoState()
	h.stopDaemon()
}

func TestMistakesInTheConfigurationAreTold(t *testing.T) {
	h := newHouse(t)
	h.startDaemon()
	p := h.newPod("web")
	p.ipam = map[string]any{"priority": -1, "request": []map[string]string{{"option": "mask"}}}
	out, err := p.call("ADD")
	if err == nil {
		t.Fatal("ADD succeeded")
	}
	code, message := cniError(t, out)
	if code != 7 || !strings.Contains(message, "ipam.priority -1 is negative") || !strings.Contains(message, `ipam.request[0]: option "mask"`) {
		t.Errorf("%d %s", code, message)
	}
	p.mustDel() // a mistake does not keep a pod from ending
	h.stopDaemon()
}
