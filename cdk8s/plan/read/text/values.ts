/**
 * From YAML's nodes to plain data: maps with text as keys, lists, scalars. What YAML allows but a plan does not (duplicate
 * keys, merge keys, tags, thousands of aliases) is a mistake, and its value is left out.
 */
import {
  type Alias,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import { quoted } from '../../../address/quoted.ts';
import { emptyMap, isMap as isDataMap, type DataMap } from '../../data.ts';
import { pathText, type Path } from '../../finding.ts';
import { VARIABLES } from '../marks.ts';

export interface ValueMistake {
  readonly rule:
    'schema/duplicate-key' | 'schema/anchors' | 'schema/unknown-key' | 'schema/value' | 'schema/yaml-syntax';
  readonly problem: string;
  readonly remedy?: string;
  readonly path: Path;
  readonly offset: number;
}

type Said = Omit<ValueMistake, 'path' | 'offset'>;

/** Nobody reads more, and of half a megabyte there could be a hundred thousand. */
const MOST_MISTAKES = 5000;

/** How many values aliases may add up to: enough for a plan, while a few nested anchors would make billions. */
const MAX_ALIASED = 1000;

const PLAIN_TAGS = /^(!|tag:yaml\.org,2002:(str|int|float|bool|null|map|seq))$/;
const PLAIN_NUMBER = /^[-+]?(0|[1-9][0-9]*)(\.[0-9]*)?([eE][-+]?[0-9]+)?$/;

/** YAML 1.1's merge key: reported, but merged all the same, so that no value is reported as missing. */
const MERGE = Symbol('<<');

/** The text of a key: a plain key as it is written (`1.10`, not 1.1), a quoted key as its value; undefined if it is not a scalar. */
export function keyText(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined;
  return key.type === 'PLAIN' && key.source !== undefined ? key.source : String(key.value);
}

export class ValueReader {
  readonly mistakes: ValueMistake[] = [];
  /** Values that were left out or have less than the text. */
  readonly incomplete: Path[] = [];
  /** The nodes that aliases refer to. */
  readonly targets = new Map<Alias, Node>();

  private readonly anchors = new Map<string, Node>();
  /** The path to the current value. */
  private readonly path: (string | number)[] = [];
  /** The maps and lists that contain it. */
  private readonly open = new Set<Node>();
  private aliased = 0;
  private inAliases = 0;
  private readonly lineOf: (offset: number) => number;
  private readonly anchorsLost: boolean;

  /** `anchorsLost`: anchors may be in a section that could not be read. */
  constructor(lineOf: (offset: number) => number, anchorsLost: boolean) {
    this.lineOf = lineOf;
    this.anchorsLost = anchorsLost;
  }

  /** The data of a node; undefined if it is left out. */
  read(node: unknown): unknown {
    const value = this.readNode(node);
    if (value === undefined) this.incomplete.push([...this.path]);
    return value;
  }

  private readAt(key: string | number, node: unknown): unknown {
    this.path.push(key);
    const value = this.read(node);
    this.path.pop();
    return value;
  }

  private readNode(node: unknown): unknown {
    if (this.inAliases > 0 && ++this.aliased > MAX_ALIASED) return undefined;
    if (isAlias(node)) return this.readAlias(node);
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return null;
    if (node.anchor !== undefined && this.inAliases === 0) this.anchors.set(node.anchor, node);
    if (node.tag !== undefined && !PLAIN_TAGS.test(node.tag)) {
      const problem = `the tag ${quoted(node.tag)} is not allowed in a plan`;
      this.report(node, { rule: 'schema/yaml-syntax', problem, remedy: 'remove it' });
      return undefined;
    }
    if (isScalar(node)) return this.readScalar(node);
    this.open.add(node);
    const value = isMap(node) ? this.readMap(node) : node.items.map((item, index) => this.readAt(index, item));
    this.open.delete(node);
    return value;
  }

  private readScalar(node: Scalar): unknown {
    const { value, source } = node;
    if (typeof value !== 'number' || !Number.isFinite(value) || source === undefined || PLAIN_NUMBER.test(source))
      return value;
    const problem = `${pathText(this.path)} is ${quoted(source)}, which programs read as different values`;
    this.report(node, { rule: 'schema/value', problem, remedy: `write ${value}, or put it in quotes if it is a name` });
    return undefined;
  }

  private readMap(map: YAMLMap): DataMap | undefined {
    const [only, ...more] = map.items;
    if (isMap(only?.key) && more.length === 0 && only.value === null) {
      const problem = 'a value in two braces is a variable of a template';
      this.report(only.key, { rule: 'schema/value', problem, remedy: VARIABLES });
      return undefined;
    }
    const data = emptyMap();
    const seen = new Map<string, unknown>();
    let merged: unknown;
    for (const pair of map.items) {
      const key = this.readKey(pair);
      if (key === undefined) continue;
      if (key === MERGE) {
        merged = this.readAt('<<', pair.value);
        continue;
      }
      if (seen.has(key)) {
        this.reportAgain(pair.key, key, seen.get(key));
        continue;
      }
      seen.set(key, pair.key);
      const value = this.readAt(key, pair.value);
      if (value !== undefined) data[key] = value;
    }
    return isDataMap(merged) ? Object.assign(emptyMap(), merged, data) : data;
  }

  private reportAgain(node: unknown, key: string, first: unknown): void {
    const path = [...this.path, key];
    const problem = `${pathText(path)} is written a second time here; the first is in line ${this.lineOf(offsetOf(first))}`;
    this.report(node, { rule: 'schema/duplicate-key', problem }, key);
    this.incomplete.push(path);
  }

  private readKey({ key, value }: Pair): string | typeof MERGE | undefined {
    const text = keyText(key);
    const plain = isScalar(key) && key.type === 'PLAIN';
    if (text === '<<' && plain) {
      this.report(key, { rule: 'schema/anchors', problem: 'merge keys (<<) are not allowed in a plan' }, text);
      return MERGE;
    }
    const refusal = refusalOf(text, plain);
    if (!refusal) return text;
    this.report(isNode(key) ? key : value, { rule: 'schema/unknown-key', ...refusal }, text ?? '');
    return undefined;
  }

  private readAlias(alias: Alias): unknown {
    const target = this.targets.get(alias) ?? this.anchors.get(alias.source);
    const name = quoted(`*${alias.source}`);
    if (!target || this.open.has(target)) {
      const why = target
        ? 'is inside the value that it refers to'
        : 'refers to no anchor: none of that name is before it';
      if (target || !this.anchorsLost) this.report(alias, { rule: 'schema/anchors', problem: `${name} ${why}` });
      return undefined;
    }
    this.targets.set(alias, target);
    const hadRoom = this.aliased <= MAX_ALIASED;
    this.inAliases++;
    const value = this.readNode(target);
    this.inAliases--;
    if (this.aliased <= MAX_ALIASED) return value;
    const problem = `with ${name} the aliases add up to more than ${MAX_ALIASED} values`;
    if (hadRoom) this.report(alias, { rule: 'schema/anchors', problem });
    return undefined;
  }

  /** Mistakes inside an alias are reported where its value is written. */
  private report(node: unknown, said: Said, ...below: string[]): void {
    if (this.inAliases === 0 && this.mistakes.length < MOST_MISTAKES)
      this.mistakes.push({ ...said, path: [...this.path, ...below], offset: offsetOf(node) });
  }
}

function refusalOf(key: string | undefined, plain: boolean): Omit<Said, 'rule'> | undefined {
  if (key === undefined) return { problem: 'a key cannot be a list, a map or an alias', remedy: 'write a name' };
  if (key === '' && plain) return { problem: 'a key is missing before this colon', remedy: 'write a name' };
  // This key sets the prototype of an object, and zod skips it without an error.
  return key === '__proto__' ? { problem: '__proto__ cannot be a key', remedy: 'rename it' } : undefined;
}

function offsetOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}
