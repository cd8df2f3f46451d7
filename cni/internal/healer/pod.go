package healer

import (
	"slices"
	"strings"
)

// podMeta is what is looked at of a pod's metadata.
type podMeta struct {
	Namespace         string            `json:"namespace"`
	Name              string            `json:"name"`
	UID               string            `json:"uid"`
	ResourceVersion   string            `json:"resourceVersion"`
	DeletionTimestamp string            `json:"deletionTimestamp"`
	Annotations       map[string]string `json:"annotations"`
	OwnerReferences   []owner           `json:"ownerReferences"`
}

type owner struct {
	Kind       string `json:"kind"`
	Name       string `json:"name"`
	Controller bool   `json:"controller"`
}

// A pod as a GET answers it.
type pod struct {
	Metadata podMeta `json:"metadata"`
	Spec     struct {
		HostNetwork bool `json:"hostNetwork"`
	} `json:"spec"`
	Status struct {
		Phase string `json:"phase"`
	} `json:"status"`
}

// recreated reports whether a controller recreates the pod. A node owns its static pods, and only the kubelet can end those.
func (p podMeta) recreated() bool {
	return slices.ContainsFunc(p.OwnerReferences, func(o owner) bool { return o.Controller && o.Kind != "Node" })
}

// untouchable is the reason to leave a pod without its networks alone; empty if there is none.
func (p pod) untouchable() string {
	switch {
	case p.Metadata.DeletionTimestamp != "":
		return "it is being deleted"
	case p.Status.Phase != "Running":
		return "it is " + strings.ToLower(p.Status.Phase)
	case p.Spec.HostNetwork:
		return "it uses the node's own network"
	case !p.Metadata.recreated():
		return "no controller owns it, so nothing would make it anew"
	}
	return ""
}
