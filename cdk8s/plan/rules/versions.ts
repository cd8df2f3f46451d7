/** Rules about versions: what this release is tested with, and what is known to break. */
import type { CheckedPlan } from '../read/checked-plan.ts';
import type { Rule, Violation } from './rule.ts';
import {
  broken,
  calicoMinor,
  FIRST_METALLB_WITH_CRDS,
  FIRST_NATIVE_CALICO,
  FIRST_NATIVE_MINOR,
  tested,
  testedCharts,
  triedBranches,
  type ChartVersions,
} from '../versions.ts';

const charts = [
  ['calico', 'Calico'],
  ['metallb', 'MetalLB'],
] as const satisfies readonly (readonly [keyof ChartVersions, string])[];

/** `36` of `1.36`. */
function minorOf(version: string): number {
  return Number(version.split('.')[1]);
}

function* untested({ plan }: CheckedPlan): Iterable<Violation> {
  const kubernetes = plan.kubernetes?.version;
  if (kubernetes !== undefined && kubernetes !== tested.kubernetes && minorOf(kubernetes) >= FIRST_NATIVE_MINOR)
    yield {
      at: ['kubernetes', 'version'],
      problem: `Kubernetes ${kubernetes} is untested; this release is tested with ${tested.kubernetes} (${tested.kubernetesRelease})`,
    };
  for (const [key, name] of charts) {
    const version = plan.versions?.[key];
    if (version === undefined || version === testedCharts[key] || whyBroken(key, version) !== undefined) continue;
    const tried = key === 'calico' ? triedBranches[calicoMinor(version)] : undefined;
    yield {
      at: ['versions', key],
      problem: `${name} ${version} is untested${tried === undefined ? '' : ` (${tried})`}; this release is tested with ${testedCharts[key]}`,
      remedy: `leave versions.${key} out, or test it on a cluster that you can afford to lose; \`helm dependency build\` must find that chart`,
    };
  }
}

function whyBroken(key: keyof ChartVersions, version: string): string | undefined {
  if (key === 'calico' && calicoMinor(version) < FIRST_NATIVE_CALICO)
    return `it does not have the CRDs that this release writes, which exist since v3.${FIRST_NATIVE_CALICO}`;
  const [major, minor] = version.split('.').map(Number);
  if (key === 'metallb' && major === 0 && (minor ?? 0) < FIRST_METALLB_WITH_CRDS)
    return `it does not have the CRDs that this release writes, which exist since 0.${FIRST_METALLB_WITH_CRDS}`;
  return broken[key][version];
}

function* knownBroken({ plan }: CheckedPlan): Iterable<Violation> {
  for (const [key, name] of charts) {
    const version = plan.versions?.[key];
    const why = version === undefined ? undefined : whyBroken(key, version);
    if (version !== undefined && why !== undefined)
      yield {
        at: ['versions', key],
        problem: `${name} ${version} does not work: ${why}`,
        remedy: `leave versions.${key} out; then ${testedCharts[key]} is used`,
      };
  }
}

function* nativeCrds({ plan }: CheckedPlan): Iterable<Violation> {
  const version = plan.kubernetes?.version;
  if (version !== undefined && minorOf(version) < FIRST_NATIVE_MINOR)
    yield {
      at: ['kubernetes', 'version'],
      problem: `Kubernetes ${version} is too old: below 1.${FIRST_NATIVE_MINOR} Calico needs an API server of its own, which this release does not generate`,
    };
}

export const versionRules: readonly Rule[] = [
  {
    code: 'versions/untested',
    severity: 'warning',
    summary: `Versions are the tested ones: Kubernetes ${tested.kubernetes} (${tested.kubernetesRelease}), Calico ${tested.calico}, MetalLB ${tested.metallb}.`,
    remedy: 'use the tested version, or test this one on a cluster that you can afford to lose',
    check: untested,
  },
  {
    code: 'versions/broken',
    severity: 'error',
    summary: 'No version is known not to work.',
    remedy: 'leave the version out; then the tested one is used',
    check: knownBroken,
  },
  {
    code: 'versions/native-crds',
    severity: 'error',
    summary: `Kubernetes is 1.${FIRST_NATIVE_MINOR} or newer, which Calico's native custom resources need.`,
    remedy: `upgrade the cluster to Kubernetes ${tested.kubernetes}`,
    check: nativeCrds,
  },
];
