/**
 * From text to a plan. Every mistake becomes a finding, and the rest of the plan is still checked.
 *
 *     text ---document.ts---> data ---patterns.ts---> data of every node ---schema/---> plan
 *
 * There are four kinds of path here and in broken.ts. A finding is made with the first and printed with the last:
 *
 *     checked plan    nodes.node2.dns.0            values that could not be read are left out, so list indexes change
 *       | inPlan (readRest)
 *     expanded plan   nodes.node2.dns.1            with one node for each number of a pattern
 *       | written (patterns.ts)
 *     text            nodes."node{1..3}".dns.1     as it is written
 *       | locate (document.ts)
 *     place           plan.yaml:12:9               file, line and column
 */
import { Broken } from './broken.ts';
import { checkedPlan, type CheckedPlan } from './checked-plan.ts';
import { isMap } from '../data.ts';
import { readDocument, type PlanDocument } from './document.ts';
import { pathText, type Finding, type Path } from '../finding.ts';
import { problemsOf, type ValueProblem } from './issues.ts';
import { expandNodes, type Expansion } from './patterns.ts';
import { planSchemaFor, type Plan } from '../schema/index.ts';
import { readable } from '../schema/readable.ts';
import { withinBounds } from './sizes.ts';
import { shown } from '../wording.ts';

/** A finding before its rule's severity and default remedy are filled in (check.ts). */
export interface RawFinding extends Omit<Finding, 'code' | 'severity' | 'remedy'> {
  readonly rule: string;
  readonly remedy?: string | undefined;
  /** Whether the text at its place may be several values, because of a node pattern or an alias. */
  readonly shared: boolean;
  /** The last key of its path in the text. */
  readonly key: string | number | undefined;
  /** The node pattern that it is in. */
  readonly pattern?: string | undefined;
}

export interface ParsedPlan extends RestOfPlan {
  /** Absent when anything could not be read. */
  readonly plan: Plan | undefined;
  readonly findings: readonly RawFinding[];
}

/** What could be read. */
export interface RestOfPlan {
  readonly checked: CheckedPlan;
  /** Where a value of `checked.plan` is in the text. */
  locate(path: Path): Spot;
  /** Whether this value, or a map or list that contains it, has a finding already. */
  isBroken(path: Path): boolean;
  /** The same without these values of `checked.plan`, which have findings by now. */
  without(paths: readonly Path[]): RestOfPlan;
}

export type Spot = Pick<RawFinding, 'path' | 'place' | 'shared' | 'key' | 'pattern'>;

/** `file` is how places name the text. */
export function parsePlan(text: string, file: string): ParsedPlan {
  const doc = readDocument(text, file);
  const expansion = expandNodes(doc.data);
  const broken = new Broken(doc, expansion);
  const { plan, problems } = readWhole(expansion, doc, broken);
  const findings = [
    ...doc.problems.map((problem): RawFinding => ({ ...problem, shared: false, key: problem.path.at(-1) })),
    ...expansion.problems.map((problem) => located({ ...problem, about: 'key' }, expansion, doc)),
    ...problems.map((problem) => located(problem, expansion, doc)),
  ];
  const whole = findings.length === 0 ? plan : undefined;
  return { plan: whole, findings, ...restOf(whole, doc, expansion, broken) };
}

/** `whole`: the plan if all of it could be read. */
function restOf(whole: Plan | undefined, doc: PlanDocument, expansion: Expansion, broken: Broken): RestOfPlan {
  const { left, inPlan } = whole ? { left: whole, inPlan: same } : readRest(expansion.data, broken);
  const written = (at: Path): Path => expansion.written(inPlan(at));
  return {
    checked: checkedPlan(left ?? {}, {
      names: (section) => broken.namesIn(section, expansion.data),
      incomplete: (path) => broken.touches(path),
      sameText: (one, other) => pathText(written(one)) === pathText(written(other)),
    }),
    isBroken: (path) => broken.covers(inPlan(path)),
    locate(at) {
      const path = inPlan(at);
      const inText = expansion.written(path);
      return {
        path,
        place: doc.locate(inText, 'value'),
        shared: inText !== path,
        key: inText.at(-1),
        pattern: patternIn(inText, path),
      };
    },
    without(paths) {
      for (const path of paths.map(inPlan)) broken.add(path);
      return restOf(undefined, doc, expansion, broken);
    },
  };
}

interface Whole {
  readonly plan: Plan | undefined;
  readonly problems: readonly ValueProblem[];
}

/** The plan as its schema outputs it, or its problems, which are added to `broken`. */
function readWhole({ data, written }: Expansion, doc: PlanDocument, broken: Broken): Whole {
  if (broken.covers([])) return { plan: undefined, problems: [] };
  if (!isMap(data)) {
    broken.add([]);
    return { plan: undefined, problems: [noMap(data)] };
  }
  const schema = planSchemaFor(data);
  const { data: rest, problems: crowded } = withinBounds(schema, data);
  for (const { path } of crowded) broken.add(path);
  const { data: plan, error } = schema.safeParse(rest);
  if (!error && crowded.length === 0) return { plan, problems: [] };
  const source = (path: Path): string | undefined => doc.source(written(path));
  const problems = [...crowded, ...problemsOf(error?.issues ?? [], { data: rest, schema, source })];
  // In a plan of another version the other keys may have another meaning.
  const newer = problems.find((problem) => problem.rule === 'schema/newer-version');
  if (newer) {
    broken.add([]);
    return { plan: undefined, problems: [newer] };
  }
  for (const { spoils, path, about } of problems) {
    if (spoils) broken.add(spoils);
    if (about === 'name' && path.length === 2) broken.addName(path);
  }
  const own = problems.filter((problem) => problem.rule !== 'schema/missing' || !broken.covers(problem.path));
  for (const { path } of own) broken.add(path);
  return { plan: undefined, problems: own };
}

function noMap(data: unknown): ValueProblem {
  if (data === null)
    return {
      rule: 'schema/missing',
      problem: 'the plan is empty',
      remedy: 'start it with version: 1; docs/plan.md describes the rest',
      path: [],
      about: 'value',
    };
  const problem = `the plan is ${shown(data)}, but must be a map with keys such as version, cluster and networks`;
  return { rule: 'schema/type', problem, path: [], about: 'value' };
}

function located(
  { spoils: _, about, ...problem }: ValueProblem,
  { written }: Expansion,
  doc: PlanDocument,
): RawFinding {
  const path = written(problem.path);
  const place = doc.locate(path, about === 'value' ? 'written' : 'key');
  return { ...problem, place, shared: true, key: path.at(-1), pattern: patternIn(path, problem.path) };
}

function patternIn(written: Path, [, name]: Path): string | undefined {
  return written[1] === name ? undefined : String(written[1]);
}

function same(path: Path): Path {
  return path;
}

/** The plan without its broken values, and a map from its paths to those of the expanded plan. */
function readRest(data: unknown, broken: Broken): { left: unknown; inPlan: (path: Path) => Path } {
  const kept = new Map<string, readonly number[]>();
  const left = readable(planSchemaFor(data), data, [], {
    isBroken: (path) => broken.covers(path),
    kept: (list, indexes) => kept.set(JSON.stringify(list), indexes),
  });
  if (kept.size === 0) return { left, inPlan: same };
  const inPlan = (path: Path): Path =>
    path.map((key, depth) =>
      typeof key === 'number' ? (kept.get(JSON.stringify(path.slice(0, depth)))?.[key] ?? key) : key,
    );
  return { left, inPlan };
}
