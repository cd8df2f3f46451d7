package routefix

import (
	"encoding/json"
	"net/netip"
	"reflect"
	"strings"
	"testing"
)

func TestParseConf(t *testing.T) {
	prefixes := func(texts ...string) (parsed []netip.Prefix) {
		for _, text := range texts {
			parsed = append(parsed, netip.MustParsePrefix(text))
		}
		return parsed
	}
	with := func(change func(*Conf)) Conf {
		conf := defaults()
		change(&conf)
		return conf
	}
	cases := map[string]struct {
		text string
		want Conf
	}{
		"nothing": {`{}`, defaults()},
		"keys of others": {`{"cniVersion":"1.0.0","name":"n","type":"route-fix","prevResult":{},"runtimeConfig":{"mac":"x"},` +
			`"cni.dev/valid-attachments":[],"deviceID":"0000:3b:00.0"}`, defaults()},
		"all": {
			`{"clusterInterface":"ens5","clusterSubnets":["10.43.0.0/16","fd00::/64","10.43.0.0/16"],"lanSubnets":["192.168.50.0/24"],` +
				`"subnet":"192.168.2.0/24","otherSubnets":["192.168.3.0/24","192.168.2.1/32"],` +
				`"defaultRoute":"lan","multicast":false,"egressFilter":false,"sourceGuard":false,"ipv6":"ra","statePath":"/var/lib/flatlan/../x/"}`,
			Conf{"ens5", netip.MustParsePrefix("192.168.2.0/24"), prefixes("10.43.0.0/16", "fd00::/64"),
				prefixes("192.168.3.0/24", "192.168.2.1/32"), prefixes("192.168.50.0/24"), LAN, false, false, false, IPv6RA, "/var/lib/x"},
		},
		"empty lists": {`{"clusterSubnets":[],"lanSubnets":[]}`, defaults()},
		"one key":     {`{"multicast":false}`, with(func(c *Conf) { c.Multicast = false })},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := ParseConf([]byte(c.text))
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %+v, %v\nwant %+v", got, err, c.want)
			}
		})
	}
}

func TestParseConfTellsAllMistakesOnOneLine(t *testing.T) {
	cases := map[string][]string{
		`[]`:                            {"not a JSON object"},
		`{"clusterInterface":"a/b"}`:    {`clusterInterface: "a/b": interface name contains /`},
		`{"clusterInterface":7}`:        {"7 is not an interface's name"},
		`{"clusterSubnets":"10.0.0.0"}`: {`"10.0.0.0" is not a list of subnets`},
		`{"clusterSubnets":null}`:       {"null is not a list of subnets"},
		`{"clusterSubnets":["0.0.0.0/0","224.0.0.0/4","::ffff:10.0.0.0/104","010.0.0.0/8","10.0.0.1/8"]}`: {
			"use defaultRoute", "use the key multicast", "write it as IPv4", `"010.0.0.0/8" is not a subnet`, "write 10.0.0.0/8",
		},
		`{"clusterSubnets":["10.43.0.0/16"],"lanSubnets":["10.0.0.0/8"]}`: {"lanSubnets 10.0.0.0/8 overlaps clusterSubnets 10.43.0.0/16"},
		`{"subnet":"192.168.2.7/24","otherSubnets":["x"]}`:                {"write 192.168.2.0/24", `otherSubnets: "x" is not a subnet`},
		`{"subnet":["192.168.2.0/24"]}`:                                   {"is not a subnet such as"},
		`{"defaultRoute":"net1"}`:                                         {`"net1" is not one of ["cluster" "lan"]`},
		`{"ipv6":"slaac"}`:                                                {`"slaac" is not one of ["none" "ra"]`},
		`{"multicast":"yes"}`:                                             {`"yes" is not true or false`},
		`{"statePath":"routes"}`:                                          {`"routes" is not an absolute path`},
		`{"lansubnets":[],"subnets":1}`:                                   {"write lanSubnets", `unknown key "subnets": the keys are clusterInterface, clusterSubnets`},
	}
	for text, words := range cases {
		t.Run(text, func(t *testing.T) {
			conf, err := ParseConf([]byte(text))
			wantError(t, err, words...)
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than a line: %v", err)
			}
			if conf.StatePath != defaults().StatePath {
				t.Errorf("DEL would look for the record in %q", conf.StatePath)
			}
		})
	}
}

// Whatever comes in: no panic; what is taken is a configuration, and the record of it reads back as the same.
func FuzzConf(f *testing.F) {
	for _, seed := range []string{
		`{}`, `[]`, `null`, `{"cniVersion":"1.0.0","name":"layer2-bridge","type":"route-fix","clusterSubnets":["192.168.7.0/24"],"ipv6":"ra"}`,
		`{"multicast":false,"defaultRoute":"lan","statePath":"/a"}`, `{"clusterSubnets":["::/1","0.0.0.0/1"],"clusterSubnets":[]}`,
		`{"lanSubnets":["10.0.0.0/8","fe80::/10","::ffff:1.2.3.4/128"]}`, `{"Multicast":true}`, `{"clusterInterface":"\u0000"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		conf, err := ParseConf(text)
		if err != nil {
			if strings.Contains(err.Error(), "\n") && !strings.Contains(string(text), "\n") {
				t.Errorf("the error has several lines: %q", err)
			}
			return
		}
		for _, subnet := range append(conf.ClusterSubnets, conf.LANSubnets...) {
			if subnet != subnet.Masked() || subnet.Bits() == 0 || subnet.Addr().Is4In6() {
				t.Errorf("took %v", subnet)
			}
		}
		record, err := json.Marshal(conf)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseConf(record)
		if err != nil || !reflect.DeepEqual(again, conf) {
			t.Errorf("%s reads back as %+v, %v", record, again, err)
		}
		fromRecord := defaults()
		if err := json.Unmarshal(record, &fromRecord); err != nil || !reflect.DeepEqual(fromRecord, conf) {
			t.Errorf("%s is read as %+v, %v", record, fromRecord, err)
		}
	})
}

// The previous result comes from other plugins: no panic, and what we print is a result of the same version with
// everything that came in.
func FuzzPreviousResult(f *testing.F) {
	for _, seed := range []string{
		`{"cniVersion":"1.0.0","interfaces":[{"name":"net1","sandbox":"/x"}],"ips":[{"interface":0,"address":"192.168.2.7/24","gateway":"192.168.2.1"}]}`,
		`{"cniVersion":"0.4.0","ips":[{"version":"4","address":"192.168.2.7/24"}],"routes":[{"dst":"0.0.0.0/0","gw":"192.168.2.1"}]}`,
		`{"cniVersion":"1.1.0","interfaces":[{"name":"net1","sandbox":"/x","mtu":1500}],"ips":[{"interface":7,"address":"fd00::1/64"}],"odd":{"a":[1,2]}}`,
		`{"routes":null}`, `{}`, `null`, `7`,
	} {
		for _, cniVersion := range []string{"0.3.1", "0.4.0", "1.0.0", "1.1.0"} {
			f.Add(cniVersion, []byte(seed))
		}
	}
	f.Fuzz(func(t *testing.T, cniVersion string, result []byte) {
		stdin, err := json.Marshal(map[string]any{"cniVersion": cniVersion, "prevResult": json.RawMessage(result)})
		if err != nil {
			return
		}
		before, err := readPrevious(stdin, "net1")
		if err != nil {
			return
		}
		w := wanted{routes: []route{{table: 254, kind: 1, dst: allMulticast}}}
		output, err := before.with(w, link{name: "net1"})
		if err != nil {
			return
		}
		var came, went map[string]json.RawMessage
		if json.Unmarshal(result, &came) != nil || json.Unmarshal(output, &went) != nil {
			t.Fatalf("%s became %s", result, output)
		}
		for key, value := range came {
			if key != "routes" && key != "cniVersion" && !sameJSON(value, went[key]) {
				t.Errorf("%s: %s became %s", key, value, went[key])
			}
		}
	})
}

func sameJSON(a, b json.RawMessage) bool {
	var left, right any
	return json.Unmarshal(a, &left) == nil && json.Unmarshal(b, &right) == nil && reflect.DeepEqual(left, right)
}
