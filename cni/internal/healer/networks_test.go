package healer

import (
	"slices"
	"strings"
	"testing"
)

func TestMissing(t *testing.T) {
	const calico = `{"name":"k8s-pod-network","interface":"eth0","ips":["192.168.7.3"],"default":true}`
	for name, c := range map[string]struct {
		asked, status string
		want          []string
		says          string
	}{
		"nothing asked":          {"", "", nil, ""},
		"nothing asked, a blank": {" ", "[" + calico + "]", nil, ""},
		"Multus never saw it":    {"layer2-bridge", "", []string{"default/layer2-bridge"}, ""},
		"only the cluster's":     {"layer2-bridge", "[" + calico + "]", []string{"default/layer2-bridge"}, ""},
		"has it":                 {"layer2-bridge", "[" + calico + `,{"name":"default/layer2-bridge","interface":"net1"}]`, nil, ""},
		"of another namespace":   {"lan/layer2-bridge", `[{"name":"default/layer2-bridge"}]`, []string{"lan/layer2-bridge"}, ""},
		"with an interface":      {"layer2-bridge@lan0", `[{"name":"default/layer2-bridge","interface":"lan0"}]`, nil, ""},
		"one of two":             {"a, b", `[{"name":"default/b"}]`, []string{"default/a"}, ""},
		"the same twice":         {"a,a", `[{"name":"default/a"}]`, []string{"default/a"}, ""},
		"the same twice, there":  {"a,a", `[{"name":"default/a"},{"name":"default/a"}]`, nil, ""},
		"in JSON": {`[{"name":"a","mac":"02:f1:a7:00:00:01"},{"name":"b","namespace":"lan"}]`, `[{"name":"default/a"}]`,
			[]string{"lan/b"}, ""},
		"no JSON":            {`[{"name":`, "", nil, "is not a list"},
		"JSON without names": {`[{"interface":"net1"}]`, "", nil, "without a name"},
		"no list of names":   {"a,,b", "", nil, "[namespace/]name"},
		"too many slashes":   {"a/b/c", "", nil, "[namespace/]name"},
		"an object":          {`{"name":"a"}`, "", nil, "[namespace/]name"},
		"a status of words":  {"a", "pending", nil, "network-status is not a list"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := missing(podMeta{Namespace: "default", Annotations: map[string]string{askedAnnotation: c.asked, statusAnnotation: c.status}})
			if !slices.Equal(got, c.want) {
				t.Errorf("missing %v", got)
			}
			if (err != nil) != (c.says != "") || (err != nil && !strings.Contains(err.Error(), c.says)) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func FuzzMissing(f *testing.F) {
	f.Add("a@b, c/d", `[{"name":"c/d"}]`)
	f.Add(`[{"name":"a"}]`, "")
	f.Fuzz(func(t *testing.T, asked, status string) {
		meta := podMeta{Namespace: "default", Annotations: map[string]string{askedAnnotation: asked, statusAnnotation: status}}
		lacking, err := missing(meta)
		if err != nil && lacking != nil {
			t.Errorf("%v with an error: a pod could be deleted for an annotation that nobody can read", lacking)
		}
		for _, network := range lacking {
			if !strings.Contains(network, "/") {
				t.Errorf("%q has no namespace", network)
			}
		}
	})
}
