package routefix

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/containernetworking/plugins/pkg/ns"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Apply makes the namespace at path netns what conf wants for the interface ifName with the addresses that it has now,
// and says what it changed. Once everything is as wanted it changes nothing.
func Apply(netns, ifName string, conf Conf, gateways []netip.Addr) ([]string, error) {
	var changed []string
	err := inside(netns, func(kernel *netlink.Handle, _ ns.NetNS) (err error) {
		changed, err = applyHere(kernel, ifName, conf, gateways)
		return err
	})
	return changed, err
}

// applyHere works in the namespace of the calling thread, under its lock.
func applyHere(kernel *netlink.Handle, ifName string, conf Conf, gateways []netip.Addr) ([]string, error) {
	v, err := look(kernel, ifName, conf)
	if err != nil {
		return nil, err
	}
	return settle(kernel, v, conf, gateways)
}

// settle goes from what was seen to what is wanted.
func settle(kernel *netlink.Handle, v view, conf Conf, gateways []netip.Addr) ([]string, error) {
	changed, err := step(kernel, v, conf, gateways)
	if err == nil && conf.IPv6 == IPv6RA && v.sysctls[settingPath("ipv6", v.lan.name, "disable_ipv6")] == "1" {
		// Now that IPv6 is on there is more to see, and to do.
		var more []string
		if v, err = look(kernel, v.lan.name, conf); err == nil {
			more, err = step(kernel, v, conf, gateways)
		}
		changed = append(changed, more...)
	}
	if err == nil && !acceptedAsWanted(v, conf) {
		err = takeBack(kernel, v, conf)
	}
	if conf.IPv6 == IPv6RA && len(changed) > 0 {
		solicit(v.lan.name)
	}
	return changed, err
}

// acceptedAsWanted says whether the kernel already took from router advertisements what is wanted, and no more.
func acceptedAsWanted(v view, conf Conf) bool {
	return !slices.ContainsFunc(wantedIPv6Settings(v, conf), func(s setting) bool {
		value, there := v.sysctls[s.name]
		return there && !s.met(value)
	})
}

// takeBack looks again for what advertisements brought: one may have come after the first look and before the settings.
func takeBack(kernel *netlink.Handle, v view, conf Conf) (err error) {
	if v.lan, err = lookAtLink(kernel, v.lan.name); err != nil {
		return err
	}
	if v.routes, err = listRoutes(kernel); err != nil {
		return err
	}
	for _, one := range unwantedAdvertised(v, conf) {
		err = joined(err, one.do(kernel))
	}
	return err
}

// step does all that it can. A repair inside a container often cannot write sysctls (/proc/sys is read-only there), and
// routes are worth having without them.
func step(kernel *netlink.Handle, v view, conf Conf, gateways []netip.Addr) ([]string, error) {
	changes, err := decide(v, conf, gateways)
	if err != nil {
		return nil, err
	}
	var changed []string
	var problems []error
	for _, one := range changes {
		if err := one.do(kernel); err != nil {
			problems = append(problems, err)
			continue
		}
		changed = append(changed, one.problem)
	}
	return changed, joined(problems...)
}

func decide(v view, conf Conf, gateways []netip.Addr) ([]change, error) {
	if !v.lan.up {
		return nil, &DownError{Interface: v.lan.name}
	}
	if err := refuseLease(v, conf, gateways); err != nil {
		return nil, err
	}
	w, err := want(v, conf, gateways)
	if err != nil {
		return nil, err
	}
	return compare(v, w, conf), nil
}

// A DownError is an interface that is down: the kernel accepts no routes for it.
type DownError struct{ Interface string }

func (e *DownError) Error() string {
	return fmt.Sprintf("interface %s is down: set it up first (`ip link set %s up`)", e.Interface, e.Interface)
}

// addRoute never replaces (NLM_F_REPLACE): the kernel would take any route of the same destination and metric for the
// old one, another interface's too. Without that flag and without NLM_F_EXCL an IPv4 route goes in front of its equals,
// and with NLM_F_APPEND behind them.
func addRoute(kernel *netlink.Handle, r route, behind bool) error {
	message := r.message(Protocol)
	add := kernel.RouteAddEcmp
	if behind {
		add = kernel.RouteAppend
	}
	err := add(message)
	if errors.Is(err, unix.EEXIST) {
		// It is there already, behind an equal one of another interface.
		if err = kernel.RouteDel(message); err == nil {
			err = add(message)
		}
	}
	if err != nil {
		return fmt.Errorf("add %s: %w", r.text(nil), err)
	}
	return nil
}

func removeRoute(kernel *netlink.Handle, r installedRoute) error {
	if err := kernel.RouteDel(r.message(r.protocol)); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("remove %s: %w", r.text(nil), err)
	}
	return nil
}

func moveRoute(kernel *netlink.Handle, from, to installedRoute) error {
	if err := kernel.RouteAdd(to.message(to.protocol)); err != nil && !errors.Is(err, unix.EEXIST) {
		return fmt.Errorf("add %s: %w", to.text(nil), err)
	}
	return removeRoute(kernel, from)
}

func addRule(kernel *netlink.Handle, r rule) error {
	if err := kernel.RuleAdd(r.message()); err != nil && !errors.Is(err, unix.EEXIST) {
		return fmt.Errorf("add %s: %w", r, err)
	}
	return nil
}

func removeRule(kernel *netlink.Handle, r rule) error {
	if err := kernel.RuleDel(r.message()); err != nil && !errors.Is(err, unix.ENOENT) {
		return fmt.Errorf("remove %s: %w", r, err)
	}
	return nil
}

func setGroup(kernel *netlink.Handle, index, group int) error {
	attributes := netlink.NewLinkAttrs()
	attributes.Index = index
	if err := kernel.LinkSetGroup(&netlink.Dummy{LinkAttrs: attributes}, group); err != nil {
		return fmt.Errorf("group %d of interfaces: %w", group, err)
	}
	return nil
}

func removeAddress(kernel *netlink.Handle, index int, address netip.Prefix) error {
	attributes := netlink.NewLinkAttrs()
	attributes.Index = index
	err := kernel.AddrDel(&netlink.Dummy{LinkAttrs: attributes}, &netlink.Addr{IPNet: ipNet(address)})
	if err != nil && !errors.Is(err, unix.EADDRNOTAVAIL) {
		return fmt.Errorf("remove address %s: %w", address, err)
	}
	return nil
}
