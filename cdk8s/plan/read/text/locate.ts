/** From paths to offsets: where in the text a key or a value is. */
import { type Alias, isAlias, isMap, isNode, isScalar, isSeq, type Node, type Pair } from 'yaml';
import type { Path } from '../../finding.ts';
import { keyText } from './values.ts';

/**
 * Which part of the last step of a path:
 * - `key`: its key
 * - `value`: the value at that place; for a map, a list and an empty value the key, because people look for its line
 * - `written`: the value where it is written, also if an alias refers to it
 */
export type Aspect = 'key' | 'value' | 'written';

interface Step {
  readonly key: Node | undefined;
  readonly value: Node | undefined;
}

export class Locator {
  private readonly contents: Node | null;
  private readonly targets: ReadonlyMap<Alias, Node>;
  private readonly pairs = new WeakMap<Node, ReadonlyMap<string, Pair>>();

  constructor(contents: Node | null, targets: ReadonlyMap<Alias, Node>) {
    this.contents = contents;
    this.targets = targets;
  }

  /** The offset; if the path is not in the text, that of the innermost map or list around it which is. */
  offset(path: Path, aspect: Aspect): number {
    let step: Step = { key: undefined, value: this.contents ?? undefined };
    for (const key of path) {
      const next = this.child(this.follow(step.value), key);
      if (!next) return offsetOf(step, 'value');
      step = next;
    }
    return offsetOf(aspect === 'written' ? { key: step.key, value: this.follow(step.value) } : step, aspect);
  }

  /** The text of a scalar as it is written, without its quotes; undefined for anything else. */
  source(path: Path): string | undefined {
    let value = this.follow(this.contents ?? undefined);
    for (const key of path) value = this.follow(this.child(value, key)?.value);
    return isScalar(value) ? value.source : undefined;
  }

  private follow(node: Node | undefined): Node | undefined {
    return isAlias(node) ? this.targets.get(node) : node;
  }

  private child(node: Node | undefined, key: string | number): Step | undefined {
    if (isMap(node)) {
      const pair = this.pairsOf(node).get(String(key));
      return pair && { key: asNode(pair.key), value: asNode(pair.value) };
    }
    if (!isSeq(node) || typeof key !== 'number' || key >= node.items.length) return undefined;
    return { key: undefined, value: asNode(node.items[key]) };
  }

  /** By key, for plans with thousands of nodes; the first one if a key is written twice. */
  private pairsOf(node: Node & { items: Pair[] }): ReadonlyMap<string, Pair> {
    const known = this.pairs.get(node);
    if (known) return known;
    const pairs = new Map<string, Pair>();
    for (const pair of node.items) {
      const key = keyText(pair.key);
      if (key !== undefined && !pairs.has(key)) pairs.set(key, pair);
    }
    this.pairs.set(node, pairs);
    return pairs;
  }
}

function asNode(value: unknown): Node | undefined {
  return isNode(value) ? value : undefined;
}

function offsetOf({ key, value }: Step, aspect: Aspect): number {
  const [start, end] = value?.range ?? [0, 0];
  const scalar = isAlias(value) || (isScalar(value) && end > start);
  const keyStart = key?.range?.[0];
  return aspect !== 'key' && scalar ? start : (keyStart ?? start);
}
