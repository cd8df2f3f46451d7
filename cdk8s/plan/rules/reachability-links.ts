/** Which end of a link opens it to the other: one has a name or an address that the other reaches over the internet. */
import { parseAddress } from '../../address/index.ts';
import { entries, type CheckedPlan } from '../read/checked-plan.ts';
import type { Violation } from './rule.ts';
import { isPrivate, specialRange } from './special-ranges.ts';

export function* linkEnds({ plan, incomplete }: CheckedPlan): Iterable<Violation> {
  for (const [name, { between }] of entries(plan.links)) {
    const [a, b] = between ?? [];
    if (a === undefined || b === undefined || a === b) continue;
    const ends = [a, b].map((router) => plan.routers?.[router]);
    if (ends.some((router) => !router || router.public !== undefined)) continue;
    if ([a, b].some((router) => incomplete(['routers', router, 'public']))) continue;
    yield {
      at: ['links', name, 'between'],
      problem: `neither ${a} nor ${b} has a public name or address, so neither can open link ${name} to the other`,
      remedy: `add public to the router that the other one reaches from the internet, such as ${a}: {public: ${a}.example.net}`,
    };
  }
}

/** The address that a router has behind another, such as that of its provider: what comes from the internet ends there. */
export function* privateEnds({ plan }: CheckedPlan): Iterable<Violation> {
  const ends = new Set(entries(plan.links).flatMap(([, { between }]) => between ?? []));
  for (const [name, { public: known }] of entries(plan.routers)) {
    if (known === undefined || !ends.has(name)) continue;
    const parsed = parseAddress(known);
    if (!parsed.ok || !(isPrivate(parsed.value) || specialRange(parsed.value))) continue;
    yield {
      at: ['routers', name, 'public'],
      problem: `${known} is no address of the internet: the router at the other end of the link does not reach ${name} by it`,
      remedy: `write the name or address of the internet line, and let the device in front of ${name} forward the tunnel to ${known}; if that has none of its own either (CGNAT), remove public here and write it at the other end; ignore this if both routers are on one private network`,
    };
  }
}
