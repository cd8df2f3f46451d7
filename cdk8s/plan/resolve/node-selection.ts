/**
 * Which nodes a session is for, said in a selector that Calico's API takes: 1,024 characters at most
 * (docs/facts.md#length-of-a-node-selector). In this order, the first that fits:
 *
 *   names      kubernetes.io/hostname in {'a1', 'a2'}                  every kubelet sets that label: nobody has to
 *   beginnings kubernetes.io/hostname starts with 'a-' || ...          where names of the plan's other nodes begin otherwise,
 *                                                                      but for a few, which are excepted by `&& ... not in`
 *   label      flatlan-network == 'home-a'                             set on each node by the distribution's settings
 */
import { groupBy } from '../group.ts';
import { selectorText, type NodeSelection } from '../network/node-selection.ts';
import { LONGEST_SELECTOR } from '../../platforms/calico.ts';

/** For the nodes of one network among all; `all` holds them too. */
export function selectNodes(network: string, names: readonly string[], all: readonly string[]): NodeSelection {
  if (names.length === all.length) return { by: 'all' };
  const byName: NodeSelection = { by: 'names', names, beginnings: [] };
  if (fits(byName)) return byName;
  const own = new Set(names);
  const byBeginning = cover(
    names,
    all.filter((name) => !own.has(name)),
  );
  return fits(byBeginning) ? byBeginning : { by: 'label', value: network };
}

function fits(selection: NodeSelection): boolean {
  return selectorText(selection).length <= LONGEST_SELECTOR;
}

type ByNames = NodeSelection & { readonly by: 'names' };

/** Beginnings that these names have, without those of the others that have them too; a name that stands alone is named whole. */
function cover(own: readonly string[], others: readonly string[], length = 0): ByNames {
  const [first = ''] = own;
  if (own.length === 1) return { by: 'names', names: [first], beginnings: [] };
  const text = sharedBeginning(own);
  const except = others.filter((name) => name.startsWith(text));
  const whole: ByNames = { by: 'names', names: [], beginnings: [{ text, except }] };
  if (text !== '' && except.length === 0) return whole;
  const othersBy = groupBy(others, (name) => name.charAt(length));
  const parts = [...groupBy(own, (name) => name.charAt(length))].map(([letter, group]) =>
    cover(group, othersBy.get(letter) ?? [], length + 1),
  );
  const split: ByNames = {
    by: 'names',
    names: parts.flatMap(({ names }) => names),
    beginnings: parts.flatMap(({ beginnings }) => beginnings),
  };
  return text === '' || selectorText(split).length < selectorText(whole).length ? split : whole;
}

function sharedBeginning(names: readonly string[]): string {
  const [first = '', ...rest] = names;
  let length = first.length;
  for (const name of rest) while (!name.startsWith(first.slice(0, length))) length--;
  return first.slice(0, length);
}
