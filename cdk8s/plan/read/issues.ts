/**
 * From zod's issues to problems: each gets a rule's code, a sentence about the value at hand, and a remedy. No word of
 * zod's own reaches a person.
 */
import { z } from 'zod';
import { quoted } from '../../address/quoted.ts';
import { isMap, valueAt } from '../data.ts';
import { didYouMean, meant } from '../did-you-mean.ts';
import { pathText, type Path } from '../finding.ts';
import { exampleOf, holdersOf, schemaAt, shapeOf, type Schema } from '../schema/walk.ts';
import type { Refusal } from '../schema/refusal.ts';
import { listed, nounOf, remedyForType, shown } from '../wording.ts';

export { didYouMean };

export interface ValueProblem {
  readonly rule: string;
  readonly problem: string;
  /** The rule's own where absent. */
  readonly remedy?: string | undefined;
  /** What the problem is about; its last key may be missing from the text. */
  readonly path: Path;
  /** Whether it is about a key of the schema, about a name that people chose, or about the value. */
  readonly about: 'key' | 'name' | 'value';
  /** What else cannot be trusted: the key that was meant by an unknown one. */
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

function unknownKey(path: Path, key: string, { data, schema }: IssueContext): ValueProblem {
  const known = Object.keys(shapeOf(schemaAt(schema, path)) ?? {});
  const there = valueAt(data, path);
  const free = known.filter((one) => !isMap(there) || !Object.hasOwn(there, one));
  const wanted = meant(key, free);
  const [holder] = wanted === undefined ? holdersOf(schema, key) : [];
  return {
    rule: 'schema/unknown-key',
    problem: `${path.length === 0 ? 'a plan' : pathText(path)} has no key ${quoted(key)}`,
    remedy:
      didYouMean(key, wanted === undefined ? known : [wanted]) ??
      (holder === undefined ? `the keys here are ${known.join(', ')}` : `${quoted(key)} is a key of ${holder}`),
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
  // Some write the secret itself where its name belongs.
  const isSecret = value !== null && path.some((key) => /secret/i.test(String(key)));
  const example = exampleOf(schemaAt(schema, path));
  return aboutValue('schema/type', path, {
    problem: `${pathText(path)} is ${isSecret ? 'something else' : shown(value, source(path))}, where ${nounOf(type, example)} belongs`,
    remedy: isSecret ? undefined : remedyForType(type, value, source(path), example),
  });
}

/** A value where only certain ones can stand. */
function wrongWord(path: Path, allowed: readonly unknown[], value: unknown, { source }: IssueContext): ValueProblem {
  const where = pathText(path);
  const words = allowed.map(String);
  const [only] = allowed;
  if (typeof only === 'number') {
    if (typeof value === 'number' && Number.isInteger(value) && value > only)
      return aboutValue('schema/newer-version', path, {
        problem: `this plan has ${where} ${value}; this flatlan reads ${where} ${only}`,
      });
    const problem = `${where} is ${shown(value, source(path))}, where the number ${only} belongs`;
    return aboutValue('schema/value', path, { problem, remedy: `write ${where}: ${only}` });
  }
  return aboutValue('schema/value', path, {
    problem: `${where} is ${shown(value, source(path))}, where only ${listed(words)} can stand`,
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

/** A name that can't be one; what stands under it is looked at all the same. */
function wrongName(issue: z.core.$ZodIssueInvalidKey, value: unknown, context: IssueContext): ValueProblem[] {
  const path = issue.path as Path;
  const name = String(path.at(-1));
  const [nested] = issue.issues;
  const refusal = nested?.code === 'custom' ? (nested.params as Refusal | undefined) : undefined;
  const problem: ValueProblem = {
    rule: refusal?.rule ?? 'schema/value',
    problem: `${pathText(path.slice(0, -1))}: ${nested?.message ?? `${quoted(name)} is not a name`}`,
    remedy:
      path[0] === 'nodes' || !/[{}]/.test(name) ? refusal?.remedy : 'write each name; patterns stand for nodes only',
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
  '{} is the number of a node, in the values of a pattern such as "node{1..3}"; write the value itself elsewhere';

type SizeIssue = z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig;

function wrongSize({ path, ...issue }: SizeIssue, value: unknown, { source }: IssueContext): Said {
  const where = pathText(path as Path);
  if (!Array.isArray(value))
    return { problem: `${where} can't be ${shown(value, source(path as Path))}`, remedy: 'write a smaller number' };
  const wanted = Number(issue.code === 'too_small' ? issue.minimum : issue.maximum);
  const problem =
    value.length === 0 ? `${where} is an empty list` : `${where} has ${value.length} entries, where ${wanted} belong`;
  return { problem, remedy: `write ${wanted === 1 ? 'at least one' : wanted}` };
}

/** A value that its own parser refuses. */
function refused(issue: z.core.$ZodIssueCustom, value: unknown): ValueProblem {
  const path = issue.path as Path;
  const { rule, remedy } = issue.params as unknown as Refusal;
  const braces = typeof value === 'string' && /\{.*\}/.test(value);
  return aboutValue(rule, path, {
    problem: `${pathText(path)}: ${issue.message}`,
    remedy: braces ? BRACES : remedy,
  });
}
