package routefix

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Apply makes the namespace at path netns what conf wants for the interface ifName with the addresses that it has now,
// and says what it changed. Once everything is as wanted it changes nothing.
func Apply(netns, ifName string, conf Conf, gateways []netip.Addr) ([]string, error) {
	var changed []string
	err := inside(netns, func() (err error) {
		changed, err = applyHere(ifName, conf, gateways)
		return err
	})
	return changed, err
}

// applyHere works in the namespace of the calling thread, under its lock.
func applyHere(ifName string, conf Conf, gateways []netip.Addr) ([]string, error) {
	var changed []string
	// The second round sees what settings of the first have brought: IPv6 switched on brings ff00::/8.
	for range 2 {
		changes, err := decideHere(ifName, conf, gateways)
		if err != nil {
			return changed, err
		}
		for _, step := range changes {
			if err := step.do(); err != nil {
				return changed, err
			}
			changed = append(changed, step.problem)
		}
		if len(changes) == 0 {
			break
		}
	}
	if conf.IPv6 == IPv6RA && len(changed) > 0 {
		solicit(ifName)
	}
	return changed, nil
}

func decideHere(ifName string, conf Conf, gateways []netip.Addr) ([]change, error) {
	v, err := look(ifName, conf.ClusterInterface)
	if err != nil {
		return nil, err
	}
	if !v.lan.up {
		return nil, &DownError{Interface: ifName}
	}
	w, err := want(v, conf, gateways)
	if err != nil {
		return nil, err
	}
	return compare(v, w, conf), nil
}

// A DownError is an interface that is switched off: the kernel takes no routes for it.
type DownError struct{ Interface string }

func (e *DownError) Error() string {
	return fmt.Sprintf("interface %s is down: set it up first (`ip link set %s up`)", e.Interface, e.Interface)
}

// addRoute never replaces (NLM_F_REPLACE): the kernel would take any route of the same destination and metric for the
// old one, another interface's too. Without that flag and without NLM_F_EXCL an IPv4 route goes in front of its equals.
func addRoute(r route) error {
	if err := netlink.RouteAddEcmp(r.message(Protocol)); err != nil && !errors.Is(err, unix.EEXIST) {
		return fmt.Errorf("add %s: %w", r.text(nil), err)
	}
	if !r.is4() {
		return nil
	}
	return raise(r)
}

// raise puts an IPv4 route of ours that was there already, behind an equal one of another interface, in front of it.
func raise(r route) error {
	routes, err := listRoutes()
	if err != nil {
		return err
	}
	if !shadowed(routes, r) {
		return nil
	}
	message := r.message(Protocol)
	if err := errors.Join(netlink.RouteDel(message), netlink.RouteAddEcmp(message)); err != nil {
		return fmt.Errorf("raise %s: %w", r.text(nil), err)
	}
	return nil
}

func removeRoute(r installedRoute) error {
	if err := netlink.RouteDel(r.message(r.protocol)); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("remove %s: %w", r.text(nil), err)
	}
	return nil
}

func moveRoute(from, to installedRoute) error {
	if err := netlink.RouteAdd(to.message(to.protocol)); err != nil && !errors.Is(err, unix.EEXIST) {
		return fmt.Errorf("add %s: %w", to.text(nil), err)
	}
	return removeRoute(from)
}

func addRule(r rule) error {
	if err := netlink.RuleAdd(r.message()); err != nil && !errors.Is(err, unix.EEXIST) {
		return fmt.Errorf("add %s: %w", r, err)
	}
	return nil
}

func removeRule(r rule) error {
	if err := netlink.RuleDel(r.message()); err != nil && !errors.Is(err, unix.ENOENT) {
		return fmt.Errorf("remove %s: %w", r, err)
	}
	return nil
}

func removeAddress(index int, address netip.Prefix) error {
	attributes := netlink.NewLinkAttrs()
	attributes.Index = index
	err := netlink.AddrDel(&netlink.Dummy{LinkAttrs: attributes}, &netlink.Addr{IPNet: ipNet(address)})
	if err != nil && !errors.Is(err, unix.EADDRNOTAVAIL) {
		return fmt.Errorf("remove address %s: %w", address, err)
	}
	return nil
}
