package server

import (
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/flatlan/flatlan/cni/internal/cniargs"
	"github.com/flatlan/flatlan/cni/internal/landhcp/client"
)

func testPolicy() *Policy {
	return &Policy{
		Attachments: map[string]client.AttachmentPolicy{
			"default/layer2-bridge": {Bridge: "br0", Subnet: netip.MustParsePrefix("192.168.2.0/24")},
			"iot/things":            {Bridge: "br-iot", Subnet: netip.MustParsePrefix("192.168.50.0/24")},
		},
		Access: map[string][]string{"default/layer2-bridge": {"default", "smarthome"}},
		Pins: map[string]Pin{
			"02:f1:a7:00:00:01": {Namespace: "smarthome", Workload: "home-assistant"},
			"02:f1:a7:00:00:02": {Namespace: "smarthome", Workload: long(63)},
		},
	}
}

// Whatever the admission policy of the API server lets pass, or was not there to see.
func TestWhoMayHaveAnAddress(t *testing.T) {
	for name, one := range map[string]struct {
		network, bridge, namespace, pod, mac string
		args                                 []string
		want                                 string
	}{
		"a namespace of the list":      {network: "layer2-bridge", bridge: "br0", namespace: "smarthome", pod: "web-0"},
		"its own":                      {network: "things", bridge: "br-iot", namespace: "iot", pod: "web-0"},
		"another namespace":            {network: "layer2-bridge", bridge: "br0", namespace: "other", pod: "web-0", want: `attachment default/layer2-bridge is for namespaces default, smarthome; add "other"`},
		"none listed: its own alone":   {network: "things", bridge: "br-iot", namespace: "smarthome", pod: "web-0", want: "attachment iot/things is for namespaces iot"},
		"no namespace":                 {network: "layer2-bridge", bridge: "br0", pod: "web-0", want: `add ""`},
		"a definition of one's own":    {network: "mine", bridge: "br0", namespace: "default", pod: "web-0", want: "have no attachment of that name"},
		"a name that ends alike":       {network: "2-bridge", bridge: "br0", namespace: "default", pod: "web-0", want: "have no attachment of that name"},
		"another bridge":               {network: "layer2-bridge", bridge: "br-iot", namespace: "default", pod: "web-0", want: `is bridge br0, and this definition names "br-iot"`},
		"cni-args":                     {network: "layer2-bridge", bridge: "br0", namespace: "default", pod: "web-0", args: []string{"promisc", "sysctl"}, want: "cni-args (promisc, sysctl)"},
		"its MAC address":              {network: "layer2-bridge", bridge: "br0", namespace: "smarthome", pod: "home-assistant-7d9c5b6f9-x2x4z", mac: "02:f1:a7:00:00:01"},
		"a StatefulSet's":              {network: "layer2-bridge", bridge: "br0", namespace: "smarthome", pod: "home-assistant-0", mac: "02:f1:a7:00:00:01"},
		"a name that is cut":           {network: "layer2-bridge", bridge: "br0", namespace: "smarthome", pod: long(58) + "x2x4z", mac: "02:f1:a7:00:00:02"},
		"in another namespace":         {network: "layer2-bridge", bridge: "br0", namespace: "default", pod: "home-assistant-0", mac: "02:f1:a7:00:00:01", want: "pinned for workload home-assistant of namespace smarthome"},
		"of another workload":          {network: "layer2-bridge", bridge: "br0", namespace: "smarthome", pod: "home-assistant2-0", mac: "02:f1:a7:00:00:01", want: "pinned for workload home-assistant"},
		"the router's":                 {network: "layer2-bridge", bridge: "br0", namespace: "smarthome", pod: "web-0", mac: "02:00:00:00:00:fe", want: "lets nobody pin MAC address 02:00:00:00:00:fe"},
		"another namespace with a pin": {network: "layer2-bridge", bridge: "br0", namespace: "other", pod: "home-assistant-0", mac: "02:f1:a7:00:00:01", want: "is for namespaces"},
	} {
		c := conf{CNIArgs: one.args}
		if one.mac != "" {
			c.PinnedMAC, _ = net.ParseMAC(one.mac)
		}
		err := testPolicy().admit(record{Network: one.network, HostInterface: one.bridge, Pod: cniargs.Pod{Namespace: one.namespace, Name: one.pod}}, c)
		switch {
		case one.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case one.want != "" && (err == nil || !strings.Contains(err.Error(), one.want) || failureOf(err).Code != codeRefused):
			t.Errorf("%s: %v, want %q", name, err, one.want)
		}
	}
	var none *Policy
	if err := none.admit(record{}, conf{CNIArgs: []string{"mac"}}); err != nil {
		t.Errorf("without a policy: %v", err)
	}
}

// One annotation with the attachment 32 times is no node's whole cap.
func TestCapsOfPodsAndNamespaces(t *testing.T) {
	s, err := New(Config{Socket: "/s", State: "/t", Limits: Limits{LeasesPerNode: 5, LeasesPerNamespace: 3, LeasesPerPod: 2}})
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range []struct{ namespace, container, want string }{
		{"a", "1", ""}, {"a", "1", ""}, {"a", "1", "leasesPerPod"}, {"a", "2", ""}, {"a", "3", "its namespace has 3 leases, as many as leasesPerNamespace"},
		{"b", "4", ""}, {"c", "5", ""}, {"d", "6", "this node has 5 leases, as many as leasesPerNode"},
	} {
		r := record{ContainerID: one.container, Interface: string(rune('a' + len(s.leases))), Pod: cniargs.Pod{Namespace: one.namespace, Name: "p"}}
		err := s.beyondCaps(r)
		if one.want == "" && err != nil || one.want != "" && (err == nil || !strings.Contains(err.Error(), one.want)) {
			t.Errorf("%+v: %v", one, err)
		}
		if err == nil {
			s.leases[r.key()] = &lease{record: r}
		}
	}
}
