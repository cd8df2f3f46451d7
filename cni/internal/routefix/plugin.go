package routefix

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/containernetworking/cni/pkg/skel"
	"github.com/containernetworking/cni/pkg/types"
	"github.com/containernetworking/cni/pkg/version"
	"github.com/containernetworking/plugins/pkg/ns"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/flatlan/flatlan/cni/internal/cniargs"
	"github.com/flatlan/flatlan/cni/internal/statefile"
)

// Main is the plugin: each process runs one verb, given in the environment (CNI SPEC.md, section 2). It returns the
// exit status. An error goes to stdout as JSON, where the runtime expects it.
func Main([]string) int {
	// The process lives for milliseconds and makes less garbage than one collection costs.
	debug.SetGCPercent(-1)
	funcs := skel.CNIFuncs{Add: add, Del: del, Check: check, GC: gc, Status: status}
	supported := version.PluginSupports("0.3.1", "0.4.0", "1.0.0", "1.1.0")
	about := "route-fix: a chained CNI plugin; a container runtime calls it"
	if failure := skel.PluginMainFuncsWithError(funcs, supported, about); failure != nil {
		if err := failure.Print(); err != nil {
			fmt.Fprintln(os.Stderr, "route-fix:", failure, err)
		}
		return 1
	}
	return 0
}

func add(args *skel.CmdArgs) error {
	conf, before, err := readCall(args)
	if err != nil {
		return err
	}
	record := Record{
		Version:     recordVersion,
		Network:     networkName(args.StdinData),
		ContainerID: args.ContainerID,
		IfName:      args.IfName,
		Netns:       args.Netns,
		Pod:         cniargs.PodOf(cniargs.Parse(args.Args)),
		Gateways:    before.gateways,
		Conf:        conf,
	}
	var output []byte
	err = inside(args.Netns, func(kernel *netlink.Handle, host ns.NetNS) error {
		var namespace unix.Stat_t
		if err := unix.Stat(args.Netns, &namespace); err != nil {
			return err
		}
		record.Inode = namespace.Ino
		output, err = addHere(kernel, &record, before)
		if err != nil {
			// The runtime calls DEL after a failed ADD, but only when it lives on until then.
			return withCleanup(err, clearHere(kernel, args.IfName), statefile.Remove(record.path()), forgetPortAt(host, record.Port))
		}
		return nil
	})
	if err != nil {
		return fail(args, err)
	}
	_, err = os.Stdout.Write(append(output, '\n'))
	return err
}

// withCleanup adds what went wrong while cleaning up; the first error keeps its kind.
func withCleanup(err error, cleanup ...error) error {
	if also := joined(cleanup...); also != nil {
		return fmt.Errorf("%w; %w", err, also)
	}
	return err
}

// addHere works in the pod's namespace, and beside it in the host's: the kernel takes both sides' rules at the same time.
func addHere(kernel *netlink.Handle, record *Record, before previous) ([]byte, error) {
	see := lookUnfiltered
	if !record.Conf.EgressFilter {
		see = look // one that is left over goes
	}
	v, err := see(kernel, record.IfName, record.Conf)
	if err != nil {
		return nil, err
	}
	found := beside(func() (port, error) { return portOf(v.lan) })
	refusal := before.crossCheck(v, record.Conf)
	if refusal == nil {
		refusal = cmp.Or(refuseLease(v, record.Conf, record.Gateways), refuseRoutes(record.Conf, before.routes))
	}
	w, wantErr := want(v, record.Conf, record.Gateways)
	host, err := found()
	if err := cmp.Or(refusal, wantErr, err); err != nil {
		return nil, err
	}
	record.Port = before.given(host)
	// First the record: a power cut right after it leaves something that the repair finishes or DEL removes.
	if err := statefile.Write(record.path(), record); err != nil {
		return nil, err
	}
	guarded := beside(func() (port, error) { return record.Port, guardNew(record.Port, record.Conf) })
	_, err = settle(kernel, v, record.Conf, record.Gateways)
	_, guardErr := guarded()
	if err := cmp.Or(err, guardErr); err != nil {
		return nil, err
	}
	return before.with(w, v.lan)
}

func check(args *skel.CmdArgs) error {
	conf, before, err := readCall(args)
	if err != nil {
		return err
	}
	var problems []string
	err = inside(args.Netns, func(kernel *netlink.Handle, host ns.NetNS) error {
		// A lease may have moved the interface since: the daemon that moved it wrote down the new router.
		record, err := readRecord(recordPath(conf.StatePath, networkName(args.StdinData), args.ContainerID, args.IfName))
		if err != nil {
			return fmt.Errorf("the record that repairs need: %w", err)
		}
		gateways := append(record.Gateways, before.gateways...)
		v, err := look(kernel, args.IfName, conf)
		if err != nil {
			return err
		}
		changes, err := decide(v, conf, gateways)
		for _, one := range changes {
			problems = append(problems, one.problem)
		}
		if err != nil {
			return err
		}
		guard, err := guardAt(host, record.Port, conf, false)
		if guard.difference != "" {
			problems = append(problems, guard.difference)
		}
		return err
	})
	if err == nil && len(problems) > 0 {
		err = errors.New(strings.Join(problems, "; "))
	}
	if err != nil {
		return fail(args, err)
	}
	return nil
}

// del removes what exists and ignores what does not: the namespace, the interface, the record, even a
// configuration that can be read.
func del(args *skel.CmdArgs) error {
	conf, err := ParseConf(args.StdinData)
	if err != nil {
		fmt.Fprintf(os.Stderr, "route-fix: DEL goes on although the configuration is wrong: %v\n", err)
	}
	path := recordPath(conf.StatePath, networkName(args.StdinData), args.ContainerID, args.IfName)
	// Not by the state of the pod, which could name the port of another one.
	record, readErr := readRecord(path)
	if readErr != nil {
		record = Record{}
	}
	if readErr != nil && !errors.Is(readErr, fs.ErrNotExist) {
		fmt.Fprintf(os.Stderr, "route-fix: DEL goes on: %v\n", readErr)
	}
	if args.Netns != "" {
		// Another namespace at the same path belongs to another pod. The record is removed first: a repair that waits
		// for the lock then has nothing to restore.
		err := insideSame(args.Netns, record.Inode, func(kernel *netlink.Handle, host ns.NetNS) error {
			// Again, under the lock: it may have been completed.
			if now, err := readRecord(path); err == nil && readErr == nil {
				record = now
			}
			err := joined(statefile.Remove(path), clearHere(kernel, args.IfName))
			// The chain goes away with its port, or the agent's next repair removes it: the error must not keep a pod
			// from ending.
			if left := forgetPortAt(host, record.Port); left != nil {
				fmt.Fprintf(os.Stderr, "route-fix: DEL goes on: %v\n", left)
			}
			return err
		})
		var gone *GoneError
		if err != nil && !errors.As(err, &gone) {
			return fail(args, err)
		}
	}
	return statefile.Remove(path)
}

// gc removes the records of this network's attachments that the runtime no longer knows. Their namespaces went with
// their pods.
func gc(args *skel.CmdArgs) error {
	conf, err := ParseConf(args.StdinData)
	if err != nil {
		return types.NewError(types.ErrInvalidNetworkConfig, "route-fix", err.Error())
	}
	var call types.PluginConf
	if err := json.Unmarshal(args.StdinData, &call); err != nil {
		return types.NewError(types.ErrDecodingFailure, "route-fix", err.Error())
	}
	valid := map[string]bool{}
	for _, attachment := range call.ValidAttachments {
		valid[statefile.Name(call.Name, attachment.ContainerID, attachment.IfName)] = true
	}
	paths, problems := statefile.List(conf.StatePath)
	for _, path := range paths {
		if valid[filepath.Base(path)] {
			continue
		}
		record, err := readRecord(path)
		if err == nil && record.Network == call.Name {
			problems = errors.Join(problems, statefile.Remove(path))
		}
	}
	return problems
}

// status reports whether an ADD could work: the configuration is valid and its record can be written.
func status(args *skel.CmdArgs) error {
	conf, err := ParseConf(args.StdinData)
	if err != nil {
		return types.NewError(types.ErrPluginNotAvailable, "route-fix: configuration", err.Error())
	}
	if err := os.MkdirAll(conf.StatePath, 0o700); err != nil {
		return types.NewError(types.ErrPluginNotAvailable, "route-fix: statePath", err.Error())
	}
	if err := unix.Access(conf.StatePath, unix.W_OK); err != nil {
		return types.NewError(types.ErrPluginNotAvailable, "route-fix: statePath "+conf.StatePath+" is not writable", err.Error())
	}
	return nil
}

func readCall(args *skel.CmdArgs) (Conf, previous, error) {
	conf, confErr := ParseConf(args.StdinData)
	before, prevErr := readPrevious(args.StdinData, args.IfName)
	var nameErr error
	if conf.ClusterInterface == args.IfName {
		nameErr = fmt.Errorf("clusterInterface is %s, the interface of this attachment: they are two", args.IfName)
	}
	if err := joined(confErr, nameErr, prevErr); err != nil {
		return conf, before, types.NewError(types.ErrInvalidNetworkConfig, "route-fix: network "+networkName(args.StdinData), err.Error())
	}
	return conf, before, nil
}

// Of our own (docs/node-contract.md); the specification's end at 99.
const errRefused = 104

func fail(args *skel.CmdArgs, err error) error {
	code := types.ErrInternal
	var gone *GoneError
	var refusal *RefusedError
	switch {
	case errors.As(err, &gone):
		code = types.ErrUnknownContainer
	case errors.As(err, &refusal):
		code = errRefused
	}
	return types.NewError(code, fmt.Sprintf("route-fix: %s in %s", args.IfName, args.Netns), err.Error())
}

// networkName: skel has looked at it already, so it is there.
func networkName(stdin []byte) string {
	var conf struct {
		Name string `json:"name"`
	}
	_ = json.Unmarshal(stdin, &conf)
	return conf.Name
}
