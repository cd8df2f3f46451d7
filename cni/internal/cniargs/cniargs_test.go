package cniargs

import "testing"

func TestPodOf(t *testing.T) {
	for args, want := range map[string]Pod{
		"IgnoreUnknown=1;K8S_POD_NAMESPACE=home;K8S_POD_NAME=web-0;K8S_POD_UID=u-1": {"home", "web-0", "u-1"},
		"K8S_POD_NAME=a=b;odd;;K8S_POD_NAMESPACE=":                                  {"", "a=b", ""},
		"": {},
	} {
		if got := PodOf(Parse(args)); got != want {
			t.Errorf("%q: %+v, want %+v", args, got, want)
		}
	}
}

func TestPodInAMessage(t *testing.T) {
	for pod, want := range map[Pod]string{
		{"home", "web-0", "u-1"}: "pod home/web-0",
		{}:                       "a container outside of Kubernetes",
	} {
		if got := pod.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
