package routefix

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/containernetworking/plugins/pkg/ns"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

func prefix(text string) netip.Prefix { return netip.MustParsePrefix(text) }
func address(text string) netip.Addr  { return netip.MustParseAddr(text) }

// aPod has Calico's eth0 (index 2) and net1 (index 5) with the given addresses.
func aPod(lanAddresses ...string) view {
	v := view{
		lan:     link{index: 5, name: "net1", up: true},
		cluster: link{index: 2, name: "eth0", up: true, addresses: []netip.Prefix{prefix("192.168.7.1/32")}},
		routes: []installedRoute{
			{route{table: 254, kind: 1, dst: prefix("0.0.0.0/0"), via: address("169.254.1.1"), dev: 2}, unix.RTPROT_BOOT},
			{route{table: 254, kind: 1, dst: prefix("169.254.1.1/32"), dev: 2, scope: unix.RT_SCOPE_LINK}, unix.RTPROT_BOOT},
		},
		sysctls: map[string]string{},
	}
	for _, text := range lanAddresses {
		v.lan.addresses = append(v.lan.addresses, prefix(text))
	}
	return v
}

func texts(t *testing.T, v view, conf Conf, gateways ...string) []string {
	t.Helper()
	var parsed []netip.Addr
	for _, text := range gateways {
		parsed = append(parsed, address(text))
	}
	w, err := want(v, conf, parsed)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, r := range w.routes {
		found = append(found, r.text(v.names()))
	}
	for _, r := range w.rules {
		found = append(found, r.String())
	}
	return found
}

func TestWant(t *testing.T) {
	conf := func(change func(*Conf)) Conf {
		c := defaults()
		change(&c)
		return c
	}
	unchanged := func(*Conf) {}
	cases := map[string]struct {
		view     view
		conf     Conf
		gateways []string
		want     []string
	}{
		"one address without a router": {aPod("192.168.2.7/24"), conf(unchanged), nil, []string{
			"route 192.168.2.0/24 dev net1 src 192.168.2.7 table main",
			"route 224.0.0.0/4 dev net1 src 192.168.2.7 table main",
			"route 255.255.255.255/32 dev net1 src 192.168.2.7 table main",
			"route 192.168.2.0/24 dev net1 table 1005",
			"route 224.0.0.0/4 dev net1 table 1005",
			"route 255.255.255.255/32 dev net1 table 1005",
			"route 169.254.1.1/32 dev eth0 table 2005",
			"route 0.0.0.0/0 via 169.254.1.1 dev eth0 table 2005",
			"rule 1000 from 192.168.2.7/32 lookup 1005",
			"rule 1020 from 192.168.7.1/32 lookup 2005",
		}},
		"two addresses of one subnet and one of another": {
			aPod("192.168.2.7/24", "192.168.2.8/24", "10.9.0.1/16"), conf(func(c *Conf) { c.Multicast = false }), []string{"10.9.0.254"}, []string{
				"route 192.168.2.0/24 dev net1 src 192.168.2.7 table main",
				"route 10.9.0.0/16 dev net1 src 10.9.0.1 table main",
				"route 192.168.2.0/24 dev net1 table 1005",
				"route 10.9.0.0/16 dev net1 table 1005",
				"route 224.0.0.0/4 dev net1 table 1005",
				"route 255.255.255.255/32 dev net1 table 1005",
				"route 0.0.0.0/0 via 10.9.0.254 dev net1 table 1005",
				"route 169.254.1.1/32 dev eth0 table 2005",
				"route 0.0.0.0/0 via 169.254.1.1 dev eth0 table 2005",
				"rule 1000 from 192.168.2.7/32 lookup 1005",
				"rule 1000 from 192.168.2.8/32 lookup 1005",
				"rule 1000 from 10.9.0.1/32 lookup 1005",
				"rule 1020 from 192.168.7.1/32 lookup 2005",
			}},
		"no IPv4 on the LAN": {aPod(), conf(func(c *Conf) { c.IPv6 = IPv6RA }), nil, []string{
			"route 169.254.1.1/32 dev eth0 table 2005",
			"route 0.0.0.0/0 via 169.254.1.1 dev eth0 table 2005",
			"route ::/0 dev interface 1 metric 1024 table 3000",
			"rule 1020 from 192.168.7.1/32 lookup 2005",
			"rule 1030 all lookup main suppress_prefixlength 47",
			"rule 1031 all lookup main suppress_ifgroup 98",
			"rule 1033 all lookup 3000",
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := texts(t, c.view, c.conf, c.gateways...); !slices.Equal(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

func TestIPv6DefaultByTheLANBeatsTheClusters(t *testing.T) {
	v := aPod("fd00:2::7/64")
	v.cluster.addresses = append(v.cluster.addresses, prefix("fd00:7::1/128"))
	v.routes = append(v.routes, installedRoute{
		route{table: 254, kind: 1, dst: prefix("::/0"), via: address("fe80::1"), dev: 2, metric: 1024}, unix.RTPROT_BOOT})
	conf := defaults()
	conf.DefaultRoute = LAN
	got := texts(t, v, conf, "fd00:2::1")
	if want := "route ::/0 via fd00:2::1 dev net1 src fd00:2::7 metric 512 table main"; !slices.Contains(got, want) {
		t.Errorf("%q lacks %q", got, want)
	}
}

// A pod that forwards IPv6 takes advertisements at 2 only; otherwise what `tuning` has set may stay.
func TestAcceptRAWhereThePodForwards(t *testing.T) {
	conf := defaults()
	conf.IPv6 = IPv6RA
	for forwarding, values := range map[string]map[string]bool{
		"0": {"0": false, "1": true, "2": true},
		"1": {"0": false, "1": false, "2": true},
	} {
		v := aPod()
		v.sysctls["ipv6/conf/net1/forwarding"] = forwarding
		wanted := wantedSettings(v, conf)
		at := slices.IndexFunc(wanted, func(s setting) bool { return s.name == "ipv6/conf/net1/accept_ra" })
		if at < 0 {
			t.Fatalf("forwarding %s: accept_ra may be anything", forwarding)
		}
		for value, good := range values {
			if wanted[at].met(value) != good {
				t.Errorf("forwarding %s, accept_ra %s: good is %v", forwarding, value, !good)
			}
		}
	}
}

// Where all is as wanted there is nothing to change, and each thing that is gone is one change.
func TestCompareOfWhatIsWanted(t *testing.T) {
	v, conf := aPod("192.168.2.7/24"), defaults()
	w, err := want(v, conf, []netip.Addr{address("192.168.2.1")})
	if err != nil {
		t.Fatal(err)
	}
	full := v
	for _, r := range w.routes {
		full.routes = append(full.routes, installedRoute{r, Protocol})
	}
	for _, r := range w.rules {
		full.rules = append(full.rules, installedRule{r, Protocol})
	}
	for _, s := range w.settings {
		full.sysctls[s.name] = s.value
	}
	full.filter = w.filter
	if changes := compare(full, w, conf); len(changes) != 0 {
		t.Fatalf("%d changes, the first: %s", len(changes), changes[0].problem)
	}
	for index := range w.routes {
		less := full
		position := len(v.routes) + index
		less.routes = slices.Delete(slices.Clone(full.routes), position, position+1)
		if changes := compare(less, w, conf); len(changes) != 1 || changes[0].problem != "missing "+w.routes[index].text(v.names()) {
			t.Errorf("without %s: %+v", w.routes[index].text(v.names()), changes)
		}
	}
}

// What the rules of the filter's deciding chain are for, in their order.
func TestWantedFilter(t *testing.T) {
	always := []string{"answers", "errors about a flow", "to 192.168.2.0/24"}
	open := []string{"to 224.0.0.0/4", "to 255.255.255.255/32", "to ff00::/8", "to fe80::/10"}
	cluster := prefix("10.43.0.0/16")
	for name, c := range map[string]struct {
		addresses []string
		change    func(*Conf)
		want      [][]string
	}{
		"none of IPv6": {nil, func(*Conf) {}, [][]string{always, open, {"all else"}}},
		"advertised IPv6": {nil, func(c *Conf) { c.IPv6, c.ClusterSubnets = IPv6RA, []netip.Prefix{cluster, prefix("fd00:43::/64")} },
			[][]string{always, open, {"all else of IPv4", "to the cluster's fd00:43::/64"}}},
		"an address beside advertised ones": {[]string{"fd00:2::7/64"}, func(c *Conf) { c.IPv6 = IPv6RA },
			[][]string{always, {"to fd00:2::/64"}, open, {"all else of IPv4", "all else from fd00:2::7"}}},
		"further LAN subnets": {nil, func(c *Conf) { c.LANSubnets = []netip.Prefix{prefix("192.168.50.0/24")} },
			[][]string{always, {"to 192.168.50.0/24"}, open, {"all else"}}},
		"the default route": {nil, func(c *Conf) { c.DefaultRoute, c.ClusterSubnets = LAN, []netip.Prefix{cluster} },
			[][]string{always, open, {"to the cluster's 10.43.0.0/16"}}},
	} {
		t.Run(name, func(t *testing.T) {
			conf := defaults()
			c.change(&conf)
			chains := wantedFilter(aPod(append([]string{"192.168.2.7/24"}, c.addresses...)...), conf)
			var got []string
			for _, chain := range chains {
				for _, rule := range chain.rules {
					if chain.name == leave {
						got = append(got, rule.text)
					}
				}
			}
			if want := slices.Concat(c.want...); !slices.Equal(got, want) {
				t.Errorf("got %q, not %q", got, want)
			}
		})
	}
	conf := defaults()
	conf.EgressFilter = false
	if found := wantedFilter(aPod("192.168.2.7/24"), conf); found != nil {
		t.Errorf("a filter that nobody wants: %v", found)
	}
}

func TestPreviousResult(t *testing.T) {
	read := func(result string) (previous, error) {
		return readPrevious([]byte(`{"cniVersion":"1.0.0","prevResult":`+result+`}`), "net1")
	}
	good, err := read(`{"cniVersion":"1.0.0","dns":{"domain":"x"},"future":{"a":1},
		"interfaces":[{"name":"net1","mac":"aa:bb:cc:dd:ee:ff"},{"name":"eth0","sandbox":"/p"},{"name":"net1","sandbox":"/p"}],
		"ips":[{"interface":0,"address":"10.0.0.1/8"},{"interface":1,"address":"10.0.0.2/8"},
		       {"interface":2,"address":"192.168.2.7/24","gateway":"192.168.2.1"},{"address":"fd00::7/64"}],
		"routes":[{"dst":"0.0.0.0/0","gw":"192.168.2.1","mtu":1400}]}`)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(good.addresses, []netip.Prefix{prefix("192.168.2.7/24"), prefix("fd00::7/64")}) {
		t.Errorf("addresses %v: an interface of the host or another one's is among them, or one is missing", good.addresses)
	}
	output, err := good.with(wanted{}, link{})
	for _, part := range []string{`"future": {`, `"mtu": 1400`, `"domain": "x"`} {
		if err != nil || !strings.Contains(string(output), part) {
			t.Errorf("%s did not pass through: %v\n%s", part, err, output)
		}
	}
	for result, word := range map[string]string{
		`{"cniVersion":"1.0.0","interfaces":[{"name":"net1"}]}`:                                                                "no interface net1 in a sandbox",
		`{"cniVersion":"1.0.0","interfaces":[{"name":"net1","sandbox":"/p"}],"ips":[{"interface":4,"address":"10.0.0.1/8"}]}`:  "names interface 4 of 1",
		`{"cniVersion":"1.0.0","interfaces":[{"name":"net1","sandbox":"/p"}],"ips":[{"interface":-1,"address":"10.0.0.1/8"}]}`: "names interface -1 of 1",
		`{"cniVersion":"1.0.0","ips":[{"address":"ten"}]}`:                                                                     "prevResult",
	} {
		_, err := read(result)
		wantError(t, err, word)
	}
	_, err = readPrevious([]byte(`{"cniVersion":"1.0.0"}`), "net1")
	wantError(t, err, "chained plugin")
}

func TestCrossCheck(t *testing.T) {
	before := previous{addresses: []netip.Prefix{prefix("192.168.2.7/24")}}
	if err := before.crossCheck(aPod("192.168.2.7/24", "192.168.2.8/24"), defaults()); err != nil {
		t.Error(err)
	}
	wantError(t, before.crossCheck(aPod("192.168.2.8/24"), defaults()), "192.168.2.7/24", "192.168.2.8/24")
	nothing := previous{}
	wantError(t, nothing.crossCheck(aPod(), defaults()), "nothing to route")
	ra := defaults()
	ra.IPv6 = IPv6RA
	if err := nothing.crossCheck(aPod(), ra); err != nil {
		t.Error(err)
	}
}

// The lock is on the namespace, whatever its path is called.
func TestInsideIsOneAtATime(t *testing.T) {
	h := newHouse(t)
	alias := filepath.Join(t.TempDir(), "alias")
	if err := os.Symlink(h.pod.Path, alias); err != nil {
		t.Fatal(err)
	}
	var present, most atomic.Int32
	var group sync.WaitGroup
	for index := range 8 {
		path := []string{h.pod.Path, alias}[index%2]
		group.Go(func() {
			err := inside(path, func(kernel *netlink.Handle, _ ns.NetNS) error {
				most.Store(max(most.Load(), present.Add(1)))
				defer present.Add(-1)
				_, err := listRoutes(kernel) // long enough for the others to come
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if most.Load() != 1 {
		t.Errorf("%d at once", most.Load())
	}
}

// A process of a pod needs no right at all to open its own namespace, and to lock what it opened.
func TestInsideDoesNotWaitForAPod(t *testing.T) {
	h := newHouse(t)
	own, err := os.Open(h.pod.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	if err := unix.Flock(int(own.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := inside(h.pod.Path, func(*netlink.Handle, ns.NetNS) error { return nil }); err != nil || time.Since(began) > lockPatience/2 {
		t.Errorf("after %v: %v", time.Since(began), err)
	}
}

// The folder is the node's alone, and what a killed holder leaves holds nobody up.
func TestLocksOfNamespaces(t *testing.T) {
	h := newHouse(t)
	var status unix.Stat_t
	if err := unix.Stat(h.pod.Path, &status); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := inside(h.pod.Path, func(*netlink.Handle, ns.NetNS) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	folder, err := os.Stat(lockFolder)
	if err != nil || folder.Mode().Perm() != 0o700 {
		t.Errorf("the folder is %v, %v", folder, err)
	}
	if _, err := os.Stat(lockPath(status.Ino)); err != nil {
		t.Error(err)
	}
	files, err := os.ReadDir(lockFolder)
	if err != nil || len(files) == 0 || len(files) > lockCount {
		t.Errorf("%d files, %v", len(files), err)
	}
}
