package agent

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/flatlan/flatlan/cni/internal/landhcp/client"
	"github.com/flatlan/flatlan/cni/internal/landhcp/server"
	"github.com/flatlan/flatlan/cni/internal/preflight"
)

// A File is agent.json (docs/node-contract.md).
type File struct {
	Limits         server.Limits
	RepairInterval time.Duration
	// Attachments are what nodes carry, by namespace/name.
	Attachments map[string]Attachment
	// Policy is what leases may say, and for whom.
	Policy server.Policy
}

const (
	defaultRepairInterval = 30 * time.Second
	// A shorter interval would check every pod all the time; a longer one would leave a pod without routes for long.
	shortestRepair, longestRepair = time.Second, time.Hour
)

// An Attachment is what the nodes that have its bridge carry.
type Attachment struct {
	preflight.Attachment
	// The names of the nodes; none: every node.
	nodes []string
	// Those of them that have no address of their own on the bridge.
	withoutAddress []string
}

// carriedBy is what one node has to carry; without a name of the node everything.
func (f File) carriedBy(node string) map[string]preflight.Attachment {
	carried := map[string]preflight.Attachment{}
	for name, one := range f.Attachments {
		if node != "" && len(one.nodes) > 0 && !slices.Contains(one.nodes, node) {
			continue
		}
		attachment := one.Attachment
		attachment.WithoutAddress = slices.Contains(one.withoutAddress, node)
		carried[name] = attachment
	}
	return carried
}

// The file as it is written: absent keys have defaults, unknown ones are mistakes.
type written struct {
	LeasesPerNode      *int                          `json:"leasesPerNode"`
	LeasesPerNamespace *int                          `json:"leasesPerNamespace"`
	LeasesPerPod       *int                          `json:"leasesPerPod"`
	AcquireTimeout     *duration                     `json:"acquireTimeout"`
	ARPProbe           *duration                     `json:"arpProbe"`
	RepairInterval     *duration                     `json:"repairInterval"`
	Attachments        map[string]*writtenAttachment `json:"attachments"`
	Access             map[string][]string           `json:"access"`
	Pins               map[string]server.Pin         `json:"pins"`
}

// A writtenAttachment is what the node carries, and what leases of it may say.
type writtenAttachment struct {
	client.AttachmentPolicy
	MTU            int      `json:"mtu"`
	Nodes          []string `json:"nodes"`
	WithoutAddress []string `json:"withoutAddress"`
}

// A duration is written as Go writes it: 15s, 200ms.
type duration time.Duration

func (d *duration) UnmarshalJSON(text []byte) error {
	var value string
	if err := json.Unmarshal(text, &value); err != nil {
		return fmt.Errorf("%s is not a duration; write it as \"15s\" or \"200ms\"", text)
	}
	parsed, err := time.ParseDuration(value)
	if err != nil {
		return fmt.Errorf("%q is not a duration; write it as \"15s\" or \"200ms\"", value)
	}
	*d = duration(parsed)
	return nil
}

// ReadFile reads a file, or reports everything that is wrong with it.
func ReadFile(path string) (File, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return File{}, fmt.Errorf("no settings: %w; mount the chart's ConfigMap there or give --config", err)
	}
	file, err := parseFile(text)
	if err != nil {
		return File{}, fmt.Errorf("%s: %w", path, err)
	}
	return file, nil
}

func parseFile(text []byte) (File, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var w written
	if err := decoder.Decode(&w); err != nil {
		return File{}, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return File{}, errors.New("there is something after the settings")
	}
	file := File{Limits: server.DefaultLimits, RepairInterval: defaultRepairInterval, Attachments: map[string]Attachment{},
		Policy: server.Policy{Attachments: map[string]client.AttachmentPolicy{}, Access: w.Access, Pins: w.Pins}}
	set(&file.Limits.LeasesPerNode, w.LeasesPerNode)
	set(&file.Limits.LeasesPerNamespace, w.LeasesPerNamespace)
	set(&file.Limits.LeasesPerPod, w.LeasesPerPod)
	set(&file.Limits.AcquireTimeout, (*time.Duration)(w.AcquireTimeout))
	set(&file.Limits.ARPProbe, (*time.Duration)(w.ARPProbe))
	set(&file.RepairInterval, (*time.Duration)(w.RepairInterval))
	problems := []error{file.Limits.Check()}
	if file.RepairInterval < shortestRepair || file.RepairInterval > longestRepair {
		problems = append(problems, fmt.Errorf("repairInterval %s is not between %s and %s", file.RepairInterval, shortestRepair, longestRepair))
	}
	for name, one := range w.Attachments {
		if one == nil {
			one = &writtenAttachment{}
		}
		attachment := Attachment{Attachment: preflight.Attachment{Bridge: one.Bridge, Subnet: one.Subnet, MTU: one.MTU},
			nodes: one.Nodes, withoutAddress: one.WithoutAddress}
		problems = append(problems, checkAttachment(name, attachment.Attachment))
		file.Attachments[name] = attachment
		file.Policy.Attachments[name] = one.AttachmentPolicy
	}
	problems = append(problems, file.Policy.Check())
	return file, errors.Join(problems...)
}

func set[T any](into, from *T) {
	if from != nil {
		*into = *from
	}
}

// The name of an interface has at most 15 characters (IFNAMSIZ).
const longestInterface = 15

func checkAttachment(name string, a preflight.Attachment) error {
	var problems []error
	if a.Bridge == "" || len(a.Bridge) > longestInterface || strings.ContainsAny(a.Bridge, "/ \t\n") || a.Bridge == "." || a.Bridge == ".." {
		problems = append(problems, fmt.Errorf("attachment %q: bridge %q is not an interface name", name, a.Bridge))
	}
	if a.MTU < 0 {
		problems = append(problems, fmt.Errorf("attachment %q: mtu %d is negative", name, a.MTU))
	}
	return errors.Join(problems...)
}
