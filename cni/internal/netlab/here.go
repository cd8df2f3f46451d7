package netlab

import (
	"testing"

	"github.com/containernetworking/plugins/pkg/ns"
	"github.com/vishvananda/netlink"
)

// Here is the namespace that the tests themselves run in, which Main made: for what must reach a server of the test on
// 127.0.0.1. Interfaces that a test makes here it also removes.
func Here(t testing.TB) *Netns {
	t.Helper()
	RequireRoot(t)
	handle, err := ns.GetCurrentNS()
	if err != nil {
		t.Fatalf("this namespace: %v", err)
	}
	here := &Netns{Name: "here", Path: handle.Path(), ns: handle}
	t.Cleanup(func() {
		if here.ns != nil {
			_ = here.ns.Close()
			here.ns = nil
		}
	})
	return here
}

// Remove deletes an interface, and with a cable its other end.
func (n *Netns) Remove(t testing.TB, ifName string) {
	t.Helper()
	n.onLink(t, ifName, netlink.LinkDel)
}
