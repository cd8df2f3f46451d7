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
import { quoted } from '../../../address/quoted.ts';
import { emptyMap, isMap as isDataMap, type DataMap } from '../../data.ts';
import { pathText, type Path } from '../../finding.ts';

export interface ValueMistake {
  readonly rule:
    'schema/duplicate-key' | 'schema/anchors' | 'schema/unknown-key' | 'schema/value' | 'schema/yaml-syntax';
  readonly problem: string;
  readonly remedy?: string;
  readonly path: Path;
  readonly offset: number;
}

type Said = Omit<ValueMistake, 'path' | 'offset'>;

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
  /** To the value at hand. */
  private readonly path: (string | number)[] = [];
  /** The maps and lists around it. */
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
      const problem = `the tag ${quoted(node.tag)} means nothing in a plan`;
      this.report(node, { rule: 'schema/yaml-syntax', problem, remedy: 'take it out' });
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
    const problem = `${pathText(this.path)} is ${quoted(source)}, which programs read in different ways`;
    this.report(node, { rule: 'schema/value', problem, remedy: `write ${value}, or put it in quotes if it is a name` });
    return undefined;
  }

  private readMap(map: YAMLMap): DataMap {
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
    const problem = `${pathText(path)} stands here a second time; the first is in line ${this.lineOf(offsetOf(first))}`;
    this.report(node, { rule: 'schema/duplicate-key', problem }, key);
    this.incomplete.push(path);
  }

  private readKey({ key, value }: Pair): string | typeof MERGE | undefined {
    const text = keyText(key);
    const plain = isScalar(key) && key.type === 'PLAIN';
    if (text === '<<' && plain) {
      this.report(key, { rule: 'schema/anchors', problem: 'a plan has no merge keys (<<)' }, text);
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
        ? 'stands inside what it stands for'
        : 'stands for nothing: no anchor of that name is before it';
      if (target || !this.anchorsLost) this.report(alias, { rule: 'schema/anchors', problem: `${name} ${why}` });
      return undefined;
    }
    this.targets.set(alias, target);
    const hadRoom = this.aliased <= MAX_ALIASED;
    this.inAliases++;
    const value = this.readNode(target);
    this.inAliases--;
    if (this.aliased <= MAX_ALIASED) return value;
    const problem = `with ${name} aliases add up to more than ${MAX_ALIASED} values`;
    if (hadRoom) this.report(alias, { rule: 'schema/anchors', problem });
    return undefined;
  }

  /** What an alias stands for has had its say where it is written. */
  private report(node: unknown, said: Said, ...below: string[]): void {
    if (this.inAliases === 0) this.mistakes.push({ ...said, path: [...this.path, ...below], offset: offsetOf(node) });
  }
}

function refusalOf(key: string | undefined, plain: boolean): Omit<Said, 'rule'> | undefined {
  if (key === undefined) return { problem: 'a list, a map or an alias stands here as a key', remedy: 'write a name' };
  if (key === '' && plain) return { problem: 'a key is missing before this colon', remedy: 'write a name' };
  // Objects take this key for something else, zod passes over it in silence.
  return key === '__proto__' ? { problem: '__proto__ cannot be a key', remedy: 'rename it' } : undefined;
}

function offsetOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}
