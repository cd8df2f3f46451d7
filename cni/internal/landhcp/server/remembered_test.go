package server

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/flatlan/flatlan/cni/internal/landhcp/client"
)

func TestRemembered(t *testing.T) {
	s := &Server{}
	held := func(identifier string, last int) record {
		address := netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 168, byte(last >> 8), byte(last)}), 16)
		return record{Network: "lan", HostInterface: "br0", Identifier: identifier, Terms: &client.Terms{Address: address}}
	}
	expect := func(next, before record, want string) {
		t.Helper()
		if got := s.wish(next, before); got.String() != want {
			t.Errorf("%s wishes %s, not %s", next.Identifier, got, want)
		}
	}
	again := func(identifier string) record {
		return record{Network: "lan", HostInterface: "br0", Identifier: identifier}
	}
	s.remember(held("web", 1))
	s.remember(held("web", 2))
	expect(record{Network: "lan", HostInterface: "cni1", Identifier: "web"}, record{}, "invalid IP")
	expect(again("db"), record{}, "invalid IP")
	expect(again("web"), record{}, "192.168.0.2")
	expect(again("web"), record{}, "invalid IP") // it has one now

	s.remember(held("web", 3))
	expect(again("web"), held("web", 4), "192.168.0.4") // a lease that waits knows better
	expect(again("web"), record{}, "invalid IP")

	for i := range mostRemembered + 1 {
		s.remember(held(fmt.Sprint("pod-", i), i))
	}
	expect(again("pod-0"), record{}, "invalid IP")
	expect(again("pod-1"), record{}, "192.168.0.1")
	expect(again(fmt.Sprint("pod-", mostRemembered)), record{}, "192.168.1.0")
}
