package server

import (
	"encoding/json"
	"net/netip"
	"testing"

	"github.com/containernetworking/cni/pkg/version"

	"github.com/flatlan/flatlan/cni/internal/landhcp/client"
)

// The plugin that owns the interface sets it up by nothing else: a route without a gateway has to stay one, with upstream's
// ConfigureIface too, which takes the address's gateway where a route has none.
func TestResult(t *testing.T) {
	terms := leaseOfAnHour()
	terms.Gateway = netip.MustParseAddr("192.168.2.1")
	terms.Routes = []client.Route{
		{Destination: netip.MustParsePrefix("0.0.0.0/0"), Gateway: netip.MustParseAddr("192.168.2.1")},
		{Destination: netip.MustParsePrefix("224.0.0.0/4")},
	}
	terms.DNS = []netip.Addr{netip.MustParseAddr("192.168.2.1"), netip.MustParseAddr("192.168.2.3")}
	terms.Domain, terms.Search = "home.lan", []string{"iot.lan"}
	want := `{"cniVersion":"1.1.0",` +
		`"dns":{"domain":"home.lan","nameservers":["192.168.2.1","192.168.2.3"],"search":["iot.lan"]},` +
		`"ips":[{"address":"192.168.2.40/24","gateway":"192.168.2.1"}],"routes":[` +
		`{"dst":"0.0.0.0/0","gw":"192.168.2.1","priority":500},{"dst":"224.0.0.0/4","gw":"0.0.0.0","priority":500,"scope":253}]}`
	answer := result(terms, 500)
	if text, err := json.Marshal(answer); err != nil || string(text) != want {
		t.Errorf("%v, got\n%s, want\n%s", err, text, want)
	}
	for _, spec := range version.All.SupportedVersions() {
		if _, err := answer.GetAsVersion(spec); err != nil {
			t.Errorf("%s: %v", spec, err)
		}
	}
	bare := leaseOfAnHour()
	if got := result(bare, 500); got.IPs[0].Gateway != nil || len(got.Routes) != 0 || len(got.DNS.Nameservers) != 0 {
		t.Errorf("a lease without a router became %+v", got)
	}
}
