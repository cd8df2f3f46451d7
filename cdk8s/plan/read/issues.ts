/**
 * From zod's issues to problems: each gets a rule's code, a sentence about the value, and a remedy. Messages of zod itself
 * are never shown.
 */
import { z } from 'zod';
import { quoted } from '../../address/quoted.ts';
import { isMap, valueAt } from '../data.ts';
import { didYouMean, meant } from '../did-you-mean.ts';
import { pathText, type Path } from '../finding.ts';
import { exampleOf, holdersOf, schemaAt, shapeOf, type Schema } from '../schema/walk.ts';
import type { Refusal } from '../schema/refusal.ts';
import { listed, nounOf, remedyForType, shown } from '../wording.ts';

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

export function problemsOf(issues: readonly Issue[], context: IssueContext): ValueProblem[] {
  return issues.flatMap((issue) => problemOf(issue, context));
}

function problemOf(issue: Issue, context: IssueContext): ValueProblem[] {
  const path = issue.path as Path;
  const value = valueAt(context.data, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(path, key, context));
    case 'invalid_type':
      return [value === undefined ? missing(path, context) : wrongType(path, issue.expected, value, context)];
    case 'invalid_value':
      return [value === undefined ? missing(path, context) : wrongWord(path, issue.values, value, context)];
    case 'invalid_union':
      return [noneOf(issue, value, context)];
    case 'invalid_key':
      return wrongName(issue, value, context);
    case 'too_small':
    case 'too_big':
      return [aboutValue('schema/value', path, wrongSize(issue, value, context))];
    case 'custom':
      return [refused(issue, value)];
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
const IPV6 = /6$|ipv6|ip-?famil|dual-?stack/i;
const SECRET = ' Never write the secret itself in a plan; change it if it was ever committed';

function unknownKey(path: Path, key: string, { data, schema }: IssueContext): ValueProblem {
  const known = Object.keys(shapeOf(schemaAt(schema, path)) ?? {});
  const there = valueAt(data, path);
  const free = known.filter((one) => !isMap(there) || !Object.hasOwn(there, one));
  const wanted = meant(key, free);
  const [holder] = wanted === undefined ? holdersOf(schema, key) : [];
  const slip = didYouMean(key, wanted === undefined ? known : [wanted]);
  const secret = wanted?.endsWith('Secret') ? SECRET : '';
  return {
    rule: 'schema/unknown-key',
    problem: `${path.length === 0 ? 'a plan' : pathText(path)} has no key ${quoted(key)}`,
    remedy: IPV6.test(key)
      ? 'remove it: flatlan supports IPv4 only for now'
      : slip !== undefined
        ? `${slip}${secret}`
        : holder === undefined
          ? `the keys here are ${known.join(', ')}`
          : `${quoted(key)} is a key of ${holder}`,
    path: [...path, key],
    about: 'key',
    spoils: wanted === undefined ? undefined : [...path, wanted],
  };
}

function missing(path: Path, { schema }: IssueContext): ValueProblem {
  const example = exampleOf(schemaAt(schema, path));
  const remedy = example === undefined ? undefined : `add it, such as ${String(path.at(-1))}: ${example}`;
  return { rule: 'schema/missing', problem: `${pathText(path)} is missing`, remedy, path, about: 'value' };
}

function wrongType(path: Path, type: string, value: unknown, { schema, source }: IssueContext): ValueProblem {
  // Some people write the secret itself in place of its name.
  const isSecret = value !== null && path.some((key) => /secret/i.test(String(key)));
  const example = exampleOf(schemaAt(schema, path));
  return aboutValue('schema/type', path, {
    problem: `${pathText(path)} is ${isSecret ? 'of another type' : shown(value, source(path))}, but must be ${nounOf(type, example)}`,
    remedy: isSecret
      ? undefined
      : (otherForm(schemaAt(schema, path), value, example) ?? remedyForType(type, value, source(path), example)),
  });
}

/** `[a, b]` for the range `a-b`; a number that is not right in quotes either, such as 86400 for `24h`. */
function otherForm(schema: Schema | undefined, value: unknown, example: string | undefined): string | undefined {
  if (!schema || (typeof value !== 'number' && !Array.isArray(value))) return undefined;
  const accepts = (text: string): boolean => z.safeParse(schema, text).success;
  if (typeof value === 'number')
    return example === undefined || accepts(String(value)) ? undefined : `write it like ${example}`;
  if (value.length !== 2 || !value.every((end) => typeof end === 'string')) return undefined;
  const range = value.join('-');
  return accepts(range) ? `write ${range}` : undefined;
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
    remedy: (typeof value === 'string' ? didYouMean(value, words) : undefined) ?? `write ${listed(words)}`,
  });
}

/** A union is "a word or a value of a kind": either the word is mistyped, or the value is wrong in its own way. */
function noneOf(issue: z.core.$ZodIssueInvalidUnion, value: unknown, context: IssueContext): ValueProblem {
  const path = issue.path as Path;
  if (value === undefined) return missing(path, context);
  const nested = issue.errors.flat();
  const words = nested.flatMap((one) => (one.code === 'invalid_value' ? one.values.map(String) : []));
  const slip = typeof value === 'string' ? didYouMean(value, words) : undefined;
  const [own] = nested.filter((one) => one.code !== 'invalid_value');
  const [problem] = own ? problemOf({ ...own, path: issue.path }, context) : [];
  if (!problem || slip !== undefined) return wrongWord(path, words, value, context);
  if (problem.remedy === undefined || problem.remedy === BRACES) return problem;
  return { ...problem, remedy: `${problem.remedy}, or ${listed(words)}` };
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
      path[0] === 'nodes' || !/[{}]/.test(name) ? refusal?.remedy : 'write each name; patterns work for nodes only',
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

const BRACES =
  '{} works only in the values of a node pattern such as "node{1..3}", where it is the number; write the value itself here';

const VARIABLES = 'write the value itself: a plan has no variables';

type SizeIssue = z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig;

function wrongSize({ path, ...issue }: SizeIssue, value: unknown, { source }: IssueContext): Said {
  const where = pathText(path as Path);
  if (!Array.isArray(value))
    return { problem: `${where} can't be ${shown(value, source(path as Path))}`, remedy: 'write a smaller number' };
  const wanted = Number(issue.code === 'too_small' ? issue.minimum : issue.maximum);
  const problem =
    value.length === 0 ? `${where} is an empty list` : `${where} has ${value.length} entries, but must have ${wanted}`;
  const remedy =
    path.at(-1) === 'between'
      ? 'name two routers; three routers need a link for each pair'
      : `write ${wanted === 1 ? 'at least one' : wanted}`;
  return { problem, remedy };
}

/** A value that its own parser rejects. */
function refused(issue: z.core.$ZodIssueCustom, value: unknown): ValueProblem {
  const path = issue.path as Path;
  const { rule, remedy } = issue.params as unknown as Refusal;
  return aboutValue(rule, path, {
    problem: `${pathText(path)}: ${issue.message}`,
    remedy: (typeof value === 'string' ? remedyForMarks(value) : undefined) ?? remedy,
  });
}

/** Marks that no value has, and what they were meant for. */
function remedyForMarks(text: string): string | undefined {
  if (text.includes('${')) return VARIABLES;
  if (/\{.*\}/.test(text)) return BRACES;
  return /[\u2018-\u201f]/.test(text) ? 'use straight quotes (") in place of the typographic ones' : undefined;
}
