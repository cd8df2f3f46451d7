/**
 * A plan's text to its network: parse, check, resolve. All findings of a run at once, in the order of the text.
 */
import { quoted } from '../address/quoted.ts';
import { compareFindings, hasErrors, type Finding, type Path, type Place } from './finding.ts';
import type { Network } from './network/index.ts';
import { parsePlan, type ParsedPlan, type RawFinding, type RestOfPlan } from './read/parse.ts';
import { resolve } from './resolve/index.ts';
import { ruleByCode, rules } from './rules/index.ts';
import type { Rule } from './rules/rule.ts';

export interface Checked {
  /** Absent when a finding is an error. */
  readonly network: Network | undefined;
  readonly findings: readonly Finding[];
  /** Where a value of the plan, by its path with each node by its name, is in the text. */
  readonly placeOf: (path: Path) => Place;
}

/** `file` is how findings name the text; nothing is read from it. */
export function checkPlan(text: string, file: string): Checked {
  const parsed = parsePlan(text, file);
  const findings = onePerMistake([...parsed.findings, ...violations(parsed)])
    .map(finished)
    .sort(compareFindings);
  const network = parsed.plan && !hasErrors(findings) ? resolve(parsed.plan) : undefined;
  return { network, findings, placeOf: (path) => parsed.locate(path).place };
}

const firsts = rules.filter((rule) => rule.first);
const others = rules.filter((rule) => !rule.first);

/** Unknown names first: each would break other rules at places that are right. */
function violations(parsed: ParsedPlan): RawFinding[] {
  const spoiling = [...broken(firsts, parsed)];
  const rest = spoiling.length === 0 ? parsed : parsed.without(spoiling.map(({ at }) => at));
  return [...spoiling, ...broken(others, rest)].map(({ finding }) => finding);
}

/** Of each rule. Nobody reads more, and of half a megabyte there could be a hundred thousand. */
const MOST_FINDINGS = 5000;

function* broken(some: readonly Rule[], rest: RestOfPlan): Iterable<{ at: Path; finding: RawFinding }> {
  for (const rule of some) {
    let count = 0;
    for (const { at, problem, remedy } of rule.check?.(rest.checked) ?? []) {
      // A value that could not be read has its finding already.
      if (rest.isBroken(at)) continue;
      yield { at, finding: { rule: rule.code, problem, remedy, ...rest.locate(at) } };
      if (++count === MOST_FINDINGS) break;
    }
  }
}

function finished({ rule: code, problem, remedy, path, place }: RawFinding): Finding {
  const rule = ruleByCode(code);
  return { code, severity: rule.severity, problem, remedy: remedy ?? rule.remedy, path, place };
}

/** A mistake in a node pattern shows at each of its nodes: the first one speaks for all. */
function onePerMistake(findings: readonly RawFinding[]): RawFinding[] {
  const seen = new Map<string, { finding: RawFinding; count: number }>();
  for (const finding of findings) {
    const { rule, place, key, shared, problem } = finding;
    const mistake = [rule, place.line, place.column, key, shared ? '' : problem].join('\0');
    const entry = seen.get(mistake);
    if (entry) entry.count++;
    else seen.set(mistake, { finding, count: 1 });
  }
  return Array.from(seen.values(), ({ finding, count }) =>
    count === 1 ? finding : { ...finding, problem: `${finding.problem} (${more(count - 1, finding)})` },
  );
}

function more(count: number, { pattern }: RawFinding): string {
  return `and ${count} more of this kind ${pattern === undefined ? 'here' : `in ${quoted(pattern)}`}`;
}
