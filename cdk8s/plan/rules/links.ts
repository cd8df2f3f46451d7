/** Rules about links between routers. */
import { entries, type CheckedPlan } from '../checked-plan.ts';
import type { Rule, Violation } from '../rule.ts';

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
        problem: `${String(subnet)} of link ${name} holds ${subnet.size} address; the two ends need one each`,
      };
}

export const linkRules: readonly Rule[] = [
  {
    code: 'links/ends',
    severity: 'error',
    summary: 'A link joins two routers.',
    remedy: 'name the router at the other end',
    check: ends,
  },
  {
    code: 'links/room',
    severity: 'error',
    summary: "A link's subnet has an address for each end.",
    remedy: 'choose a /30 or a /31',
    check: room,
  },
];
