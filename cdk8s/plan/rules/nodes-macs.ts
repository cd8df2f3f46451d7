/** MAC addresses of nodes: which interface has which, and hypervisors that filter others. */
import { entries, type CheckedPlan } from '../read/checked-plan.ts';
import { hypervisors } from '../../platforms/hypervisors/index.ts';
import type { Violation } from './rule.ts';
import { parentOf } from '../vlan.ts';
import { interfacesOf } from './view/topology.ts';

/** Every MAC address of the plan with its owner. */
function* macs({ plan }: CheckedPlan) {
  for (const { node, name, value, path } of interfacesOf(plan))
    if (value.mac) {
      // A VLAN interface has the MAC address of its parent.
      const cable = `${node} ${value.tagged ? parentOf(name) : name}`;
      yield { mac: value.mac, cable, who: `${node} ${name}`, path };
    }
  const pinned = plan.apps?.['home-assistant'];
  if (pinned?.mac) yield { mac: pinned.mac, cable: undefined, who: 'home-assistant', path: ['apps', 'home-assistant'] };
  for (const [attachment, { workloads }] of entries(plan.attachments))
    for (const [name, { mac }] of entries(workloads)) {
      const path = ['attachments', attachment, 'workloads', name];
      if (mac) yield { mac, cable: undefined, who: `workload ${name}`, path };
    }
}

export function* macUnicast(checked: CheckedPlan): Iterable<Violation> {
  for (const { mac, who, path } of macs(checked)) {
    if (mac.isMulticast)
      yield { at: [...path, 'mac'], problem: `${String(mac)} of ${who} is a multicast address: its first pair is odd` };
    else if (mac.value === 0) yield { at: [...path, 'mac'], problem: `${String(mac)} of ${who} means "no address"` };
  }
}

export function* macDuplicate(checked: CheckedPlan): Iterable<Violation> {
  const holders = new Map<number, { cable: string | undefined; who: string }>();
  for (const one of macs(checked)) {
    const other = holders.get(one.mac.value);
    if (!other) holders.set(one.mac.value, one);
    else if (one.cable === undefined || one.cable !== other.cable)
      yield { at: [...one.path, 'mac'], problem: `${one.who} and ${other.who} both have ${String(one.mac)}` };
  }
}

export function* macFilter({ plan }: CheckedPlan): Iterable<Violation> {
  const users = new Map<string, string>();
  for (const [name, { network }] of entries(plan.attachments))
    if (network !== undefined) users.set(network, `attachment ${name}`);
  if (plan.pods?.mode === 'bridged' && plan.pods.network !== undefined) users.set(plan.pods.network, 'pods');
  for (const [node, { host, interfaces }] of entries(plan.nodes)) {
    const remedy = host === undefined ? undefined : hypervisors[host].passMacs?.(node);
    if (host === undefined || remedy === undefined) continue;
    for (const [name, { bridge, network }] of entries(interfaces)) {
      const user = network === undefined ? undefined : users.get(network);
      if (bridge === undefined || user === undefined) continue;
      yield {
        at: ['nodes', node, 'host'],
        problem: `node ${node} is a virtual machine of ${host}, which passes only the machine's own MAC addresses by default: ${user} on bridge ${bridge} (${name}) would get no reply`,
        remedy,
      };
    }
  }
}
