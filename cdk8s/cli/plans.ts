/**
 * Reading plans from disk: the only place that opens them.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { OVERLAYS, PLAN_FILE } from '../paths.ts';
import { checkPlan, type Checked } from '../plan/check.ts';
import { hasErrors, type Finding, type Place } from '../plan/finding.ts';
import type { Network } from '../plan/network/index.ts';
import { collisionsOf } from '../plan/together.ts';
import { exit, type ExitCode } from './exit.ts';

export interface ReadPlan extends Checked {
  readonly file: string;
}

/** The plans of a repository: overlays/<cluster>/plan.yaml, by name. */
export function overlayPlans(root: string): string[] {
  const overlays = join(root, OVERLAYS);
  if (!existsSync(overlays)) return [];
  return readdirSync(overlays)
    .sort()
    .map((cluster) => join(overlays, cluster, PLAN_FILE))
    .filter((file) => existsSync(file))
    .map((file) => relative(process.cwd(), file));
}

/** Of a plan file that could not be read: a problem of the disk, not of the plan. */
const UNREADABLE = 'plan/unreadable';

export function readPlan(file: string): ReadPlan {
  try {
    return { file, ...checkPlan(readFileSync(file, 'utf8'), file) };
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) throw error;
    const place = { file, line: 1, column: 1 };
    return { file, network: undefined, findings: [unreadable(place, error.code)], placeOf: () => place };
  }
}

const reasons: Readonly<Record<string, readonly [problem: string, remedy: string]>> = {
  ENOENT: ['this file does not exist', 'give the path of an existing plan; docs/plan.md describes how to write one'],
  EACCES: ['there is no permission to read this file', 'give yourself read permission (chmod u+r)'],
  EISDIR: ['this is a folder', 'give the path of the plan file in it'],
};

function unreadable(place: Place, errno: string): Finding {
  const [problem, remedy] = reasons[errno] ?? [`this file can't be read (${errno})`, 'check the disk'];
  return { code: UNREADABLE, severity: 'error', problem, remedy, path: [], place };
}

/** What findings mean for a script: an unreadable file comes before the errors of other plans. */
export function exitFor(findings: readonly Finding[]): ExitCode {
  if (findings.some(({ code }) => code === UNREADABLE)) return exit.environment;
  return hasErrors(findings) ? exit.findings : exit.ok;
}

/** The networks of these plans, with what speaks against using them together. */
export function together(plans: readonly ReadPlan[]): { networks: readonly Network[]; findings: readonly Finding[] } {
  const findings = plans.flatMap((plan) => plan.findings);
  const networks = plans.flatMap((plan) => plan.network ?? []);
  const seen = new Map<string, string>();
  const [first] = plans;
  for (const { file, network, placeOf } of plans) {
    if (!network) continue;
    const place = placeOf(['cluster']);
    const other = seen.get(network.cluster);
    if (other !== undefined)
      findings.push({
        code: 'plan/same-cluster',
        severity: 'error',
        problem: `${other} and ${file} are both plans of cluster ${network.cluster}`,
        remedy: 'give each plan its own cluster name, because their files would overwrite each other',
        path: ['cluster'],
        place,
      });
    seen.set(network.cluster, file);
    for (const chart of ['calico', 'metallb'] as const)
      if (first?.network && network.versions[chart] !== first.network.versions[chart])
        findings.push({
          code: 'plan/versions-differ',
          severity: 'error',
          problem: `${file} has ${chart} ${network.versions[chart]}, but ${first.file} has ${first.network.versions[chart]}`,
          remedy:
            'plans of one repository share one chart: use the same version in all, or write them to different folders with --out',
          path: ['versions', chart],
          place,
        });
  }
  return { networks, findings: [...findings, ...collisionsOf(plans)] };
}
