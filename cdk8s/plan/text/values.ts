/**
 * From YAML's nodes to plain data: maps with text for keys, lists, scalars. What YAML allows and a plan has no use for
 * (a key twice, merge keys, tags, aliases by the thousand) becomes a mistake, and its value is left out.
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
import { quoted } from '../../address/quoted.ts';
import { emptyMap, isMap as isDataMap } from '../data.ts';
import { pathText, type Path } from '../finding.ts';

export interface ValueMistake {
  readonly rule:
    'schema/duplicate-key' | 'schema/anchors' | 'schema/unknown-key' | 'schema/value' | 'schema/yaml-syntax';
  readonly problem: string;
  readonly remedy?: string;
  readonly path: Path;
  readonly offset: number;
}

/** What aliases may add up to: plenty for a plan, while a few nested anchors make billions. */
export const MAX_ALIASED = 1000;

const PLAIN_TAGS = /^(!|tag:yaml\.org,2002:(str|int|float|bool|null|map|seq))$/;
const PLAIN_NUMBER = /^[-+]?(0|[1-9][0-9]*)(\.[0-9]*)?([eE][-+]?[0-9]+)?$/;

/** YAML 1.1's merge key: refused, and merged all the same, so that nothing seems to be missing. */
const MERGE = Symbol('<<');

/** The text of a key: of a plain one what is written (`1.10`, not 1.1), of a quoted one what it means; undefined for no scalar. */
export function keyText(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined;
  return key.type === 'PLAIN' && key.source !== undefined ? key.source : String(key.value);
}

export class ValueReader {
  readonly mistakes: ValueMistake[] = [];
  /** Values that were left out or say less than the text. */
  readonly incomplete: Path[] = [];
  /** What aliases stand for. */
  readonly targets = new Map<Alias, Node>();

  private readonly anchors = new Map<string, Node>();
  /** The maps and lists around the value at hand. */
  private readonly open = new Set<Node>();
  private aliased = 0;
  private inAliases = 0;
  private readonly lineOf: (offset: number) => number;
  private readonly anchorsLost: boolean;

  /** `anchorsLost`: a section that could not be read may have held some. */
  constructor(lineOf: (offset: number) => number, anchorsLost: boolean) {
    this.lineOf = lineOf;
    this.anchorsLost = anchorsLost;
  }

  /** The data of a node; undefined where it is left out. */
  read(node: unknown, path: Path): unknown {
    const value = this.readNode(node, path);
    if (value === undefined) this.incomplete.push(path);
    return value;
  }

  private readNode(node: unknown, path: Path): unknown {
    if (this.inAliases > 0 && ++this.aliased > MAX_ALIASED) return undefined;
    if (isAlias(node)) return this.readAlias(node, path);
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return null;
    if (node.anchor !== undefined && this.inAliases === 0) this.anchors.set(node.anchor, node);
    if (node.tag !== undefined && !PLAIN_TAGS.test(node.tag))
      return this.report(
        {
          rule: 'schema/yaml-syntax',
          problem: `the tag ${quoted(node.tag)} means nothing in a plan`,
          remedy: 'take it out',
          path,
        },
        node,
      );
    if (isScalar(node)) return this.readScalar(node, path);
    this.open.add(node);
    const value = isMap(node)
      ? this.readMap(node, path)
      : node.items.map((item, index) => this.read(item, [...path, index]));
    this.open.delete(node);
    return value;
  }

  private readScalar(node: Scalar, path: Path): unknown {
    const { value, source } = node;
    if (typeof value !== 'number' || !Number.isFinite(value) || source === undefined || PLAIN_NUMBER.test(source))
      return value;
    const problem = `${pathText(path)} is ${quoted(source)}, a number that programs read differently`;
    return this.report(
      { rule: 'schema/value', problem, remedy: `write ${value}, or put it in quotes if it is a name`, path },
      node,
    );
  }

  private readMap(map: YAMLMap, path: Path): Record<string, unknown> {
    const data = emptyMap();
    const seen = new Map<string, unknown>();
    let merged: unknown;
    for (const pair of map.items) {
      const key = this.readKey(pair, path);
      if (key === undefined) continue;
      if (key === MERGE) {
        merged = this.read(pair.value, [...path, '<<']);
        continue;
      }
      const at = [...path, key];
      if (seen.has(key)) {
        const problem = `${pathText(at)} stands here a second time; the first is in line ${this.lineOf(offsetOf(seen.get(key)))}`;
        this.report({ rule: 'schema/duplicate-key', problem, path: at }, pair.key);
        this.incomplete.push(at);
        continue;
      }
      seen.set(key, pair.key);
      const value = this.read(pair.value, at);
      if (value !== undefined) data[key] = value;
    }
    return isDataMap(merged) ? Object.assign(emptyMap(), merged, data) : data;
  }

  private readKey({ key, value }: Pair, path: Path): string | typeof MERGE | undefined {
    const text = keyText(key);
    const plain = isScalar(key) && key.type === 'PLAIN';
    const refuse = (problem: string, remedy: string): undefined =>
      this.report(
        { rule: 'schema/unknown-key', problem, remedy, path: [...path, text ?? ''] },
        isNode(key) ? key : value,
      );
    if (text === undefined) return refuse('a list, a map or an alias stands here as a key', 'write a name');
    if (text === '' && plain) return refuse('a key is missing before this colon', 'write a name');
    if (text === '<<' && plain) {
      this.report({ rule: 'schema/anchors', problem: 'a plan has no merge keys (<<)', path: [...path, text] }, key);
      return MERGE;
    }
    // Objects take this key for something else, zod passes over it in silence.
    if (text === '__proto__') return refuse('__proto__ cannot be a key', 'rename it');
    return text;
  }

  private readAlias(alias: Alias, path: Path): unknown {
    const target = this.targets.get(alias) ?? this.anchors.get(alias.source);
    const name = quoted(`*${alias.source}`);
    const refuse = (problem: string): undefined => this.report({ rule: 'schema/anchors', problem, path }, alias);
    if (!target)
      return this.anchorsLost ? undefined : refuse(`${name} stands for nothing: no anchor of that name is before it`);
    this.targets.set(alias, target);
    if (this.open.has(target)) return refuse(`${name} stands inside what it stands for`);
    const hadRoom = this.aliased <= MAX_ALIASED;
    this.inAliases++;
    const value = this.readNode(target, path);
    this.inAliases--;
    if (this.aliased <= MAX_ALIASED) return value;
    return hadRoom && this.inAliases === 0
      ? refuse(`with ${name} aliases add up to more than ${MAX_ALIASED} values`)
      : undefined;
  }

  private report(mistake: Omit<ValueMistake, 'offset'>, node: unknown): undefined {
    this.mistakes.push({ ...mistake, offset: offsetOf(node) });
  }
}

function offsetOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}
