/**
 * The text of a plan as data, with the position of each value.
 */
import type { Finding, Path, Place } from '../finding.ts';
import { placesIn } from './text/lines.ts';
import { Locator, type Aspect } from './text/locate.ts';
import { splitDocuments } from './text/one-document.ts';
import { readSections } from './text/recover.ts';
import { ValueReader } from './text/values.ts';

/** A mistake in the YAML text, before the schema is applied. */
export interface TextProblem extends Pick<Finding, 'problem' | 'path' | 'place'> {
  readonly rule: string;
  readonly remedy?: string;
}

export interface PlanDocument {
  /** Maps (without a prototype), lists and scalars; undefined if nothing could be read, null for an empty text. */
  readonly data: unknown;
  readonly problems: readonly TextProblem[];
  /** Paths at and below which `data` may have less than the text. */
  readonly incomplete: readonly Path[];
  locate(path: Path, aspect: Aspect): Place;
  /** A scalar as it is written: `1.30`, where `data` has 1.3. */
  source(path: Path): string | undefined;
}

/**
 * In characters: a plan of 1,000 nodes, each written out in ten lines, has 256 kB; one of 5,000 as patterns has 1. With 3,000 nodes
 * in as many lines, which have all of it, a check takes two seconds on a machine of 2026.
 */
const MAX_LENGTH = 320 * 1024;

/**
 * Of YAML: a text in which most are marks takes ten times as long as one of values. 3,000 nodes, each in a flow map of its own,
 * have 45,000.
 */
const MAX_MARKS = 120_000;

/** What starts or ends something for YAML. Every node has one, and so has whatever takes as long to read. */
const MARKS = /[{}[\],#&*!%|>]|[:?-](?=\s|$)/g;

/** `file` is how places name the text. */
export function readDocument(text: string, file: string): PlanDocument {
  const plain = text.replace(/^\uFEFF/, '');
  const place = placesIn(plain, file);
  const unreadable = unreadableText(plain);
  if (unreadable) return nothing({ ...unreadable, path: [], place: place(0) });

  const { first, directive, second } = splitDocuments(plain);
  const { contents, broken, mistakes } = readSections(first);
  const reader = new ValueReader((offset) => place(offset).line, broken.length > 0);
  const data = broken.some((path) => path.length === 0) ? undefined : reader.read(contents);
  const locator = new Locator(contents, reader.targets);
  const all: Problem[] = [
    ...mistakes.map((mistake) => ({ rule: 'schema/yaml-syntax', ...mistake })),
    ...reader.mistakes,
  ];
  if (directive !== undefined) all.push({ ...DIRECTIVE, offset: directive });
  if (second !== undefined) all.push({ ...SECOND_DOCUMENT, offset: second });
  return {
    data,
    problems: all.map(({ offset, ...problem }) => ({ ...problem, place: place(offset) })),
    incomplete: [...broken, ...reader.incomplete],
    locate: (path, aspect) => place(locator.offset(path, aspect)),
    source: (path) => locator.source(path),
  };
}

type Problem = Omit<TextProblem, 'place'> & { readonly offset: number };
type Said = Omit<Problem, 'offset'>;

const DIRECTIVE: Said = {
  rule: 'schema/yaml-syntax',
  problem: 'a line that starts with % is a YAML directive, which changes how the file is read',
  remedy: 'remove the line: a plan is YAML 1.2',
  path: [],
};
const SECOND_DOCUMENT: Said = {
  rule: 'schema/yaml-syntax',
  problem: 'a second YAML document starts here, but a file contains one plan',
  remedy: 'move it to a file of its own; nothing below this line was checked',
  path: [],
};

const PATTERNS = 'use node patterns ("node{1..100}") for nodes that are alike';

function unreadableText(text: string): Omit<TextProblem, 'path' | 'place'> | undefined {
  if (text.includes('\0'))
    return {
      rule: 'schema/yaml-syntax',
      problem: 'this is not plain text: it contains a NUL character',
      remedy: 'save the plan as UTF-8 text',
    };
  if (text.length > MAX_LENGTH)
    return {
      rule: 'schema/yaml-syntax',
      problem: `the file has ${Math.round(text.length / 1024)} kB, more than ${MAX_LENGTH / 1024} kB, and was not read`,
      remedy: PATTERNS,
    };
  const marks = text.match(MARKS)?.length ?? 0;
  if (marks <= MAX_MARKS) return undefined;
  return {
    rule: 'schema/yaml-syntax',
    problem: `the file has ${marks} marks of YAML (brackets, commas, colons, dashes, comments), more than ${MAX_MARKS}, and was not read`,
    remedy: PATTERNS,
  };
}

function nothing(problem: TextProblem): PlanDocument {
  const { place } = problem;
  return { data: undefined, problems: [problem], incomplete: [[]], locate: () => place, source: () => undefined };
}
