/** Pinned MAC addresses and static addresses of pods: only one interface at a time may have one. */
import { Mac } from '../../address/index.ts';
import type { CheckedPlan } from '../read/checked-plan.ts';
import type { Violation } from './rule.ts';
import { attachedOf, type Attached } from './view/attached.ts';

function* pinned(checked: CheckedPlan): Iterable<Attached & { mac: Mac }> {
  for (const one of attachedOf(checked)) if (one.mac) yield { ...one, mac: one.mac };
}

export function* pinnedReplicas(checked: CheckedPlan): Iterable<Violation> {
  for (const { name, kind, replicas, surge, mac, address, path } of attachedOf(checked)) {
    const [what, key] = mac ? [`MAC address ${String(mac)}`, 'mac'] : [`address ${String(address)}`, 'address'];
    if (!mac && !address) continue;
    const whose = `${what} of workload ${name} would be used by`;
    const both = `which the switch and ${mac ? 'the DHCP server' : 'the LAN'} treat as one device`;
    if (kind === 'DaemonSet')
      yield { at: [...path, 'kind'], problem: `${whose} a pod on every node, ${both}`, remedy: `remove ${key}` };
    else if (replicas > 1) yield { at: [...path, 'replicas'], problem: `${whose} ${replicas} pods, ${both}` };
    else if (surge > 0)
      yield {
        at: [...path, 'surge'],
        problem: `${whose} 1 + ${surge} pods during an update, ${both}`,
        remedy: `remove surge and give the workload the strategy Recreate, or remove ${key}`,
      };
  }
}

/** RFC 9542 section 2.1: the second lowest bit of the first octet. */
const LOCAL_BIT = 2 * 2 ** 40;

export function* pinnedLocal(checked: CheckedPlan): Iterable<Violation> {
  const said = new Set<string>();
  for (const { name, mac, path } of pinned(checked)) {
    if (mac.isLocal || mac.isMulticast || mac.value === 0 || said.has(path.join('.'))) continue;
    said.add(path.join('.'));
    yield {
      at: [...path, 'mac'],
      problem: `${String(mac)} of ${name} is a MAC address of a hardware vendor: a device with this address may join your network`,
      remedy: `write ${String(Mac.of(mac.value + LOCAL_BIT))}, which is locally administered; keep it if its device is no longer in use`,
    };
  }
}

export function* pinnedNowhere({ plan, incomplete }: CheckedPlan): Iterable<Violation> {
  const app = plan.apps?.['home-assistant'];
  const path = ['apps', 'home-assistant'];
  if (app?.mac && app.attachments?.length === 0 && !incomplete([...path, 'attachments']))
    yield {
      at: [...path, 'mac'],
      problem: `home-assistant has the MAC address ${String(app.mac)} but no attachment: its only interface is Calico's`,
    };
}
