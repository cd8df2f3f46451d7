// Package cniargs reads CNI_ARGS (CNI SPEC.md, section 2), by which a runtime tells plugins of the pod that they work for.
package cniargs

import "strings"

// Parse reads KEY=value;KEY=value. What is no such pair is left out: it is a runtime's own.
func Parse(args string) map[string]string {
	values := map[string]string{}
	for pair := range strings.SplitSeq(args, ";") {
		if key, value, found := strings.Cut(pair, "="); found {
			values[key] = value
		}
	}
	return values
}

// A Pod is the pod of an interface, as kubelet's runtimes and Multus pass it; all fields are empty outside of Kubernetes.
type Pod struct {
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name,omitempty"`
	UID       string `json:"uid,omitempty"`
}

// PodOf finds the pod among parsed arguments.
func PodOf(arguments map[string]string) Pod {
	return Pod{
		Namespace: arguments["K8S_POD_NAMESPACE"],
		Name:      arguments["K8S_POD_NAME"],
		UID:       arguments["K8S_POD_UID"],
	}
}

func (p Pod) String() string {
	if p.Name == "" {
		return "a container outside of Kubernetes"
	}
	return "pod " + p.Namespace + "/" + p.Name
}
