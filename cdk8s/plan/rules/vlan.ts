/**
 * Rules about VLANs. A trunk is a cable that carries several VLANs, identified by their IDs:
 *
 *     eth0 ----- untagged: the network of eth0
 *        \------ tagged 20: the network of eth0.20         a VLAN ID is used once per trunk
 */
import { span, VLAN } from '../bounds.ts';
import { entries, type CheckedPlan } from '../read/checked-plan.ts';
import { groupBy } from '../group.ts';
import type { Rule, Violation } from './rule.ts';
import { parentOf, vlanInName } from '../vlan.ts';
import { vlanOnMember } from './nodes-devices.ts';
import { interfacesOf } from './view/topology.ts';

function* numberNeeded({ plan, incomplete }: CheckedPlan): Iterable<Violation> {
  for (const { node, name, value, path } of interfacesOf(plan)) {
    const network = value.network === undefined ? undefined : plan.networks?.[value.network];
    if (!value.tagged || !network || value.network === undefined || network.vlan !== undefined) continue;
    if (incomplete(['networks', value.network, 'vlan'])) continue;
    yield {
      at: [...path, 'tagged'],
      problem: `${name} of node ${node} has tagged: true, but network ${value.network} has no VLAN ID`,
      remedy: `add vlan: ${vlanInName(name) ?? 'its VLAN ID'} to network ${value.network}, or remove tagged`,
    };
  }
}

function* nameMismatch({ plan }: CheckedPlan): Iterable<Violation> {
  for (const { node, name, value, path } of interfacesOf(plan)) {
    const number = value.network === undefined ? undefined : plan.networks?.[value.network]?.vlan;
    const inName = vlanInName(name);
    if (number === undefined || inName === undefined || inName === number) continue;
    yield {
      at: [...path, 'network'],
      problem: `${name} of node ${node} is named after VLAN ${inName}, but network ${value.network ?? ''} is VLAN ${number}`,
      remedy: `rename the interface to ${parentOf(name)}.${number}, or name the network of VLAN ${inName}`,
    };
  }
}

function* untaggedName({ plan, incomplete }: CheckedPlan): Iterable<Violation> {
  for (const { node, name, value, path } of interfacesOf(plan)) {
    const number = value.network === undefined ? undefined : plan.networks?.[value.network]?.vlan;
    const inName = vlanInName(name);
    if (value.tagged !== false || inName === undefined || (number ?? inName) !== inName) continue;
    const at = [...path, 'tagged'];
    if (incomplete(at) || value.network === undefined || incomplete(['networks', value.network])) continue;
    if (number === undefined) {
      if (plan.networks?.[value.network])
        yield {
          at,
          problem: `${name} of node ${node} is named after VLAN ${inName}, but the plan does not say that network ${value.network} is a VLAN`,
          remedy: `add vlan: ${inName} to network ${value.network} and tagged: true here, or rename the interface to ${parentOf(name)}`,
        };
      continue;
    }
    yield {
      at,
      problem: `${name} of node ${node} is named after VLAN ${number}, but the VLAN is untagged there in the plan`,
      remedy: `add tagged: true, or rename it to ${parentOf(name)}`,
    };
  }
}

/** By the interface that carries the tag, and the VLAN ID; an untagged network with a VLAN ID occupies it as well. */
function* twiceOnTrunk({ plan }: CheckedPlan): Iterable<Violation> {
  for (const [node, { interfaces }] of entries(plan.nodes)) {
    const seen = new Map<string, string>();
    for (const [name, { network, tagged }] of entries(interfaces)) {
      const number = network === undefined ? undefined : plan.networks?.[network]?.vlan;
      if (number === undefined || tagged === undefined) continue;
      const trunk = tagged ? parentOf(name) : name;
      const other = seen.get(`${trunk} ${number}`);
      if (other === undefined) seen.set(`${trunk} ${number}`, name);
      else
        yield {
          at: ['nodes', node, 'interfaces', name, 'network'],
          problem: `${other} and ${name} of node ${node} both carry VLAN ${number} on ${trunk}`,
        };
    }
  }
}

function* sameNumber({ plan }: CheckedPlan): Iterable<Violation> {
  const reported = new Set<string>();
  for (const [router, { addresses }] of entries(plan.routers)) {
    const own = new Set(Object.keys(addresses ?? {}));
    const numbered = entries(plan.networks).flatMap(([network, { vlan }]) =>
      vlan === undefined || !own.has(network) ? [] : [{ network, vlan }],
    );
    for (const [vlan, [first, ...others]] of groupBy(numbered, (one) => one.vlan))
      for (const { network } of others) {
        if (reported.has(network)) continue;
        reported.add(network);
        yield {
          at: ['networks', network, 'vlan'],
          problem: `networks ${first?.network ?? ''} and ${network} of router ${router} both have VLAN ${vlan}: a switch joins them into one segment`,
        };
      }
  }
}

export const vlanRules: readonly Rule[] = [
  {
    code: 'vlan/on-bond-member',
    severity: 'error',
    summary: 'A VLAN interface is on the bond, not on one of its members.',
    remedy: 'put the VLAN on the bond',
    check: vlanOnMember,
  },
  {
    code: 'vlan/id-range',
    severity: 'error',
    summary: `VLAN IDs are ${span(VLAN)} (IEEE 802.1Q).`,
    remedy: 'write the VLAN ID that your switch has for this network',
  },
  {
    code: 'vlan/number-needed',
    severity: 'error',
    summary: 'A network that is tagged on an interface has a VLAN ID.',
    remedy: 'add vlan to the network, or remove tagged',
    check: numberNeeded,
  },
  {
    code: 'vlan/twice-on-trunk',
    severity: 'error',
    summary: 'A VLAN ID is used once per cable of a node, tagged or not.',
    remedy: 'keep one of the two interfaces; a second address on a network needs no second interface',
    check: twiceOnTrunk,
  },
  {
    code: 'vlan/name-mismatch',
    severity: 'error',
    summary: 'An interface that is named after a VLAN (eth0.20) carries that VLAN.',
    remedy: 'rename the interface, or name the other network',
    check: nameMismatch,
  },
  {
    code: 'vlan/untagged-name',
    severity: 'warning',
    summary: 'An interface that is named after the VLAN of its network has tagged: true.',
    remedy: 'add tagged: true',
    check: untaggedName,
  },
  {
    code: 'vlan/same-number',
    severity: 'warning',
    summary: 'Networks of one router have different VLAN IDs.',
    remedy: 'give one of them the VLAN ID that your switch has for it; ignore this if they share no switch',
    check: sameNumber,
  },
];
