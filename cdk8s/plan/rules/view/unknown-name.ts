/** References to names that do not exist in the plan, and the name that was probably meant. */
import { didYouMean } from '../../did-you-mean.ts';
import type { Path } from '../../finding.ts';
import type { Violation } from '../rule.ts';

/**
 * Reports a name that is not one of `known`. `known` is undefined if its section could not be read: then no name is
 * unknown. Remedies are cached, because a mistake in a node pattern occurs a thousand times.
 */
export function unknownNames(
  sort: 'network' | 'router' | 'attachment',
  known: ReadonlySet<string> | undefined,
): (name: string | undefined, at: Path) => Violation[] {
  const remedies = new Map<string, string>();
  return (name, at) => {
    if (known === undefined || name === undefined || known.has(name)) return [];
    const said = remedies.get(name);
    if (said !== undefined) return [{ at, problem: `there is no ${sort} ${name} in the plan`, remedy: said }];
    const slip = remedies.size < MOST_SLIPS ? didYouMean(name, [...known]) : undefined;
    const remedy = slip ?? choice(sort, known);
    remedies.set(name, remedy);
    return [{ at, problem: `there is no ${sort} ${name} in the plan`, remedy }];
  };
}

/** So many different unknown names are no typing errors; to compare each with thousands of known names takes long. */
const MOST_SLIPS = 50;

/** A remedy lists this many names at most. */
const LONGEST_CHOICE = 8;

function choice(sort: string, known: ReadonlySet<string>): string {
  if (known.size === 0) return `add it under ${sort}s`;
  const names = [...known].slice(0, LONGEST_CHOICE).join(', ');
  return `name one of the plan's ${sort}s: ${names}${known.size > LONGEST_CHOICE ? ', ...' : ''}`;
}
