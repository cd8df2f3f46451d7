package routefix

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// A setting is a sysctl of the LAN interface.
type setting struct {
	name     string // below /proc/sys/net: "ipv4/conf/net1/rp_filter"
	value    string
	also     []string // other values that are as good
	optional bool     // kernels may lack it
}

func (s setting) met(value string) bool { return value == s.value || slices.Contains(s.also, value) }

const sysctlRoot = "/proc/sys/net"

// settingNames are those that are looked at. IPv6's are missing where the kernel has no IPv6.
func settingNames(ifName string, conf Conf) []string {
	// Two on which others depend.
	names := []string{settingPath("ipv6", ifName, "disable_ipv6"), settingPath("ipv6", ifName, "forwarding")}
	for _, one := range wantedSettings(view{lan: link{name: ifName}}, conf) {
		if !slices.Contains(names, one.name) {
			names = append(names, one.name)
		}
	}
	return names
}

func settingPath(family, ifName, name string) string {
	return filepath.Join(family, "conf", ifName, name)
}

func readSysctls(ifName string, conf Conf) (map[string]string, error) {
	values := map[string]string{}
	for _, name := range settingNames(ifName, conf) {
		text, err := readSmall(filepath.Join(sysctlRoot, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("sysctl net/%s: %w", name, err)
		}
		values[name] = text
	}
	return values, nil
}

// readSmall reads a file of /proc/sys by three calls of the kernel; os.ReadFile makes ten, since such a file could be waited for.
func readSmall(path string) (string, error) {
	file, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", err
	}
	defer unix.Close(file)
	var text [64]byte
	var length int
	err = again(func() (err error) { length, err = unix.Read(file, text[:]); return err })
	return strings.TrimSpace(string(text[:max(length, 0)])), err
}

func writeSysctl(s setting) error {
	if err := os.WriteFile(filepath.Join(sysctlRoot, s.name), []byte(s.value), 0o644); err != nil {
		return fmt.Errorf("sysctl net/%s = %s: %w", s.name, s.value, err)
	}
	return nil
}

// wantedSettings says how the LAN interface has to behave.
func wantedSettings(v view, conf Conf) []setting {
	ipv4 := func(name, value string) setting {
		return setting{name: settingPath("ipv4", v.lan.name, name), value: value}
	}
	settings := []setting{
		// Loose: devices of other networks reach the pod through the LAN's router while its default route points to
		// the cluster. The kernel takes the larger of this and "all", and 2 is the largest (ip-sysctl.rst).
		ipv4("rp_filter", "2"),
		// ARP requests on the LAN for the cluster address get no reply, and none are sent from it.
		ipv4("arp_ignore", "1"),
		ipv4("arp_announce", "2"),
	}
	return append(settings, wantedIPv6Settings(v, conf)...)
}

func wantedIPv6Settings(v view, conf Conf) []setting {
	ipv6 := func(name, value string, also ...string) setting {
		return setting{name: settingPath("ipv6", v.lan.name, name), value: value, also: also}
	}
	maybe := func(s setting) setting { s.optional = true; return s }
	if conf.IPv6 == IPv6None {
		return []setting{maybe(ipv6("accept_ra", "0"))}
	}
	acceptRA := ipv6("accept_ra", "1", "2")
	if v.sysctls[settingPath("ipv6", v.lan.name, "forwarding")] != "0" {
		// A host that forwards ignores advertisements at 1.
		acceptRA = ipv6("accept_ra", "2")
	}
	settings := []setting{
		ipv6("disable_ipv6", "0"),
		acceptRA,
		ipv6("accept_ra_pinfo", "1"),
		ipv6("autoconf", "1"),
		// Thread border routers announce their mesh by RFC 4191, a /64; kernels without CONFIG_IPV6_ROUTE_INFO cannot.
		// What is shorter than a site's /48 would send traffic for the internet, or half of it, to the advertising
		// device.
		maybe(ipv6("accept_ra_rt_info_max_plen", "64")),
		maybe(ipv6("accept_ra_rt_info_min_plen", strconv.Itoa(shortestAdvertised))),
		// No router on the LAN may lower the pod's MTU or hop limit, or redirect its packets.
		ipv6("accept_ra_mtu", "0"),
		ipv6("accept_ra_min_hop_limit", "64"),
		ipv6("accept_redirects", "0"),
		// The kernel's own bound for addresses of advertised prefixes; 0 would be none.
		ipv6("max_addresses", "16"),
	}
	if conf.DefaultRoute == LAN {
		// Below 1024, the metric of the cluster network's default route.
		return append(settings, ipv6("accept_ra_defrtr", "1"), maybe(ipv6("ra_defrtr_metric", "512")))
	}
	return append(settings, ipv6("accept_ra_defrtr", "0"))
}
