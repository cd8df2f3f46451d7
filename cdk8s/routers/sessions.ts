/**
 * The BGP sessions of a router as its software takes them: neighbors with the same settings in one group, and a name for each
 * list of prefixes. Names are letters, digits and dashes in any target, at most 31 of them.
 */
import type { Neighbor, Prefixes, Router } from '../plan/network/index.ts';

/** Neighbors that differ in nothing but name and address. */
export interface SessionGroup {
  /** `FLATLAN-NODES`, and with a number where nodes differ; `FLATLAN-` and the link for a router behind it. */
  readonly name: string;
  /** What each of them is. */
  readonly shared: Neighbor;
  readonly members: readonly Neighbor[];
  readonly importList: PrefixList;
  readonly exportList: PrefixList;
}

/** What is not on it is denied. */
export interface PrefixList {
  readonly name: string;
  readonly entries: readonly Prefixes[];
}

const PREFIX = 'FLATLAN';
/** RouterOS, EdgeOS and VyOS take longer ones; a line stays readable with these. */
const LONGEST = 31;

/** Letters, digits and dashes of a name, which no target reads as anything else. */
export function plainName(text: string): string {
  return text.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-+|-+$/g, '');
}

export function sessionGroups({ routing: { neighbors } }: Pick<Router, 'routing'>): SessionGroup[] {
  const byKind = new Map<string, Neighbor[]>();
  for (const neighbor of neighbors) {
    const key = JSON.stringify({ ...neighbor, name: neighbor.kind === 'node' ? '' : neighbor.name, address: '' });
    byKind.set(key, [...(byKind.get(key) ?? []), neighbor]);
  }
  const taken = new Set<string>();
  return [...byKind.values()].flatMap((members) => {
    const [shared] = members;
    if (!shared) return [];
    const name = free(`${PREFIX}-${shared.kind === 'node' ? 'NODES' : plainName(shared.over).toUpperCase()}`, taken);
    return [
      {
        name,
        shared,
        members,
        importList: { name: `${name}-IN`, entries: shared.import },
        exportList: { name: `${name}-OUT`, entries: shared.export },
      },
    ];
  });
}

/** Room for the ending of a list. */
const ENDING = '-OUT'.length;

function free(wanted: string, taken: Set<string>): string {
  for (let number = 1; ; number++) {
    const ending = number === 1 ? '' : `-${number}`;
    const name = `${wanted.slice(0, LONGEST - ENDING - ending.length)}${ending}`;
    if (taken.has(name)) continue;
    taken.add(name);
    return name;
  }
}
