package routefix

import (
	"slices"
	"strings"
	"testing"
)

// Each setting stands here once more, since a test that goes by wantedSettings cannot see that one is gone from there.
func TestEachSettingIsWanted(t *testing.T) {
	ipv4 := []string{"ipv4 rp_filter 2", "ipv4 arp_ignore 1", "ipv4 arp_announce 2"}
	advertised := append(slices.Clone(ipv4), "ipv6 disable_ipv6 0", "ipv6 accept_ra 1", "ipv6 accept_ra_pinfo 1", "ipv6 autoconf 1",
		"ipv6 accept_ra_rt_info_max_plen 64, optional", "ipv6 accept_ra_rt_info_min_plen 48, optional", "ipv6 accept_ra_mtu 0",
		"ipv6 accept_ra_min_hop_limit 64", "ipv6 accept_redirects 0", "ipv6 max_addresses 16")
	for name, one := range map[string]struct {
		conf Conf
		want []string
	}{
		"no IPv6":                    {Conf{IPv6: IPv6None}, append(slices.Clone(ipv4), "ipv6 accept_ra 0, optional")},
		"a default route by the LAN": {Conf{IPv6: IPv6RA, DefaultRoute: LAN}, append(slices.Clone(advertised), "ipv6 accept_ra_defrtr 1", "ipv6 ra_defrtr_metric 512, optional")},
		"one by the cluster network": {Conf{IPv6: IPv6RA, DefaultRoute: Cluster}, append(slices.Clone(advertised), "ipv6 accept_ra_defrtr 0")},
	} {
		v := aPod()
		v.sysctls["ipv6/conf/net1/forwarding"] = "0"
		var got []string
		for _, s := range wantedSettings(v, one.conf) {
			text := strings.Replace(s.name, "/conf/net1/", " ", 1) + " " + s.value
			if s.optional {
				text += ", optional"
			}
			got = append(got, text)
		}
		if !slices.Equal(got, one.want) {
			t.Errorf("%s: wanted are\n%s\nand not\n%s", name, strings.Join(got, "\n"), strings.Join(one.want, "\n"))
		}
	}
}
