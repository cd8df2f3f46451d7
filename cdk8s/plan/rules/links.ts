/** Rules about links between routers. */
import { entries, type CheckedPlan } from '../read/checked-plan.ts';
import type { Rule, Violation } from './rule.ts';
import { carriersOf, routersByNetwork } from './view/topology.ts';

function* ends({ plan }: CheckedPlan): Iterable<Violation> {
  for (const [name, { between }] of entries(plan.links))
    if (between?.[0] !== undefined && between[0] === between[1])
      yield { at: ['links', name, 'between'], problem: `both ends of link ${name} are router ${between[0]}` };
}

function* room({ plan }: CheckedPlan): Iterable<Violation> {
  for (const [name, { subnet }] of entries(plan.links))
    if (subnet && subnet.size < 2)
      yield {
        at: ['links', name, 'subnet'],
        problem: `${String(subnet)} of link ${name} has ${subnet.size} address, but the two ends need one each`,
      };
}

function* reach(checked: CheckedPlan): Iterable<Violation> {
  const { plan } = checked;
  if (entries(plan.links).length === 0) return;
  const carriers = carriersOf(checked);
  for (const [name, { reach: written }] of entries(plan.networks)) {
    const nodes = carriers.get(name);
    if (written === 'site' && nodes)
      yield {
        at: ['networks', name, 'reach'],
        problem: `network ${name} has nodes of a cluster with several sites (${nodes.slice(0, 3).join(', ')}${nodes.length > 3 ? ' and others' : ''}), but other sites would have no route to it: no node there could answer them`,
      };
  }
}

function* reachUnheard(checked: CheckedPlan): Iterable<Violation> {
  const { plan, incomplete } = checked;
  if (incomplete(['links']) || incomplete(['routers'])) return;
  const linked = new Set(entries(plan.links).flatMap(([, { between }]) => between ?? []));
  const routers = routersByNetwork(checked);
  for (const [name, { reach: written }] of entries(plan.networks))
    if (written === 'house' && !(routers.get(name) ?? []).some((one) => linked.has(one.name)))
      yield {
        at: ['networks', name, 'reach'],
        problem: `no router on network ${name} has a link to another site, so its routes cannot be announced to any`,
      };
}

export const linkRules: readonly Rule[] = [
  {
    code: 'links/ends',
    severity: 'error',
    summary: 'A link connects two different routers.',
    remedy: 'name the router at the other end',
    check: ends,
  },
  {
    code: 'links/room',
    severity: 'error',
    summary: 'The subnet of a link has an address for each end.',
    remedy: 'choose a /30 or a /31',
    check: room,
  },
  {
    code: 'links/reach',
    severity: 'error',
    summary: 'A network that carries pods is announced to every site.',
    remedy: 'remove reach, or write reach: house',
    check: reach,
  },
  {
    code: 'links/reach-unheard',
    severity: 'warning',
    summary: 'A network with reach: house has a router with a link.',
    remedy: 'remove reach, or add the link',
    check: reachUnheard,
  },
];
