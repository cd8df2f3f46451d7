package agent

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/flatlan/flatlan/cni/internal/landhcp"
	"github.com/flatlan/flatlan/cni/internal/preflight"
)

// A File is agent.json (docs/node-contract.md).
type File struct {
	Limits         landhcp.Limits
	RepairInterval time.Duration
	// By namespace/name.
	Attachments map[string]preflight.Attachment
}

const (
	defaultRepairInterval = 30 * time.Second
	// Less would look at every pod all the time; more would leave a pod without routes for long.
	shortestRepair, longestRepair = time.Second, time.Hour
)

// The file as it is written: absent keys have defaults, unknown ones are mistakes.
type written struct {
	LeasesPerNode  *int                             `json:"leasesPerNode"`
	AcquireTimeout *duration                        `json:"acquireTimeout"`
	ARPProbe       *duration                        `json:"arpProbe"`
	RepairInterval *duration                        `json:"repairInterval"`
	Attachments    map[string]*preflight.Attachment `json:"attachments"`
}

// A duration is written as Go writes it: 15s, 200ms.
type duration time.Duration

func (d *duration) UnmarshalJSON(text []byte) error {
	var value string
	if err := json.Unmarshal(text, &value); err != nil {
		return fmt.Errorf("%s is no time; write it as \"15s\" or \"200ms\"", text)
	}
	parsed, err := time.ParseDuration(value)
	if err != nil {
		return fmt.Errorf("%q is no time; write it as \"15s\" or \"200ms\"", value)
	}
	*d = duration(parsed)
	return nil
}

// ReadFile reads a file, or says everything that is wrong with it.
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
	file := File{Limits: landhcp.DefaultLimits, RepairInterval: defaultRepairInterval, Attachments: map[string]preflight.Attachment{}}
	if w.LeasesPerNode != nil {
		file.Limits.LeasesPerNode = *w.LeasesPerNode
	}
	set(&file.Limits.AcquireTimeout, w.AcquireTimeout)
	set(&file.Limits.ARPProbe, w.ARPProbe)
	set(&file.RepairInterval, w.RepairInterval)
	problems := []error{file.Limits.Check()}
	if file.RepairInterval < shortestRepair || file.RepairInterval > longestRepair {
		problems = append(problems, fmt.Errorf("repairInterval %s is not between %s and %s", file.RepairInterval, shortestRepair, longestRepair))
	}
	for name, attachment := range w.Attachments {
		if attachment == nil {
			attachment = &preflight.Attachment{}
		}
		problems = append(problems, checkAttachment(name, *attachment))
		file.Attachments[name] = *attachment
	}
	return file, errors.Join(problems...)
}

func set(into *time.Duration, from *duration) {
	if from != nil {
		*into = time.Duration(*from)
	}
}

// The name of an interface has at most 15 characters (IFNAMSIZ).
const longestInterface = 15

func checkAttachment(name string, a preflight.Attachment) error {
	var problems []error
	if namespace, short, ok := strings.Cut(name, "/"); !ok || namespace == "" || short == "" || strings.Contains(short, "/") {
		problems = append(problems, fmt.Errorf("attachment %q is no namespace/name", name))
	}
	if a.Bridge == "" || len(a.Bridge) > longestInterface || strings.ContainsAny(a.Bridge, "/ \t\n") || a.Bridge == "." || a.Bridge == ".." {
		problems = append(problems, fmt.Errorf("attachment %q: bridge %q is no interface's name", name, a.Bridge))
	}
	if a.Subnet != (netip.Prefix{}) && a.Subnet != a.Subnet.Masked() {
		problems = append(problems, fmt.Errorf("attachment %q: subnet %s has host bits; write %s", name, a.Subnet, a.Subnet.Masked()))
	}
	if a.MTU < 0 {
		problems = append(problems, fmt.Errorf("attachment %q: mtu %d is negative", name, a.MTU))
	}
	return errors.Join(problems...)
}
