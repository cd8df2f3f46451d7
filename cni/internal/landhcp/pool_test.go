package landhcp

import (
	"testing"
	"time"
)

func TestAPodGetsAnAddressAndGivesItBack(t *testing.T) {
	h := newHouse(t)
	server := h.startDnsmasq("192.168.2.100", "192.168.2.119")
	h.startDaemon()
	p := h.newPod("web").mustAdd()
	t.Logf("result %+v, addresses %v, table %v", p.result, p.addresses(), server.table())
	p.mustDel()
	server.waitEmpty(5 * time.Second)
	h.stopDaemon()
}
