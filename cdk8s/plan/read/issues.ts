/**
 * From zod's issues to problems: each gets a rule's code, a sentence about the value, and a remedy. Messages of zod itself
 * are never shown.
 */
import * as z from 'zod';
import { quoted } from '../../address/quoted.ts';
import { answerTo } from '../../platforms/other-names.ts';
import { isMap, valueAt } from '../data.ts';
import { didYouMean, meant } from '../did-you-mean.ts';
import { pathText, type Path } from '../finding.ts';
import { exampleOf, holdersOf, schemaAt, shapeOf, type Schema } from '../schema/walk.ts';
import type { Refusal } from '../schema/refusal.ts';
import { counted, listed, nounOf, shown } from '../wording.ts';
import { BRACES, OTHER_SPACE, remedyForMarks } from './marks.ts';
import {
  IPV4_ONLY,
  remedyForPool,
  remedyForSecret,
  remedyForSeveral,
  remedyForSecretName,
  remedyForType,
} from './remedies.ts';

export interface ValueProblem {
  readonly rule: string;
  readonly problem: string;
  /** The rule's own where absent. */
  readonly remedy?: string | undefined;
  /** The value with the problem; its last key may be missing in the text. */
  readonly path: Path;
  /** Whether it is about a key of the schema, a name that a person chose, or the value. */
  readonly about: 'key' | 'name' | 'value';
  /** Another path that counts as not readable: the key that was probably meant by an unknown one. */
  readonly spoils?: Path | undefined;
}

export interface IssueContext {
  readonly data: unknown;
  readonly schema: Schema;
  /** A scalar as it is written in the text. */
  readonly source: (path: Path) => string | undefined;
}

type Issue = z.core.$ZodIssue;

/** Of the unknown keys of one map: to compare each of many thousands with the keys of the schema takes long. */
const MOST_UNKNOWN = 1000;

export function problemsOf(issues: readonly Issue[], context: IssueContext): ValueProblem[] {
  return issues.flatMap((issue) => problemOf(issue, context));
}

function problemOf(issue: Issue, context: IssueContext): ValueProblem[] {
  const path = issue.path as Path;
  const value = valueAt(context.data, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.slice(0, MOST_UNKNOWN).map((key) => unknownKey(path, key, context));
    case 'invalid_type':
      return [value === undefined ? missing(path, context) : wrongType(path, issue.expected, value, context)];
    case 'invalid_value':
      return [value === undefined ? missing(path, context) : wrongWord(path, issue.values, value, context)];
    case 'invalid_union':
      return noneOf(issue, value, context);
    case 'invalid_key':
      return wrongName(issue, value, context);
    case 'too_small':
    case 'too_big':
      return [aboutValue('schema/value', path, wrongSize(issue, value, context))];
    case 'custom':
      return [refused(issue, value, context)];
    case 'invalid_format':
    case 'invalid_element':
    case 'not_multiple_of':
      return [aboutValue('schema/value', path, { problem: `${pathText(path)} can't be ${shown(value)}` })];
  }
}

type Said = Pick<ValueProblem, 'problem' | 'remedy'>;

function aboutValue(rule: string, path: Path, said: Said): ValueProblem {
  return { rule, ...said, path, about: 'value' };
}

/** `subnet6`, `ipFamilies`, `dualStack`. */
const IPV6 = /6$|ipv6|ip[-_]?famil|dual[-_]?stack/i;

function unknownKey(path: Path, key: string, { data, schema }: IssueContext): ValueProblem {
  const known = Object.keys(shapeOf(schemaAt(schema, path)) ?? {});
  const there = valueAt(data, path);
  const free = known.filter((one) => !isMap(there) || !Object.hasOwn(there, one));
  // With a no-break space after its colon, a key is key and value together.
  const wanted = meant(key.split(OTHER_SPACE, 1).join('').replace(/:$/, ''), free);
  const [holder] = wanted === undefined ? holdersOf(schema, key) : [];
  return {
    rule: 'schema/unknown-key',
    problem: `${path.length === 0 ? 'a plan' : pathText(path)} has no key ${quoted(key)}`,
    remedy: remedyForKey(path, key, known, wanted, holder),
    path: [...path, key],
    about: 'key',
    spoils: wanted === undefined ? undefined : [...path, wanted],
  };
}

function remedyForKey(
  path: Path,
  key: string,
  known: readonly string[],
  wanted: string | undefined,
  holder: string | undefined,
): string {
  if (IPV6.test(key)) return `remove it: ${IPV4_ONLY}`;
  const secret = remedyForSecret(path, key, known);
  if (secret !== undefined) return secret;
  const other = remedyForMarks(key) ?? remedyForPool(path, key);
  if (other !== undefined) return other;
  return (
    didYouMean(key, wanted === undefined ? known : [wanted]) ??
    (holder === undefined ? `the keys here are ${known.join(', ')}` : `${quoted(key)} is a key of ${holder}`)
  );
}

function missing(path: Path, { data, schema }: IssueContext): ValueProblem {
  const example = exampleOf(schemaAt(schema, path));
  const key = String(path.at(-1));
  const remedy =
    example === undefined
      ? undefined
      : `add it, such as ${key}: ${example}${forPodsOnly(key, valueAt(data, path.slice(0, -1)))}`;
  return { rule: 'schema/missing', problem: `${pathText(path)} is missing`, remedy, path, about: 'value' };
}

/** A bridge that somebody left without an address may be meant so. */
function forPodsOnly(key: string, holder: unknown): string {
  if (key !== 'address' || !isMap(holder) || !Object.hasOwn(holder, 'bridge')) return '';
  return '; or address: none, if the node has none there and the bridge is for pods only';
}

function wrongType(path: Path, type: string, value: unknown, { schema, source }: IssueContext): ValueProblem {
  // Some people write the secret itself in place of its name.
  const isSecret = value !== null && path.some((key) => /secret/i.test(String(key)));
  const own = schemaAt(schema, path);
  const example = exampleOf(own);
  return aboutValue('schema/type', path, {
    problem: `${pathText(path)} is ${isSecret ? 'of another type' : shown(value, source(path))}, but must be ${nounOf(type, example)}`,
    remedy: isSecret
      ? remedyForSecretName(own, path)
      : remedyForType(type, { value, path, schema: own, source: source(path), example }),
  });
}

/** A value where only certain values are allowed. */
function wrongWord(path: Path, allowed: readonly unknown[], value: unknown, { source }: IssueContext): ValueProblem {
  const where = pathText(path);
  const words = allowed.map(String);
  const [only] = allowed;
  if (typeof only === 'number') {
    if (typeof value === 'number' && Number.isInteger(value) && value > only)
      return aboutValue('schema/newer-version', path, {
        problem: `this plan has ${where} ${value}, but this flatlan supports ${where} ${only}`,
      });
    const problem = `${where} is ${shown(value, source(path))}, but must be the number ${only}`;
    return aboutValue('schema/value', path, { problem, remedy: `write ${where}: ${only}` });
  }
  return aboutValue('schema/value', path, {
    problem: `${where} is ${shown(value, source(path))}, but must be ${listed(words)}`,
    remedy: (typeof value === 'string' ? remedyForWord(path, value, words) : undefined) ?? `write ${listed(words)}`,
  });
}

function remedyForWord(path: Path, word: string, words: readonly string[]): string | undefined {
  return remedyForMarks(word) ?? answerTo(String(path.at(-1)), word) ?? didYouMean(word, words);
}

/** A union is "a word or a value of a kind": either the word is mistyped, or the value is wrong in its own way. */
function noneOf(issue: z.core.$ZodIssueInvalidUnion, value: unknown, context: IssueContext): ValueProblem[] {
  const path = issue.path as Path;
  if (value === undefined) return [missing(path, context)];
  const shape = shapeOf(schemaAt(context.schema, path));
  return shape ? noneOfMap(issue, Object.keys(shape), value, context) : [noWord(issue, value, context)];
}

/** A union of words and one map: what is written as a map is meant as that. */
function noneOfMap(
  { errors, path }: z.core.$ZodIssueInvalidUnion,
  keys: readonly string[],
  value: unknown,
  context: IssueContext,
): ValueProblem[] {
  const words = errors.flat().flatMap((one) => (one.code === 'invalid_value' ? one.values.map(String) : []));
  const inside = errors.flat().filter((one) => one.path.length > 0 || one.code === 'unrecognized_keys');
  if (!isMap(value) || inside.length === 0)
    return [wrongWord(path as Path, [...words, `a map of ${keys.join(' and ')}`], value, context)];
  return problemsOf(
    inside.map((one) => ({ ...one, path: [...path, ...one.path] })),
    context,
  );
}

function noWord(issue: z.core.$ZodIssueInvalidUnion, value: unknown, context: IssueContext): ValueProblem {
  const path = issue.path as Path;
  const nested = issue.errors.flat();
  const words = nested.flatMap((one) => (one.code === 'invalid_value' ? one.values.map(String) : []));
  const slip = typeof value === 'string' ? didYouMean(value, words) : undefined;
  const [own] = nested.filter((one) => one.code !== 'invalid_value');
  const [problem] = own ? problemOf({ ...own, path: issue.path }, context) : [];
  if (!problem || slip !== undefined) return wrongWord(path, words, value, context);
  if (problem.remedy === undefined || problem.remedy === BRACES) return problem;
  return { ...problem, remedy: `${problem.remedy}, ${words.length === 1 ? 'or ' : ''}${listed(words)}` };
}

/** An invalid name; the values under it are checked all the same. */
function wrongName(issue: z.core.$ZodIssueInvalidKey, value: unknown, context: IssueContext): ValueProblem[] {
  const path = issue.path as Path;
  const name = String(path.at(-1));
  const [nested] = issue.issues;
  const refusal = nested?.code === 'custom' ? (nested.params as Refusal | undefined) : undefined;
  const problem: ValueProblem = {
    rule: refusal?.rule ?? 'schema/value',
    problem: `${pathText(path.slice(0, -1))}: ${nested?.message ?? `${quoted(name)} is not a name`}`,
    remedy:
      path[0] === 'nodes' || !/[{}]/.test(name)
        ? (remedyForMarks(name) ?? refusal?.remedy)
        : 'write each name; patterns work for nodes only',
    path,
    about: 'name',
  };
  const child = schemaAt(context.schema, path);
  const inside = child ? (z.safeParse(child, value).error?.issues ?? []) : [];
  return [
    problem,
    ...problemsOf(
      inside.map((one) => ({ ...one, path: [...path, ...one.path] })),
      context,
    ),
  ];
}

type SizeIssue = z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig;

function wrongSize({ path, ...issue }: SizeIssue, value: unknown, { source }: IssueContext): Said {
  const where = pathText(path as Path);
  if (!Array.isArray(value))
    return { problem: `${where} can't be ${shown(value, source(path as Path))}`, remedy: 'write a smaller number' };
  const wanted = Number(issue.code === 'too_small' ? issue.minimum : issue.maximum);
  const problem =
    value.length === 0
      ? `${where} is an empty list`
      : `${where} has ${counted(value.length, 'entry', 'entries')}, but must have ${wanted}`;
  const remedy =
    path.at(-1) === 'between'
      ? 'name two routers; three routers need a link for each pair'
      : `write ${wanted === 1 ? 'at least one' : wanted}`;
  return { problem, remedy };
}

/** A value that its own parser rejects. */
function refused(issue: z.core.$ZodIssueCustom, value: unknown, { schema }: IssueContext): ValueProblem {
  const path = issue.path as Path;
  const { rule, remedy } = issue.params as unknown as Refusal;
  return aboutValue(rule, path, {
    problem: `${pathText(path)}: ${issue.message}`,
    remedy:
      (typeof value === 'string'
        ? (remedyForMarks(value) ?? remedyForSeveral(value, schemaAt(schema, path)))
        : undefined) ?? remedy,
  });
}
