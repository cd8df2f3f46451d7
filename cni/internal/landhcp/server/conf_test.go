package server

import (
	"context"
	"encoding/hex"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/insomniacslk/dhcp/dhcpv4"

	"github.com/flatlan/flatlan/cni/internal/cniargs"
	"github.com/flatlan/flatlan/cni/internal/landhcp/client"
)

const podArgs = "IgnoreUnknown=1;K8S_POD_NAMESPACE=home;K8S_POD_NAME=web-0;K8S_POD_UID=u-1"

// bridgeConf is a network configuration around an ipam section.
func bridgeConf(ipam string, more ...string) []byte {
	return []byte(`{"cniVersion":"1.0.0","name":"layer2-bridge","type":"bridge"` + strings.Join(append([]string{""}, more...), ",") +
		`,"ipam":` + ipam + `}`)
}

func TestConfDefaults(t *testing.T) {
	c, err := parseConf(bridgeConf(`{"type":"lan-dhcp"}`), podArgs)
	if err != nil {
		t.Fatal(err)
	}
	if c.Network != "layer2-bridge" || c.Socket != DefaultSocket || c.Priority != 500 || c.HostInterface != "cni0" || c.PinnedMAC != nil {
		t.Errorf("conf is %+v", c)
	}
	if c.Pod != (cniargs.Pod{Namespace: "home", Name: "web-0", UID: "u-1"}) {
		t.Errorf("pod is %+v", c.Pod)
	}
	if len(c.Provide) != 1 || c.Provide[0].Code != 12 || string(c.Provide[0].Value) != "web-0" {
		t.Errorf("provided is %+v", c.Provide)
	}
	if want := []uint8{1, 121, 3, 6, 15, 119, 26}; !slices.Equal(c.Request, want) {
		t.Errorf("requested is %v, want %v", c.Request, want)
	}
}

func TestConfOfTheContract(t *testing.T) {
	c, err := parseConf(bridgeConf(`{"type":"lan-dhcp","daemonSocketPath":"/run/x.sock","priority":0,
		"provide":[{"option":"host-name","fromArg":"K8S_POD_NAMESPACE"},{"option":"60","value":"k8s"},{"option":"user-class","fromArg":"MISSING"}],
		"request":[{"skipDefault":true},{"option":"subnet-mask"},{"option":"42"},{"option":"subnet-mask"}]}`,
		`"bridge":"br-lan"`, `"runtimeConfig":{"mac":"02:F1:A7:00:00:01"}`, `"args":{"cni":{"mac":"02:00:00:00:00:02"}}`), "MAC=02:00:00:00:00:03;"+podArgs)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(c.CNIArgs, []string{"mac"}) {
		t.Errorf("cni-args are %q", c.CNIArgs)
	}
	if c.Socket != "/run/x.sock" || c.Priority != 0 || c.HostInterface != "br-lan" || c.PinnedMAC.String() != "02:f1:a7:00:00:01" {
		t.Errorf("conf is %+v", c)
	}
	if len(c.Provide) != 2 || string(c.Provide[0].Value) != "home" || c.Provide[1].Code != 60 {
		t.Errorf("provided is %+v", c.Provide)
	}
	if want := []uint8{1, 42}; !slices.Equal(c.Request, want) {
		t.Errorf("requested is %v, want %v", c.Request, want)
	}
}

func TestHostInterface(t *testing.T) {
	for want, conf := range map[string][]byte{
		"eth0": []byte(`{"name":"n","type":"macvlan","master":"eth0","ipam":{}}`),
		"":     []byte(`{"name":"n","type":"ptp","ipam":{}}`),
	} {
		if c, err := parseConf(conf, ""); err != nil || c.HostInterface != want {
			t.Errorf("%s: %q, %v", conf, c.HostInterface, err)
		}
	}
}

func TestConfTellsAllMistakesAtOnce(t *testing.T) {
	_, err := parseConf(bridgeConf(`{"type":"lan-dhcp","daemonSocketPath":"run.sock","priority":-1,
		"provide":[{"option":"hostname","value":"x"},{"option":"53","value":"x"},{"option":"12"}],
		"request":[{"option":"256"},{"option":""}]}`, `"runtimeConfig":{"mac":"01:00:5e:00:00:01"}`), "")
	if err == nil {
		t.Fatal("all of it was accepted")
	}
	for _, part := range []string{
		`ipam.daemonSocketPath "run.sock" is not absolute`, "ipam.priority -1 is negative",
		`ipam.provide[0]: option "hostname" is neither a number from 1 to 254 nor one of dhcp-client-identifier, host-name`,
		"ipam.provide[1]: option 53 belongs to the protocol", "ipam.provide[2]: option 12 has neither value nor fromArg",
		`ipam.request[0]: option "256"`, `ipam.request[1]: option ""`,
		`runtimeConfig.mac "01:00:5e:00:00:01" is not a unicast Ethernet address`,
	} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is missing in: %s", part, err)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("the error has several lines: %q", err)
	}
}

func TestConfRefusesWhatItDoesNotKnow(t *testing.T) {
	for conf, want := range map[string]string{
		`{`:                                 "network configuration",
		`{"name":"n"}`:                      "no ipam section",
		`{"name":"n","ipam":[]}`:            "ipam",
		`{"name":"n","ipam":{"priorty":1}}`: `unknown field "priorty"`,
		`{"ipam":{}}`:                       "name is missing",
		`{"name":"n","ipam":{"provide":[{"option":"12","value":"` + long(255) + `"}]}}`: "255 bytes do not fit",
	} {
		if _, err := parseConf([]byte(conf), ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", conf, err, want)
		}
	}
}

func long(length int) string { return strings.Repeat("a", length) }

func TestHostNameIsALabel(t *testing.T) {
	name := long(62) + "-" + long(10)
	c, err := parseConf(bridgeConf(`{}`), "K8S_POD_NAME="+name)
	if err != nil || string(c.Provide[0].Value) != long(62) {
		t.Errorf("host name is %q, %v", c.Provide, err)
	}
}

func TestClientIdentifier(t *testing.T) {
	for _, one := range []struct{ name, ipam, mac, args, want string }{
		{"a pod goes by its name", `{}`, "", podArgs, "00" + hex.EncodeToString([]byte("home/web-0/net1"))},
		{"a pinned pod goes by its MAC", `{}`, "02:f1:a7:00:00:01", podArgs, "0102f1a7000001"},
		{"what is provided wins", `{"provide":[{"option":"dhcp-client-identifier","value":"web"}]}`, "02:f1:a7:00:00:01", podArgs, "00776562"},
		{"without Kubernetes by container", `{}`, "", "", "00" + hex.EncodeToString([]byte("c1/layer2-bridge/net1"))},
	} {
		conf := bridgeConf(one.ipam)
		if one.mac != "" {
			conf = bridgeConf(one.ipam, `"runtimeConfig":{"mac":"`+one.mac+`"}`)
		}
		c, err := parseConf(conf, one.args)
		if err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(clientIdentifier(c, "c1", "net1")); got != one.want {
			t.Errorf("%s: %s, want %s", one.name, got, one.want)
		}
	}
}

func TestLongIdentifiersStayApart(t *testing.T) {
	a := clientIdentifier(conf{Pod: cniargs.Pod{Namespace: long(63), Name: long(253) + "a"}}, "", "net1")
	b := clientIdentifier(conf{Pod: cniargs.Pod{Namespace: long(63), Name: long(253) + "b"}}, "", "net1")
	if len(a) > 255 || slices.Equal(a, b) || a[0] != 0 {
		t.Errorf("identifiers of %d bytes: %x and %x", len(a), a, b)
	}
}

// A mouth is a pod's interface that records the first message sent and is gone after it.
type mouth struct {
	client.Wire
	said *dhcpv4.DHCPv4
}

func (m *mouth) Open() (client.Wire, error)        { return m, nil }
func (m *mouth) Close() error                      { return nil }
func (m *mouth) Configure(_, _ client.Terms) error { return client.ErrGone }
func (m *mouth) Withdraw(client.Terms) error       { return client.ErrGone }
func (m *mouth) Broadcast(message *dhcpv4.DHCPv4, _ netip.Addr) error {
	m.said = message
	return client.ErrGone
}

// discoverOf is what a client says first.
func discoverOf(identity client.Identity) *dhcpv4.DHCPv4 {
	var m mouth
	_, _ = client.New(client.Config{Identity: identity, Port: &m}).Acquire(context.Background(), netip.Addr{}, nil)
	return m.said
}

// The provided identifier must not undo the client's own on the wire.
func TestProvidedIdentifierIsSentAsOne(t *testing.T) {
	c, err := parseConf(bridgeConf(`{"provide":[{"option":"dhcp-client-identifier","value":"web"}]}`), podArgs)
	if err != nil {
		t.Fatal(err)
	}
	sender := client.Identity{MAC: []byte{2, 0, 0, 0, 0, 1}, Identifier: clientIdentifier(c, "c1", "net1"), Provide: c.Provide, Request: c.Request}
	message := discoverOf(sender)
	if got := message.Options.Get(dhcpv4.OptionClientIdentifier); string(got) != "\x00web" {
		t.Errorf("sent %q", got)
	}
}

func FuzzConf(f *testing.F) {
	f.Add(bridgeConf(`{"type":"lan-dhcp","provide":[{"option":"host-name","fromArg":"K8S_POD_NAME"}],"request":[{"skipDefault":true,"option":"1"}]}`), podArgs)
	f.Add(bridgeConf(`{"priority":1}`, `"args":{"cni":{"mac":"02:00:00:00:00:02"}}`), "MAC=02:00:00:00:00:01")
	f.Add([]byte(`{"name":"n","ipam":null}`), "a=b=c;;=")
	f.Fuzz(func(t *testing.T, data []byte, args string) {
		c, err := parseConf(data, args)
		if err != nil {
			if strings.TrimSpace(err.Error()) == "" {
				t.Error("an error without words")
			}
			return
		}
		if c.Network == "" || c.Priority < 0 || c.PinnedMAC != nil && len(c.PinnedMAC) != 6 {
			t.Errorf("accepted %+v", c)
		}
		id := clientIdentifier(c, "c1", "net1")
		if len(id) < 2 || len(id) > 255 {
			t.Errorf("an identifier of %d bytes", len(id))
		}
		// Whatever was accepted can be said on the wire and is understood there.
		sender := client.Identity{MAC: []byte{2, 0, 0, 0, 0, 1}, Identifier: id, Provide: c.Provide, Request: c.Request}
		sent := discoverOf(sender)
		if _, err := dhcpv4.FromBytes(sent.ToBytes()); err != nil {
			t.Errorf("the message cannot be read: %v", err)
		}
	})
}
