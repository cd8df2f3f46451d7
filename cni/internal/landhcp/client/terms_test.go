package client

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math/rand/v2"
	"net"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"

	"github.com/flatlan/flatlan/cni/internal/landhcp/dhcptest"
)

var began = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func read(t *testing.T, reply *dhcpv4.DHCPv4) Terms {
	t.Helper()
	terms, _, err := termsOf(reply, DefaultRequest, began)
	if err != nil {
		t.Fatal(err)
	}
	return terms
}

var anywhere = netip.MustParsePrefix("0.0.0.0/0")

func TestTermsOfAnOrdinaryLease(t *testing.T) {
	got := read(t, dhcptest.Granted(
		dhcpv4.OptRouter(net.IPv4(192, 168, 2, 1), net.IPv4(192, 168, 2, 254)),
		dhcpv4.OptDNS(net.IPv4(192, 168, 2, 1), net.IPv4(0, 0, 0, 0)),
		dhcptest.Raw(15, []byte("home.lan")...), dhcptest.Raw(26, 5, 120)))
	want := Terms{
		Address: netip.MustParsePrefix("192.168.2.40/24"), Gateway: netip.MustParseAddr("192.168.2.1"),
		Routes: []Route{{anywhere, netip.MustParseAddr("192.168.2.1")}},
		DNS:    []netip.Addr{netip.MustParseAddr("192.168.2.1")}, Domain: "home.lan", MTU: 1400,
		Server: netip.MustParseAddr("192.168.2.1"),
		Renew:  began.Add(30 * time.Minute), Rebind: began.Add(3150 * time.Second), Expires: began.Add(time.Hour),
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// RFC 3442: with classless routes the router option is no route.
func TestClasslessRoutesReplaceTheRouter(t *testing.T) {
	reply := dhcptest.Granted(dhcpv4.OptRouter(net.IPv4(192, 168, 2, 1)),
		dhcptest.Raw(121, 4, 224, 0, 0, 0, 0, 24, 10, 1, 2, 192, 168, 2, 7, 24, 10, 1, 2, 192, 168, 2, 8))
	got := read(t, reply)
	want := []Route{
		{netip.MustParsePrefix("224.0.0.0/4"), netip.Addr{}},
		{netip.MustParsePrefix("10.1.2.0/24"), netip.MustParseAddr("192.168.2.7")},
	}
	if !reflect.DeepEqual(got.Routes, want) || got.Gateway.String() != "192.168.2.1" {
		t.Errorf("routes %v, gateway %s", got.Routes, got.Gateway)
	}
	reply.UpdateOption(dhcptest.Raw(121, 0, 192, 168, 2, 3))
	if got := read(t, reply); got.Gateway.String() != "192.168.2.3" || len(got.Routes) != 1 {
		t.Errorf("a default route among them: routes %v, gateway %s", got.Routes, got.Gateway)
	}
}

func TestOptionsThatWereNotAskedForAreNotLookedAt(t *testing.T) {
	reply := dhcptest.Granted(dhcpv4.OptRouter(net.IPv4(192, 168, 2, 1)), dhcpv4.OptDNS(net.IPv4(192, 168, 2, 1)),
		dhcptest.Raw(15, []byte("home.lan")...), dhcptest.Raw(26, 5, 120), dhcptest.Raw(121, 0, 192, 168, 2, 3))
	got, _, err := termsOf(reply, []uint8{1}, began)
	if err != nil || got.Gateway.IsValid() || got.Routes != nil || got.DNS != nil || got.Domain != "" || got.MTU != 0 {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestTimes(t *testing.T) {
	seconds := func(code uint8, s byte) dhcpv4.Option { return dhcptest.Raw(code, 0, 0, 0, s) }
	for name, one := range map[string]struct {
		options                []dhcpv4.Option
		renew, rebind, expires time.Duration
	}{
		"the server's":         {[]dhcpv4.Option{seconds(51, 60), seconds(58, 20), seconds(59, 40)}, 20, 40, 60},
		"T1 after T2":          {[]dhcpv4.Option{seconds(51, 80), seconds(58, 40), seconds(59, 20)}, 40, 70, 80},
		"T2 after the end":     {[]dhcpv4.Option{seconds(51, 80), seconds(58, 40), seconds(59, 90)}, 40, 70, 80},
		"T1 of zero":           {[]dhcpv4.Option{seconds(51, 80), seconds(58, 0)}, 40, 70, 80},
		"no lease at all":      {[]dhcpv4.Option{seconds(51, 0)}, 1800, 3150, 3600},
		"for ever":             {[]dhcpv4.Option{dhcptest.Raw(51, 255, 255, 255, 255)}, 302400, 529200, 604800},
		"a lease time cut off": {[]dhcpv4.Option{dhcptest.Raw(51, 1)}, 1800, 3150, 3600},
	} {
		got := read(t, dhcptest.Granted(one.options...))
		for what, pair := range map[string][2]time.Time{
			"renew": {got.Renew, began.Add(one.renew * time.Second)}, "rebind": {got.Rebind, began.Add(one.rebind * time.Second)},
			"expires": {got.Expires, began.Add(one.expires * time.Second)},
		} {
			if off := pair[0].Sub(pair[1]); off < -time.Second || off > time.Second {
				t.Errorf("%s: %s at %s, want %s", name, what, pair[0], pair[1])
			}
		}
	}
}

func TestRenewalsAreSpread(t *testing.T) {
	times := map[time.Time]bool{}
	for range 100 {
		terms := read(t, dhcptest.Granted())
		t1, t2 := terms.Renew, terms.Rebind
		terms.spread(began, rand.Float64())
		if early := t1.Sub(terms.Renew); early < 0 || early > t1.Sub(began)/16 {
			t.Fatalf("T1 is %v ahead of %v", early, t1.Sub(began))
		}
		if early := t2.Sub(terms.Rebind); early < 0 || early > t2.Sub(t1)/16 {
			t.Fatalf("T2 is %v ahead of T1 + %v", early, t2.Sub(t1))
		}
		times[terms.Renew] = true
	}
	if len(times) < 90 {
		t.Errorf("100 leases renew in %d moments", len(times))
	}
}

func TestWaitsDoubleAndAreSpread(t *testing.T) {
	seen := map[time.Duration]bool{}
	for range 100 {
		longest, count := firstWait, 0
		for wait := range waits(8, rand.Float64) {
			if wait > longest || wait <= longest*3/4 {
				t.Fatalf("wait %d is %v, not at most a quarter less than %v", count, wait, longest)
			}
			seen[wait] = true
			longest = min(2*longest, longestWait)
			count++
		}
		if count != 8 {
			t.Fatalf("%d waits instead of 8", count)
		}
	}
	if len(seen) < 700 {
		t.Errorf("800 waits are of %d lengths", len(seen))
	}
}

func TestTermsThatCannotBeUsed(t *testing.T) {
	for want, change := range map[string]func(*dhcpv4.DHCPv4){
		"address 0.0.0.0":         func(m *dhcpv4.DHCPv4) { m.YourIPAddr = net.IPv4zero },
		"address 224.0.0.5":       func(m *dhcpv4.DHCPv4) { m.YourIPAddr = net.IPv4(224, 0, 0, 5) },
		"address 255.255.255.255": func(m *dhcpv4.DHCPv4) { m.YourIPAddr = net.IPv4bcast },
		"address 127.0.0.1":       func(m *dhcpv4.DHCPv4) { m.YourIPAddr = net.IPv4(127, 0, 0, 1) },
		"no server identifier":    func(m *dhcpv4.DHCPv4) { m.DeleteOption(dhcpv4.OptionServerIdentifier) },
		"no usable subnet mask":   func(m *dhcpv4.DHCPv4) { m.DeleteOption(dhcpv4.OptionSubnetMask) },
		"usable subnet mask":      func(m *dhcpv4.DHCPv4) { m.UpdateOption(dhcptest.Raw(1, 255, 0, 255, 0)) },
	} {
		reply := dhcptest.Granted()
		change(reply)
		if _, _, err := termsOf(reply, DefaultRequest, began); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestAnMTUThatIsNoneIsIgnored(t *testing.T) {
	for _, value := range [][]byte{{5}, {}, {0, 0}, {1, 2, 3}} {
		if got := read(t, dhcptest.Granted(dhcptest.Raw(26, value...))); got.MTU != 0 {
			t.Errorf("%v gave MTU %d", value, got.MTU)
		}
	}
}

// Every list and name has a bound, and what is cut off is told.
func TestBoundsOfOptions(t *testing.T) {
	var routes, servers []byte
	for i := range 36 {
		routes = append(routes, 24, 10, 9, byte(i), 192, 168, 2, 7)
		servers = append(servers, 192, 168, 2, byte(i+1))
	}
	search := bytes.Repeat([]byte{1, 'a', 1, 'b', 0}, 40)
	reply := dhcptest.Granted(dhcptest.Raw(121, routes...), dhcptest.Raw(6, servers...), dhcptest.Raw(119, search...), dhcptest.Raw(15, []byte("home.lan\nnameserver 6.6.6.6")...))
	terms, leftOut, err := termsOf(reply, DefaultRequest, began)
	if err != nil || len(terms.Routes) != 32 || len(terms.DNS) != 3 || len(terms.Search) != 8 || terms.Domain != "" {
		t.Errorf("%d routes, %d servers, %d search domains, domain %q: %v", len(terms.Routes), len(terms.DNS), len(terms.Search), terms.Domain, err)
	}
	for _, want := range []string{"4 of 36 routes", "33 of 36 DNS servers", "32 of 40 search domains", `the domain "home.lan\nnameserver 6.6.6.6", which is not a domain name`} {
		if !slices.Contains(leftOut, want) {
			t.Errorf("%q is not in %q", want, leftOut)
		}
	}
	for _, domain := range []string{strings.Repeat("a", 254), "a b", "a/b", "\xff", "{{x}}"} {
		if got := read(t, dhcptest.Granted(dhcptest.Raw(15, []byte(domain)...))); got.Domain != "" {
			t.Errorf("took the domain %q", got.Domain)
		}
	}
	if got := read(t, dhcptest.Granted(dhcptest.Raw(15, []byte("home.lan\x00")...))); got.Domain != "home.lan" {
		t.Errorf("a final NUL (RFC 2132, section 2): %q", got.Domain)
	}
}

// The first router is no use where another one is in the subnet.
func TestARouterInTheSubnetIsChosen(t *testing.T) {
	got := read(t, dhcptest.Granted(dhcpv4.OptRouter(net.IPv4(10, 0, 0, 1), net.IPv4(192, 168, 2, 254))))
	if got.Gateway.String() != "192.168.2.254" {
		t.Errorf("router %s", got.Gateway)
	}
}

func TestSearchList(t *testing.T) {
	got := read(t, dhcptest.Granted(dhcptest.Raw(119, 4, 'h', 'o', 'm', 'e', 3, 'l', 'a', 'n', 0, 3, 'i', 'o', 't', 0xc0, 5)))
	if strings.Join(got.Search, " ") != "home.lan iot.lan" {
		t.Errorf("search list %q", got.Search)
	}
	bomb := append(append(bytes.Repeat([]byte{1, 'a'}, 300), 0), bytes.Repeat([]byte{0xc0, 0}, 300)...)
	if got := read(t, dhcptest.Granted(dhcptest.Raw(119, bomb...))); got.Search != nil {
		t.Errorf("a list of %d bytes became %d names", len(bomb), len(got.Search))
	}
}

// FuzzTerms reads options as a server may send them: behind a sound header, cut anywhere, repeated, overlong.
func FuzzTerms(f *testing.F) {
	for _, options := range []dhcpv4.Options{
		dhcptest.Granted(dhcpv4.OptRouter(net.IPv4(192, 168, 2, 1)), dhcptest.Raw(26, 5, 120), dhcptest.Raw(15, []byte("home.lan")...)).Options,
		dhcptest.Granted(dhcptest.Raw(121, 4, 224, 0, 0, 0, 0, 33, 1, 2, 3, 4, 5, 6, 7, 8)).Options,
		dhcptest.Granted(dhcptest.Raw(119, 4, 'h', 'o', 'm', 'e', 0xc0, 0)).Options, dhcptest.Granted(dhcptest.Raw(51, 255, 255, 255, 255)).Options,
	} {
		f.Add(uint32(0xc0a80228), options.ToBytes())
	}
	f.Fuzz(func(t *testing.T, address uint32, data []byte) {
		if len(data) > largestMessage {
			return // the socket reads no more
		}
		reply := dhcptest.Granted()
		reply.Options = dhcpv4.Options{}
		if reply.Options.FromBytes(data) != nil {
			return
		}
		reply.YourIPAddr = binary.BigEndian.AppendUint32(nil, address)
		terms, _, err := termsOf(reply, DefaultRequest, began)
		if err != nil {
			if strings.TrimSpace(err.Error()) == "" {
				t.Error("an error without words")
			}
			return
		}
		if !terms.Address.IsValid() || terms.Address.Bits() == 0 || !terms.Server.IsValid() || !terms.Renew.After(began) ||
			!terms.Rebind.After(terms.Renew) || !terms.Expires.After(terms.Rebind) {
			t.Errorf("accepted %+v", terms)
		}
		if lease := terms.Expires.Sub(began); lease > longestLease || len(terms.Routes) > mostRoutes || len(terms.DNS) > mostDNS ||
			len(terms.Search) > mostSearch || len(terms.Domain) > longestDomain {
			t.Errorf("without a bound: %+v", terms)
		}
		judged := terms
		if _, err := houseRuling().grants(&judged, began); err == nil {
			inBounds(t, judged)
		}
		for _, route := range terms.Routes {
			if !route.Destination.IsValid() || route.Destination != route.Destination.Masked() {
				t.Errorf("route %+v", route)
			}
		}
		// What is kept on disk is what was granted.
		text, err := json.Marshal(terms)
		var again Terms
		if err != nil || json.Unmarshal(text, &again) != nil || !again.sameSetup(terms) {
			t.Errorf("%+v became %+v on disk: %v", terms, again, err)
		}
	})
}
