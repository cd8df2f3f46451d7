/**
 * The devices that a node gets: interfaces, members of bonds, VLAN devices, bridges. In Linux they share one set of names.
 *
 *     eth1 --+
 *            bond0 --- bond0.20 --- br0        five devices, five names
 *     eth2 --+
 */
import { distributions } from '../../platforms/distributions/index.ts';
import { entries, type CheckedPlan } from '../read/checked-plan.ts';
import type { Path } from '../finding.ts';
import type { Violation } from './rule.ts';
import { parentOf, vlanDevice } from '../vlan.ts';
import { interfacesOf, type ReadableInterface } from './view/topology.ts';

/** The VLAN device of a tagged interface; undefined for an untagged one, or where the VLAN ID is not known. */
function vlanOf({ plan }: CheckedPlan, name: string, { tagged, network }: ReadableInterface): string | undefined {
  const number = network === undefined ? undefined : plan.networks?.[network]?.vlan;
  return tagged && number !== undefined ? vlanDevice(name, number) : undefined;
}

export function* bridgeNames(checked: CheckedPlan): Iterable<Violation> {
  for (const [node, { interfaces }] of entries(checked.plan.nodes)) {
    const taken = new Map<string, string>();
    for (const [name, value] of entries(interfaces)) {
      const vlan = vlanOf(checked, name, value);
      if (vlan !== undefined) {
        taken.set(vlan, `the VLAN device of ${name}`);
        taken.set(parentOf(name), `the interface below ${vlan}`);
      }
      for (const member of value.bond?.members ?? []) taken.set(member, `a member of ${name}`);
    }
    for (const [name] of entries(interfaces)) taken.set(name, 'an interface');
    for (const [name, { bridge }] of entries(interfaces)) {
      const other = bridge === undefined ? undefined : taken.get(bridge);
      if (bridge !== undefined && other !== undefined)
        yield {
          at: ['nodes', node, 'interfaces', name, 'bridge'],
          problem: `the bridge on ${name} of node ${node} has the name of ${other}, ${bridge}`,
        };
    }
  }
}

/** Where `eth0.20` is too long a name, the device is called after the VLAN alone. */
export function* vlanDevices(checked: CheckedPlan): Iterable<Violation> {
  for (const [node, { interfaces }] of entries(checked.plan.nodes)) {
    const holders = new Map<string, string>();
    for (const [name, value] of entries(interfaces)) if (!value.tagged) holders.set(name, name);
    for (const [name, value] of entries(interfaces)) {
      const device = vlanOf(checked, name, value);
      if (device === undefined) continue;
      const other = holders.get(device);
      holders.set(device, name);
      // An interface twice on one trunk has a finding of its own (vlan/twice-on-trunk).
      if (other === undefined || parentOf(other) === parentOf(name)) continue;
      yield {
        at: ['nodes', node, 'interfaces', name],
        problem: `${other} and ${name} of node ${node} both need a device named ${device}`,
      };
    }
  }
}

/** What takes the frames of a member is the bond. */
export function* vlanOnMember({ plan }: CheckedPlan): Iterable<Violation> {
  for (const [node, { interfaces }] of entries(plan.nodes)) {
    const bonds = new Map(
      entries(interfaces).flatMap(([bond, { bond: of }]) =>
        (of?.members ?? []).map((member) => [member, bond] as const),
      ),
    );
    for (const [name, { tagged }] of entries(interfaces)) {
      const bond = bonds.get(parentOf(name));
      // A member that is an interface itself has a finding of its own (nodes/bond-members).
      if (!tagged || bond === undefined || parentOf(name) === name) continue;
      yield {
        at: ['nodes', node, 'interfaces', name],
        problem: `${name} of node ${node} is a VLAN on ${parentOf(name)}, which is a member of bond ${bond}: the bond receives its frames`,
        remedy: `put the VLAN on the bond: rename ${name} to ${bond}${name.slice(parentOf(name).length)}`,
      };
    }
  }
}

interface Owned {
  readonly pattern: RegExp;
  readonly owner: string;
}

/**
 * Names of devices that others make, take for their own or delete. Sources: projectcalico/calico v3.32 felix/config (interface
 * prefix, tunnels), flannel-io/flannel (flannel.1), cilium/cilium (cilium_*, lxc*), kubernetes kube-proxy (kube-ipvs0), moby (docker0, br-
 * and 12 hex digits), libvirt (virbr0, vnet0), the kernel (lo, the fallback devices of its tunnels).
 */
const OWNED: readonly Owned[] = [
  { pattern: /^lo$/, owner: 'the loopback interface of the kernel' },
  { pattern: /^(all|default)$/, owner: 'a word of the kernel, for the settings of every interface' },
  { pattern: /^cali/, owner: 'how Calico names the interfaces of pods' },
  {
    pattern: /^(tunl0|vxlan\.calico|vxlan-v6\.calico|wireguard\.cali|wg-v6\.cali|bpf(in|out)\.cali|egress\.calico)$/,
    owner: "one of Calico's own",
  },
  { pattern: /^flannel[.-]/, owner: "one of flannel's" },
  { pattern: /^(cilium_|cilium\.|lxc)/, owner: "one of Cilium's" },
  { pattern: /^kube-/, owner: "one of kube-proxy's or kube-router's" },
  { pattern: /^nodelocaldns$/, owner: "NodeLocal DNSCache's" },
  { pattern: /^docker/, owner: "one of Docker's" },
  { pattern: /^br-[0-9a-f]{12}$/, owner: 'how Docker names its bridges' },
  { pattern: /^virbr[0-9]/, owner: "one of libvirt's" },
  {
    pattern: /^(veth|vnet[0-9]|tap[0-9])/,
    owner: 'how container runtimes and hypervisors name the ends of virtual cables',
  },
  { pattern: /^(gre0|gretap0|erspan0|ip6tnl0|ip6gre0|sit0|ip_vti0|ip6_vti0)$/, owner: 'a device of the kernel' },
];

/** Whose name this is, as the end of a sentence. */
function ownerOf({ plan }: CheckedPlan, device: string): string | undefined {
  const { distribution } = plan.kubernetes ?? {};
  const deletes = distribution === undefined ? [] : distributions[distribution].deletedDevices;
  if (deletes.includes(device))
    return `a device that the clean-up scripts of ${distribution ?? ''} delete, together with every port of it`;
  return OWNED.find(({ pattern }) => pattern.test(device))?.owner;
}

export function* ownedDevices(checked: CheckedPlan): Iterable<Violation> {
  const { plan } = checked;
  for (const { node, name, value, path } of interfacesOf(plan)) {
    const written: readonly (readonly [string, Path, string])[] = [
      [name, path, 'interface'],
      ...(value.bridge === undefined ? [] : [[value.bridge, [...path, 'bridge'], 'bridge'] as const]),
      ...(value.bond?.members ?? []).map(
        (member, index) => [member, [...path, 'bond', 'members', index], 'bond member'] as const,
      ),
    ];
    for (const [device, at, sort] of written) {
      const owner = ownerOf(checked, device);
      if (owner === undefined) continue;
      yield {
        at,
        problem: `the ${sort} ${device} of node ${node} has a name that is not free: it is ${owner}`,
        ...(sort === 'bridge' && { remedy: 'choose another name for the bridge, such as br0 or lan0' }),
      };
    }
  }
}
