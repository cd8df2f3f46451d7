package server

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"

	"github.com/flatlan/flatlan/cni/internal/landhcp/client"
	"github.com/flatlan/flatlan/cni/internal/landhcp/link"
)

// A Policy is what the plan says about leases: who may have one, and what it may say. It comes from agent.json, never
// from the network configuration of a Call, which anyone who may edit NetworkAttachmentDefinitions controls.
type Policy struct {
	// Attachments by namespace/name of the definition. One that is not here gives no address.
	Attachments map[string]client.AttachmentPolicy `json:"attachments"`
	// Access are the namespaces whose pods may use an attachment; its own where there is no entry.
	Access map[string][]string `json:"access"`
	// Pins are who may pin which MAC address, by its text.
	Pins map[string]Pin `json:"pins"`
}

// A Pin is a workload that may pin a MAC address.
type Pin struct {
	Namespace string `json:"namespace"`
	Workload  string `json:"workload"`
}

// Check reports all that is wrong with a policy.
func (p Policy) Check() error {
	var problems []error
	problem := func(format string, values ...any) { problems = append(problems, fmt.Errorf(format, values...)) }
	byNetwork := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(p.Attachments)) {
		namespace, network, ok := strings.Cut(name, "/")
		if !ok || namespace == "" || network == "" || strings.Contains(network, "/") {
			problem("attachment %q is not of the form namespace/name", name)
		} else if other, taken := byNetwork[network]; taken {
			problem("attachments %q and %q are one CNI network, %s: call one of them otherwise", other, name, network)
		}
		byNetwork[network] = name
		problems = append(problems, p.Attachments[name].Check(name))
	}
	for _, name := range slices.Sorted(maps.Keys(p.Access)) {
		if _, known := p.Attachments[name]; !known {
			problem("access %q: there is no such attachment", name)
		}
		if slices.Contains(p.Access[name], "") || len(p.Access[name]) == 0 {
			problem("access %q: a list of namespaces is wanted", name)
		}
	}
	for _, text := range slices.Sorted(maps.Keys(p.Pins)) {
		if mac, err := net.ParseMAC(text); err != nil || mac.String() != text || len(mac) != 6 || mac[0]&1 != 0 {
			problem("pins: %q is not a unicast Ethernet address, written as 02:f1:a7:00:00:01", text)
		}
		if pin := p.Pins[text]; pin.Namespace == "" || pin.Workload == "" {
			problem("pins %q: namespace and workload are wanted", text)
		}
	}
	return errors.Join(problems...)
}

// attachment finds what the plan knows of a CNI network. Its name is the definition's: the chart's guard sees to it.
func (p *Policy) attachment(network string) (name string, found *client.AttachmentPolicy) {
	for name, one := range p.Attachments {
		if strings.HasSuffix(name, "/"+network) && network != "" {
			return name, &one
		}
	}
	return "", nil
}

// ruling is what the terms of a lease are checked against; nothing without a policy.
func (p *Policy) ruling(one record) client.Ruling {
	r := client.Ruling{IsNodes: link.IsNodes, LinkMTU: one.LinkMTU, IPv6: one.IPv6}
	if p != nil {
		_, r.Attachment = p.attachment(one.Network)
		r.Unknown = r.Attachment == nil
	}
	return r
}

// admit says why a pod may not have an address. The admission policy in the API server refuses the same earlier, but
// only pods that are created while it is installed; this check applies to all.
func (p *Policy) admit(one record, c conf) error {
	if p == nil {
		return nil
	}
	refuse := func(format string, values ...any) error {
		return coded(codeRefused, "%s may not use network %s: %s", one.Pod, one.Network, fmt.Sprintf(format, values...))
	}
	name, found := p.attachment(one.Network)
	if found == nil {
		return refuse("the agent's settings have no attachment of that name; the plan's attachments are those that it has")
	}
	if found.Bridge != "" && one.HostInterface != found.Bridge {
		return refuse("attachment %s is bridge %s, and this definition names %q", name, found.Bridge, one.HostInterface)
	}
	own, _, _ := strings.Cut(name, "/")
	allowed, listed := p.Access[name]
	if !listed {
		allowed = []string{own}
	}
	if !slices.Contains(allowed, one.Pod.Namespace) {
		return refuse("attachment %s is for namespaces %s; add %q to attachments.%s.namespaces of the plan", name,
			strings.Join(allowed, ", "), one.Pod.Namespace, one.Network)
	}
	if len(c.CNIArgs) > 0 {
		return refuse("its annotation has cni-args (%s), by which upstream's plugins would change what the plan decides; take them out", strings.Join(c.CNIArgs, ", "))
	}
	if c.PinnedMAC != nil {
		return p.admitPin(one, c.PinnedMAC.String(), refuse)
	}
	return nil
}

func (p *Policy) admitPin(one record, mac string, refuse func(string, ...any) error) error {
	pin, known := p.Pins[mac]
	switch {
	case !known:
		return refuse("the plan lets nobody pin MAC address %s; write it under attachments.%s.workloads, or take it out of the annotation", mac, one.Network)
	case pin.Namespace != one.Pod.Namespace || !pin.covers(one.Pod.Name):
		return refuse("MAC address %s is pinned for workload %s of namespace %s", mac, pin.Workload, pin.Namespace)
	}
	return nil
}

// generatedBase is how much of a controller's name the names of its pods keep (apiserver, pkg/storage/names, maxGeneratedNameLength).
const generatedBase = 58

// covers tells whether a pod of this name is of the workload: its controller puts something behind the workload's name.
func (p Pin) covers(pod string) bool {
	base := p.Workload + "-"
	return pod == p.Workload || strings.HasPrefix(pod, base[:min(len(base), generatedBase)])
}
